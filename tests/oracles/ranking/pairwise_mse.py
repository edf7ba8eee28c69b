"""The squared error of differences of one list, over all pairs."""

from collections.abc import Sequence

from mpmath import fsum, mpf

from tests.oracles._numbers import Number, listed, working_digits


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    pairs: str = "mean",
) -> mpf:
    """Mean or sum over all (i, j) of ((s_i - s_j) - (y_i - y_j))**2."""
    with working_digits(predictions, targets):
        items = list(zip(listed(predictions), listed(targets), strict=True))
        total = fsum(((s - r) - (y - z)) ** 2 for s, y in items for r, z in items)
        return total if pairs == "sum" else total / len(items) ** 2
