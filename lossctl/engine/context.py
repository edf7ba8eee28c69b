"""What a value is to be compared with: chance, the best constant, the spread of the targets.

Measured from the targets alone, apart from the evaluation, and only when asked for: it takes
another look at the targets.
"""

import math
from typing import Any

import numpy as np

from lossctl.engine.census import count_labels
from lossctl.engine.plan import Plan
from lossctl.engine.sums import exact_sum
from lossctl.engine.threads import run_blocks


def context_of(plan: Plan, value: float) -> dict[str, float]:
    """Return what the mean value of a loss is to be compared with; nothing when nothing applies.

    Log losses
        ``chance`` (log C: all classes alike), ``constant`` (always predicting the shares of the
        classes: their entropy), ``perplexity`` and ``bits`` (for each item).
    Losses on values
        ``target_variance``, which is also the squared error of always predicting the mean.
    """
    if plan.loss.context is None or "targets" not in plan.sources:
        return {}
    if plan.loss.context == "variance":
        return {"target_variance": _target_variance(plan)}
    options = plan.options
    counts = count_labels(
        plan.sources["targets"],
        plan.fit,
        weights=plan.weights,
        ignore_index=options.ignore_index,
        threads=options.threads,
    )
    if counts.ndim == 2:  # several labels: the mean over their entropies
        constant = float(np.mean([_entropy(column) for column in counts.T]))
    else:
        constant = _entropy(counts)
    found = {"chance": math.log(len(counts)), "constant": constant, "bits": value / math.log(2.0)}
    if plan.fit.task == "multiclass":
        found["perplexity"] = math.exp(min(value, 700.0))
    return found


def _entropy(counts: Any) -> float:
    shares = counts[counts > 0.0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def _target_variance(plan: Plan) -> float:
    """Return the variance of the targets that are not NaN, from sums about the first of them."""
    source, layout = plan.sources["targets"], plan.fit.layout
    first = float(np.asarray(source.read(0, 1), np.float64)[0])
    origin = first if math.isfinite(first) else 0.0

    def work(start: int, stop: int) -> tuple[int, float, float]:
        apart = layout.read(source, start, stop).astype(np.float64) - origin
        apart = apart[~np.isnan(apart)]
        return apart.size, float(apart.sum()), float((apart * apart).sum())

    parts = run_blocks(layout.grid(), work, plan.options.threads)
    count, total, squares = (exact_sum(column) for column in zip(*parts, strict=True))
    return max(squares / count - (total / count) ** 2, 0.0) if count else math.nan
