"""The squared error of differences of one list, over all pairs."""

from collections.abc import Sequence

from mpmath import fsum, mpf

from tests.oracles._numbers import Number, listed, working_digits


def value(predictions: Sequence[Number], targets: Sequence[Number], *, kind: str = "values") -> mpf:
    """Mean over all (i, j) of ((s_i - s_j) - (y_i - y_j))**2."""
    with working_digits(predictions, targets):
        pairs = list(zip(listed(predictions), listed(targets), strict=True))
        squares = (((s - r) - (y - z)) ** 2 for s, y in pairs for r, z in pairs)
        return fsum(squares) / len(pairs) ** 2
