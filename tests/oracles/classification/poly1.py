"""Poly-1 loss of one label or of one row of classes (Leng et al. 2022)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles._probability import (
    both_probabilities,
    class_probabilities,
    class_targets,
    logits_among,
    surprisal,
)


def value(
    predictions: Number | Sequence[Number],
    targets: Number | Sequence[Number],
    *,
    kind: str = "logits",
    epsilon: Number = 1.0,
) -> mpf:
    """Sum over outcomes of t (-log p + e (1 - p))."""
    with working_digits(predictions, targets, epsilon, logits=logits_among(predictions, kind)):
        if hasattr(predictions, "__len__"):
            shares = class_probabilities(predictions, kind)
            wanted = class_targets(targets, len(shares))
        else:
            shares = list(both_probabilities(predictions, kind))
            wanted = [exact(targets), 1 - exact(targets)]
        return sum(
            (
                surprisal(t, p, mpf(0)) + t * exact(epsilon) * (1 - p)
                for p, t in zip(shares, wanted, strict=True)
            ),
            start=mpf(0),
        )
