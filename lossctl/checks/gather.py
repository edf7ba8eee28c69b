"""Gather what is known of predictions and targets: one pass over blocks, and a sample of rows."""

from collections.abc import Mapping
from math import ceil, log2, prod
from typing import NamedTuple

import numpy as np

from lossctl.checks.block_statistics import (
    InputStatistics,
    PairStatistics,
    RowStatistics,
    impossible,
    of_block,
    of_pairs,
    of_rows,
)
from lossctl.checks.facts import Facts, RowHashes
from lossctl.checks.reading import PAIR, Reading
from lossctl.checks.sample import Sample, take_sample
from lossctl.core.loss import Array
from lossctl.core.threads import run_blocks
from lossctl.engine.bind.layout import plain_grid, read_rows
from lossctl.engine.digests import mixed
from lossctl.engine.plan import Sources
from lossctl.engine.sources import Source
from lossctl.kernels.numeric.rows import mass_tolerance

MOST_HASHES = 65_536  # that are kept of all rows
ENDS = 4096  # first and last rows of which every hash is kept
LIKELY_MASS = 1e-3  # how far the exponentials of log-probabilities may be from summing to one
LABELS = frozenset({"index", "labels", "signs"})  # encodings with a label per item


class _Block(NamedTuple):
    """What one block adds."""

    start: int
    inputs: Mapping[str, InputStatistics]
    rows: RowStatistics | None
    pairs: PairStatistics | None
    target_rows: RowStatistics | None
    impossible: int
    first_impossible: int
    hashes: Array | None
    ignored: int
    weightless: int


def facts_of(reading: Reading | None, sources: Sources, threads: int | None) -> Facts:
    """Return the statistics of the data, read once in blocks, and a sample of it.

    `reading` says how predictions and targets fit; without one every input stands alone.
    """
    if reading is None:
        inputs = {name: _of_source(source, threads) for name, source in sources.items()}
        return Facts(inputs=inputs)
    plan, layout = reading.plan, reading.plan.fit.layout
    gatherer = _Gatherer(reading)
    blocks = run_blocks(layout.grid(), gatherer.block, threads)
    facts = _joined(reading, blocks)
    facts.sample = take_sample(plan.sources, layout, gatherer.ignored)
    facts.hashes = gatherer.hashes(blocks)
    facts.looks = look_of(facts)
    return facts


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
    if blocks[0].rows is not None:
        facts.rows = RowStatistics()
        for block in blocks:
            facts.rows.add(block.rows or RowStatistics())
    if blocks[0].target_rows is not None:
        facts.target_rows = RowStatistics()
        for block in blocks:
            facts.target_rows.add(block.target_rows or RowStatistics())
    facts.impossible = sum(block.impossible for block in blocks)
    facts.first_impossible = next(
        (block.first_impossible for block in blocks if block.impossible), -1
    )
    if blocks[0].pairs is not None:
        facts.pairs = PairStatistics()
        for block in blocks:
            facts.pairs.add(block.pairs or PairStatistics())
    targets = inputs["targets"]
    if plan.fit.targets in LABELS and targets.distinct is not None:
        facts.labels = dict(sorted(targets.distinct.items()))
    return facts


def _class_axis(reading: Reading) -> int | None:
    """Return the axis of the predictions, as they are stored, that holds classes or labels."""
    layout = reading.plan.fit.layout
    if not layout.columns:
        return None
    shape = reading.plan.sources["predictions"].shape
    fitting = [at for at in range(len(shape)) if prod(shape[at + 1 :]) == layout.inner]
    return next((at for at in fitting if shape[at] == layout.columns), None)


def _of_source(source: Source, threads: int | None) -> InputStatistics:
    total = InputStatistics(source.label, source.shape, source.dtype)
    width = prod(source.shape[1:])

    def block(start: int, stop: int) -> InputStatistics:
        found = of_block(np.asarray(source.read(start, stop)), None, start, counted=False)
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
        rows = self.layout.rows
        self.hashed = self.per_row == 1 and rows > 1 and self.layout.inner == 1
        self.bits = max(ceil(log2(rows / MOST_HASHES)), 0) if rows > MOST_HASHES else 0

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
                counted=name == "targets",
                with_moments=self.form == "values" or name != "predictions",
            )
            for name, values in read.items()
        }
        for found in inputs.values():
            if found.first_not_finite >= 0:
                found.first_not_finite //= self.per_row
        rows = None
        target_rows = None
        if self.form == "rows":
            tolerance = mass_tolerance(self.plan.sources["predictions"].dtype)
            rows = of_rows(predictions, _classes(targets), rows_kept, start, tolerance)
            if targets.ndim == 2:
                tolerance = mass_tolerance(self.plan.sources["targets"].dtype)
                target_rows = of_rows(targets, None, rows_kept, start, tolerance)
        wrong = np.empty(0, dtype=np.int64)
        seen = inputs["predictions"]
        if self.form != "values" and seen.in_unit and seen.zeros + seen.ones:
            labels = _classes(targets) if self.form == "rows" else targets
            wrong = impossible(predictions, labels, rows_kept if self.form == "rows" else keep)
        pairs = None
        if predictions.shape == targets.shape:
            pairs = of_pairs(predictions, targets, keep)
        hashes = hash_rows(predictions, targets) if self.hashed else None
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
            ignored=ignored,
            weightless=weightless,
        )

    def _kept(self, targets: Array, start: int, stop: int) -> tuple[Array | None, int, int]:
        """Mark the items that count, shaped as the targets; None for all."""
        keep, ignored, weightless = None, 0, 0
        if self.ignored is not None:
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

    def hashes(self, blocks: list[_Block]) -> RowHashes | None:
        """Return the hashes of rows: of many those whose last bits are 0, and of both ends all."""
        if not self.hashed:
            return None
        kept, numbers, total = [], [], self.layout.rows
        mask = np.uint64((1 << self.bits) - 1)
        heads, tails = [], []
        for block in blocks:
            assert block.hashes is not None  # noqa: S101 - every block has them, or none
            places = np.flatnonzero((block.hashes & mask) == 0)
            kept.append(block.hashes[places])
            numbers.append(places + block.start)
            heads.append(block.hashes[: max(ENDS - block.start, 0)])
            tails.append(block.hashes[max(total - ENDS - block.start, 0) :])
        return RowHashes(
            np.concatenate(numbers),
            np.concatenate(kept),
            np.concatenate(heads),
            np.concatenate(tails),
            max(total - ENDS, 0),
            0.5**self.bits,
        )


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


def hash_rows(*arrays: Array) -> Array:
    """Return a 64-bit hash of each row of arrays (n, …) together, (n,): multilinear hashing."""
    total = np.zeros(len(arrays[0]), dtype=np.uint64)
    place = 0
    for array in arrays:
        columns = array.reshape(len(array), -1)
        words = _words(columns)
        factors = mixed(np.arange(place + 1, place + 1 + words.shape[1], dtype=np.uint64)) | 1
        place += words.shape[1]
        total += np.einsum("ij,j->i", words, factors)
    return np.asarray(mixed(total))


def _words(columns: Array) -> Array:
    """Return the bits of numbers as integers of 64 bits; copies of a row have the same."""
    if columns.dtype.kind != "f":
        return columns.astype(np.int64).view(np.uint64)
    if columns.dtype.itemsize == 4:
        return np.ascontiguousarray(columns).view(np.uint32).astype(np.uint64)
    return np.ascontiguousarray(columns, dtype=np.float64).view(np.uint64)


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
