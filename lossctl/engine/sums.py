"""Sums of statistics: float64 inside a block, exact across blocks, weighted item by item."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.block import Block
from lossctl.engine.evidence import Evidence
from lossctl.engine.plan import Plan


class BlockTotals(NamedTuple):
    """Statistics of one block: a number each, or one a sample from `first_sample` on.

    A block with faults, or of records without any that counts, has no statistics.

    `targets` is what a value is compared with (see ``context``), where that was asked for.
    """

    sums: dict[str, Any]
    first_sample: int
    block_counts: tuple[int, int, int]
    evidence: Evidence
    targets: Any = None


class Totals(NamedTuple):
    """Statistics of all blocks: a number each, or an array with one entry a sample.

    `targets` has what each block tells of its targets.
    """

    sums: dict[str, Any]
    items: int
    ignored: int
    omitted: int
    evidence: Evidence
    targets: Sequence[Any] = ()


def sum_in_double(values: Array) -> float:
    """Sum in float64; einsum casts float32 on the way, which is faster than a sum that does."""
    if values.dtype == np.float32 and values.flags.forc:
        return float(np.einsum("i->", values.ravel(order="K"), dtype=np.float64))
    return float(values.sum(dtype=np.float64))


def is_finite(total: Any) -> bool:
    """Whether a statistic, a number or an array, is finite."""
    return math.isfinite(total) if isinstance(total, float) else bool(np.isfinite(total).all())


def weigh(values: Array, weights: Array) -> Array:
    """Multiply each item by its weight; what weighs 0 is 0, even where it is inf or NaN."""
    weighted: Array = (weights.T * values.T).T
    if not np.isfinite(weighted.sum()):
        absent = (weights == 0.0).reshape(weights.shape + (1,) * (values.ndim - weights.ndim))
        weighted = np.where(absent, 0.0, weighted)
    return weighted


def scaled_weights(plan: Plan, block: Block) -> Block:
    """Scale the weights of a block by the plan's power of two, so that their sums stay finite."""
    if plan.scale == 1.0:
        return block
    weights = block.weights
    if weights is None:
        scores = block.arrays[0]
        weights = np.ones(scores.shape if plan.fit.layout.form == "element" else scores.shape[:1])
    return block._replace(weights=weights * plan.scale)


def exact_sum(numbers: Sequence[float]) -> float:
    """Sum exactly and round once; inf and NaN behave as in ordinary addition."""
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):  # overflow on the way, or inf − inf
        with np.errstate(all="ignore"):
            return float(np.sum(numbers))
