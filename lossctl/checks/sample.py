"""A bounded sample of rows, in runs: for rules that compare rows with other rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.bind.layout import Layout, read_rows
from lossctl.engine.plan import Sources

MOST_ROWS = 20_000
MOST_NUMBERS = 1 << 22  # that a sample holds of one input
LEAST_ROWS = 64  # even where rows are wide, up to a WIDEST of these numbers
WIDEST = 4  # wider rows are taken as single positions
RUN = 256  # rows that lie together, so that shifted rows show
RUNS = 8  # of few rows


@dataclass(frozen=True)
class Sample:
    """Rows of predictions and targets, those of each run one after the other.

    Attributes
    ----------
    rows
        Numbers of the rows, (m,): of the first axis, or of positions where `by_position`.
    runs
        Where each run begins and ends in the sample.
    predictions
        (m, K) float64, or (m, K, C) with scores of classes (or labels); K items a row.
    targets
        (m, K): values, labels or classes; (m, K, C) where they are one-hot, soft or multi-label.
    counts
        (m, K): whether the item is not ignored.
    total
        Rows that there are in all.
    by_position
        Whether rows of the sample are single items of wide rows; then K is 1.
    """

    rows: Array
    runs: Sequence[tuple[int, int]]
    predictions: Array
    targets: Array
    counts: Array
    total: int
    by_position: bool = False

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
    first_axis = layout.item_shape[0] if layout.item_shape else 1
    positions = layout.rows // max(first_axis, 1)
    widths = [prod(layout.lies[name].own) for name in ("predictions", "targets")]
    by_position = positions * max(widths) > numbers // WIDEST or first_axis == 1
    total = layout.rows if by_position else first_axis
    positions = 1 if by_position else positions
    runs = rows_of_sample(total, positions * max(widths), most, numbers)
    taken = []
    for name in ("predictions", "targets"):
        lie = layout.lies[name]
        parts = [
            read_rows(sources[name], lie, start * positions, stop * positions, "memory")
            for start, stop in _in_blocks(runs, positions, layout)
        ]
        joined = np.concatenate([part.astype(np.float64) for part in parts])
        taken.append(joined.reshape(-1, positions, *lie.own))
    predictions, targets = taken
    ends = np.cumsum([stop - start for start, stop in runs])
    rows = np.concatenate([np.arange(start, stop) for start, stop in runs])
    counts = np.isfinite(targets.reshape(*targets.shape[:2], -1)).all(axis=2)
    counts &= np.isfinite(predictions.reshape(*predictions.shape[:2], -1)).all(axis=2)
    if ignored is not None and targets.ndim == 2:
        counts &= targets != ignored
    bounds = [
        (int(end - (stop - start)), int(end)) for end, (start, stop) in zip(ends, runs, strict=True)
    ]
    return Sample(rows, bounds, predictions, targets, counts, total, by_position)


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
