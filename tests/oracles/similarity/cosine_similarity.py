"""Squared error of one cosine."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, cosine, digits


def value(
    first: Vector,
    second: Vector,
    target: Number,
    *,
    kind: str = "values",
    zero_vector: str = "orthogonal",
) -> mpf:
    """(cos − t)²."""
    with digits():
        return (cosine(first, second) - exact(target)) ** 2
