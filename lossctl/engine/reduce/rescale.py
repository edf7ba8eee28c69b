"""Keep sums within float64 when weights or item losses are huge or tiny.

Multiplying every weight by one power of two changes no digit and cancels in every mean. A pooled
loss is a quotient of sums in which only `smooth` is no sum, so `smooth` is scaled with them.
"""

import math
from dataclasses import replace
from math import prod

import numpy as np

from lossctl.core.threads import run_blocks
from lossctl.engine.bind.layout import plain_grid
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.totals import Totals, sum_blocks

ROOM = -64  # sums of up to 2^64 finite item losses stay finite
MOST = 1000  # exponents: 2^±1000 and its products with weights stay within float64


def rescale(plan: Plan, totals: Totals) -> tuple[Plan, Totals]:
    """Return the plan with scaled weights and its totals, for sums that overflow or vanish.

    Both are returned as they are where it does not help: an item that is truly infinite, times a
    weight scaled to 0.
    """
    scaled = _rescaled(plan)
    (again,) = sum_blocks([scaled], [None])
    if any(bool(np.any(np.isnan(total))) for total in again.sums.values()):
        return plan, totals
    return scaled, again


def _rescaled(plan: Plan) -> Plan:
    """Return the plan with weights scaled so that the greatest is near 2^−64."""
    exponent = ROOM
    if plan.weights is not None:
        exponent -= math.frexp(_greatest_weight(plan))[1]
    scale = math.ldexp(1.0, max(-MOST, min(MOST, exponent)))
    arguments = dict(plan.arguments)
    in_quotient = plan.options.reduction == "mean" and plan.options.mean_by == "weights"
    if arguments.get("class_weights") is not None and in_quotient:
        weights = plan.exact_arguments["class_weights"]
        weights = np.ldexp(weights, -math.frexp(float(weights.max()))[1])
        arguments["class_weights"] = weights.astype(plan.dtype)
    if plan.loss.pooled and "smooth" in arguments:
        arguments["smooth"] *= scale
    return replace(plan, scale=scale, arguments=arguments)


def _greatest_weight(plan: Plan) -> float:
    weights = plan.weights
    assert weights is not None  # noqa: S101 - asked of weighted plans only
    grid = plain_grid(prod(plan.fit.layout.item_shape))

    def work(start: int, stop: int) -> float:
        return float(weights.read(start, stop).max())

    return max(run_blocks(grid, work, plan.options.threads))
