"""Cosine embedding loss of one pair."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, cosine, digits, positive


def value(
    first: Vector,
    second: Vector,
    sign: Number,
    *,
    kind: str = "values",
    margin: Number = 0.0,
) -> mpf:
    """1 − cos for +1, max(0, cos − m) for −1."""
    with digits():
        found = cosine(first, second)
        return 1 - found if sign > 0 else positive(found - exact(margin))
