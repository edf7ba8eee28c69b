"""What a value is to be compared with: chance, constant predictions, the spread of the targets.

Measured from the targets that count, block by block beside the loss, and only when asked for.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.baselines import Baseline, baseline_of
from lossctl.engine.block import Block
from lossctl.engine.census import Count, add_counts, count_block
from lossctl.engine.plan import Plan
from lossctl.engine.sums import exact_sum
from lossctl.kernels.numeric.block_cache import once_a_block


class Spread(NamedTuple):
    """Total weight of some targets, their mean, and the squares of what lies apart from it."""

    mass: float
    mean: float
    squares: float


def target_statistics(plan: Plan, block: Block) -> Spread | Count | None:
    """Return what :func:`context_of` needs to know of a block, None where it needs nothing."""
    if not _is_wanted(plan):
        return None
    place = next(n for n, entry in enumerate(plan.loss.inputs) if entry.name == "targets")
    targets = block.arrays[place]
    if plan.loss.context == "variance":
        return _spread(targets, block.weights)
    return count_block(targets, block.weights, plan.fit.layout)


def context_of(plan: Plan, targets: Sequence[Any], value: Any) -> dict[str, float]:
    """Return what the mean value of a loss is to be compared with; nothing when nothing applies.

    `targets` are the statistics of the blocks.

    Log losses
        ``chance`` (all classes alike) and ``constant`` (always predicting the shares of the
        classes), evaluated with the loss's own parameters and weights: log C and the entropy of
        the labels for a plain cross-entropy. Where the loss is plain, that is the surprise −log p
        of every class alike, also ``bits`` (for each item) and, of classes, ``perplexity``.
    Losses on values
        ``target_variance``, which is also the squared error of always predicting the mean.
    """
    if not _is_wanted(plan) or np.isnan(value):
        return {}
    if plan.loss.context == "variance":
        return {"target_variance": _variance(targets)}
    found: Baseline = baseline_of(plan, add_counts(targets, plan.fit.layout))
    told = {"chance": found.chance, "constant": found.constant}
    if found.plain:
        told["bits"] = value / math.log(2.0)
        if plan.fit.task == "multiclass":
            told["perplexity"] = math.exp(min(value, 700.0))
    return told


def _is_wanted(plan: Plan) -> bool:
    options = plan.options
    if not options.context or options.reduction != "mean":
        return False
    return plan.loss.context is not None and "targets" in plan.sources


@once_a_block
def _spread(targets: Array, weights: Array | None) -> Spread:
    apart = targets.astype(np.float64)
    if weights is None:
        mass = float(apart.size)
        mean = float(apart.sum()) / mass
        apart -= mean
        return Spread(mass, mean, float(np.einsum("i,i->", apart, apart)))
    mass = float(weights.sum())
    mean = float((weights * apart).sum()) / mass if mass else 0.0
    apart -= mean
    return Spread(mass, mean, float((weights * apart * apart).sum()))


def _variance(parts: Sequence[Spread]) -> float:
    """Return the variance of all targets from the spreads of their parts."""
    mass = exact_sum([part.mass for part in parts])
    mean = exact_sum([part.mass * part.mean for part in parts]) / mass
    between = exact_sum([part.mass * (part.mean - mean) ** 2 for part in parts])
    return (exact_sum([part.squares for part in parts]) + between) / mass
