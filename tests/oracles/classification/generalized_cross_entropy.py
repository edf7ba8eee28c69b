"""Generalized cross-entropy of one row of classes (Zhang & Sabuncu 2018)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles._probability import class_probabilities, class_targets, logits_among


def value(
    predictions: Sequence[Number],
    targets: int | Sequence[Number],
    *,
    kind: str = "logits",
    q: Number = 0.7,
) -> mpf:
    """Sum over classes of t (1 - p**q) / q."""
    with working_digits(predictions, targets, q, logits=logits_among(predictions, kind)):
        shares = class_probabilities(predictions, kind)
        wanted = class_targets(targets, len(shares))
        return sum(
            (t * (1 - p ** exact(q)) / exact(q) for p, t in zip(shares, wanted, strict=True)),
            start=mpf(0),
        )
