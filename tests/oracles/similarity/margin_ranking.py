"""Margin ranking loss of one pair of scores."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import digits, positive


def value(
    first: Number,
    second: Number,
    sign: Number,
    *,
    kind: str = "values",
    margin: Number = 0.0,
) -> mpf:
    """max(0, −y(x₁ − x₂) + m)."""
    with digits():
        return positive(-int(sign) * (exact(first) - exact(second)) + exact(margin))
