"""Dice loss of one pooled reading (Milletari 2016, 1606.04797, has the squared denominator)."""

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
    smooth: Number = 1e-6,
    squared: bool = False,
) -> mpf:
    """1 - (2 sum pt + s) / (sum p + sum t + s); `squared` squares p and t in the denominator."""
    logits = logits_among(predictions, kind)
    with working_digits(predictions, targets, smooth, logits=logits):
        shares, wanted, extra = foreground(predictions, kind), listed(targets), exact(smooth)
        overlap = sum((p * t for p, t in zip(shares, wanted, strict=True)), start=mpf(0))
        power = 2 if squared else 1
        size = sum((x**power for x in [*shares, *wanted]), start=mpf(0))
        return one_minus_ratio(2 * overlap + extra, size + extra)
