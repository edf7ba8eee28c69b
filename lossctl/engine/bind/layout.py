"""How items lie in the inputs, and the fixed grid of blocks over them.

A row is one item, or one position of all labels where labels have columns of their own. Every input
lies in rows with axes of its own: (n, …). A class axis may stand before other axes of the items,
as in (N, C, H, W): such an input is seen as (before, classes, inner), and a row is one (before,
inner) position. The grid depends on shapes and groups alone, never on threads, memory or the file
the data came from, so a value has the same bits however it is computed.
"""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from math import prod
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.lazy import lazy, record
from lossctl.core.loss import Array, FormAxes, Loss
from lossctl.core.options import Options, Targets
from lossctl.core.spelling import option
from lossctl.engine.sources import Source

# A few operands of this size stay in the caches, and threads rarely wait for the interpreter
# between them: with blocks of a quarter of the size two threads were slower than one.
BLOCK_ELEMENTS = 262_144
MOST_LABELS = 65_536  # classes that a label map may hold
LIST_ITEMS = 32_768  # items of one block of lists: pairs within lists are many more


class Lie(NamedTuple):
    """How one input lies: its own axes beside those of the items, and what follows its class axis.

    `inner` is the length of the item axes after the class axis, which is then the one own axis.
    """

    own: tuple[int, ...] = ()
    inner: int = 1


ONE_EACH = Lie()  # one number per row


@record(frozen=True)
class EqualGroups:
    """Groups of `size` consecutive rows each, of which the last may have fewer."""

    rows: int
    size: int
    one_a_block: bool = True

    def __len__(self) -> int:
        """Return how many groups there are."""
        return -(-self.rows // self.size)  # noqa: PLE0303 - rounded up

    @lazy
    def bounds(self) -> Array:
        """The first row of each group, and the end of the last, (G + 1,)."""
        return np.append(np.arange(0, self.rows, self.size), self.rows)

    def number(self, row: int) -> int:
        """Return the number of the group that begins at a row."""
        return row // self.size

    def blocks(self) -> list[tuple[int, int]]:
        """Return blocks of whole groups as (start, stop) rows."""
        if not self.one_a_block:
            return _blocks_of_lists(self.bounds)
        return [(at, min(at + self.size, self.rows)) for at in range(0, self.rows, self.size)]


@record(frozen=True, eq=False)
class NamedGroups:
    """Groups of consecutive rows between `bounds`: the first row of each, and the end of the last.

    Attributes
    ----------
    bounds
        (G + 1,) places at which groups begin and end.
    one_a_block
        Whether a block is one group; else as many whole groups as fit.
    """

    bounds: Array
    one_a_block: bool = True

    def __len__(self) -> int:
        """Return how many groups there are."""
        return len(self.bounds) - 1

    def number(self, row: int) -> int:
        """Return the number of the group that begins at a row."""
        return int(np.searchsorted(self.bounds, row))

    def blocks(self) -> list[tuple[int, int]]:
        """Return blocks of whole groups as (start, stop) rows."""
        if not self.one_a_block:
            return _blocks_of_lists(self.bounds)
        return list(zip(self.bounds[:-1].tolist(), self.bounds[1:].tolist(), strict=True))


Groups: TypeAlias = EqualGroups | NamedGroups


def _blocks_of_lists(bounds: Array) -> list[tuple[int, int]]:
    """Return blocks of as many whole groups as fit."""
    marks = np.arange(LIST_ITEMS, bounds[-1], LIST_ITEMS)
    inside = bounds[np.searchsorted(bounds, marks)]
    cuts = np.unique(np.concatenate([bounds[:1], inside, bounds[-1:]]))
    return list(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True))


@record(frozen=True, eq=False)
class Layout:
    """Rows and what lies in them.

    Attributes
    ----------
    axes
        The reading of the axes that the loss's functions take.
    item_shape
        Shape of the items as the user sees them.
    lies
        How each input lies, by its name.
    columns
        Classes or labels in a row; 0 without a class or label axis.
    column_is_item
        Whether every column of a row is an item: labels with columns of their own.
    least_rows
        Rows a block has at least, however wide they are.
    samples
        Length of the first axis, for losses pooled by sample, or number of sequences.
    sample_bounds
        Where sequences of different lengths begin, and the end of the last; None for equal ones.
    groups
        The groups of a loss of groups.
    inner
        Length of the item axes after the class axis.
    width
        Numbers in a row of the widest input.
    """

    axes: FormAxes
    item_shape: tuple[int, ...]
    lies: Mapping[str, Lie]
    columns: int = 0
    column_is_item: bool = False
    least_rows: int = 4
    samples: int = 1
    sample_bounds: Array | None = None
    groups: Groups | None = None
    inner: int = 1
    width: int = 1

    @lazy
    def rows(self) -> int:
        """Number of rows."""
        items = prod(self.item_shape)
        return items // self.columns if self.column_is_item else items

    @lazy
    def items_lie(self) -> Lie:
        """How one number per item lies: weights, and the losses of items."""
        return Lie((self.columns,), self.inner) if self.column_is_item else ONE_EACH

    @lazy
    def items_a_row(self) -> int:
        """How many items are in a row."""
        return prod(self.items_lie.own)

    @lazy
    def item_axes(self) -> int:
        """Leading axes of a block that count its items: rows, and columns that are items."""
        return 1 + self.column_is_item

    @lazy
    def rows_per_sample(self) -> int:
        """How many rows one sample has."""
        return self.rows // self.samples

    def sample_of(self, rows: Any) -> Any:
        """Return the number of the sample of a row, or of each of some rows."""
        if self.sample_bounds is None:
            return rows // self.rows_per_sample
        return np.searchsorted(self.sample_bounds, rows, side="right") - 1

    def sample_starts(self, start: int, stop: int) -> Array:
        """Return where samples begin in a block, counted from its start; the first is 0."""
        if self.sample_bounds is None:
            size = self.rows_per_sample
            starts = np.arange(start - start % size, stop, size)
        else:
            last = np.searchsorted(self.sample_bounds, stop)
            starts = self.sample_bounds[self.sample_of(start) : last]
        return np.maximum(starts - start, 0)

    @property
    def step(self) -> int:
        """Rows of a block, where groups say nothing else: as many as fit by the widest input."""
        return max(self.least_rows, BLOCK_ELEMENTS // max(self.width, 1))

    @property
    def grid_key(self) -> tuple[Any, ...]:
        """Layouts with equal keys have the same grid, and are summed in one pass."""
        return (self.rows, self.inner, self.step, self.groups)

    def grid(self) -> list[tuple[int, int]]:
        """Return the blocks as (start, stop) rows."""
        if self.groups is not None:
            return self.groups.blocks()
        step, inner = self.step, self.inner
        if inner <= step:
            step -= step % inner  # whole positions before the class axis, which lie together
            return [(at, min(at + step, self.rows)) for at in range(0, self.rows, step)]
        return [
            (first + at, first + min(at + step, inner))
            for first in range(0, self.rows, inner)
            for at in range(0, inner, step)
        ]

    def parts(self, start: int, values: Array) -> list[tuple[int, Array]]:
        """Undo :func:`read_rows`: return the pieces of the flattened array that rows fill."""
        if values.ndim == 1:
            return [(start, values)]
        inner = self.inner
        if inner == 1:
            return [(start * prod(values.shape[1:]), values.reshape(-1))]
        width = values.shape[1]
        before, within = divmod(start, inner)
        if within == 0 and len(values) % inner == 0:
            cube = values.T.reshape(width, -1, inner).swapaxes(0, 1)
            return [(start * width, cube.reshape(-1))]
        return [
            ((before * width + column) * inner + within, values[:, column])
            for column in range(width)
        ]

    def index_of(self, row: int, column: int | None = None) -> tuple[int, ...]:
        """Return the index of an item as the user sees it."""
        if column is not None and self.column_is_item:
            before, within = divmod(row, self.inner)
            row = (before * self.columns + column) * self.inner + within
        return tuple(int(part) for part in np.unravel_index(row, self.item_shape))

    def groups_between(self, start: int, stop: int) -> tuple[int, Array]:
        """Return the number of the first group of a block, and the bounds of its groups in it."""
        assert self.groups is not None  # noqa: S101 - asked of losses of groups only
        bounds = self.groups.bounds
        first, last = np.searchsorted(bounds, [start, stop])
        return int(first), bounds[first : last + 1] - start


class Fit(NamedTuple):
    """How the inputs fit together.

    Attributes
    ----------
    layout
        How items lie in them.
    task
        What the labels mean.
    targets
        How targets are encoded: values, labels, signs, index, one_hot, label_rows or constant.
    sources
        The inputs as they are read, where that is not as they are given: the item axis first and
        groups together.
    notes
        What there is to say about that.
    order
        The order of the items, where groups had to be gathered.
    labels, names
        Of predictions that are labels, the distinct ones in order, and the names of the classes.
    positive
        The class that is the positive one of two; None where nothing says which.
    """

    layout: Layout
    task: str
    targets: Targets
    sources: dict[str, Source] | None = None
    notes: tuple[str, ...] = ()
    order: Array | None = None
    labels: tuple[Any, ...] | None = None
    names: tuple[str, ...] | None = None
    positive: int | None = 1


@lru_cache(256)  # a layout is a pure function of shapes, and small calls come in series
def item_layout(
    names: tuple[str, ...],
    shape: tuple[int, ...],
    label_axis: int | None = None,
    samples: int = 1,
    groups: Groups | None = None,
) -> Layout:
    """Lay out inputs of one number per item; `label_axis` gives labels columns of their own."""
    if label_axis is None:
        lies = dict.fromkeys(names, ONE_EACH)
        return Layout("item", shape, lies, samples=samples, groups=groups)
    columns, inner = shape[label_axis], prod(shape[label_axis + 1 :])
    return Layout(
        "item",
        shape,
        dict.fromkeys(names, Lie((columns,), inner)),
        columns,
        column_is_item=True,
        samples=samples,
        inner=inner,
        width=columns,
    )


def class_layout(
    own: Mapping[str, tuple[int, ...]],
    shape: tuple[int, ...],
    class_axis: int,
    samples: int = 1,
) -> Layout:
    """Lay out rows of classes of scores of a `shape`; `own` are the own axes of each input."""
    columns, inner = shape[class_axis], prod(shape[class_axis + 1 :])
    along = Lie((columns,), inner)
    lies = {name: along if axes else ONE_EACH for name, axes in own.items()}
    items = shape[:class_axis] + shape[class_axis + 1 :]
    return Layout(
        "item class",
        items,
        lies,
        columns,
        samples=samples,
        inner=inner,
        width=columns,
    )


def plain_grid(count: int) -> list[tuple[int, int]]:
    """Return the blocks of `count` numbers that stand by themselves."""
    return [(at, min(at + BLOCK_ELEMENTS, count)) for at in range(0, count, BLOCK_ELEMENTS)]


@cache  # in every block an import would take longer than the check
def _class_by_class() -> Callable[[Array], Array]:
    from lossctl.kernels.numeric.rows import class_by_class  # noqa: PLC0415 - rows of classes only

    return class_by_class


def read_rows(
    source: Source, lie: Lie, start: int, stop: int, order: Literal["class", "memory"]
) -> Array:
    """Read rows of an array: (n,), or (n, …) with its own axes.

    In the order by ``class`` short rows come in Fortran order (``kernels.numeric.rows``).
    """
    own, inner = lie
    if not own:
        return source.read(start, stop)
    width = prod(own)
    if inner == 1:
        rows = source.read(start * width, stop * width).reshape(stop - start, *own)
        if order == "memory":
            return rows
        return _class_by_class()(rows)
    before, within = divmod(start, inner)
    if within == 0 and (stop - start) % inner == 0:
        cube = source.read(start * width, stop * width).reshape(-1, width, inner)
        return cube.swapaxes(0, 1).reshape(width, -1).T
    count = stop - start
    firsts = [(before * width + column) * inner + within for column in range(width)]
    return np.stack([source.read(first, first + count) for first in firsts]).T


def samples_of(loss: Loss, shape: tuple[int, ...], options: Options) -> int:
    """Return the length of the first axis for losses pooled by sample, 1 for others."""
    if not loss.pooled or loss.of_sequences or options.pooling != "sample":
        return 1
    if len(shape) < 2:
        raise UsageError(
            f"{option('pooling')}: by sample needs a first axis of samples; predictions have shape "
            f"{shape}"
        )
    if options.class_axis in {0, -len(shape)}:
        raise UsageError(
            f"{option('pooling')}: by sample needs a first axis of samples; that of predictions "
            f"{shape} holds classes ({option('class_axis')})"
        )
    return shape[0]
