"""How the axes of the inputs map onto rows of items, and the fixed grid of blocks over them.

Predictions are seen as (lead, columns, inner): `columns` is the class or label axis, `lead` what
stands before it and `inner` what follows. A row is one (lead, inner) position; blocks are ranges of
rows. The grid depends on the shape alone, never on threads, memory or the file the data came from,
so the value has the same bits however it is computed.
"""

from dataclasses import dataclass
from math import prod

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.loss import Layout as FormLayout
from lossctl.engine.sources import Source
from lossctl.kernels.numeric.rows import class_by_class

# A few operands of this size stay in the caches, and threads rarely wait for the interpreter
# between them: with blocks of a quarter of the size two threads were slower than one.
BLOCK_ELEMENTS = 262_144
LEAST_ROWS = 4  # however many classes a row has


@dataclass(frozen=True)
class Layout:
    """Rows and columns of a block.

    Attributes
    ----------
    form
        element or row: whether an item is an element or a row.
    rows
        Number of rows.
    columns
        Classes or labels in a row; 0 when a row is a single element.
    inner
        Length of the axes after the class axis.
    item_shape
        Shape of the items as the user sees them.
    samples
        Length of the first axis, for losses pooled by sample.
    whole
        Whether a block is a whole sample (or everything), for losses of groups.
    """

    form: FormLayout
    rows: int
    columns: int
    inner: int
    item_shape: tuple[int, ...]
    samples: int = 1
    whole: bool = False

    @property
    def rows_per_sample(self) -> int:
        """How many rows one sample has."""
        return self.rows // self.samples

    def grid(self) -> list[tuple[int, int]]:
        """Return the blocks as (start, stop) rows: whole leads, parts of one lead, or samples."""
        if self.whole:
            size = self.rows_per_sample
            return [(at, at + size) for at in range(0, self.rows, size)]
        step = max(LEAST_ROWS, BLOCK_ELEMENTS // max(self.columns, 1))
        if self.inner <= step:
            step -= step % self.inner
            return [(at, min(at + step, self.rows)) for at in range(0, self.rows, step)]
        leads = range(0, self.rows, self.inner)
        return [
            (lead + at, lead + min(at + step, self.inner))
            for lead in leads
            for at in range(0, self.inner, step)
        ]

    def read(self, source: Source, start: int, stop: int, *, turned: bool = True) -> Array:
        """Read rows of an array shaped like the predictions: (n,) or (n, columns).

        Short rows come in Fortran order, unless they are not to be `turned`.
        """
        width, inner = self.columns, self.inner
        if not width:
            return source.read(start, stop)
        if inner == 1:
            rows = source.read(start * width, stop * width).reshape(-1, width)
            return class_by_class(rows) if turned else rows
        lead, within = divmod(start, inner)
        if within == 0 and (stop - start) % inner == 0:
            cube = source.read(start * width, stop * width).reshape(-1, width, inner)
            return cube.swapaxes(0, 1).reshape(width, -1).T
        count = stop - start
        firsts = [(lead * width + column) * inner + within for column in range(width)]
        return np.stack([source.read(first, first + count) for first in firsts]).T

    def flat_parts(self, start: int, rows: Array) -> list[tuple[int, Array]]:
        """Undo :meth:`read`: return the pieces of the flattened array that the rows fill."""
        width, inner = self.columns, self.inner
        if rows.ndim == 1:
            return [(start, rows)]
        if inner == 1:
            return [(start * width, rows.reshape(-1))]
        lead, within = divmod(start, inner)
        if within == 0 and len(rows) % inner == 0:
            cube = rows.T.reshape(width, -1, inner).swapaxes(0, 1)
            return [(start * width, cube.reshape(-1))]
        return [
            ((lead * width + column) * inner + within, rows[:, column]) for column in range(width)
        ]

    def index_of(self, row: int, column: int | None = None) -> tuple[int, ...]:
        """Return the index of an item as the user sees it."""
        if column is not None and self.form == "element":
            lead, within = divmod(row, self.inner)
            row = (lead * self.columns + column) * self.inner + within
        return tuple(int(part) for part in np.unravel_index(row, self.item_shape))


def element_layout(shape: tuple[int, ...], label_axis: int | None, samples: int) -> Layout:
    """Lay out a loss whose item is an element; `label_axis` gives labels columns of their own."""
    if label_axis is None:
        return Layout("element", prod(shape), 0, 1, shape, samples)
    inner = prod(shape[label_axis + 1 :])
    rows = prod(shape[:label_axis]) * inner
    return Layout("element", rows, shape[label_axis], inner, shape, samples)


def row_layout(shape: tuple[int, ...], class_axis: int, samples: int) -> Layout:
    """Lay out a loss whose item is a row of class scores along `class_axis`."""
    items = shape[:class_axis] + shape[class_axis + 1 :]
    inner = prod(shape[class_axis + 1 :])
    return Layout("row", prod(items), shape[class_axis], inner, items, samples)
