"""The quantile loss of the gaps of one list, as Rax defines it."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles.ranking._lists import ordered_pairs


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    tau: Number = 0.5,
    squared: bool = False,
    pairs: str = "mean",
) -> mpf:
    """Mean or sum of tau max(0, dy - ds) + (1 - tau) max(0, ds - dy), each to a power."""
    with working_digits(predictions, targets, tau):
        scores, grades = listed(predictions), listed(targets)
        power, costs = 2 if squared else 1, []
        for i, j in ordered_pairs(targets):
            short = (grades[i] - grades[j]) - (scores[i] - scores[j])
            over = max(mpf(0), -short) ** power
            costs.append(exact(tau) * max(mpf(0), short) ** power + (1 - exact(tau)) * over)
        total = sum(costs, mpf(0))
        return total / max(len(costs), 1) if pairs != "sum" else total
