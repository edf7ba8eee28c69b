"""Twice the mean of the check functions (Koenker and Bassett 1978) of all levels."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, listed, working_digits


def value(
    predictions: Number | Sequence[Number],
    targets: Number,
    *,
    kind: str = "values",
    q: Number | Sequence[Number] = 0.5,
) -> mpf:
    """2 / Q times the sum of max(q (t - p), (q - 1) (t - p))."""
    with working_digits(predictions, targets, q):
        levels, quantiles, total = listed(q), listed(predictions), mpf(0)
        for number, level in zip(quantiles, levels, strict=True):
            above = exact(targets) - number
            total += max(level * above, (level - 1) * above)
        return 2 * total / len(quantiles)
