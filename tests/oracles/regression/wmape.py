"""The sum of the absolute errors over that of the targets (Kolassa and Schuetz 2007)."""

from collections.abc import Sequence

from mpmath import fsum, inf, mpf

from tests.oracles._numbers import Number, listed, working_digits


def value(
    predictions: Number | Sequence[Number],
    targets: Number | Sequence[Number],
    *,
    kind: str = "values",
    percent: bool = False,
) -> mpf:
    """Sum of |p - t| over the sum of |t|, times 100 in percent; 0 over 0 is 0."""
    with working_digits(predictions, targets):
        pairs = list(zip(listed(predictions), listed(targets), strict=True))
        errors, size = fsum(abs(p - t) for p, t in pairs), fsum(abs(t) for _, t in pairs)
        if errors == 0:
            return mpf(0)
        return (100 if percent else 1) * errors / size if size else mpf(inf)
