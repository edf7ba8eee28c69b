"""The oracle of a case: the exact value of each of its items."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from lossctl.core.loss import Array, Input
from lossctl.losses.catalogue import CATALOGUE
from lossctl.testing.draws import GRID
from lossctl.testing.oracles import units
from tests.conformance.cases import Case, is_measured, reads_label_rows
from tests.oracles import grids
from tests.oracles._derivative import derivative
from tests.oracles._probability import class_probabilities

Item = tuple[Any, ...]
SOFT = (0.3, 2.0**-40, 1 - 2.0**-40, 0.5)
HARD = {"labels": (0.0, 1.0), "signs": (-1.0, 1.0)}
DIGITS = 420
"""Enough for the smallest float64, 10**-324, beside a sum of ordinary size."""

NEGLIGIBLE = mpf(10) ** -400
"""A softmax share below this is 0: its digits would not fit in memory."""

NESTED = {"generalized_dice", "generalized_wasserstein_dice", "dice_cross_entropy"}
"""Pooled losses whose oracles take rows of classes; those of the others take flat masks."""

SWAMPED = {"zero_inflated_poisson_nll"}
"""Losses that add e^p to terms of other inputs, whose slopes vanish beside it: see FURTHEST."""

FURTHEST = 900.0
"""Logits further from 0 are left out where an oracle takes shares as they are."""

ORDINARY = {
    "values": [-1e8, -2.7, 0.1, 1e-3, 1.7, 5e3],
    "probabilities": [1e-300, 1e-12, 0.07, 0.3, 0.77, 1 - 2.0**-40],
    "logits": [-700.0, -41.5, -1e-9, 0.3, 5.1, 88.8, 1e3],
}
ORDINARY_ROWS = {
    "probabilities": [[0.1, 0.2, 0.3, 0.4], [0.7, 0.05, 0.05, 0.2], [1e-12, 0.5, 0.26, 0.24]],
    "logits": [[0.3, -1.27, 2.5, 0.01], [40.25, 1.0, -3.0, 0.53], [-1.0, 350.5, 2.0, 349.4]],
    "log_probabilities": [[-0.3, -1.2, -2.5, -4.0], [-40.25, -1.0, -3.0, -0.5]],
    "values": [[-1e8, -2.7, 0.1, 1e-3], [1.7, 5e3, -0.3, 2.0], [0.5, 1.5, 2.5, 3.5]],
}
LABEL_ROWS = {
    "labels": [[1.0, 0.0, 0.0, 1.0], [0.0] * 4, [1.0] * 4, [0.0, 1.0, 0.0, 0.0]],
    "soft": [list(SOFT), [1.0, 0.5, 0.0, 0.25]],
}


def oracle(loss_id: str) -> Callable[..., mpf]:
    """Return the oracle of a loss: the file of the same path under tests/oracles."""
    name = f"tests.oracles.{CATALOGUE[loss_id].family}.{loss_id}"
    try:
        return import_module(name).value  # type: ignore[no-any-return]
    except ModuleNotFoundError:
        path = name.replace(".", "/")
        pytest.fail(f"{loss_id} has no oracle: write value() in {path}.py from the textbook")


def exact_items(case: Case, arrays: Sequence[Array]) -> list[mpf]:
    """Return the exact value of every item, image or set, in C order."""
    known = with_counts(case, arrays)
    return [exact_item(known, item, column) for item, column in units(case, arrays)]


def with_counts(case: Case, arrays: Sequence[Array]) -> Case:
    """Return the case with what is measured from the targets worked out from them."""
    measured = {
        param.name: param.measured[value](counts_of(case, arrays)).tolist()
        for param in case.loss.params
        if is_measured(param, value := case.params.get(param.name, param.default))
    }
    return replace(case, params={**case.params, **measured}) if measured else case


def counts_of(case: Case, arrays: Sequence[Array]) -> Array:
    """Count the classes of rows, or the negatives and positives of each label."""
    targets = arrays[case.place_of_targets]
    if case.form.axes == "item class":
        return (np.eye(case.columns)[targets] if case.encoding == "index" else targets).sum(axis=0)
    return np.stack([(1.0 - targets).sum(axis=0), targets.sum(axis=0)])


def exact_item(case: Case, item: Item, column: int = 0) -> mpf:
    """Evaluate one element (in its column of labels), one row, one image or one set."""
    lists = {name: entry for name, entry in case.params.items() if isinstance(entry, list)}
    if case.form.axes == "item class" or not lists:
        return _evaluate(case, item, case.params)
    if not case.columns and max(map(len, lists.values())) == 2:
        return _of_pairs(case, item, lists)
    own = {name: entry[column] for name, entry in lists.items()}
    return _evaluate(case, item, {**case.params, **own})


def _evaluate(case: Case, item: Item, params: Mapping[str, Any]) -> mpf:
    fixed = ((name, tuple(v) if isinstance(v, list) else v) for name, v in params.items())
    return _cached(case.loss.id, case.form.kind, item, tuple(fixed))


@cache
def _cached(loss_id: str, kind: str, item: Item, params: tuple[tuple[str, Any], ...]) -> mpf:
    return oracle(loss_id)(*item, kind=kind, **dict(params))


def _of_pairs(case: Case, item: Item, lists: Mapping[str, Any]) -> mpf:
    """Lists of two weigh negatives and positives; an oracle takes the weight of positives only."""
    parts, (prediction, target) = [], item
    for label, share in ((1.0, mpf(target)), (0.0, 1 - mpf(target))):
        chosen = {name: pair[1] if label else 1 - mpf(pair[0]) for name, pair in lists.items()}
        if share:
            parts.append(share * _evaluate(case, (prediction, label), {**case.params, **chosen}))
    return sum(parts, start=mpf(0))


def exact_pool(case: Case, arrays: Sequence[Array]) -> mpf:
    """Return the exact value of a pooled loss on one sample; rows of classes are so many masks."""
    digits = DIGITS * (2 if case.params.get("squared") else 1)
    if case.form.axes == "item" or case.loss.id in NESTED or case.loss.of_sequences:
        ((item, _),) = units(case, arrays)
        with mp.workdps(digits):
            return _evaluate(case, item, case.params)
    value = oracle(case.loss.id)
    predictions, targets = arrays
    masks = targets if targets.ndim == predictions.ndim else np.eye(case.columns)[targets]
    with mp.workdps(digits):
        rows = [class_probabilities(row, case.form.kind) for row in predictions]
        shares = [share if share > NEGLIGIBLE else mpf(0) for row in rows for share in row]
        return value(shares, masks.ravel().tolist(), kind="probabilities", **case.params)


def nasty(case: Case) -> list[Array]:
    """Build the nasty grid of a case: its inputs, items along the first axis."""
    if case.loss.of_sequences and case.inputs[-1].name == "bytes":
        scores = nasty(replace(case, loss=replace(case.loss, inputs=case.loss.inputs[:-1])))
        return [*scores, 1.0 + np.arange(len(scores[0])) % 5]
    if case.form.axes == "item class":
        return _nasty_rows(case)
    numbers = [*grids.nasty_floats(case.form.kind), *_edges(case)]
    floats = _near(case, _allowed(case.loss.inputs[0], numbers))
    if case.encoding == "values":
        pairs = [(p, t) for number, p in enumerate(floats) for t in _partners(floats, number)]
    else:
        targets = SOFT if case.encoding == "soft" else HARD.get(case.encoding, (0.0,))
        pairs = [(p, t) for p in floats for t in targets]
    return _columns(case, pairs, grids.nasty_floats("values"))


def _edges(case: Case) -> list[float]:
    """Probabilities at which a case clips p or 1 − p, and the floats on both sides of each."""
    if case.form.kind != "probabilities" or "clipped" not in case.loss.counts:
        return []
    given = {param.name: param.default for param in case.loss.params} | {**case.params}
    edges = (given["epsilon"], 1.0 - given["epsilon"])
    return [x for edge in edges for x in (np.nextafter(edge, 0.0), edge, np.nextafter(edge, 1.0))]


def _near(case: Case, numbers: list[float]) -> list[float]:
    """Leave out rates below 0, and logits whose shares have more digits than an oracle takes."""
    if not case.params.get("log_input", True):
        return [x for x in numbers if x >= 0.0]
    far = case.loss.id in NESTED and case.form.kind == "logits"
    return [x for x in numbers if not far or abs(x) <= FURTHEST]


def nasty_groups(case: Case) -> list[Array]:
    """Build groups of the nasty grid: (groups, items) for sets, (images, height, width) for grids.

    Neighbours in a group differ in size, and no group is all of one kind of target.
    """
    arrays = nasty(case)
    height, width = GRID if case.sort == "grid" else (1, 5)
    size = height * width
    groups = len(arrays[0]) // size
    order = np.arange(groups * size).reshape(size, groups).T  # far neighbours together
    shape = (groups, height, width) if case.sort == "grid" else (groups, size)
    return [array[order].reshape(*shape, *array.shape[1:]) for array in arrays]


def _columns(case: Case, pairs: Sequence[tuple[float, float]], others: list[float]) -> list[Array]:
    """Turn pairs of the first and the last input into columns; others cycle in between.

    Every pair meets every column of labels. Pairs outside the domain of the last input are left
    out.
    """
    inputs = case.inputs
    last = inputs[-1] if len(inputs) > 1 else None
    kept = [pair for pair in pairs if last is None or _allowed(last, [pair[1]])]
    repeated = [pair for pair in kept for _ in range(max(case.columns, 1))]
    between = [_allowed(entry, others) for entry in inputs[1:-1]]
    rows = [
        (first, *(choices[number % len(choices)] for choices in between), final)
        for number, (first, final) in enumerate(repeated)
    ]
    shape = (-1, case.columns) if case.columns else (-1,)
    return [array.reshape(shape).copy() for array in np.array(rows).T[: len(inputs)]]


def _allowed(entry: Input, numbers: Sequence[float]) -> list[float]:
    return [x for x in numbers if entry.domain is None or x in entry.domain]


def _partners(floats: list[float], number: int) -> list[float]:
    """A few targets of very different sizes, and the nearest floats to the prediction."""
    near = floats[number]
    others = [floats[(number * 7 + step * 13) % len(floats)] for step in range(1, 5)]
    return [0.0, 1.0, near, np.nextafter(near, np.inf), np.nextafter(near, -np.inf), *others]


def _nasty_rows(case: Case) -> list[Array]:
    rows = [row for row in _rows_of(case) if len(_near(case, row)) == len(row)]
    if case.encoding == "values":
        targets = np.array([row[0] for row in rows[1:]] + [0.25])
        return _beside(case, np.array(rows), targets)
    if case.encoding == "soft" or reads_label_rows(case.loss):
        goals = grids.nasty_rows("probabilities", case.columns)[:4]
        if reads_label_rows(case.loss):
            goals = LABEL_ROWS[case.encoding]
        targets = np.array([target for _ in rows for target in goals])
        return _beside(case, np.repeat(np.array(rows), len(goals), axis=0), targets)
    index = np.tile(np.arange(case.columns), len(rows))
    predictions = np.repeat(np.array(rows), case.columns, axis=0)
    goals = index if case.encoding == "index" else np.eye(case.columns)[index]
    return _beside(case, predictions, goals)


def _rows_of(case: Case) -> list[list[float]]:
    if case.form.kind == "log_probabilities":
        return [[-abs(x) for x in row] for row in grids.nasty_rows("logits", case.columns)]
    kind = "logits" if case.form.kind == "values" else case.form.kind
    at_edges = [grids.mostly_one(case.columns, 0, float(edge)) for edge in _edges(case)]
    return [*grids.nasty_rows(kind, case.columns), *at_edges]


def _beside(case: Case, predictions: Array, targets: Array) -> list[Array]:
    """Put rows of their own between predictions and targets, where a loss takes further inputs."""
    others = [np.roll(predictions, 5 * n, axis=0) for n in range(1, len(case.inputs) - 1)]
    return [predictions, *others, targets]


def ordinary(case: Case) -> list[Array]:
    """Build a small grid away from kinks and ends, on which slopes are well conditioned."""
    if case.form.axes == "item class":
        return _ordinary_rows(case)
    floats = _near(case, _allowed(case.loss.inputs[0], ORDINARY[case.form.kind]))
    if case.loss.id in SWAMPED:
        floats = [x for x in floats if abs(x) <= FURTHEST]
    wanted = {"values": (0.3, -2.0), "soft": (0.3, 0.5), **HARD}
    pairs = [(p, t) for p in floats for t in wanted.get(case.encoding, (0.0,))]
    return _columns(case, pairs, ORDINARY["values"])


def _ordinary_rows(case: Case) -> list[Array]:
    rows = np.array(ORDINARY_ROWS[case.form.kind])
    index = np.arange(len(rows)) % case.columns
    targets: Array = index if case.encoding == "index" else np.eye(case.columns)[index]
    if case.encoding == "soft":
        targets = np.array(ORDINARY_ROWS["probabilities"][: len(rows)])
    if case.encoding == "values":
        targets = np.array([0.3, -2.0, 2.0])
    if reads_label_rows(case.loss):
        targets = np.resize(LABEL_ROWS[case.encoding], rows.shape)
    others = [np.roll(rows, n, axis=0) for n in range(1, len(case.inputs) - 1)]
    return [rows, *others, targets]


def exact_slopes(case: Case, arrays: Sequence[Array], place: int) -> list[mpf]:
    """Return the exact derivative of the sum along every entry of one input, in C order."""
    steps = range(case.columns) if case.form.axes == "item class" else [None]
    known = with_counts(case, arrays)
    return [
        _slope(known, item, place, step, column)
        for item, column in units(case, arrays)
        for step in steps
    ]


def _slope(case: Case, item: Item, place: int, step: int | None, column: int) -> mpf:
    def value(moved: Any, _: Any) -> mpf:
        entries = [*item[:place], tuple(moved) if step is not None else moved, *item[place + 1 :]]
        return exact_item(case, tuple(entries), column)

    others = [entry for entry in item if not isinstance(entry, tuple)]
    return derivative(value, item[place], others, step)
