"""Barlow Twins loss of one batch (Zbontar et al. 2021)."""

from collections.abc import Sequence

from mpmath import mpf, sqrt

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, digits


def value(
    first: Sequence[Vector],
    second: Sequence[Vector],
    *,
    kind: str = "values",
    redundancy: Number = 0.0051,
    epsilon: Number = 0.0,
) -> mpf:
    """Σ (1 − C_ii)² + λ Σ_{i≠j} C_ij²."""
    with digits():
        left = [_standard(column, exact(epsilon)) for column in zip(*first, strict=True)]
        right = [_standard(column, exact(epsilon)) for column in zip(*second, strict=True)]
        total = mpf(0)
        for i, a in enumerate(left):
            for j, b in enumerate(right):
                correlation = sum(x * y for x, y in zip(a, b, strict=True)) / len(a)
                total += (1 - correlation) ** 2 if i == j else exact(redundancy) * correlation**2
        return total


def _standard(column: Sequence[Number], epsilon: mpf) -> list[mpf]:
    numbers = [exact(x) for x in column]
    mean = sum(numbers) / len(numbers)
    variance = sum((x - mean) ** 2 for x in numbers) / len(numbers) + epsilon
    return [(x - mean) / sqrt(variance) if variance else mpf(0) for x in numbers]
