"""Kullback-Leibler divergence of one row of classes."""

from collections.abc import Sequence

from mpmath import log, mpf

from tests.oracles._numbers import Number, working_digits
from tests.oracles._probability import (
    class_probabilities,
    class_targets,
    logits_among,
    surprisal,
)


def value(
    predictions: Sequence[Number],
    targets: int | Sequence[Number],
    *,
    kind: str = "probabilities",
) -> mpf:
    """Sum of t log(t / p) over the classes with t > 0."""
    with working_digits(predictions, targets, logits=logits_among(predictions, kind)):
        shares = class_probabilities(predictions, kind)
        wanted = class_targets(targets, len(shares))
        return sum(
            (
                t * log(t) + surprisal(t, p, mpf(0))
                for p, t in zip(shares, wanted, strict=True)
                if t != 0
            ),
            start=mpf(0),
        )
