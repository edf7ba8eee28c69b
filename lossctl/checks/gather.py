"""Gather what is known of predictions and targets: one pass over blocks, and a sample of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan, prod
from typing import Any, NamedTuple, TypeVar

import numpy as np

from lossctl.checks.block_statistics import (
    Counted,
    InputStatistics,
    PairStatistics,
    RowStatistics,
    impossible,
    limits,
    of_block,
    of_pairs,
    of_rows,
)
from lossctl.checks.facts import Facts, Form
from lossctl.checks.reading import PAIR, Reading
from lossctl.checks.row_hashes import BlockHashes, RowHasher
from lossctl.checks.sample import Sample, take_sample
from lossctl.core.loss import Array, Loss
from lossctl.core.threads import run_blocks
from lossctl.engine.bind.layout import plain_grid, read_rows
from lossctl.engine.plan import Plan, Sources
from lossctl.engine.sources import Source

LIKELY_MASS = 1e-3  # how far the exponentials of log-probabilities may be from summing to one
PIECE = 65_536  # numbers that show what several predictions for a target are
MOSTLY = 0.9  # of the rows of quantiles are in order: some models let a few cross
THRESHOLDS = "item threshold"  # axes of scores between ordered classes
LABELS = frozenset({"index", "labels", "signs"})  # encodings with one label per item


Statistics = TypeVar("Statistics", RowStatistics, PairStatistics)


class _Block(NamedTuple):
    """What one block adds."""

    start: int
    inputs: Mapping[str, InputStatistics]
    rows: RowStatistics | None
    pairs: PairStatistics | None
    target_rows: RowStatistics | None
    impossible: int
    first_impossible: int
    hashes: BlockHashes | None
    foreground: Array | None
    ignored: int
    weightless: int


def facts_of_inputs(sources: Sources, threads: int | None, loss: Loss | None) -> Facts:
    """Return the statistics of inputs that are no pairs of predictions and targets.

    Of ordered classes between the thresholds of a loss the labels are known too.
    """
    ordered = loss is not None and any(one.axes == THRESHOLDS for one in loss.inputs)
    inputs = {
        name: of_source(source, threads, "whole" if ordered and name == "targets" else "never")
        for name, source in sources.items()
    }
    facts = Facts(inputs=inputs)
    if loss is None and set(PAIR) == sources.keys():
        facts.looks = _look_of_several(sources["predictions"])
    if ordered and inputs["targets"].distinct is not None:
        facts.labels = dict(sorted(inputs["targets"].distinct.items()))
        facts.classes, facts.encoding = inputs["predictions"].shape[-1] + 1, "index"
    return facts


def _look_of_several(predictions: Source) -> str:
    """Say what several numbers for each target look like: bounds, quantiles, members."""
    count = predictions.shape[-1]
    rows = min(prod(predictions.shape[:-1]), max(PIECE // max(count, 1), 1))
    with np.errstate(invalid="ignore"):  # of infinite numbers
        steps = np.diff(np.asarray(predictions.read(0, rows * count)).reshape(rows, count))
    rising, falling = (
        rows - np.count_nonzero(wrong.any(axis=1)) for wrong in (steps < 0.0, steps > 0.0)
    )
    if count == 1 or max(rising, falling) < MOSTLY * rows:
        return "members"
    if falling > rising:
        return "falling quantiles"
    return "bounds" if count == 2 else "quantiles"


class Gathering:
    """Gathers what is known of predictions and targets that fit each other as `reading` says.

    A pass that evaluates their loss may show it their blocks while it has them in memory.
    """

    of_units = False

    def __init__(self, reading: Reading) -> None:
        """Begin without any block."""
        self.reading = reading
        self._gatherer, self._blocks = _Gatherer(reading), dict[int, _Block]()

    def observing(self, plan: Plan) -> "Gathering | None":
        """Return itself for a pass of a plan, None where its blocks are others."""
        layout = self.reading.plan.fit.layout
        return self if plan.fit.layout.grid_key == layout.grid_key else None

    def see(self, start: int, stop: int, units: Sequence[Any] = ()) -> _Block:
        """Return what one block adds."""
        del units  # of the loss
        return self._gatherer.block(start, stop)

    def take(self, start: int, seen: _Block) -> None:
        """Keep what one block adds."""
        self._blocks[start] = seen

    def facts(self, threads: int | None) -> Facts:
        """Return what the data hold; blocks that were not shown are read now."""
        gatherer, layout = self._gatherer, self.reading.plan.fit.layout
        grid = layout.grid()
        if missing := [ends for ends in grid if ends[0] not in self._blocks]:
            found = run_blocks(missing, self.see, threads)
            self._blocks |= {start: seen for (start, _), seen in zip(missing, found, strict=True)}
        blocks = [self._blocks[start] for start, _ in grid]
        facts = _joined(self.reading, blocks)
        sample = take_sample(self.reading.plan.sources, layout, gatherer.ignored)
        facts.sample = one_each(sample, facts.form)
        if gatherer.hasher is not None:
            facts.hashes = gatherer.hasher.join([block.hashes for block in blocks if block.hashes])
        facts.looks = look_of(facts)
        return facts


def one_each(sample: Sample, form: Form) -> Sample:
    """Let the mean of several numbers for a target, such as quantiles, stand for them."""
    if form != "values" or sample.predictions.ndim == sample.targets.ndim:
        return sample
    return replace(sample, predictions=sample.predictions.mean(axis=-1), of_means=True)


def _joined(reading: Reading, blocks: list[_Block]) -> Facts:
    plan, layout = reading.plan, reading.plan.fit.layout
    inputs = {}
    for name in blocks[0].inputs:
        source = plan.sources[name]
        inputs[name] = InputStatistics(source.label, source.shape, source.dtype)
        for block in blocks:
            inputs[name].add(block.inputs[name])
    facts = Facts(
        form=reading.form,
        task=plan.fit.task,
        encoding=plan.fit.targets,
        axes=layout.axes,
        inputs=inputs,
        items=prod(layout.item_shape),
        item_shape=layout.item_shape,
        options=plan.options,
        swapped=reading.swapped,
        classes={"rows": layout.columns, "items": 2}.get(reading.form, 0),
        class_axis=_class_axis(reading),
    )
    facts.ignored = sum(block.ignored for block in blocks)
    facts.weightless = sum(block.weightless for block in blocks)
    facts.rows = _total(RowStatistics(), [block.rows for block in blocks])
    facts.target_rows = _total(RowStatistics(), [block.target_rows for block in blocks])
    facts.pairs = _total(PairStatistics(), [block.pairs for block in blocks])
    facts.impossible = sum(block.impossible for block in blocks)
    facts.first_impossible = next(
        (block.first_impossible for block in blocks if block.impossible), -1
    )
    if blocks[0].foreground is not None:
        masks, sums = np.concatenate([b.foreground for b in blocks if b.foreground is not None], 1)
        facts.foreground = np.bincount(masks, sums, layout.item_shape[0]).astype(np.int64)
    targets = inputs["targets"]
    if plan.fit.targets in LABELS and targets.distinct is not None:
        facts.labels = dict(sorted(targets.distinct.items()))
    return facts


def _total(total: Statistics, parts: Sequence[Statistics | None]) -> Statistics | None:
    """Add up the statistics of all blocks; None where blocks have none."""
    for part in parts:
        if part is None:
            return None
        total.add(part)
    return total


def _class_axis(reading: Reading) -> int | None:
    """Return the axis of the predictions, as they are stored, that holds classes or labels."""
    layout = reading.plan.fit.layout
    if not layout.columns:
        return None
    shape = reading.plan.sources["predictions"].shape
    fitting = [at for at in range(len(shape)) if prod(shape[at + 1 :]) == layout.inner]
    return next((at for at in fitting if shape[at] == layout.columns), None)


def of_source(source: Source, threads: int | None, counted: Counted = "never") -> InputStatistics:
    """Return the statistics of one input that stands alone."""
    total = InputStatistics(source.label, source.shape, source.dtype)
    width = prod(source.shape[1:])

    def block(start: int, stop: int) -> InputStatistics:
        found = of_block(np.asarray(source.read(start, stop)), None, start, counted=counted)
        found.first_not_finite //= 1 if found.first_not_finite < 0 else max(width, 1)
        return found

    for part in run_blocks(plain_grid(prod(source.shape)), block, threads):
        total.add(part)
    return total


class _Gatherer:
    """Reads blocks of a plan."""

    def __init__(self, reading: Reading) -> None:
        self.plan, self.form = reading.plan, reading.form
        self.layout = self.plan.fit.layout
        labels = self.plan.fit.targets in LABELS and self.form != "values"
        self.ignored = self.plan.options.ignore_index if labels else None
        self.per_row = max(self.layout.rows // max(prod(self.layout.item_shape[:1]), 1), 1)
        self.counted: Counted = "whole" if self.form == "values" else "always"
        rows = self.layout.rows
        alone = self.per_row == 1 and rows > 1 and self.layout.inner == 1
        self.hasher = RowHasher(rows) if alone else None
        shape = self.layout.item_shape
        self.of_masks = self.form == "items" and len(shape) > 2 and self.plan.loss.pooled

    def block(self, start: int, stop: int) -> _Block:
        """Return what the rows from `start` to `stop` add."""
        read = {
            name: read_rows(self.plan.sources[name], lie, start, stop, "memory")
            for name, lie in self.layout.lies.items()
        }
        predictions, targets = (read[name] for name in PAIR)
        keep, ignored, weightless = self._kept(targets, start, stop)
        rows_kept = _by_row(keep)
        inputs = {
            name: of_block(
                values,
                _fitting(keep, values),
                start,
                counted=self.counted if name == "targets" else "never",
                moments=self.form == "values" or name != "predictions",
                ends=self.form != "values",
            )
            for name, values in read.items()
        }
        for name, found in inputs.items():
            found.dtype = self.plan.sources[name].dtype
            if found.first_not_finite >= 0:
                found.first_not_finite //= self.per_row
        rows = None
        target_rows = None
        if self.form == "rows":
            seen = inputs["predictions"]
            rows = of_rows(predictions, seen, _classes(targets), rows_kept, start)
            if targets.ndim == 2:
                target_rows = of_rows(targets, inputs["targets"], None, rows_kept, start)
        wrong = np.empty(0, dtype=np.int64)
        seen = inputs["predictions"]
        if self.form != "values" and seen.in_unit and seen.zeros + seen.ones:
            labels = _classes(targets) if self.form == "rows" else targets
            wrong = impossible(predictions, labels, rows_kept if self.form == "rows" else keep)
        pairs = None
        if predictions.shape == targets.shape:
            pairs = of_pairs(predictions, targets, keep)
        hashes = None if self.hasher is None else self.hasher.block(start, predictions, targets)
        first = (start + int(wrong[0])) // self.per_row if len(wrong) else -1
        return _Block(
            start=start,
            inputs=inputs,
            rows=rows,
            pairs=pairs,
            target_rows=target_rows,
            impossible=len(wrong),
            first_impossible=first,
            hashes=hashes,
            foreground=self._foreground(targets, keep, start) if self.of_masks else None,
            ignored=ignored,
            weightless=weightless,
        )

    def _kept(self, targets: Array, start: int, stop: int) -> tuple[Array | None, int, int]:
        """Mark the items that count, shaped as the targets; None for all."""
        keep, ignored, weightless = None, 0, 0
        if self.ignored is not None and _reach(targets, self.ignored):
            left_out = targets == self.ignored
            if ignored := int(np.count_nonzero(left_out)):
                keep = ~left_out
        if self.plan.weights is not None:
            lie = self.layout.items_lie
            weights = read_rows(self.plan.weights, lie, start, stop, "memory")
            without = weights == 0
            if weightless := int(np.count_nonzero(without)):
                keep = ~without if keep is None else keep & ~without
        return keep, ignored, weightless

    def _foreground(self, targets: Array, keep: Array | None, start: int) -> Array:
        """Return how many numbers of each mask of the block are not 0, the first maybe in part."""
        marked = targets != 0 if keep is None else (targets != 0) & keep
        marked = marked.reshape(len(targets), -1).any(axis=1) if marked.ndim > 1 else marked
        first, offset = divmod(start, self.per_row)
        bounds = np.arange(-offset, len(targets), self.per_row)
        sums = np.add.reduceat(marked, np.maximum(bounds, 0), dtype=np.int64)
        return np.stack([first + np.arange(len(sums)), sums])


def _reach(values: Array, label: float) -> bool:
    """Whether numbers may be equal to a label: it lies between them, or one is NaN."""
    low, high = limits(values) if values.size else (1.0, 0.0)
    return low <= label <= high or isnan(low)


def _by_row(keep: Array | None) -> Array | None:
    if keep is None or keep.ndim == 1:
        return keep
    return np.asarray(keep.any(axis=tuple(range(1, keep.ndim))))


def _fitting(keep: Array | None, values: Array) -> Array | None:
    """Return the mask for values of one input: of items, or of rows."""
    if keep is None or keep.shape == values.shape or keep.ndim == 1:
        return keep
    return _by_row(keep)


def _classes(targets: Array) -> Array:
    return targets if targets.ndim == 1 else targets.argmax(axis=1)


def look_of(facts: Facts) -> str:
    """Say what the predictions look like: probabilities, logits, log_probabilities or labels."""
    if facts.form == "values":
        return "values"
    seen = facts.predictions
    if facts.form == "items":
        if not seen.in_unit:
            return "logits"
        return "labels" if seen.zeros + seen.ones == seen.count else "probabilities"
    rows = facts.rows
    if seen.in_unit and rows is not None and not rows.unnormalized:
        return "labels" if seen.zeros + seen.ones == seen.count else "probabilities"
    if seen.high <= 1e-6 and facts.sample is not None and _exponentials_sum_to_one(facts.sample):
        return "log_probabilities"
    return "logits"


def _exponentials_sum_to_one(sample: Sample) -> bool:
    scores = sample.predictions[sample.counts]
    if not len(scores):
        return False
    return bool((np.abs(np.exp(scores).sum(axis=-1) - 1.0) <= LIKELY_MASS).all())
