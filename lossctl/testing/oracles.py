"""Law: values agree with an independent formula."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from lossctl.core.loss import LABEL_KINDS, WHOLE_KINDS, Array, Input
from lossctl.testing.cases import Case, settled
from lossctl.testing.checks import require
from lossctl.testing.draws import draw
from lossctl.testing.running import run

Oracle = Callable[..., Any]
ITEMS = 9
TOLERANCE = 1e-13
GROUPS = 3
SCALES = (1.0, 1e-3, 40.0)
RECORD_TOLERANCE = 1e-12  # sums over features and groups round more often than single items


def units(case: Case, arrays: Sequence[Array]) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Yield the inputs of what has a value of its own, and its column of labels.

    An element is numbers, a row a tuple of scores with the class (or a tuple of shares), a pool or
    a set tuples of those, an image nested tuples. Exact one-hot rows become the class.
    """
    if case.sort == "grid":
        for images in zip(*(array.reshape(-1, *array.shape[-2:]) for array in arrays), strict=True):
            yield tuple(nested(image) for image in images), 0
    elif case.sort != "items":
        columns = [[plain(case, n, x) for x in array] for n, array in enumerate(arrays)]
        yield tuple(map(tuple, columns)), 0
    elif case.form.axes == "item class":
        for row in zip(*arrays, strict=True):
            yield tuple(plain(case, number, part) for number, part in enumerate(row)), 0
    else:
        flat = [array.ravel().tolist() for array in arrays]
        for number, item in enumerate(zip(*flat, strict=True)):
            yield item, number % max(case.columns, 1)


def nested(array: Any) -> Any:
    """Return an array as nested tuples."""
    return tuple(map(nested, array)) if np.ndim(array) else array.item()


def plain(case: Case, number: int, part: Any) -> Any:
    """Return a number or a row as an oracle takes it: an index for a one-hot row of targets."""
    if case.encoding == "one_hot" and number == case.place_of_targets:
        return int(np.argmax(part))
    return nested(part)


def records_agree_with_the_oracle(case: Case, oracle: Oracle) -> None:
    """On inputs of several sizes, item by item, or group by group.

    The oracle takes an item as nested tuples, or a group as tuples of items; it answers a number,
    or for a group whose items have a loss each a list of them.
    """
    lead = (GROUPS, ITEMS) if case.loss.grouped else (ITEMS,)
    for scale in SCALES:
        arrays = [
            scaled(entry, a, scale)
            for entry, a in zip(case.inputs, draw(case, lead, seed=4), strict=True)
        ]
        found = np.ravel(run(case, arrays, reduction="none").value)
        wanted: list[Any] = []
        for unit in zip(*map(nested, arrays), strict=True):
            answer = oracle(*unit, kind=case.form.kind, **case.params)
            wanted += map(float, answer) if isinstance(answer, list | tuple) else [float(answer)]
        require(len(wanted) == len(found), f"{len(found)} values, the oracle gives {len(wanted)}")
        size = max(map(abs, filter(math.isfinite, wanted)), default=0.0)
        for number, (one, true) in enumerate(zip(found.tolist(), wanted, strict=True)):
            near = math.isclose(one, true, rel_tol=RECORD_TOLERANCE, abs_tol=1e-15 * size)
            message = f"scale {scale}: number {number} is {one!r}, the oracle says {true!r}"
            require(near, message)


def scaled(entry: Input, array: Array, scale: float) -> Array:
    """Make numbers without a domain of their own larger or smaller."""
    plain = entry.domain is None and entry.kind not in {*LABEL_KINDS, *WHOLE_KINDS}
    return array * scale if plain else array


def agrees_with_the_oracle(case: Case, oracle: Oracle) -> None:
    """On ordinary inputs, item by item, or pool by pool."""
    if case.loss.in_words:
        records_agree_with_the_oracle(case, oracle)
        return
    case = settled(case)
    arrays = draw(case, ITEMS, seed=4)
    lists = {name: entry for name, entry in case.params.items() if isinstance(entry, list)}
    by_label = case.has_labels
    if case.form.axes == "item" and lists and not by_label:
        return  # pairs of numbers stand for negatives and positives
    found = np.ravel(run(case, arrays, reduction="none").value)
    for number, (unit, column) in enumerate(units(case, arrays)):
        own = {name: entry[column] for name, entry in lists.items()} if by_label else {}
        wanted = float(oracle(*unit, kind=case.form.kind, **{**case.params, **own}))
        near = math.isclose(found[number], wanted, rel_tol=TOLERANCE, abs_tol=1e-15)
        require(near, f"number {number} is {found[number]!r}, the oracle says {wanted!r} of {unit}")
