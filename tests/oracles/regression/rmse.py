"""Root mean squared error, as it is defined."""

from collections.abc import Sequence

from mpmath import fsum, mpf, sqrt

from tests.oracles._numbers import Number, listed, working_digits


def value(
    predictions: Number | Sequence[Number],
    targets: Number | Sequence[Number],
    *,
    kind: str = "values",
) -> mpf:
    """sqrt(sum of e**2 over n)."""
    with working_digits(predictions, targets):
        pairs = list(zip(listed(predictions), listed(targets), strict=True))
        return sqrt(fsum((p - t) ** 2 for p, t in pairs) / len(pairs))
