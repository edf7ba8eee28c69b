"""Brier score of one probability or of one row of classes."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles._probability import (
    both_probabilities,
    class_probabilities,
    class_targets,
    logits_among,
)


def value(
    predictions: Number | Sequence[Number],
    targets: Number | Sequence[Number],
    *,
    kind: str = "probabilities",
) -> mpf:
    """(p - t)**2, summed over the classes of a row."""
    with working_digits(predictions, targets, logits=logits_among(predictions, kind)):
        if not hasattr(predictions, "__len__"):
            return (both_probabilities(predictions, kind)[0] - exact(targets)) ** 2
        shares = class_probabilities(predictions, kind)
        wanted = class_targets(targets, len(shares))
        return sum(((p - t) ** 2 for p, t in zip(shares, wanted, strict=True)), start=mpf(0))
