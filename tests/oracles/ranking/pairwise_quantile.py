"""The quantile loss of the gaps of one list, as Rax defines it."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles.ranking._lists import combined


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    tau: Number = 0.5,
    squared: bool = False,
    pairs: str = "mean",
    pair_weights: str = "equal",
) -> mpf:
    """Mean or sum of tau max(0, dy - ds) + (1 - tau) max(0, ds - dy), each to a power."""
    with working_digits(predictions, targets, tau):
        scores, grades = listed(predictions), listed(targets)
        power = 2 if squared else 1

        def cost(i: int, j: int) -> mpf:
            short = (grades[i] - grades[j]) - (scores[i] - scores[j])
            over = max(mpf(0), -short) ** power
            return exact(tau) * max(mpf(0), short) ** power + (1 - exact(tau)) * over

        return combined(targets, cost, pairs, pair_weights)
