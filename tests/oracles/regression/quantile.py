"""The check function of Koenker and Bassett (1978)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number | Sequence[Number],
    targets: Number,
    *,
    kind: str = "values",
    q: Number | Sequence[Number] = 0.5,
) -> mpf:
    """max(q (t - p), (q - 1) (t - p)); of several quantiles the mean over them."""
    if isinstance(predictions, Sequence):
        levels = q if isinstance(q, Sequence) else [q]
        with working_digits(*predictions, targets, *levels):
            pairs = zip(predictions, levels, strict=True)
            return sum(value(p, targets, q=level) for p, level in pairs) / len(predictions)
    with working_digits(predictions, targets, q):
        p, t = exact(predictions), exact(targets)
        level = exact(q)
        return max(level * (t - p), (level - 1) * (t - p))
