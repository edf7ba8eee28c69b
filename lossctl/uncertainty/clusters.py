"""Clusters of items that are not independent: patients, documents, users, days.

What is summed is one row of statistics a cluster; clusters are then what single items are in
``intervals``. The variance is Liang and Zeger's (Biometrika 1986, 73, 13–22) with the correction
G/(G − 1), which is called CR1, and t has G − 1 degrees of freedom. With a cluster for every item
it is the delta method, and so Student's t of a mean.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lossctl.core.loss import Array
from lossctl.uncertainty.intervals import Interval, t_interval
from lossctl.uncertainty.moments import exact_sum


@dataclass(frozen=True, eq=False)
class ClusterBlock:
    """Sums of one block by cluster, about a centre of the block.

    Attributes
    ----------
    codes
        (c,) numbers of the clusters that the block has items of.
    counts
        (c,) their numbers of items.
    center
        (k,) what is subtracted from every item.
    residuals
        (c, k) Σ(s − center) over the items of each cluster.
    """

    codes: Array
    counts: Array
    center: Array
    residuals: Array


@dataclass(frozen=True, eq=False)
class ClusterSums:
    """Sums of statistics by cluster, for clusters that have items.

    Attributes
    ----------
    counts
        (G,) numbers of items.
    center
        (k,) what is subtracted from every item.
    residuals
        (G, k) Σ(s − center) over the items of each cluster.
    """

    counts: Array
    center: Array
    residuals: Array

    def __len__(self) -> int:
        """Return the number of clusters."""
        return len(self.counts)

    @property
    def n(self) -> int:
        """Number of items."""
        return int(self.counts.sum())

    @property
    def sums(self) -> Array:
        """(G, k) sums of the statistics of each cluster."""
        return self.residuals + self.counts[:, None] * self.center

    @property
    def totals(self) -> Array:
        """(k,) sums over all items."""
        residuals = [exact_sum(column) for column in self.residuals.T]
        return self.n * self.center + np.array(residuals)

    def influence(self, gradient: Array) -> Array:
        """Return (G,) what each cluster adds to gradient·S, less what its items add on average."""
        residuals = np.einsum("gk,k->g", self.residuals, gradient)  # BLAS may change last bits
        mean = exact_sum(residuals) / self.n
        return residuals - self.counts * mean


def block_cluster_sums(columns: Sequence[Array], codes: Array) -> ClusterBlock:
    """Return the sums of one block by cluster.

    Parameters
    ----------
    columns
        k arrays (m,), one a statistic.
    codes
        (m,) the number of the cluster of each item, from 0.
    """
    values = np.array([np.asarray(column, dtype=np.float64) for column in columns])
    present, places = np.unique(codes, return_inverse=True)
    center = values.mean(axis=1) if len(present) else np.zeros(len(values))
    residuals = [
        np.bincount(places, weights=column - middle, minlength=len(present))
        for column, middle in zip(values, center, strict=True)
    ]
    counts = np.bincount(places, minlength=len(present)).astype(np.float64)
    return ClusterBlock(present, counts, center, np.array(residuals).T)


class ClusterTotals:
    """Sums of clusters, to which blocks are added in the order of the grid.

    That order decides the last bits; memory is that of the clusters, however many blocks there are.
    """

    def __init__(self, clusters: int) -> None:
        """Begin with nothing of so many clusters: the codes of blocks are below it."""
        self.clusters = clusters
        self._center: Array = np.zeros(0)
        self._counts: Array = np.zeros(0)
        self._residuals: Array = np.zeros((0, 0))

    def add(self, block: ClusterBlock) -> None:
        """Add the next block."""
        if not len(self._center):
            self._center = block.center
            self._counts = np.zeros(self.clusters)
            self._residuals = np.zeros((self.clusters, len(block.center)))
        places = self._places_of(block.codes)
        shift = block.center - self._center
        self._counts[places] += block.counts
        self._residuals[places] += block.residuals + block.counts[:, None] * shift

    def _places_of(self, codes: Array) -> Array:
        return codes

    def sums(self) -> ClusterSums:
        """Return the sums of those clusters that have items."""
        present = self._counts > 0.0
        return ClusterSums(self._counts[present], self._center, self._residuals[present])


class SparseClusterTotals(ClusterTotals):
    """As ``ClusterTotals``, of clusters few of which have items: of slices crossed with users."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(0)
        self._codes: Array = np.zeros(0, np.int64)

    def _places_of(self, codes: Array) -> Array:
        """Return where the sums of clusters are, with room for those that are new."""
        places = np.searchsorted(self._codes, codes)
        known = places < len(self._codes)
        known[known] = self._codes[places[known]] == codes[known]
        if not known.all():
            self._make_room(codes[~known])
            places = np.searchsorted(self._codes, codes)
        return places

    def _make_room(self, codes: Array) -> None:
        before, self._codes = self._codes, np.union1d(self._codes, codes)
        places = np.searchsorted(self._codes, before)
        counts = np.zeros(len(self._codes))
        residuals = np.zeros((len(self._codes), self._residuals.shape[1]))
        counts[places], residuals[places] = self._counts, self._residuals
        self._counts, self._residuals = counts, residuals

    def between(self, first: int, last: int) -> ClusterSums:
        """Return the sums of the clusters that have items, of those from `first` to `last`."""
        start, stop = np.searchsorted(self._codes, (first, last))
        return ClusterSums(self._counts[start:stop], self._center, self._residuals[start:stop])


def merge_cluster_sums(blocks: Iterable[ClusterBlock], clusters: int) -> ClusterSums:
    """Add the sums of blocks, which come in the order of the grid."""
    totals = ClusterTotals(clusters)
    for block in blocks:
        totals.add(block)
    return totals.sums()


def cluster_error(clusters: ClusterSums, gradient: Array) -> float:
    """Return the cluster-robust standard error (CR1) of a function of sums; NaN of one cluster.

    Parameters
    ----------
    clusters
        Of G clusters and k statistics.
    gradient
        (k,) derivative of the function with respect to the sums at S; 1/n for a plain mean.
    """
    groups = len(clusters)
    if groups < 2:
        return math.nan
    influence = clusters.influence(gradient)
    return math.sqrt(groups / (groups - 1) * float((influence * influence).sum()))


def cluster_interval(
    clusters: ClusterSums, gradient: Array, value: float, confidence: float = 0.95
) -> Interval:
    """Return the cluster-robust interval of a function of sums, with G − 1 degrees of freedom.

    Parameters
    ----------
    clusters
        Of G clusters and k statistics.
    gradient
        (k,) derivative of the function with respect to the sums at S; 1/n for a plain mean.
    value
        The function at S.
    """
    error = cluster_error(clusters, gradient)
    return t_interval(
        value, error, len(clusters) - 1, clusters.n, confidence=confidence, method="cluster"
    )
