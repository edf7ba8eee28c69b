"""Random inputs of ordinary size for a case, from the axes and kinds it declares, and weights."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from lossctl.core.loss import LABEL_KINDS, WHOLE_KINDS, Array, Input
from lossctl.core.options import OPTIONS
from lossctl.engine.bind.axes import REST
from lossctl.testing.cases import Case, item_first, reads_label_rows

GRID = (4, 5)
SHARE = 0.4  # of positive labels
LENGTHS = {
    "feature": 5,
    "class": 4,
    "time": 6,
    "symbol": 2,
    "channel": 2,
    "height": 11,
    "width": 12,
}
EVEN = 0.5  # of the labels of records
NAMES = 3  # how many different things labels of kind class name
UNNAMED = 4  # length of an axis by any other word


def draw(case: Case, items: int | tuple[int, ...], seed: int = 0) -> list[Array]:
    """Draw random inputs of ordinary size in float64, in the order the loss declares them.

    `items` is the number of items, or the shape of axes of items, before the class axis. An item of
    a loss of grids is an image of its own. A loss whose inputs constrain each other says itself
    what is ordinary (``Loss.sample``).
    """
    lead = (items,) if isinstance(items, int) else items
    stream = len(lead) if case.loss.in_words else case.columns
    rng = np.random.default_rng([seed, stream])
    if case.loss.sample is not None:
        return _sampled(case, lead, rng)
    if case.loss.in_words:
        return [_input(case, entry, (*lead, *own_shape(entry)), rng) for entry in case.inputs]
    if case.sort == "grid":
        lead = (*lead, *GRID)
    shape = (*lead, case.columns) if case.columns else lead
    return [
        _targets(case, lead, shape, rng)
        if number and entry.kind in LABEL_KINDS
        else _numbers(case, entry, lead if number and entry.axes == "item" else shape, rng)
        for number, entry in enumerate(case.inputs)
    ]


def _sampled(case: Case, lead: tuple[int, ...], rng: np.random.Generator) -> list[Array]:
    loss = case.loss
    assert loss.sample is not None  # noqa: S101 - asked of losses that have one
    params = {param.name: param.default for param in loss.params} | {**case.params}
    every = loss.sample(rng, prod(lead), params)
    drawn = dict(zip((entry.name for entry in loss.inputs), every, strict=True))
    arrays = [drawn[entry.name] for entry in case.inputs]
    return [array.reshape(*lead, *array.shape[1:]) for array in arrays]


def own_shape(entry: Input) -> tuple[int, ...]:
    """Return lengths for the own axes of an input, item first."""
    words = item_first(entry).split()[1:]
    if words == [REST]:
        return (UNNAMED,)
    return tuple(int(w) if w.isdigit() else LENGTHS.get(w, UNNAMED) for w in words)


def _input(case: Case, entry: Input, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw an input by its kind, whatever its axes are."""
    if entry.kind in LABEL_KINDS:
        low = -1.0 if entry.kind == "sign" else 0.0
        return np.where(rng.uniform(size=shape) < EVEN, 1.0, low)
    if entry.kind in WHOLE_KINDS:
        return rng.integers(1, 1 + NAMES, size=shape)
    if entry.kind == "box":
        corner = rng.uniform(0.0, 2.0, size=(*shape[:-1], shape[-1] // 2))
        return np.concatenate([corner, corner + rng.uniform(0.5, 3.0, size=corner.shape)], axis=-1)
    numbers = _within(entry, shape, rng)
    if case.form.kind == "log_probabilities" and entry.domain is None and numbers.ndim > 1:
        numbers -= np.log(np.exp(numbers).sum(axis=-1, keepdims=True))
    return numbers


def _numbers(case: Case, entry: Input, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw scores of the kind the form reads, if the input is the predictions; or other numbers."""
    if entry is case.inputs[0]:
        kind, row = case.form.kind, case.form.axes == "item class"
        if kind == "logits":
            return rng.normal(scale=3.0, size=shape)
        if kind == "log_probabilities":
            return np.log(_distribution(shape, rng))
        if kind == "probabilities":
            return _distribution(shape, rng) if row else rng.uniform(0.02, 0.98, size=shape)
        if not case.params.get("log_input", True):  # rates rather than their logarithms
            return rng.uniform(0.1, 3.0, size=shape)
    return _within(entry, shape, rng)


def _within(entry: Input, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    if entry.domain is None:
        return rng.normal(scale=2.0, size=shape)
    low, high = np.clip([entry.domain.low, entry.domain.high], -3.0, 3.0)
    return rng.uniform(low + 0.01 * (high - low), high - 0.01 * (high - low), size=shape)


def _targets(
    case: Case, lead: tuple[int, ...], shape: tuple[int, ...], rng: np.random.Generator
) -> Array:
    if case.encoding == "signs":
        return np.where(rng.uniform(size=shape) < SHARE, 1.0, -1.0)
    if case.encoding == "labels":
        return (rng.uniform(size=shape) < SHARE).astype(np.float64)
    if case.encoding == "soft":
        classes = case.form.axes == "item class" and not reads_label_rows(case.loss)
        return _distribution(shape, rng) if classes else rng.uniform(size=shape)
    index = rng.integers(case.columns, size=lead)
    return index if case.encoding == "index" else np.eye(case.columns)[index]


def _distribution(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    parts = rng.uniform(0.05, 1.0, size=shape)
    return parts / parts.sum(axis=-1, keepdims=True)


def weight_shape(case: Case, arrays: Sequence[Any]) -> tuple[int, ...]:
    """Return the shape of one weight per item."""
    shape = np.shape(arrays[0])
    if case.loss.in_words:
        return shape[:1]
    return shape[:-1] if case.form.axes == "item class" else shape


def class_weights(case: Case) -> list[float] | None:
    """Return unequal class weights where the case takes them; overlap only does with an average."""
    if case.loss.pooled or not OPTIONS["class_weights"].takes(case.loss):
        return None
    return [0.5 + 0.75 * number for number in range(case.columns or 2)]


def given_class_weights(case: Case) -> dict[str, Any]:
    """Return class weights as an option, where the case takes them."""
    classes = class_weights(case)
    return {} if classes is None else {"class_weights": classes}


def before_items(arrays: Sequence[Array], items: int) -> list[Array]:
    """Move the class axis of arrays with `items` axes of items from the end to place 1."""
    return [np.moveaxis(a, -1, 1) if a.ndim > items else a for a in arrays]
