"""The check function of Koenker and Bassett (1978)."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
    q: Number = 0.5,
) -> mpf:
    """max(q (t - p), (q - 1) (t - p))."""
    with working_digits(predictions, targets, q):
        p, t = exact(predictions), exact(targets)
        level = exact(q)
        return max(level * (t - p), (level - 1) * (t - p))
