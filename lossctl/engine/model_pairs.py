"""Compare models unit by unit: several sets of predictions for the same targets.

Of every pair, a baseline and another model, the statistics of a unit lie side by side in columns
(``uncertainty.paired``). What a method needs of them (moments, sums by cluster, replicates) is
summed while the block is in the caches. A loss that is a function of sums is compared by what each
unit contributes to it, which is known after a first pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array
from lossctl.engine.estimates import (
    Function,
    UnitMoments,
    contributions,
    interval_of_function,
    interval_of_items,
    why_no_interval,
)
from lossctl.engine.held_rows import unit_influences, with_rows
from lossctl.engine.observe import Observer, Watch, observe, observe_again
from lossctl.engine.pair_columns import (
    by_weight,
    columns_of_items,
    columns_of_sums,
    contrast_of_items,
    contrast_of_values,
    divisor_of,
    like,
    require_same_items,
    require_same_layout,
)
from lossctl.engine.pair_methods import RESAMPLING, How, require_method
from lossctl.engine.pair_reducers import (
    Collected,
    MomentsOf,
    PairObserver,
    Reducer,
    Resampled,
    SumsOfClusters,
    Swapped,
    all_swaps,
    resampled_clusters,
    swapped_clusters,
)
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.averages import value_of_classes
from lossctl.engine.reduce.units import kind_of, units_of
from lossctl.engine.resolve import Resolved
from lossctl.engine.shown_intervals import Shown, shown_slice, too_wide
from lossctl.engine.slice_differences import (
    ClusterSlices,
    SliceDifference,
    clustered_slice_differences,
    row_slice_differences,
    slice_differences,
)
from lossctl.engine.slice_sums import SliceSums, Slicing
from lossctl.uncertainty.bootstrap import REPLICATES, bootstrap_difference
from lossctl.uncertainty.clusters import ClusterSums
from lossctl.uncertainty.paired import (
    Contrast,
    Difference,
    FunctionOfSums,
    PairCounts,
    clustered_difference,
    function_contrast,
    mcnemar_difference,
    paired_difference,
    serial_difference,
    unpaired_difference,
)
from lossctl.uncertainty.sign_flips import MOST_EXACT, permutation_difference
from lossctl.uncertainty.sign_flips import REPLICATES as SWAPS


class ComparedSlice(NamedTuple):
    """A difference in a slice of the data, and the interval of the second model's value there."""

    by: str
    name: str
    difference: Difference
    own: Shown


class Compared(NamedTuple):
    """A difference, and on how many units each model is better where units have values.

    `slices` are the same in slices of the data; `notes` say which there are not.
    """

    difference: Difference
    counts: PairCounts | None
    slices: Sequence[ComparedSlice] = ()
    notes: Sequence[str] = ()


def compare_models(
    plans: Sequence[Sequence[Plan]],
    pairs: Sequence[tuple[int, int]],
    hows: Sequence[How],
    slicings: Sequence[Sequence[Slicing]],
) -> tuple[list[list[Resolved]], list[list[Compared]]]:
    """Compare models by losses in one pass, or two for functions of sums.

    Parameters
    ----------
    plans
        For each loss, the plans of all models.
    pairs
        Numbers of the models that are compared, the first of a pair as the baseline of the other.
    hows
        For each loss, the method and what it needs.
    slicings
        For each loss, ways to slice its units, in each slice of which models are compared with the
        first one too.

    Returns
    -------
    tuple
        For each loss, the summed plans, and the comparison of each pair.

    Raises
    ------
    DataError
        When models leave out different items.
    UsageError
        When a loss has no units that could be compared, or the method does not suit it.
    """
    for models, how in zip(plans, hows, strict=True):
        if not how.is_unpaired:
            require_same_layout(models)
    flat = [plan for models in plans for plan in models]
    starts = np.cumsum([0, *map(len, plans)]).tolist()
    tasks = [
        [Comparing(models[one], how, () if one else some) for one, _ in pairs]
        for models, how, some in zip(plans, hows, slicings, strict=True)
    ]
    watches = [
        watch
        for start, of_loss in zip(starts, tasks, strict=False)
        for (one, other), task in zip(pairs, of_loss, strict=True)
        for watch in task.first_watches(start + one, start + other)
    ]
    resolved = observe(flat, [None] * len(flat), watches)
    resolved = [with_rows(done) for done in resolved]
    by_loss = [resolved[start:stop] for start, stop in pairwise(starts)]
    answers = [
        [
            task.compare(models[one], models[other])
            for (one, other), task in zip(pairs, of_loss, strict=True)
        ]
        for of_loss, models in zip(tasks, by_loss, strict=True)
    ]
    return by_loss, answers


class Comparing:
    """The comparison of one model with the baseline by one loss."""

    def __init__(self, plan: Plan, how: How, slicings: Sequence[Slicing] = ()) -> None:
        """Choose what is summed.

        Raises
        ------
        UsageError
            When the loss has no units, or the method does not suit it.
        """
        if reason := why_no_interval(plan):
            raise UsageError(f"{plan.loss.id}: nothing to compare: {reason}")
        self.how, self.kind = how, kind_of(plan)
        require_method(plan, how)
        is_function = self.kind == "function"
        # contributions to a function of sums, and how they follow each other, need its slopes
        self.is_linear = not (is_function or how.is_serial)
        self.spread: Reducer = MomentsOf()
        if how.clusters is not None:
            self.spread = SumsOfClusters(how.clusters)
        elif how.is_serial:
            self.spread = Collected()
        self.resampled = self._resampler(plan)
        first: list[Reducer] = [self.spread] if self.is_linear else []
        columns = columns_of_sums if is_function else columns_of_items
        if self.resampled is not None and self.resampled is not self.spread:
            first.append(self.resampled)
        if plan.loss.needs_rows:  # an item has no value of its own
            self.observer = PairObserver(lambda _: [], first)
        else:
            self.observer = PairObserver(columns, first, plan)
        self.alone = (UnitMoments(), UnitMoments())
        self.slicings = slicings
        self.slices: list[SliceSums | ClusterSlices] = [
            SliceSums(plan, slicing)
            if how.clusters is None
            else ClusterSlices(plan, slicing, how.clusters)
            for slicing in ([] if plan.loss.needs_rows else slicings)
        ]

    def _resampler(self, plan: Plan) -> Reducer | None:
        """Return what resamples units, or the sums of clusters that are resampled afterwards."""
        how = self.how
        if how.method not in RESAMPLING:
            return None
        if how.clusters is not None:
            return SumsOfClusters(how.clusters) if self.kind == "function" else self.spread
        if how.method == "bootstrap":
            return Resampled(how.replicates or REPLICATES, how.seed)
        if units_of(plan).count <= MOST_EXACT:
            return Collected()
        return Swapped(how.replicates or SWAPS, how.seed)

    def first_watches(self, baseline: int, model: int) -> list[Watch]:
        """Return what is seen in the first pass, of the plans of these numbers."""
        if not self.how.is_unpaired:
            pair = (baseline, model)
            observers: list[Observer] = [self.observer, *self.slices]
            return [Watch(pair, observer) for observer in observers]
        if self.kind == "function":
            return []
        return [
            Watch((number,), alone)
            for number, alone in zip((baseline, model), self.alone, strict=True)
        ]

    @np.errstate(all="ignore")
    def compare(self, baseline: Resolved, model: Resolved) -> Compared:
        """Return the difference, after the first pass."""
        if self.how.is_unpaired:
            return Compared(self._unpaired(baseline, model), None)
        require_same_items(baseline, model)
        if not self.is_linear:
            self._second_pass(baseline, model)
        contrast = self._contrast(baseline, model)
        slices = [
            ComparedSlice(seen.slicing.by, one.name, one.difference, shown_slice(model, one.own))
            for seen in self.slices
            for one in self._slice_differences(baseline, seen)
        ]
        if baseline.plan.loss.needs_rows:
            slices = [
                ComparedSlice(by.by, one.name, one.difference, shown_slice(model, one.own))
                for by in self.slicings
                for one in row_slice_differences((baseline, model), by, self.how)
            ]
        difference = self._difference(contrast, baseline, model)
        notes = [
            too_wide(baseline.plan, seen.slicing.by, "slices are not compared")
            for seen in self.slices
            if isinstance(seen, SliceSums) and seen.moments is None
        ]
        return Compared(difference, self.observer.counts, slices, notes)

    def _slice_differences(
        self, baseline: Resolved, seen: SliceSums | ClusterSlices
    ) -> list[SliceDifference]:
        if isinstance(seen, ClusterSlices):
            return clustered_slice_differences(baseline, seen, self.how)
        return slice_differences(baseline, seen, self.how)

    def _second_pass(self, baseline: Resolved, model: Resolved) -> None:
        """See what each unit contributes."""
        pair, weight_slope = (baseline, model), 0.0
        if baseline.plan.loss.needs_rows:
            first, second = map(unit_influences, pair)
            difference = second - first
            by_row = PairObserver(
                lambda blocks: [difference[blocks[0].first :][: blocks[0].units]], (self.spread,)
            )
            observe_again(pair, [Watch((0, 1), by_row)])
            return
        if self.kind == "function":
            gradients = [Function.of(done).gradient() for done in pair]
        else:
            slope = 1.0 / divisor_of(baseline)
            gradients = [{"loss": np.array(slope)}] * 2
            if by_weight(baseline):
                weight_slope = slope * (_value(baseline) - _value(model))
        observer = PairObserver(
            lambda blocks: [contributions(blocks, gradients, weight_slope)], (self.spread,)
        )
        observe_again(pair, [Watch((0, 1), observer)])

    def _contrast(self, baseline: Resolved, model: Resolved) -> Contrast:
        """Return the contrast at the sums of what measures the spread."""
        if not self.is_linear:
            return contrast_of_values(_value(baseline), _value(model))
        return contrast_of_items(baseline, *self._spread_sums())

    def _spread_sums(self) -> tuple[int, Array]:
        """Return the number of units and the sums of their columns."""
        found: Any = self.spread.result
        return found.n, found.sums if isinstance(self.spread, MomentsOf) else found.totals

    def _difference(self, contrast: Contrast, baseline: Resolved, model: Resolved) -> Difference:
        found: Any = self.spread.result
        if self.how.clusters is not None:
            difference = clustered_difference(contrast, found)
        elif self.how.is_serial:
            return serial_difference(contrast, found[0])
        else:
            difference = paired_difference(contrast, found)
            if baseline.plan.loss.needs_rows:
                method: str = baseline.plan.loss.interval_method  # type: ignore[attr-defined]
                return replace(difference, method=method)
        if self.how.method == "mcnemar":
            assert self.observer.counts is not None  # noqa: S101 - the pass is over
            return mcnemar_difference(difference, self.observer.counts)
        if self.resampled is None:
            return difference
        return self._resample(difference, baseline, model)

    def _resample(self, difference: Difference, baseline: Resolved, model: Resolved) -> Difference:
        """Return the difference by the bootstrap, or by swapping models."""
        how, found = self.how, self.resampled_result
        contrast, sums = self._resampled_contrast(baseline, model)
        if how.method == "permutation":
            swaps = found
            if isinstance(found, ClusterSums):
                swaps = swapped_clusters(
                    found, how.replicates or SWAPS, how.seed, most_exact=MOST_EXACT
                )
            elif isinstance(found, list):
                swaps = all_swaps(found)
            return permutation_difference(difference, contrast, sums, swaps)
        if isinstance(found, ClusterSums):
            found = resampled_clusters(found, how.replicates or REPLICATES, how.seed)
        return bootstrap_difference(difference, contrast, found)

    @property
    def resampled_result(self) -> Any:
        """What was summed for resampling."""
        assert self.resampled is not None  # noqa: S101 - asked of resampling methods only
        return self.resampled.result

    def _resampled_contrast(self, baseline: Resolved, model: Resolved) -> tuple[Contrast, Array]:
        """Return the contrast of the columns that were resampled, and their sums."""
        if self.kind != "function":
            n, totals = self._spread_sums()
            return contrast_of_items(baseline, n, totals), totals
        function = Function.of(baseline)
        first = _flat(function.sums)
        second = _flat(like(function.sums, Function.of(model).sums))
        sums = np.concatenate([first, second - first])
        return function_contrast(sums, FunctionOfSums(function.at_rows, function.slopes_at)), sums

    def _unpaired(self, baseline: Resolved, model: Resolved) -> Difference:
        pair, confidence = (baseline, model), self.how.confidence
        if self.kind == "function":
            return unpaired_difference(*(interval_of_function(done, confidence) for done in pair))
        return unpaired_difference(
            *(
                interval_of_items(done, alone, confidence)
                for done, alone in zip(pair, self.alone, strict=True)
            )
        )


def _value(resolved: Resolved) -> float:
    function = Function.of(resolved)
    if kind_of(resolved.plan) == "sum":
        return float(function.sums["loss"] / resolved.plan.scale)
    if resolved.plan.loss.pooled:  # one value, or one of each sample
        return float(np.mean(value_of_classes(resolved.plan, function.sums)))
    return function.at(function.sums)


def _flat(sums: Mapping[str, Any]) -> Array:
    return np.concatenate([np.ravel(np.asarray(total, np.float64)) for total in sums.values()])
