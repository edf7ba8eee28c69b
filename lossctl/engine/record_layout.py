"""How records lie in their inputs: items first, each input with axes of its own, in groups or not.

The grid depends on shapes and groups alone: blocks of as many items as fit by the widest input, one
group a block for losses of a batch, as many whole groups as fit for losses of lists.
"""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Literal

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.layout import BLOCK_ELEMENTS
from lossctl.engine.sources import Source

LIST_ROWS = 32_768  # items of one block of lists: pairs within lists are many more


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of consecutive items: the first item of each, and the end of the last."""

    bounds: Array

    def __len__(self) -> int:
        return len(self.bounds) - 1


@dataclass(frozen=True)
class RecordLayout:
    """Items and the axes each input has of its own.

    Attributes
    ----------
    rows
        Number of items.
    item_shape
        Shape of the items as the user sees them.
    own
        The own axes of each given input.
    groups
        The groups of a loss of batches or lists.
    one_a_block
        Whether a block is one group.
    """

    rows: int
    item_shape: tuple[int, ...]
    own: tuple[tuple[str, tuple[int, ...]], ...]
    groups: Groups | None = None
    one_a_block: bool = False
    form: Literal["record"] = "record"
    columns: int = 0
    samples: int = 1

    @property
    def rows_per_sample(self) -> int:
        """All of them: records are never pooled by sample."""
        return self.rows

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The own axes by the name of the input."""
        return dict(self.own)

    def grid(self) -> list[tuple[int, int]]:
        """Return the blocks as (start, stop) items."""
        if self.groups is None:
            width = max(prod(shape) for _, shape in self.own)
            step = max(1, BLOCK_ELEMENTS // max(width, 1))
            return [(at, min(at + step, self.rows)) for at in range(0, self.rows, step)]
        bounds = self.groups.bounds
        if self.one_a_block:
            cuts = bounds
        else:
            marks = np.arange(LIST_ROWS, self.rows, LIST_ROWS)
            cuts = np.unique(
                np.concatenate([bounds[:1], bounds[np.searchsorted(bounds, marks)], bounds[-1:]])
            )
        return list(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True))

    def read(self, source: Source, start: int, stop: int) -> Array:
        """Read one number an item."""
        return source.read(start, stop)

    def read_input(self, name: str, source: Source, start: int, stop: int) -> Array:
        """Read items of an input, (n, …)."""
        shape = self.shapes[name]
        width = prod(shape)
        return source.read(start * width, stop * width).reshape(stop - start, *shape)

    def flat_parts(self, start: int, rows: Array) -> list[tuple[int, Array]]:
        """Return where the values of items belong in the flattened array."""
        return [(start * prod(rows.shape[1:]), rows.reshape(-1))]

    def index_of(self, row: int, column: int | None = None) -> tuple[int, ...]:
        """Return the index of an item as the user sees it."""
        del column
        return tuple(int(part) for part in np.unravel_index(row, self.item_shape))

    def groups_between(self, start: int, stop: int) -> tuple[int, Array]:
        """Return the number of the first group of a block, and the bounds of its groups in it."""
        assert self.groups is not None  # noqa: S101 - asked of losses of groups only
        bounds = self.groups.bounds
        first, last = np.searchsorted(bounds, [start, stop])
        return int(first), bounds[first : last + 1] - start
