"""Random inputs of ordinary size for losses of records, from the axes and kinds they declare."""

from math import prod

import numpy as np

from lossctl.core.loss import WHOLE_KINDS, Array, Input
from lossctl.engine.bind.axes import REST
from lossctl.testing.cases import Case, item_first

LENGTHS = {
    "feature": 5,
    "class": 4,
    "time": 6,
    "symbol": 2,
    "channel": 2,
    "height": 11,
    "width": 12,
}
NAMES = 3  # how many different things labels of kind class name
UNNAMED = 4  # length of an axis by any other word


def draw_records(case: Case, lead: tuple[int, ...], seed: int) -> list[Array]:
    """Draw the inputs that a case gives, items first, in declared order.

    A loss whose inputs constrain each other says itself what is ordinary (``Loss.sample``).
    """
    rng = np.random.default_rng([seed, len(lead)])
    loss, kind = case.loss, case.form.kind
    if loss.sample is not None:
        params = {param.name: param.default for param in loss.params} | {**case.params}
        every = loss.sample(rng, prod(lead), params)
        drawn = dict(zip((entry.name for entry in loss.inputs), every, strict=True))
        arrays = [drawn[entry.name] for entry in case.inputs]
        return [array.reshape(*lead, *array.shape[1:]) for array in arrays]
    return [_draw(entry, kind, (*lead, *own_shape(entry)), rng) for entry in case.inputs]


def own_shape(entry: Input) -> tuple[int, ...]:
    """Return lengths for the own axes of an input, item first."""
    words = item_first(entry).split()[1:]
    if words == [REST]:
        return (UNNAMED,)
    return tuple(int(w) if w.isdigit() else LENGTHS.get(w, UNNAMED) for w in words)


def _draw(entry: Input, kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    if entry.kind == "sign":
        return np.where(rng.uniform(size=shape) < 0.5, 1.0, -1.0)
    if entry.kind == "label":
        return (rng.uniform(size=shape) < 0.5).astype(np.float64)
    if entry.kind in WHOLE_KINDS:
        return rng.integers(1, 1 + NAMES, size=shape)
    if entry.kind == "box":
        corner = rng.uniform(0.0, 2.0, size=(*shape[:-1], 2))
        return np.concatenate([corner, corner + rng.uniform(0.5, 3.0, size=corner.shape)], axis=-1)
    return _numbers(entry, kind, shape, rng)


def _numbers(entry: Input, kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    if entry.domain is not None:
        low, high = np.clip([entry.domain.low, entry.domain.high], -3.0, 3.0)
        return rng.uniform(low + 0.01 * (high - low), high - 0.01 * (high - low), size=shape)
    scores: Array = rng.normal(scale=2.0, size=shape)
    if kind == "log_probabilities" and scores.ndim > 1:
        scores -= np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return scores
