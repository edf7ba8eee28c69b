"""Total variation of one image (Rudin, Osher and Fatemi 1992), pixel by pixel."""

from collections.abc import Sequence

from mpmath import mpf, sqrt

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles.generative._arrays import every


def value(
    images: Sequence[Sequence[Number]],
    *,
    kind: str = "values",
    mode: str = "anisotropic",
    normalization: str = "sum",
) -> mpf:
    """Steps to the pixel below and to the one on the right, where there is one."""
    with working_digits(every(images)):
        rows = [[exact(number) for number in row] for row in images]
        total = mpf(0)
        for i, row in enumerate(rows):
            for j, pixel in enumerate(row):
                a = rows[i + 1][j] - pixel if i + 1 < len(rows) else mpf(0)
                b = row[j + 1] - pixel if j + 1 < len(row) else mpf(0)
                squares = a**2 + b**2
                sizes = {"anisotropic": abs(a) + abs(b), "squared": squares}
                total += sqrt(squares) if mode == "isotropic" else sizes[mode]
        return total / (len(rows) * len(rows[0])) if normalization == "mean" else total
