"""Views of sources: stacked inputs taken apart, axes moved, groups gathered, rows padded.

Each also says how what belongs to its elements is written back to where they came from.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from math import prod
from threading import Lock

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.core.spelling import item_at
from lossctl.engine.digests import Digested
from lossctl.engine.sources import ArraySource, Sink, Source, View, is_written_anywhere

PAD = -1
FEW_PIECES = 64  # of more, whole rows are read


class RowView(View, ABC):
    """A view with rows of its own, each read as a whole."""

    def __init__(self, base: Source, shape: tuple[int, ...], width: int) -> None:
        """Keep the base, the shape it is seen in, and the number of elements in a row."""
        super().__init__(base, shape)
        self.width = width

    @abstractmethod
    def rows(self, first: int, last: int) -> Array:
        """Return whole rows, (n, width)."""

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened array."""
        first, last = start // self.width, -(-stop // self.width)
        flat = self.rows(first, last).reshape(-1)
        return flat[start - first * self.width : stop - first * self.width]


class Stacked(RowView):
    """One of several inputs that lie stacked along an axis: (…, 3, D) seen as (…, D)."""

    def __init__(self, base: Source, number: int, count: int, own: int) -> None:
        """Take the input `number` of `count`, each with `own` axes of its own."""
        cut = len(base.shape) - own - 1
        shape = base.shape[:cut] + base.shape[cut + 1 :]
        super().__init__(base, shape, max(prod(base.shape[cut + 1 :]), 1))
        self.number, self.count = number, count

    def rows(self, first: int, last: int) -> Array:
        """Return rows of this input out of rows of all."""
        size = self.count * self.width
        block = self.base.read(first * size, last * size)
        return block.reshape(-1, self.count, self.width)[:, self.number]


class Moved(RowView):
    """An array whose item axis stands at `place`, seen with that axis first."""

    def __init__(self, base: Source, place: int) -> None:
        """Move the axis; elements after it stay together."""
        shape = base.shape
        first = (shape[place], *shape[:place], *shape[place + 1 :])
        super().__init__(base, first, max(prod(first[1:]), 1))
        self.before, self.items, self.after = (
            prod(shape[:place]),
            shape[place],
            prod(shape[place + 1 :]),
        )

    def _places(self, first: int, last: int) -> list[tuple[int, int]]:
        return [
            ((at * self.items + first) * self.after, (at * self.items + last) * self.after)
            for at in range(self.before)
        ]

    def rows(self, first: int, last: int) -> Array:
        """Return whole items."""
        array = in_memory(self.base)
        if array is not None:
            cube = array.reshape(self.before, self.items, self.after)
            return np.ascontiguousarray(cube[:, first:last].swapaxes(0, 1)).reshape(
                last - first, self.width
            )
        parts = [self.base.read(*place) for place in self._places(first, last)]
        cube = np.stack(parts).reshape(self.before, last - first, self.after)
        return np.ascontiguousarray(cube.swapaxes(0, 1)).reshape(last - first, self.width)

    def behind(self, sink: Sink) -> Sink:
        """Return a sink of items that writes them where they stand in the base."""
        return MovedSink(self, sink)

    def where(self, index: tuple[int, ...]) -> str:
        """Name the item; the base has other axes before it."""
        return f"item {index[0]}"


class MovedSink:
    """Writes whole items into an array whose item axis is not the first."""

    def __init__(self, source: Moved, sink: Sink) -> None:
        """Write behind `source` into `sink`."""
        self.source, self.sink = source, sink

    @property
    def anywhere(self) -> bool:
        """Whether blocks may be written in any process."""
        return is_written_anywhere(self.sink)

    def write(self, start: int, values: Array) -> None:
        """Store whole items from element `start` of the flattened items on."""
        source = self.source
        first = start // source.width
        cube = values.reshape(-1, source.before, source.after)
        places = source._places(first, first + len(cube))  # noqa: SLF001 - its other half
        for at, (place, _) in enumerate(places):
            self.sink.write(place, np.ascontiguousarray(cube[:, at]).reshape(-1))


class Forward(RowView):
    """An array with one axis moved forward to `place`: channels last seen as channels first."""

    def __init__(self, base: Source, axis: int, place: int) -> None:
        """Move the axis before those from `place` on; a row is what lies from there on."""
        shape = base.shape
        moved = (*shape[:place], shape[axis], *shape[place:axis], *shape[axis + 1 :])
        super().__init__(base, moved, max(prod(shape[place:]), 1))
        self.axis, self.place = axis, place
        self.stored = (prod(shape[place:axis]), shape[axis], prod(shape[axis + 1 :]))

    def rows(self, first: int, last: int) -> Array:
        """Return whole rows."""
        block = self.base.read(first * self.width, last * self.width)
        return np.ascontiguousarray(block.reshape(-1, *self.stored).swapaxes(1, 2))

    def where(self, index: tuple[int, ...]) -> str:
        """Name the element where it stands in the base; an item of moved axes by its index."""
        if len(index) <= self.place:
            return self.base.where(index)
        if len(index) < len(self.shape):
            return item_at(index)
        own = [*index[: self.place], *index[self.place + 1 :]]
        own.insert(self.axis, index[self.place])
        return self.base.where(tuple(own))

    def behind(self, sink: Sink) -> Sink:
        """Return a sink that writes elements where they stand in the base."""
        return ForwardSink(self, sink)


class ForwardSink:
    """Writes rows with an axis moved forward as they lie in the base, each when it is complete."""

    def __init__(self, source: Forward, sink: Sink) -> None:
        """Write behind `source` into `sink`."""
        self.source, self.sink = source, sink
        self._begun: dict[int, tuple[Array, list[int]]] = {}
        self._lock = Lock()

    def write(self, start: int, values: Array) -> None:
        """Store elements from `start` of the flattened view on, in any order of the pieces."""
        width, flat = self.source.width, values.reshape(-1)
        while len(flat):
            row, at = divmod(start, width)
            part, flat = flat[: width - at], flat[width - at :]
            self._put(row, at, part)
            start += len(part)

    def _put(self, row: int, at: int, part: Array) -> None:
        width = self.source.width
        with self._lock:
            whole, seen = self._begun.setdefault(row, (np.empty(width, part.dtype), []))
            whole[at : at + len(part)] = part
            seen.append(len(part))
            if sum(seen) < width:
                return
            del self._begun[row]
        before, length, after = self.source.stored
        cube = whole.reshape(length, before, after).swapaxes(0, 1)
        self.sink.write(row * width, np.ascontiguousarray(cube).reshape(-1))


class Ordered(RowView):
    """Rows of another source in another order."""

    def __init__(self, base: Source, order: Array, shape: tuple[int, ...], width: int) -> None:
        """Keep the order: row r of this is row ``order[r]`` of the base."""
        super().__init__(base, shape, width)
        self.order = order

    def rows(self, first: int, last: int) -> Array:
        """Gather rows; neighbours are read together."""
        wanted = self.order[first:last]
        array = in_memory(self.base)
        if array is not None:
            return array.reshape(-1, self.width)[wanted]
        parts = [
            self.base.read(a * self.width, b * self.width).reshape(-1, self.width)
            for a, b in _runs(wanted)
        ]
        return np.concatenate(parts)

    def where(self, index: tuple[int, ...]) -> str:
        """Name the row in the base."""
        return self.base.where((int(self.order[index[0]]), *index[1:]))

    def behind(self, sink: Sink) -> Sink:
        """Return a sink that writes rows where they stand in the base."""
        return OrderedSink(self.order, self.width, sink)


class OrderedSink:
    """Writes rows to their places in another order."""

    def __init__(self, order: Array, width: int, sink: Sink) -> None:
        """Write row r to row ``order[r]`` of `sink`."""
        self.order, self.width, self.sink = order, width, sink

    @property
    def anywhere(self) -> bool:
        """Whether blocks may be written in any process."""
        return is_written_anywhere(self.sink)

    def write(self, start: int, values: Array) -> None:
        """Store whole rows from element `start` on."""
        rows = values.reshape(-1, self.width)
        first = start // self.width
        at = 0
        for a, b in _runs(self.order[first : first + len(rows)]):
            self.sink.write(a * self.width, rows[at : at + b - a].reshape(-1))
            at += b - a


class Cut(View):
    """An array without the first or the last entry of one axis, of which it reads what it needs."""

    def __init__(self, base: Source, axis: int, skipped: int) -> None:
        """Leave out the first entry along an axis (`skipped` is 1), or the last (0)."""
        shape = base.shape
        super().__init__(base, (*shape[:axis], shape[axis] - 1, *shape[axis + 1 :]))
        inner = prod(shape[axis + 1 :])
        self.axis, self.skipped = axis, skipped
        self.row, self.width = shape[axis] * inner, (shape[axis] - 1) * inner
        self.first = skipped * inner

    def pieces(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the ranges of the base that elements `start` to `stop` are."""
        while start < stop:
            row, column = divmod(start, self.width)
            end = min(stop, (row + 1) * self.width)
            at = row * self.row + self.first + column
            yield at, at + end - start
            start = end

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened array."""
        first, last = start // self.width, -(-stop // self.width)
        if last - first <= FEW_PIECES:
            parts = [self.base.read(*piece) for piece in self.pieces(start, stop)]
            return parts[0] if len(parts) == 1 else np.concatenate(parts)
        rows = self.base.read(first * self.row, last * self.row).reshape(-1, self.row)
        flat = rows[:, self.first : self.first + self.width].reshape(-1)
        return flat[start - first * self.width : stop - first * self.width]

    def where(self, index: tuple[int, ...]) -> str:
        """Name the element in the base; an index may be one of items, without the last axes."""
        axis = min(self.axis, len(index) - 1)
        return self.base.where((*index[:axis], index[axis] + self.skipped, *index[axis + 1 :]))

    def behind(self, sink: Sink) -> Sink:
        """Return a sink that writes elements where they stand in the base."""
        return CutSink(self, sink)


class CutSink:
    """Writes elements of an array of which an entry of an axis was left out, and 0 for that."""

    def __init__(self, source: Cut, sink: Sink) -> None:
        """Write behind `source` into `sink`."""
        self.source, self.sink = source, sink

    @property
    def anywhere(self) -> bool:
        """Whether blocks may be written in any process."""
        return is_written_anywhere(self.sink)

    def write(self, start: int, values: Array) -> None:
        """Store elements from `start` on."""
        cut, at = self.source, 0
        for first, last in cut.pieces(start, start + len(values)):
            self.sink.write(first, values[at : at + last - first])
            at += last - first
            row = (last - 1) // cut.row * cut.row
            if last == row + cut.first + cut.width:  # it is full but for the entry left out
                gap = row if cut.skipped else last
                self.sink.write(gap, np.zeros(cut.row - cut.width, values.dtype))


def earlier(source: Source, axis: int) -> Source:
    """Return a source without the last entry along an axis."""
    return Cut(source, axis, 0)


def later(source: Source, item_shape: tuple[int, ...]) -> Source:
    """Return one number per token without the first token, where there is one number each."""
    full = (*item_shape[:-1], item_shape[-1] + 1)
    return Cut(source, len(full) - 1, 1) if source.shape == full else source


def in_memory(source: Source) -> Array | None:
    """Return the whole array of a source that has one."""
    base = source.base if isinstance(source, Digested) else source
    return base.array if isinstance(base, ArraySource) else None


MOVING = Moved, Forward, Ordered, Cut
"""What shows items in other places. Rows are abstract: of an array `isinstance` asks them long."""


def origin(source: Source) -> Source:
    """Return the source as the caller gave it, before items were moved or ordered."""
    if isinstance(source, View) and isinstance(source, MOVING):
        return origin(source.base)
    return source


def behind(source: Source, sink: Sink) -> Sink:
    """Return a sink of items as they are read that writes into the array the caller gave."""
    if isinstance(source, View) and isinstance(source, MOVING):
        return source.behind(behind(source.base, sink))
    return sink


def _runs(wanted: Array) -> list[tuple[int, int]]:
    """Return the rows as ranges of neighbours."""
    breaks = np.flatnonzero(np.diff(wanted) != 1) + 1
    return [(int(part[0]), int(part[-1]) + 1) for part in np.split(wanted, breaks) if len(part)]


class Padded(View):
    """Packed whole numbers as rows of equal length, padded with −1; held in memory."""

    def __init__(self, base: Source, lengths: Source) -> None:
        """Cut the packed numbers by the length of each item."""
        sizes = np.asarray(lengths.read(0, prod(lengths.shape)))
        total = prod(base.shape)
        whole = sizes.astype(np.int64)
        if (sizes != whole).any() or (whole < 0).any() or int(whole.sum()) != total:
            raise DataError(
                f"{base.label}: holds {total} entries, but the lengths ({lengths.label}) sum to "
                f"{float(sizes.sum()):g}"
            )
        packed = np.asarray(base.read(0, total))
        if packed.dtype.kind == "f" and (np.floor(packed) != packed).any():
            raise DataError(f"{base.label}: must hold whole numbers")
        self._rows = np.full((len(whole), max(int(whole.max(initial=0)), 1)), PAD, np.int64)
        self._rows[np.arange(self._rows.shape[1]) < whole[:, None]] = packed
        super().__init__(base, self._rows.shape, self._rows.dtype)

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened rows."""
        return self._rows.reshape(-1)[start:stop]

    def where(self, index: tuple[int, ...]) -> str:
        """Name the item."""
        return f"item {index[0]}"


class SpreadWeights(View):
    """Weights of whole samples, repeated for every item of a sample."""

    def __init__(self, base: Source, item_shape: tuple[int, ...], axes: int | None = None) -> None:
        """Repeat each weight for the items of its sample; samples have so many leading axes."""
        super().__init__(base, item_shape)
        self.axes = len(base.shape) if axes is None else axes
        self.repeats = prod(item_shape[self.axes :])

    def read(self, start: int, stop: int) -> Array:
        """Return the weights of items `start` to `stop`."""
        first, last = start // self.repeats, -(-stop // self.repeats)
        spread = np.repeat(self.base.read(first, last), self.repeats)
        return spread[start - first * self.repeats : stop - first * self.repeats]

    def where(self, index: tuple[int, ...]) -> str:
        """Name the weight that stands for an item."""
        return self.base.where(index[: self.axes] + (0,) * (len(self.base.shape) - self.axes))
