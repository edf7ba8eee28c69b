"""Digests of the data a value belongs to, taken while the data is read.

A view on a source hashes every element the first time it is read, by its place in the source as it
is stored: before labels are ignored, items grouped or axes moved. So losses that share a source,
a second pass over it, threads and blocks change nothing, and equal data has an equal digest
whatever file, dtype or loss it is read by.
"""

from bisect import bisect_left, bisect_right
from math import prod
from threading import Lock

from lossctl.core.loss import Array
from lossctl.engine.sources import Source, View
from lossctl.kernels.numeric.hashing import digest, partial_hash

PIECE = 262_144  # elements read at once of what nobody has read
MOST_RANGES = 4_096  # rows gathered one by one are not worth keeping account of


class Digested(View):
    """A source that hashes its elements as they are read."""

    def __init__(self, base: Source) -> None:
        """Look at a source."""
        super().__init__(base)
        self._starts: list[int] = []
        self._stops: list[int] = []
        self._hash = 0
        self._lock = Lock()

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened array."""
        values = self.base.read(start, stop)
        for first, last in self._claimed(start, stop):
            self._add(values[first - start : last - start], first)
        return values

    def digest(self) -> str:
        """Return the digest of all elements; those not read so far are read now."""
        size = prod(self.shape)
        for first, last in self._claimed(0, size, always=True):
            for at in range(first, last, PIECE):
                end = min(at + PIECE, last)
                self._add(self.base.read(at, end), at)
        return digest(self._hash, size)

    def _add(self, values: Array, start: int) -> None:
        part = partial_hash(values, start)
        with self._lock:
            self._hash += part

    def _claimed(self, start: int, stop: int, *, always: bool = False) -> list[tuple[int, int]]:
        """Return the ranges between two places that nobody has claimed, and claim them."""
        starts, stops = self._starts, self._stops
        with self._lock:
            if len(starts) > MOST_RANGES and not always:
                return []
            first, last = bisect_left(stops, start), bisect_right(starts, stop)
            # the ends of what is taken alternate with the beginnings of what is taken next
            taken = list(zip(starts[first:last], stops[first:last], strict=True))
            ends = [start, *(end for _, end in taken)]
            begins = [*(begin for begin, _ in taken), stop]
            if taken:
                start, stop = min(start, begins[0]), max(stop, ends[-1])
            starts[first:last], stops[first:last] = [start], [stop]
        return [gap for gap in zip(ends, begins, strict=True) if gap[0] < gap[1]]


class Digests:
    """The digested sources of one evaluation: one view of a source, however many losses read it."""

    def __init__(self) -> None:
        """Start without any."""
        self._views: dict[int, Digested] = {}

    def of(self, source: Source) -> Digested:
        """Return the view of a source."""
        return self._views.setdefault(id(source), Digested(source))
