"""Hinge embedding loss of one distance."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import digits, positive


def value(distances: Number, sign: Number, *, kind: str = "values", margin: Number = 1.0) -> mpf:
    """X for +1, max(0, m − x) for −1."""
    with digits():
        return exact(distances) if sign > 0 else positive(exact(margin) - exact(distances))
