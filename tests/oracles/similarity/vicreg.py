"""VICReg loss of one batch (Bardes, Ponce & LeCun 2021, as its authors' code weighs it)."""

from collections.abc import Sequence

from mpmath import mpf, sqrt

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, digits, positive


def value(
    first: Sequence[Vector],
    second: Sequence[Vector],
    *,
    kind: str = "values",
    invariance_weight: Number = 25.0,
    variance_weight: Number = 25.0,
    covariance_weight: Number = 1.0,
    gamma: Number = 1.0,
    epsilon: Number = 1e-4,
) -> mpf:
    """λ·mse + μ·(v(a) + v(b))/2 + ν·(c(a) + c(b))."""
    with digits():
        pairs = [
            (exact(x), exact(y))
            for a, b in zip(first, second, strict=True)
            for x, y in zip(a, b, strict=True)
        ]
        gap = sum(((x - y) ** 2 for x, y in pairs), mpf(0)) / len(pairs)
        spread, redundancy = mpf(0), mpf(0)
        for side in (first, second):
            matrix = _covariances(side)
            width = len(matrix)
            for i in range(width):
                deviation = sqrt(matrix[i][i] + exact(epsilon))
                spread += positive(exact(gamma) - deviation) / width / 2
                redundancy += sum(matrix[i][j] ** 2 for j in range(width) if j != i) / width
        return (
            exact(invariance_weight) * gap
            + exact(variance_weight) * spread
            + exact(covariance_weight) * redundancy
        )


def _covariances(rows: Sequence[Vector]) -> list[list[mpf]]:
    columns = [[exact(x) for x in column] for column in zip(*rows, strict=True)]
    apart = [[x - sum(column) / len(column) for x in column] for column in columns]
    count = max(len(rows) - 1, 1)
    return [[sum(x * y for x, y in zip(a, b, strict=True)) / count for b in apart] for a in apart]
