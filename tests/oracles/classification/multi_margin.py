"""Multi-class margin loss of one row of scores."""

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
    p: Number = 1.0,
) -> mpf:
    """Sum over the other classes of max(0, m - z_y + z_j)**p / C, expected over y."""
    with working_digits(predictions, targets, margin, p):
        scores, total = listed(predictions), mpf(0)
        for y, share in enumerate(class_targets(targets, len(scores))):
            for j, score in enumerate(scores):
                short = exact(margin) - scores[y] + score
                if j != y and short > 0:
                    total += share * short ** exact(p) / len(scores)
        return total
