"""Multi-label margin loss of one row of labels."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, listed, working_digits


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "logits",
    margin: Number = 1.0,
) -> mpf:
    """Sum over pairs of a true y and a false j of max(0, m - z_y + z_j), over the labels."""
    with working_digits(predictions, targets, margin):
        scores, wanted, total = listed(predictions), listed(targets), mpf(0)
        for y, true in enumerate(wanted):
            for j, other in enumerate(wanted):
                if j != y:
                    short = max(mpf(0), exact(margin) - scores[y] + scores[j])
                    total += true * (1 - other) * short / len(scores)
        return total
