"""Random inputs of ordinary size for a case, and weights that fit them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossctl.core.loss import LABEL_KINDS, Array, Input
from lossctl.core.options import OPTIONS
from lossctl.testing.cases import Case, reads_label_rows
from lossctl.testing.record_draws import draw_records

GRID = (4, 5)
SHARE = 0.4  # of positive labels


def draw(case: Case, items: int | tuple[int, ...], seed: int = 0) -> list[Array]:
    """Draw random inputs of ordinary size in float64, in the order the loss declares them.

    `items` is the number of items, or the shape of axes of items, before the class axis. An item of
    a loss of grids is an image of its own.
    """
    rng = np.random.default_rng([seed, case.columns])
    lead = (items,) if isinstance(items, int) else items
    if case.loss.in_words:
        return draw_records(case, lead, seed)
    if case.sort == "grid":
        lead = (*lead, *GRID)
    shape = (*lead, case.columns) if case.columns else lead
    return [
        _scores(case, entry, shape, rng) if number == 0
        else _targets(case, lead, shape, rng) if entry.kind in LABEL_KINDS
        else _numbers(entry, shape, rng)
        for number, entry in enumerate(case.inputs)
    ]  # fmt: skip


def _scores(case: Case, entry: Input, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    kind, row = case.form.kind, case.form.axes == "item class"
    if kind == "logits":
        return rng.normal(scale=3.0, size=shape)
    if kind == "log_probabilities":
        return np.log(_distribution(shape, rng))
    if kind == "probabilities":
        return _distribution(shape, rng) if row else rng.uniform(0.02, 0.98, size=shape)
    if not case.params.get("log_input", True):  # rates rather than their logarithms
        return rng.uniform(0.1, 3.0, size=shape)
    return _numbers(entry, shape, rng)


def _numbers(entry: Input, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
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
    """Return the shape of one weight an item."""
    shape = np.shape(arrays[0])
    if case.loss.in_words:
        return shape[:1]
    return shape[:-1] if case.form.axes == "item class" else shape


def class_weights(case: Case) -> list[float] | None:
    """Return unequal class weights where the case takes them."""
    if not OPTIONS["class_weights"].takes(case.loss):
        return None
    return [0.5 + 0.75 * number for number in range(case.columns or 2)]


def given_class_weights(case: Case) -> dict[str, Any]:
    """Return class weights as an option, where the case takes them."""
    classes = class_weights(case)
    return {} if classes is None else {"class_weights": classes}


def before_items(arrays: Sequence[Array], items: int) -> list[Array]:
    """Move the class axis of arrays with `items` axes of items from the end to place 1."""
    return [np.moveaxis(a, -1, 1) if a.ndim > items else a for a in arrays]
