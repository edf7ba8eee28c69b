"""What a value is to be compared with: chance, constant predictions, the spread of the targets.

Measured from the targets alone, apart from the evaluation, and only when asked for: it takes
another look at the targets.
"""

import math
from typing import Any

import numpy as np

from lossctl.engine.baselines import Baseline, baseline_of
from lossctl.engine.plan import Plan
from lossctl.engine.sums import exact_sum
from lossctl.engine.threads import run_blocks


def context_of(plan: Plan, value: float) -> dict[str, float]:
    """Return what the mean value of a loss is to be compared with; nothing when nothing applies.

    Log losses
        ``chance`` (all classes alike) and ``constant`` (always predicting the shares of the
        classes), evaluated with the loss's own parameters and weights: log C and the entropy of
        the labels for a plain cross-entropy. Where the loss is plain, that is the surprise −log p
        of every class alike, also ``bits`` (for each item) and, of classes, ``perplexity``.
    Losses on values
        ``target_variance``, which is also the squared error of always predicting the mean.
    """
    if plan.loss.context is None or "targets" not in plan.sources:
        return {}
    if plan.loss.context == "variance":
        return {"target_variance": _target_variance(plan)}
    found: Baseline = baseline_of(plan)
    told = {"chance": found.chance, "constant": found.constant}
    if found.plain:
        told["bits"] = value / math.log(2.0)
        if plan.fit.task == "multiclass":
            told["perplexity"] = math.exp(min(value, 700.0))
    return told


def _target_variance(plan: Plan) -> float:
    """Return the weighted variance of the targets that are not NaN, from sums about the first."""
    source, layout = plan.sources["targets"], plan.fit.layout
    first = float(np.asarray(source.read(0, 1), np.float64)[0])
    origin = first if math.isfinite(first) else 0.0

    def work(start: int, stop: int) -> tuple[float, float, float]:
        apart = layout.read(source, start, stop).astype(np.float64) - origin
        weight: Any = 1.0
        if plan.weights is not None:
            weight = layout.read(plan.weights, start, stop).astype(np.float64)
        weight = np.where(np.isnan(apart), 0.0, weight)
        apart = np.where(weight > 0.0, apart, 0.0)
        moments = weight, weight * apart, weight * apart * apart
        return tuple(float(each.sum()) for each in moments)  # type: ignore[return-value]

    parts = run_blocks(layout.grid(), work, plan.options.threads)
    mass, total, squares = (exact_sum(column) for column in zip(*parts, strict=True))
    return max(squares / mass - (total / mass) ** 2, 0.0) if mass else math.nan
