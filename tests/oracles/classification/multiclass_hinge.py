"""Crammer-Singer hinge loss of one row of scores."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles._probability import class_targets


def value(
    predictions: Sequence[Number],
    targets: int | Sequence[Number],
    *,
    kind: str = "logits",
    margin: Number = 1.0,
) -> mpf:
    """max(0, m + max of the other scores - z_y), expected over y."""
    with working_digits(predictions, targets, margin):
        scores, total = listed(predictions), mpf(0)
        for y, share in enumerate(class_targets(targets, len(scores))):
            rival = max(score for j, score in enumerate(scores) if j != y)
            total += share * max(mpf(0), exact(margin) + rival - scores[y])
        return total
