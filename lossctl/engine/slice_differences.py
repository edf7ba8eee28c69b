"""Differences of two models in slices of the data, of items or of clusters of them."""

from collections.abc import Sequence

import numpy as np

from lossctl.engine.estimates import Function
from lossctl.engine.pair_columns import columns_of_items, columns_of_sums, contrast_of_items
from lossctl.engine.pair_reducers import Clusters
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.units import UnitBlock, kind_of
from lossctl.engine.resolve import Resolved
from lossctl.engine.slice_sums import SliceSums, Slicing
from lossctl.uncertainty.clusters import (
    ClusterBlock,
    ClusterSums,
    SparseClusterTotals,
    block_cluster_sums,
)
from lossctl.uncertainty.paired import (
    Difference,
    FunctionOfSums,
    clustered_difference,
    function_contrast,
    paired_difference,
)


class ClusterSlices:
    """Sums of the pairs of two plans by slice and cluster."""

    def __init__(self, plan: Plan, slicing: Slicing, clusters: Clusters) -> None:
        """Cut the units of a plan."""
        self.slicing, self.clusters, self.kind = slicing, clusters, kind_of(plan)
        self.begin()

    def begin(self) -> None:
        """Forget what was added."""
        self._totals = SparseClusterTotals()

    def see(self, blocks: Sequence[UnitBlock]) -> ClusterBlock:
        """Return the sums of one block, of the units that count."""
        first, units, weight = blocks[0].first, blocks[0].units, blocks[0].weight
        codes = self.slicing.categories.codes[first : first + units].astype(np.int64)
        codes = codes * self.clusters.count + self.clusters.codes[first : first + units]
        columns = (columns_of_sums if self.kind == "function" else columns_of_items)(blocks)
        if weight is not None:
            codes, columns = codes[weight > 0.0], [column[weight > 0.0] for column in columns]
        return block_cluster_sums(columns, codes)

    def add(self, part: ClusterBlock) -> None:
        """Take the sums of the next block."""
        self._totals.add(part)

    def merge(self, seen: Sequence[ClusterBlock]) -> None:
        """Finish, when all blocks are added."""
        del seen

    def of(self, code: int) -> ClusterSums:
        """Return the sums of the clusters that one slice has units of."""
        return self._totals.between(code * self.clusters.count, (code + 1) * self.clusters.count)


def clustered_slice_differences(
    baseline: Resolved, seen: ClusterSlices, least: int
) -> list[tuple[str, Difference]]:
    """Return the difference of two models in every slice, with cluster-robust standard errors."""
    answers: list[tuple[str, Difference]] = []
    values = Function.of(baseline)
    function = FunctionOfSums(values.at_rows, values.slopes_at)
    for code, name in enumerate(seen.slicing.categories.names):
        clusters = seen.of(code)
        if len(clusters) < 2 or clusters.n < least:
            continue
        totals = clusters.totals
        if seen.kind == "function":
            contrast = function_contrast(totals, function)
        else:
            contrast = contrast_of_items(baseline, clusters.n, totals)
        answers.append((name, clustered_difference(contrast, clusters)))
    return answers


def slice_differences(
    baseline: Resolved, seen: SliceSums, least: int
) -> list[tuple[str, Difference]]:
    """Return the difference of two models in every slice of at least so many units."""
    answers: list[tuple[str, Difference]] = []
    if seen.moments is None:
        return answers
    values = Function.of(baseline)
    function = FunctionOfSums(values.at_rows, values.slopes_at)
    for code, name in enumerate(seen.slicing.categories.names):
        moments = seen.moments.of(code)
        if moments.n < max(least, 2):
            continue
        if seen.kind == "function":
            contrast = function_contrast(moments.sums, function)
        else:
            contrast = contrast_of_items(baseline, moments.n, moments.sums)
        answers.append((name, paired_difference(contrast, moments)))
    return answers
