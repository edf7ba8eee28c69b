"""The oracle of a case: the exact value of each of its items."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from lossctl.core.loss import Array, Input
from lossctl.losses.catalogue import CATALOGUE
from tests.conformance.cases import Case, given_inputs
from tests.oracles import grids
from tests.oracles._derivative import derivative
from tests.oracles._probability import class_probabilities

Item = tuple[Any, ...]
SOFT = (0.3, 2.0**-40, 1 - 2.0**-40, 0.5)
DIGITS = 420
"""Enough for the smallest float64, 10**-324, beside a sum of ordinary size."""

NEGLIGIBLE = mpf(10) ** -400
"""A softmax share below this is 0: its digits would not fit in memory."""

ORDINARY = {
    "values": [-1e8, -3.0, 0.1, 1e-3, 1.7, 5e3],
    "probabilities": [1e-300, 1e-12, 0.07, 0.3, 0.77, 1 - 2.0**-40],
    "logits": [-700.0, -41.5, -1e-9, 0.3, 5.1, 88.8, 1e3],
}
ORDINARY_ROWS = {
    "probabilities": [[0.1, 0.2, 0.3, 0.4], [0.7, 0.05, 0.05, 0.2], [1e-12, 0.5, 0.26, 0.24]],
    "logits": [[0.3, -1.2, 2.5, 0.0], [40.25, 1.0, -3.0, 0.5], [-1.0, 350.5, 2.0, 349.5]],
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
    """Return the exact value of every item, in C order."""
    return [exact_item(case, item, column) for item, column in items_of(case, arrays)]


def items_of(case: Case, arrays: Sequence[Array]) -> Iterator[tuple[Item, int]]:
    """Yield the inputs of every item, and its column of labels."""
    if case.form.layout == "row":
        for row, target in zip(*arrays, strict=True):
            hard = np.ndim(target) and np.max(target) == 1.0 == np.sum(target)
            kept = np.argmax(target) if hard else target
            yield (tuple(row), tuple(kept.tolist()) if np.ndim(kept) else int(kept)), 0
        return
    flat = [array.ravel().tolist() for array in arrays]
    for number, item in enumerate(zip(*flat, strict=True)):
        yield item, number % max(case.columns, 1)


def exact_item(case: Case, item: Item, column: int = 0) -> mpf:
    """Evaluate one element (in its column of labels) or one row."""
    lists = {name: entry for name, entry in case.params.items() if isinstance(entry, list)}
    if case.form.layout == "row":
        return _evaluate(case, item, case.params)
    if lists and not case.columns and max(map(len, lists.values())) == 2:
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
    predictions, targets = arrays
    digits = DIGITS * (2 if case.params.get("squared") else 1)
    if case.form.layout == "element":
        flat = tuple(predictions.ravel().tolist()), tuple(targets.ravel().tolist())
        with mp.workdps(digits):
            return _evaluate(case, flat, case.params)
    value = oracle(case.loss.id)
    masks = targets if targets.ndim == predictions.ndim else np.eye(case.columns)[targets]
    with mp.workdps(digits):
        rows = [class_probabilities(row, case.form.kind) for row in predictions]
        shares = [share if share > NEGLIGIBLE else mpf(0) for row in rows for share in row]
        return value(shares, masks.ravel().tolist(), kind="probabilities", **case.params)


def nasty(case: Case) -> list[Array]:
    """Build the nasty grid of a case: its inputs, items along the first axis."""
    if case.form.layout == "row":
        return _nasty_rows(case)
    floats = _allowed(case.loss.inputs[0], grids.nasty_floats(case.form.kind))
    if case.encoding == "values":
        pairs = [(p, t) for number, p in enumerate(floats) for t in _partners(floats, number)]
    else:
        targets = {"labels": (0.0, 1.0), "soft": SOFT}.get(case.encoding, (0.0,))
        pairs = [(p, t) for p in floats for t in targets]
    return _columns(case, pairs, grids.nasty_floats("values"))


def _columns(case: Case, pairs: Sequence[tuple[float, float]], others: list[float]) -> list[Array]:
    """Turn pairs of the first and the last input into columns; others cycle in between.

    Every pair meets every column of labels. Pairs outside the domain of the last input are left
    out.
    """
    inputs = given_inputs(case)
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
    rows = grids.nasty_rows(case.form.kind, case.columns)
    if case.encoding == "soft":
        soft = grids.nasty_rows("probabilities", case.columns)[:4]
        targets = np.array([target for _ in rows for target in soft])
        return [np.repeat(np.array(rows), len(soft), axis=0), targets]
    index = np.tile(np.arange(case.columns), len(rows))
    predictions = np.repeat(np.array(rows), case.columns, axis=0)
    return [predictions, index if case.encoding == "index" else np.eye(case.columns)[index]]


def ordinary(case: Case) -> list[Array]:
    """Build a small grid away from kinks and ends, on which slopes are well conditioned."""
    if case.form.layout == "row":
        rows = ORDINARY_ROWS[case.form.kind]
        index = np.arange(len(rows)) % case.columns
        targets: Array = index if case.encoding == "index" else np.eye(case.columns)[index]
        if case.encoding == "soft":
            targets = np.array(ORDINARY_ROWS["probabilities"][: len(rows)])
        return [np.array(rows), targets]
    floats = _allowed(case.loss.inputs[0], ORDINARY[case.form.kind])
    wanted = {"values": (0.3, -2.0), "labels": (0.0, 1.0), "soft": (0.3, 0.5)}
    pairs = [(p, t) for p in floats for t in wanted.get(case.encoding, (0.0,))]
    return _columns(case, pairs, ORDINARY["values"])


def exact_slopes(case: Case, arrays: Sequence[Array], place: int) -> list[mpf]:
    """Return the exact derivative of the sum along every entry of one input, in C order."""
    steps = range(case.columns) if case.form.layout == "row" else [None]
    return [
        _slope(case, item, place, step, column)
        for item, column in items_of(case, arrays)
        for step in steps
    ]


def _slope(case: Case, item: Item, place: int, step: int | None, column: int) -> mpf:
    def value(moved: Any, _: Any) -> mpf:
        entries = [*item[:place], tuple(moved) if step is not None else moved, *item[place + 1 :]]
        return exact_item(case, tuple(entries), column)

    others = [entry for entry in item if not isinstance(entry, tuple)]
    return derivative(value, item[place], others, step)
