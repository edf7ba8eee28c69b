"""What a comparison sums of the columns of two models, block by block."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.categories import Codes
from lossctl.engine.pair_columns import require_same_units, unit_values
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.units import UnitBlock
from lossctl.uncertainty.bootstrap import Replicates, block_replicates, merge_replicates
from lossctl.uncertainty.clusters import (
    ClusterBlock,
    ClusterSums,
    ClusterTotals,
    block_cluster_sums,
)
from lossctl.uncertainty.moments import Moments, block_moments, merge_moments
from lossctl.uncertainty.paired import PairCounts
from lossctl.uncertainty.sign_flips import Swaps, block_swaps, every_swap, merge_swaps

Columns: TypeAlias = Callable[[Sequence[UnitBlock]], list[Array]]


@dataclass(frozen=True, eq=False)
class Clusters:
    """The cluster of each unit, by number, and how many there are."""

    codes: Codes
    count: int


class Rows(NamedTuple):
    """Which units the columns of a block are of.

    Attributes
    ----------
    first
        The number of the first among all units.
    present
        Which of them count; None for all. The columns of the others hold 0.
    """

    first: int
    present: Array | None

    def of(self, columns: Sequence[Array]) -> list[Array]:
        """Return the columns of the units that count."""
        if self.present is None:
            return list(columns)
        return [column[self.present] for column in columns]


class Reducer(Protocol):
    """Sums columns; `result` is there when the blocks are joined."""

    result: Any

    def of(self, columns: Sequence[Array], rows: Rows) -> Any:
        """Return the sums of one block."""
        ...

    def join(self, parts: Sequence[Any]) -> None:
        """Take the sums of all blocks, in the order of the units."""
        ...


class MomentsOf:
    """Moments of columns."""

    result: Moments

    def of(self, columns: Sequence[Array], rows: Rows) -> Moments:
        """Return the moments of one block."""
        return block_moments(rows.of(columns))

    def join(self, parts: Sequence[Moments]) -> None:
        """Join those of all blocks."""
        self.result = merge_moments(parts)


class SumsOfClusters:
    """Sums of columns by cluster, added block by block: memory is that of the clusters."""

    result: ClusterSums

    def __init__(self, clusters: Clusters) -> None:
        """Take the cluster of each unit."""
        self.clusters = clusters
        self.begin()

    def begin(self) -> None:
        """Forget what was added: all of it comes again."""
        self._totals = ClusterTotals(self.clusters.count)

    def of(self, columns: Sequence[Array], rows: Rows) -> ClusterBlock:
        """Return the sums of one block."""
        codes = self.clusters.codes[rows.first : rows.first + len(columns[0])]
        return block_cluster_sums(rows.of(columns), *rows.of([codes]))

    def add(self, part: ClusterBlock) -> None:
        """Add those of the next block."""
        self._totals.add(part)

    def join(self, parts: Sequence[Any]) -> None:
        """Finish, when those of all blocks are added."""
        del parts
        self.result = self._totals.sums()


class Collected:
    """The columns themselves, one behind the other in memory."""

    result: list[Array]

    def of(self, columns: Sequence[Array], rows: Rows) -> list[Array]:
        """Return the columns of one block."""
        return [np.array(column, np.float64) for column in rows.of(columns)]

    def join(self, parts: Sequence[Sequence[Array]]) -> None:
        """Put those of all blocks behind each other."""
        self.result = [np.concatenate(column) for column in zip(*parts, strict=True)]


class Resampled:
    """Bootstrap replicates of the sums of columns."""

    result: Replicates

    def __init__(self, replicates: int, seed: int) -> None:
        """Draw so many replicates."""
        self.replicates, self.seed = replicates, seed

    def of(self, columns: Sequence[Array], rows: Rows) -> Replicates:
        """Return the replicates of one block."""
        return block_replicates(
            columns,
            rows.first,
            seed=self.seed,
            replicates=self.replicates,
            counted=rows.present,
        )

    def join(self, parts: Sequence[Replicates]) -> None:
        """Add those of all blocks."""
        self.result = merge_replicates(parts)


class Swapped:
    """Sums of the units whose models are swapped."""

    result: Swaps

    def __init__(self, replicates: int, seed: int) -> None:
        """Swap so many times."""
        self.replicates, self.seed = replicates, seed

    def of(self, columns: Sequence[Array], rows: Rows) -> Swaps:
        """Return the swaps of one block."""
        return block_swaps(
            swapped_columns(columns, rows),
            rows.first,
            seed=self.seed,
            replicates=self.replicates,
        )

    def join(self, parts: Sequence[Swaps]) -> None:
        """Add those of all blocks."""
        self.result = merge_swaps(parts)


def swapped_columns(columns: Sequence[Array], rows: Rows) -> list[Array]:
    """Return the columns of differences, and the weight of each unit.

    Of a weighted mean there are three columns, the last of weights; else there are as many
    differences as statistics of the baseline.
    """
    if len(columns) == 3:
        return list(columns[1:])
    weight = np.ones(len(columns[0])) if rows.present is None else rows.present.astype(np.float64)
    return [*columns[len(columns) // 2 :], weight]


def all_swaps(columns: Sequence[Array]) -> Swaps:
    """Return every swap of a few units, all of which count."""
    return every_swap(swapped_columns(columns, Rows(0, None)))


def resampled_clusters(sums: ClusterSums, replicates: int, seed: int) -> Replicates:
    """Return bootstrap replicates of whole clusters."""
    return block_replicates(list(sums.sums.T), 0, seed=seed, replicates=replicates)


def swapped_clusters(sums: ClusterSums, replicates: int, seed: int, *, most_exact: int) -> Swaps:
    """Return swaps of whole clusters: all of them where there are few."""
    columns = list(sums.sums.T)
    if len(columns) == 2:  # of an unweighted mean, of which a cluster weighs as many items
        columns.append(sums.counts)
    if len(sums) <= most_exact:
        return all_swaps(columns)
    return block_swaps(swapped_columns(columns, Rows(0, None)), 0, seed=seed, replicates=replicates)


class PairObserver:
    """Makes columns of the units of two models, and lets reducers sum them."""

    def __init__(
        self, columns: Columns, reducers: Sequence[Reducer], plan: Plan | None = None
    ) -> None:
        """Sum columns; where a plan is given, count too which model is better on each unit."""
        self.columns, self.reducers, self.plan = columns, reducers, plan
        self.begin()

    def begin(self) -> None:
        """Forget what was added."""
        self.counts: PairCounts | None = None
        self._parts: list[list[Any]] = [[] for _ in self.reducers]
        for reducer in self.reducers:
            if isinstance(reducer, SumsOfClusters):
                reducer.begin()

    def see(self, blocks: Sequence[UnitBlock]) -> tuple[list[Any], PairCounts | None]:
        """Return the sums of one block; a DataError when a unit counts of one model alone."""
        if self.plan is not None:
            require_same_units(self.plan, blocks)
        columns, weight = self.columns(blocks), blocks[0].weight
        rows = Rows(blocks[0].first, None if weight is None else weight > 0.0)
        counts = None if self.plan is None else count_better(self.plan, blocks)
        return [reducer.of(columns, rows) for reducer in self.reducers], counts

    def add(self, part: tuple[list[Any], PairCounts | None]) -> None:
        """Take the sums of the next block."""
        sums, counts = part
        for number, reducer in enumerate(self.reducers):
            if isinstance(reducer, SumsOfClusters):
                reducer.add(sums[number])
            else:
                self._parts[number].append(sums[number])
        if counts is not None:
            self.counts = counts if self.counts is None else self.counts + counts

    def merge(self, seen: Sequence[Any]) -> None:
        """Join the sums of all blocks, when all are added."""
        del seen
        for reducer, parts in zip(self.reducers, self._parts, strict=True):
            reducer.join(parts)
            parts.clear()


def count_better(plan: Plan, blocks: Sequence[UnitBlock]) -> PairCounts:
    """Count the units on which the second model has a lower, the same and a higher loss."""
    baseline, model = (unit_values(plan, block) for block in blocks)
    return PairCounts.of(baseline, model)
