"""Root mean squared scaled error (Makridakis et al. 2022)."""

from collections.abc import Sequence

from mpmath import fsum, mpf, sqrt

from tests.oracles._numbers import Number, listed, working_digits


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    training: Sequence[Number],
    *,
    kind: str = "values",
    season: int = 1,
) -> mpf:
    """The error of the forecast over that of the naive forecast of the training series."""
    with working_digits(predictions, targets, training):
        past = listed(training)
        errors = [p - t for p, t in zip(listed(predictions), listed(targets), strict=True)]
        naive = [past[i] - past[i - season] for i in range(season, len(past))]
        top, bottom = (fsum(x**2 for x in some) / len(some) for some in (errors, naive))
        return sqrt(top / bottom)
