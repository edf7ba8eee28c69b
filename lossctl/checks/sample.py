"""A bounded sample of rows, in runs: for rules that compare rows with other rows."""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np

from lossctl.core.lazy import record
from lossctl.core.loss import Array
from lossctl.engine.bind.layout import Layout, read_rows
from lossctl.engine.plan import Sources

MOST_ROWS = 20_000  # that are all taken
MOST_SAMPLED = 10_240  # of more rows
MOST_NUMBERS = 1 << 22  # that a sample holds of one input
LEAST_ROWS = 32  # of whole rows; of wider ones a few pieces are taken
FEW_ROWS = 16  # that are taken as single positions where they are wide
RUN = 256  # rows that lie together, so that shifted rows show
RUNS = 8  # of few rows
PIECE = 128  # positions of a wide row that lie together
THIN_ROWS, THIN_POSITIONS = 192, 2_048  # at most, of rows in pieces


@record(frozen=True)
class Sample:
    """Rows of predictions and targets, those of each run one after the other.

    Attributes
    ----------
    rows
        Numbers of the rows, (m,): of the first axis, or of positions where `by_position`.
    runs
        Where each run begins and ends in the sample.
    predictions
        (m, K) float64, or (m, K, C) with scores of classes (or labels); K items per row.
    targets
        (m, K): values, labels or classes; (m, K, C) where they are one-hot, soft or multi-label.
    counts
        (m, K): whether the item is not ignored.
    total
        Rows that there are in all.
    by_position
        Whether rows of the sample are single items of wide rows; then K is 1.
    places
        Where the K items are in rows that are taken in pieces, (K,); None of whole rows.
    of_means
        Whether predictions are means of several numbers for each target.
    """

    rows: Array
    runs: Sequence[tuple[int, int]]
    predictions: Array
    targets: Array
    counts: Array
    total: int
    by_position: bool = False
    places: Array | None = None
    of_means: bool = False

    @property
    def has_whole_rows(self) -> bool:
        """Whether its rows are those of the data, with every item."""
        return not self.by_position and self.places is None

    def __len__(self) -> int:
        """Return how many rows it has."""
        return len(self.rows)


def rows_of_sample(
    total: int, width: int, most: int = MOST_ROWS, numbers: int = MOST_NUMBERS
) -> list[tuple[int, int]]:
    """Return the runs of rows to read of so many, evenly spread; they depend on the shape alone."""
    room = min(most, max(numbers // max(width, 1), LEAST_ROWS))
    if total <= room:
        return [(0, total)]
    room = min(room, MOST_SAMPLED)
    length = min(max(room // RUNS, 32), RUN)
    count = max(room // length, 1)
    starts = np.linspace(0, total - length, count).astype(np.int64)
    runs: list[tuple[int, int]] = []
    for start in starts.tolist():
        first = max(start, runs[-1][1] if runs else 0)
        if first < start + length:
            runs.append((first, start + length))
    return runs


def take_sample(
    sources: Sources,
    layout: Layout,
    ignored: float | None,
    most: int = MOST_ROWS,
    numbers: int = MOST_NUMBERS,
) -> Sample:
    """Read the sample of rows of predictions and targets.

    Parameters
    ----------
    ignored
        The label of items that do not count, where targets are labels; None for none.
    most, numbers
        Rows at most, and numbers of one input.
    """
    width = max(prod(layout.lies[name].own) for name in ("predictions", "targets"))
    cut = _cut(layout, width, most, numbers)
    taken = []
    for name in ("predictions", "targets"):
        lie = layout.lies[name]
        read = [read_rows(sources[name], lie, *piece, "memory") for piece in cut.pieces]
        joined = np.concatenate([part.astype(np.float64) for part in read])
        taken.append(joined.reshape(-1, cut.items, *lie.own))
    predictions, targets = taken
    ends = np.cumsum([stop - start for start, stop in cut.runs])
    rows = np.concatenate([np.arange(start, stop) for start, stop in cut.runs])
    counts = np.isfinite(targets.reshape(*targets.shape[:2], -1)).all(axis=2)
    counts &= np.isfinite(predictions.reshape(*predictions.shape[:2], -1)).all(axis=2)
    if ignored is not None and targets.ndim == 2:
        counts &= targets != ignored
    bounds = [
        (int(end - (stop - start)), int(end))
        for end, (start, stop) in zip(ends, cut.runs, strict=True)
    ]
    return Sample(
        rows, bounds, predictions, targets, counts, cut.total, cut.by_position, cut.places
    )


class _Cut(NamedTuple):
    """What a sample is cut from.

    Attributes
    ----------
    runs
        Rows of the sample, of `total`, each with so many `items`.
    pieces
        What is read one after the other, in rows of the layout.
    """

    runs: Sequence[tuple[int, int]]
    pieces: Sequence[tuple[int, int]]
    total: int
    items: int = 1
    by_position: bool = False
    places: Array | None = None


def _cut(layout: Layout, width: int, most: int, numbers: int) -> _Cut:
    """Choose whole rows, pieces of wide rows, or single positions of a few wide rows."""
    first_axis = layout.item_shape[0] if layout.item_shape else 1
    positions = layout.rows // max(first_axis, 1)
    is_wide = positions * width > max(numbers // LEAST_ROWS, 1)
    if first_axis > 1 and not is_wide:
        runs = rows_of_sample(first_axis, positions * width, most, numbers)
        whole = [(start * positions, stop * positions) for start, stop in runs]
        return _Cut(runs, _in_blocks(whole, positions, layout), first_axis, positions)
    places = _places(positions, numbers // LEAST_ROWS // width)
    if first_axis < FEW_ROWS or not places.size:
        runs = rows_of_sample(layout.rows, width, most, numbers)
        return _Cut(runs, _in_blocks(runs, 1, layout), layout.rows, by_position=True)
    runs = rows_of_sample(first_axis, len(places) * width, min(most, THIN_ROWS), numbers)
    firsts = [
        row * positions + at
        for start, stop in runs
        for row in range(start, stop)
        for at in places[::PIECE].tolist()
    ]
    pieces = _in_blocks([(at, at + PIECE) for at in firsts], 1, layout)
    return _Cut(runs, pieces, first_axis, len(places), places=places)


def _places(positions: int, room: int) -> Array:
    """Return positions of a row in pieces that are evenly spread, as many as there is room for."""
    count = min(room, THIN_POSITIONS, positions) // PIECE
    firsts = np.linspace(0, positions - PIECE, count).astype(np.int64)
    firsts = np.unique(firsts // PIECE * PIECE)
    return (firsts[:, None] + np.arange(PIECE)).reshape(-1)


def _in_blocks(
    runs: Sequence[tuple[int, int]], positions: int, layout: Layout
) -> list[tuple[int, int]]:
    """Cut runs where rows do not lie together: at positions before a class axis."""
    inner = layout.inner
    if inner == 1 or (positions % inner == 0):
        return list(runs)
    pieces = []
    for start, stop in runs:  # rows are single positions of a map
        at = start
        while at < stop:
            end = min(stop, (at // inner + 1) * inner)
            pieces.append((at, end))
            at = end
    return pieces
