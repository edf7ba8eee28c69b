"""Tversky loss of one pooled reading (Salehi et al. 2017, 1706.05721)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles._probability import logits_among
from tests.oracles.segmentation._overlap import foreground, one_minus_ratio


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "probabilities",
    alpha: Number = 0.3,
    beta: Number = 0.7,
    smooth: Number = 1e-6,
) -> mpf:
    """1 - (tp + s) / (tp + alpha fp + beta fn + s): alpha prices false alarms, beta misses."""
    logits = logits_among(predictions, kind)
    with working_digits(predictions, targets, alpha, beta, smooth, logits=logits):
        pairs = list(zip(foreground(predictions, kind), listed(targets), strict=True))
        hits = sum((p * t for p, t in pairs), start=mpf(0))
        alarms = sum((p * (1 - t) for p, t in pairs), start=mpf(0))
        misses = sum(((1 - p) * t for p, t in pairs), start=mpf(0))
        extra = exact(smooth)
        priced = exact(alpha) * alarms + exact(beta) * misses
        return one_minus_ratio(hits + extra, hits + priced + extra)
