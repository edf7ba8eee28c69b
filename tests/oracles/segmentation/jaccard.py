"""Jaccard loss of one pooled reading (Rahman & Wang 2016)."""

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
) -> mpf:
    """1 - (I + s) / (U + s): I = sum pt, U = sum p + sum t - I."""
    logits = logits_among(predictions, kind)
    with working_digits(predictions, targets, smooth, logits=logits):
        shares, wanted, extra = foreground(predictions, kind), listed(targets), exact(smooth)
        overlap = sum((p * t for p, t in zip(shares, wanted, strict=True)), start=mpf(0))
        union = sum([*shares, *wanted], start=mpf(0)) - overlap
        return one_minus_ratio(overlap + extra, union + extra)
