"""Differences of two models in slices of the data, of items or of clusters of them."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.estimates import Function
from lossctl.engine.held_rows import columns_at, influences_of, value_of_rows
from lossctl.engine.pair_columns import (
    columns_of_items,
    columns_of_sums,
    contrast_of_items,
    contrast_of_values,
    slopes_of_model,
)
from lossctl.engine.pair_methods import How
from lossctl.engine.pair_reducers import Clusters
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.units import UnitBlock, kind_of, units_of
from lossctl.engine.resolve import Resolved
from lossctl.engine.slice_sums import SliceSums, Slicing
from lossctl.uncertainty.clusters import (
    ClusterBlock,
    ClusterSums,
    SparseClusterTotals,
    block_cluster_sums,
    cluster_interval,
    merge_cluster_sums,
)
from lossctl.uncertainty.intervals import Interval, delta_interval
from lossctl.uncertainty.moments import block_moments
from lossctl.uncertainty.paired import (
    Contrast,
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


class SliceDifference(NamedTuple):
    """How two models differ in a slice, and the interval of the value of the second one."""

    name: str
    difference: Difference
    own: Interval


def clustered_slice_differences(
    baseline: Resolved, seen: ClusterSlices, how: How
) -> list[SliceDifference]:
    """Return the difference of two models in every slice, with cluster-robust standard errors."""
    answers: list[SliceDifference] = []
    contrast_at = _ContrastAt(baseline, seen.kind)
    for code, name in enumerate(seen.slicing.categories.names):
        clusters = seen.of(code)
        if len(clusters) < 2 or clusters.n < how.least:
            continue
        contrast, slopes = contrast_at(clusters.n, clusters.totals)
        own = cluster_interval(clusters, slopes, contrast.model, how.confidence)
        answers.append(SliceDifference(name, clustered_difference(contrast, clusters), own))
    return answers


def slice_differences(baseline: Resolved, seen: SliceSums, how: How) -> list[SliceDifference]:
    """Return the difference of two models in every slice of at least so many units."""
    answers: list[SliceDifference] = []
    if seen.moments is None:
        return answers
    contrast_at = _ContrastAt(baseline, seen.kind)
    for code, name in enumerate(seen.slicing.categories.names):
        moments = seen.moments.of(code)
        if moments.n < max(how.least, 2):
            continue
        contrast, slopes = contrast_at(moments.n, moments.sums)
        own = delta_interval(moments, slopes, contrast.model, how.confidence)
        answers.append(SliceDifference(name, paired_difference(contrast, moments), own))
    return answers


def row_slice_differences(
    pair: tuple[Resolved, Resolved], slicing: Slicing, how: How
) -> list[SliceDifference]:
    """Return the differences in slices by a metric that needs all rows of a slice at once."""
    answers: list[SliceDifference] = []
    plan, codes = pair[0].plan, slicing.categories.array()
    rows = units_of(plan).rows
    weight = pair[0].totals.sums["weight"].reshape(len(codes), -1)
    present = weight.max(axis=1) > 0.0
    for code, name in enumerate(slicing.categories.names):
        here = codes == code
        counted, places = present[here], np.flatnonzero(np.repeat(here, rows))
        if np.count_nonzero(counted) < max(how.least, 2):
            continue
        columns = [columns_at(done.totals.sums, places) for done in pair]
        first, second = (value_of_rows(plan, each) for each in columns)
        if not (math.isfinite(first) and math.isfinite(second)):
            continue
        old, new = (influences_of(plan, each, rows)[counted] for each in columns)
        contrast = contrast_of_values(first, second)
        if how.clusters is not None:
            own_codes = how.clusters.codes[0 : len(codes)][here][counted]
            of_difference, of_model = (
                merge_cluster_sums([block_cluster_sums([each], own_codes)], how.clusters.count)
                for each in (new - old, new)
            )
            if len(of_model) < 2:
                continue
            difference = clustered_difference(contrast, of_difference)
            own = cluster_interval(of_model, np.ones(1), second, how.confidence)
        else:
            difference = paired_difference(contrast, block_moments([new - old]))
            difference = replace(difference, method=plan.loss.interval_method)  # type: ignore[attr-defined]
            own = delta_interval(block_moments([new]), np.ones(1), second, how.confidence)
        answers.append(SliceDifference(name, difference, own))
    return answers


class _ContrastAt:
    """The contrast of two models at the sums of a slice, and the slopes of the second's value."""

    def __init__(self, baseline: Resolved, kind: str) -> None:
        """Take the function of sums of a loss that is one."""
        self.baseline, self.is_function = baseline, kind == "function"
        values = Function.of(baseline)
        self.function = FunctionOfSums(values.at_rows, values.slopes_at)

    def __call__(self, n: int, sums: Array) -> tuple[Contrast, Array]:
        """Return both for n units."""
        if not self.is_function:
            contrast = contrast_of_items(self.baseline, n, sums)
            return contrast, slopes_of_model(self.baseline, n, sums)
        contrast = function_contrast(sums, self.function)
        own = self.function.gradient(sums[: len(sums) // 2] + sums[len(sums) // 2 :])
        return contrast, np.concatenate([own, own])
