"""Generalised Dice loss of one pooled reading (Sudre et al. 2017, 1707.03237)."""

from collections.abc import Sequence
from typing import Any

from mpmath import mp, mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles._probability import logits_among
from tests.oracles.segmentation._classes import columns, flat
from tests.oracles.segmentation._overlap import one_minus_ratio


def value(
    predictions: Sequence[Any],
    targets: Sequence[Any],
    *,
    kind: str = "probabilities",
    smooth: Number = 0.0,
    weighting: str = "square",
) -> mpf:
    """1 - (2 sum_c w I + s) / (sum_c w (P + T) + s), w = 1/T**2; absent classes: the largest w.

    Simple weights are 1/T, uniform ones 1.

    Predictions are rows of classes, or single numbers (foreground; the background is the rest).
    """
    logits = logits_among(flat(predictions), kind)
    with working_digits(flat(predictions), smooth, logits=logits), mp.extradps(60):
        shares, goals = columns(predictions, targets, kind)
        sizes = [sum(goal, start=mpf(0)) for goal in goals]
        power = {"square": 2, "simple": 1, "uniform": 0}[weighting]
        known = [1 / size**power for size in sizes if size > 0]
        weights = [1 / size**power if size > 0 else max(known, default=mpf(1)) for size in sizes]
        overlap = whole = exact(smooth)
        for weight, share, goal, size in zip(weights, shares, goals, sizes, strict=True):
            overlap += 2 * weight * sum(p * t for p, t in zip(share, goal, strict=True))
            whole += weight * (sum(share) + size)
        return one_minus_ratio(overlap, whole)
