"""Count, sums and products of the statistics of items, block by block.

A block is summed about its own mean, which no cancellation can harm: for losses of 10⁶ ± 10⁻³ the
variance keeps all of its digits. Blocks are joined about their common mean by ``math.fsum``, which
rounds once. So blocks of a fixed grid give the same bits in any order, from any number of threads.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lossctl.core.loss import Array


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of k statistics of n items about a centre near their means.

    Attributes
    ----------
    n
        Number of items. Items that were left out, or weigh nothing, are not to be counted.
    center
        (k,) the point c that is subtracted, rounded to float64 and so known exactly.
    residuals
        (k,) Σ(s − c).
    products
        (k, k) Σ(s − c)(s − c)ᵀ.
    """

    n: int
    center: Array
    residuals: Array
    products: Array

    @property
    def means(self) -> Array:
        """(k,) mean of each statistic; NaN of no items."""
        return (
            self.center + self.residuals / self.n if self.n else np.full(len(self.center), np.nan)
        )

    @property
    def sums(self) -> Array:
        """(k,) sum of each statistic."""
        return self.n * self.center + self.residuals

    @property
    def covariance(self) -> Array:
        """(k, k) sample covariance with divisor n − 1; NaN of fewer than two items."""
        if self.n < 2:
            return np.full_like(self.products, np.nan)
        correction = np.outer(self.residuals, self.residuals) / self.n
        return (self.products - correction) / (self.n - 1)

    def variance_of(self, gradient: Array) -> float:
        """Return the sample variance of gradient·s, never below zero."""
        variance = float(np.einsum("i,ij,j->", gradient, self.covariance, gradient))
        return max(variance, 0.0) if variance == variance else variance  # noqa: PLR0124 - NaN

    @property
    def constant(self) -> Array:
        """(k,) whether each statistic is the same for all items."""
        return (np.diag(self.products) == 0.0) & (self.residuals == 0.0)


def exact_sum(numbers: Iterable[float]) -> float:
    """Sum exactly and round once; inf and NaN behave as in ordinary addition."""
    numbers = list(numbers)
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):  # overflow on the way, or inf − inf
        with np.errstate(all="ignore"):
            return float(np.sum(numbers))


@np.errstate(all="ignore")
def block_moments(columns: Sequence[Array]) -> Moments:
    """Return the moments of one block.

    Parameters
    ----------
    columns
        k arrays (m,), one a statistic, of any real type; they are summed as float64.
    """
    values = [np.asarray(column, dtype=np.float64) for column in columns]
    k, n = len(values), len(values[0]) if values else 0
    center, residuals, products = np.zeros(k), np.zeros(k), np.zeros((k, k))
    if n == 0:
        return Moments(0, center, residuals, products)
    deviations = []
    for i, column in enumerate(values):
        first = float(column[0])
        center[i] = first + float((column - first).mean())  # the mean of equal items is exact
        deviations.append(column - center[i])
        residuals[i] = deviations[i].sum()
        for j in range(i + 1):  # by halves in NumPy: BLAS may sum in another order on more threads
            products[i, j] = products[j, i] = (deviations[i] * deviations[j]).sum()
    return Moments(n, center, residuals, products)


@np.errstate(all="ignore")
def merge_moments(blocks: Sequence[Moments]) -> Moments:
    """Join the moments of blocks, or of parts of the data; their order changes no bit.

    Parts that were joined before give the same numbers up to rounding.
    """
    parts = [block for block in blocks if block.n]
    if len(parts) < 2:
        return parts[0] if parts else blocks[0]
    counts = np.array([float(part.n) for part in parts])
    centers = np.array([part.center for part in parts])
    residuals = np.array([part.residuals for part in parts])
    n, k = sum(part.n for part in parts), centers.shape[1]
    origin = centers.min(axis=0)  # the mean of large numbers is less exact than their differences
    offsets = counts[:, None] * (centers - origin) + residuals
    center = origin + np.array([exact_sum(column) / n for column in offsets.T])
    shifts = centers - center
    moved = counts[:, None] * shifts
    products = np.empty((k, k))
    for i in range(k):
        for j in range(i + 1):
            terms = [part.products[i, j] for part in parts]
            terms += (residuals[:, i] * shifts[:, j]).tolist()
            terms += (residuals[:, j] * shifts[:, i]).tolist()
            terms += (moved[:, i] * shifts[:, j]).tolist()
            products[i, j] = products[j, i] = exact_sum(terms)
    sums = [exact_sum([*residuals[:, i], *moved[:, i]]) for i in range(k)]
    return Moments(n, center, np.array(sums), products)
