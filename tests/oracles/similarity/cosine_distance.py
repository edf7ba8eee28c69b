"""Cosine distance of one pair."""

from mpmath import mpf

from tests.oracles.similarity._vectors import Vector, cosine, digits


def value(
    first: Vector, second: Vector, *, kind: str = "values", zero_vector: str = "orthogonal"
) -> mpf:
    """1 − cos."""
    with digits():
        return 1 - cosine(first, second)
