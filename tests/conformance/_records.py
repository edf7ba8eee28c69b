"""The nasty grid of losses of records: inputs of any axes, from what the declaration says of them.

Each input has a pool of values of its own shape: zeros, subnormals, huge and tiny numbers, ties.
The first input runs through its pool; beside it the others are equal, next to equal, opposite, and
whatever their own pools hold.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from math import prod
from typing import Any

import numpy as np
from mpmath import mp, mpf

from lossctl.core.errors import DataError
from lossctl.core.loss import WHOLE_KINDS, Array, Input
from lossctl.losses.catalogue import CATALOGUE, get
from lossctl.testing.draws import draw, own_shape
from lossctl.testing.oracles import nested
from lossctl.testing.running import run, slopes
from tests.conformance.cases import Case
from tests.oracles import grids
from tests.oracles._derivative import derivative

GROUP = 4
DIGITS = 420
SCALES = (1.0, 1e-8, 1e8, 1e-150, 1e150, 1e-300)
COSINES = (0.3, 1.0, -1.0, 0.0, -0.5, 0.999, np.nextafter(1.0, 0.0), 1e-300, -0.88, 0.5, -0.9999999)
SCORES = ("score", "logit")
BOXES = (
    (0.0, 0.0, 1.0, 1.0), (0.5, 0.25, 1.5, 1.25), (1.0, 1.0, 2.0, 2.0), (0.1, 0.2, 0.3, 0.9),
    (1e8, 1e8, 1e8 + 1, 1e8 + 1), (1e8 + 0.5, 1e8, 1e8 + 1.5, 1e8 + 1), (0.0, 0.0, 1e-150, 1e-150),
    (0.0, 0.0, 1e150, 1e150), (-1e150, -1e150, 1e150, 1e150), (0.0, 0.0, 1.0, 1e-12),
    (0.0, 0.0, 1e-9, 1e9), (-3.0, -2.0, -1.0, -1.5), (0.25, 0.25, 0.75, 0.75),
)  # fmt: skip


def nasty_records(case: Case) -> list[Array]:
    """Return the grid of a case: items first, or groups and items."""
    arrays = _sampled(case) if case.loss.sample is not None else _paired(case)
    if case.params.get("box_format", "xyxy") != "xyxy":
        arrays = [_with_sides(array, case.params["box_format"]) for array in arrays]
    if case.loss.grouped is None:
        return arrays
    groups = len(arrays[0]) // GROUP
    if case.loss.sample is not None:  # lists of one size, as they were drawn
        return [a[: groups * GROUP].reshape(groups, GROUP, *a.shape[1:]) for a in arrays]
    order = np.arange(groups * GROUP).reshape(GROUP, groups).T  # far neighbours together
    return [array[order] for array in arrays]


def _paired(case: Case) -> list[Array]:
    pools = [pool(entry, own_shape(entry)) for entry in case.inputs]
    first = pools[0]
    columns: list[list[Array]] = [[] for _ in pools]
    for turn in range(6):
        for number, value in enumerate(first):
            columns[0].append(value)
            for place, entry in enumerate(case.inputs[1:], 1):
                far = number * (3 + 2 * place) + 5 * turn
                columns[place].append(_partner(entry, pools[place], value, far, turn))
    return [np.stack(column) for column in columns]


def _with_sides(boxes: Array, box_format: str) -> Array:
    """Turn corners into a corner or the centre, and the sides."""
    half = boxes.shape[1] // 2
    low, sides = boxes[:, :half], boxes[:, half:] - boxes[:, :half]
    return np.concatenate([low if box_format == "xywh" else low + sides / 2, sides], axis=1)


def accepted(case: Case, arrays: Sequence[Array]) -> list[Array]:
    """Leave out the units that the loss refuses: directions of zeros, lists without pairs."""
    try:
        run(case, arrays, reduction="none")
    except DataError:
        kept = [number for number in range(len(arrays[0])) if _is_accepted(case, arrays, number)]
        return [array[kept] for array in arrays]
    return list(arrays)


def _is_accepted(case: Case, arrays: Sequence[Array], number: int) -> bool:
    try:
        run(case, [array[number : number + 1] for array in arrays], reduction="none")
    except DataError:
        return False
    return True


def _partner(entry: Input, choices: Array, first: Array, number: int, turn: int) -> Array:
    """Return what stands beside a value of the first input."""
    near = {0: first, 1: np.nextafter(first, np.inf), 2: -first}.get(turn)
    whole = entry.kind in {"sign", "label", "box", *WHOLE_KINDS}
    fits = near is not None and np.shape(near) == choices.shape[1:] and not whole
    if fits and (entry.domain is None or all(x in entry.domain for x in np.ravel(near))):
        return np.asarray(near)
    if entry.kind == "box" and turn == 0:
        return first
    return np.asarray(choices[number % len(choices)])


def in_space(box: Sequence[float]) -> list[float]:
    """Give a box a third axis on which all overlap and no two agree: as long as its first."""
    low, high = box[0], box[2]
    return [*box[:2], low - (high - low) / 4, *box[2:], high - (high - low) / 8]


FIXED: dict[str, Array] = {
    "sign": np.array([1.0, -1.0]),
    "label": np.array([0.0, 1.0]),
    "class": np.array([1, 2, 1, 3, 2, 1, 3]),
    "box": np.array(BOXES),
}


def pool(entry: Input, shape: tuple[int, ...]) -> Array:
    """Return nasty values for one input, (n, *shape)."""
    if entry.kind == "box" and shape != (4,):
        return np.array([in_space(box) for box in BOXES])
    if entry.kind in FIXED:
        return FIXED[entry.kind]
    numbers: Sequence[float] = COSINES
    if entry.kind != "cosine":
        numbers = grids.nasty_floats("logits" if entry.kind in SCORES else "values")
    allowed = np.array([x for x in numbers if entry.domain is None or x in entry.domain])
    if not shape:
        return allowed
    if entry.kind == "cosine":
        return np.stack([np.resize(np.roll(allowed, n), shape) for n in range(len(allowed))])
    return np.stack(list(_arrays(shape)))


def _arrays(shape: tuple[int, ...]) -> Iterator[Array]:
    """Yield arrays of every scale: one entry alone, unequal, equal, nearly equal, opposite."""
    size = prod(shape)
    unequal = np.resize([0.3, -1.27, 2.5, 0.01, -0.7], size)
    drawn = np.random.default_rng(size).normal(size=size)
    directions = [
        np.eye(size)[0],
        unequal,
        -unequal,
        np.ones(size),
        np.resize([1.0, -1.0], size),
        np.resize([1e-8, 1.0, -1.0], size),
        1.0 + 1e-8 * drawn,
        drawn,
    ]
    yield np.zeros(shape)
    yield -np.zeros(shape)
    for direction in directions:
        yield from ((scale * direction).reshape(shape) for scale in SCALES)


def _sampled(case: Case) -> list[Array]:
    """Scale what a loss says is ordinary, where its inputs constrain each other."""
    found = []
    for scale in (1.0, 1e-8, 40.0, 700.0, 1e4, 1e-300, 0.0):
        arrays = draw(case, 12, seed=4)
        found.append([scale * arrays[0], *arrays[1:]])
    ties = draw(case, 12, seed=5)
    found.append([np.round(ties[0]), *ties[1:]])
    return [np.concatenate(parts) for parts in zip(*found, strict=True)]


def oracle_of(case: Case) -> Callable[..., Any]:
    """Return the oracle of a case: ``value``, or ``value_of_<first input>`` for a variant."""
    module = import_module(f"tests.oracles.{CATALOGUE[case.loss.id].family}.{case.loss.id}")
    is_variant = any(case.loss is variant for variant in get(case.loss.id).variants)
    name = f"value_of_{case.loss.inputs[0].name}" if is_variant else "value"
    return getattr(module, name)  # type: ignore[no-any-return]


def exact_values(case: Case, arrays: Sequence[Array]) -> list[mpf | None]:
    """Return the exact values of items, or of groups; None where there is no real one."""
    oracle, wanted = oracle_of(case), []
    for unit in zip(*map(nested, arrays), strict=True):
        try:
            with mp.workdps(DIGITS):
                answer = oracle(*unit, kind=case.form.kind, **case.params)
        except (ZeroDivisionError, ValueError):
            answer = None
        wanted += answer if isinstance(answer, list | tuple) else [answer]
    return [None if value is None or mp.isnan(value) else mpf(value) for value in wanted]


def exact_slopes(case: Case, arrays: Sequence[Array], place: int) -> list[mpf]:
    """Return the exact derivative of the sum of each unit along every entry of one input."""
    oracle, found = oracle_of(case), []
    for unit in zip(*map(nested, arrays), strict=True):
        shape, flat = np.shape(unit[place]), np.ravel(unit[place]).tolist()
        others = [x for n, part in enumerate(unit) if n != place for x in numbers_of(part)]

        def value(moved: list[mpf], _: Any, unit: Any = unit, shape: Any = shape) -> mpf:
            changed = (*unit[:place], shaped(moved, shape), *unit[place + 1 :])
            answer = oracle(*changed, kind=case.form.kind, **case.params)
            return sum(answer, mpf(0)) if isinstance(answer, list | tuple) else answer

        found += [derivative(value, flat, others, index) for index in range(len(flat))]
    return found


def numbers_of(part: Any) -> list[float]:
    """Return the numbers of an input of one unit."""
    return [] if part is None else [float(x) for x in np.ravel(part)]


def shaped(numbers: Sequence[mpf], shape: tuple[int, ...]) -> Any:
    """Undo the flattening of nested tuples."""
    if not shape:
        return numbers[0]
    if len(shape) == 1:
        return tuple(numbers)
    size = len(numbers) // shape[0]
    starts = range(0, len(numbers), size)
    return tuple(shaped(numbers[at : at + size], shape[1:]) for at in starts)


def sensitivity(case: Case, arrays: Sequence[Array]) -> float:
    """Return Σ |x · ∂f/∂x|: what relative errors of the inputs make of the value of one unit."""
    places = {entry.name: number for number, entry in enumerate(case.inputs)}
    with np.errstate(all="ignore"):
        parts = [
            np.nansum(np.abs(arrays[places[name]] * gradient))
            for name, gradient in slopes(case, arrays, reduction="sum").items()
        ]
    return float(sum(parts)) if np.isfinite(parts).all() else 0.0
