"""Digests of the data a value belongs to, taken while the data is read.

A view on a source hashes every element the first time it is read, by its place in the source as it
is stored: before labels are ignored, items grouped or axes moved. So losses that share a source,
a second pass over it, threads and blocks change nothing, and equal data has an equal digest
whatever file, dtype or loss it is read by.

The hash of elements x_i is Σ c_i·m(x_i) mod 2^64: multilinear hashing (Lemire and Kaser 2014,
arXiv:1202.4961), where m maps numbers to 64 bits one to one and the c_i are odd and pseudo-random.
Being a sum it does not depend on the order of the work, and as every c_i is odd no change of a
single element goes unseen. Powers of one number for c_i would need no table, but modulo 2^64 they
cancel in patterns that repeat themselves at powers of two, as masks and checkerboards do.
"""

from bisect import bisect_left, bisect_right
from functools import cache
from math import prod
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossctl.core.loss import Array
from lossctl.core.threads import run_blocks, shares_of
from lossctl.engine.sources import EXACT_INTEGERS, Source, View
from lossctl.kernels.numeric.primitives import DEFINITIONS, primitive

PIECE = 262_144  # elements read at once of what nobody has read
MOST_RANGES = 4_096  # rows gathered one by one are not worth keeping account of
CHUNK = 32_768  # elements that share a table of factors: as long as caches hold it and two operands
MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15  # 2^64 divided by the golden ratio
UPPER_HALF = np.uint64(32)


class Digested(View):
    """A source that hashes its elements as they are read, each share of them by itself.

    Of a shard, that is its share of the elements alone, whatever else it reads.
    """

    def __init__(self, base: Source, shard: tuple[int, int] = (1, 1)) -> None:
        """Look at a source; `shard` is the number of the shard, from 1, and how many there are."""
        super().__init__(base)
        size, (number, count) = prod(base.shape), shard
        own = (size * (number - 1) // count, size * number // count)
        self._shares = [own] if count > 1 else shares_of(size, PIECE)
        self._starts: list[int] = []
        self._stops: list[int] = []
        self._hashes = [0] * len(self._shares)
        self._lock = Lock()

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened array."""
        values = self.base.read(start, stop)
        for first, last in self._claimed(start, stop):
            self._add(values[first - start : last - start], first)
        return values

    def digest(self) -> str:
        """Return the digest of all elements; those not read so far are read now."""
        return digest(self.partial(), prod(self.shape))

    def partial(self) -> int:
        """Return what the elements of the shard add to the hash, modulo 2^64."""
        if len(self._shares) == 1:
            return self._of_share(*self._shares[0])
        # whoever evaluated a share of the blocks has read, and so hashed, the same share of these
        return sum(run_blocks(self._shares, self._of_share, None)) & MASK

    def _of_share(self, start: int, stop: int) -> int:
        """Return what the elements of one share add to the hash; those not read are read now."""
        for first, last in self._claimed(start, stop, always=True):
            for at in range(first, last, PIECE):
                end = min(at + PIECE, last)
                self._add(self.base.read(at, end), at)
        return self._hashes[bisect_left(self._shares, (start, stop))] & MASK

    def _add(self, values: Array, start: int) -> None:
        """Hash elements, each into its share."""
        stop = start + len(values)
        at = max(bisect_right(self._shares, (start, stop)) - 1, 0)
        while at < len(self._shares) and self._shares[at][0] < stop:
            first, last = max(self._shares[at][0], start), min(self._shares[at][1], stop)
            if first < last:
                part = partial_hash(values[first - start : last - start], first)
                with self._lock:
                    self._hashes[at] += part
            at += 1

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

    def __init__(self, shard: tuple[int, int] = (1, 1)) -> None:
        """Start without any, of a shard as :class:`Digested` says it."""
        self._views: dict[int, Digested] = {}
        self._shard = shard

    def of(self, source: Source) -> Digested:
        """Return the view of a source."""
        return self._views.setdefault(id(source), Digested(source, self._shard))


def partial_hash(values: NDArray[Any], start: int) -> int:
    """Return what elements from place `start` on, (n,), add to the hash of their array.

    Numbers that are equal count alike in any dtype; so do 0 and −0, and all NaN.
    """
    total, at = 0, 0
    # float64 does not hold every uint64, and that is what the loops would be given
    of_part = DEFINITIONS[hash_in_places.__name__] if values.dtype == np.uint64 else hash_in_places
    while at < len(values):
        number, first = divmod(start + at, CHUNK)
        part = values[at : at + CHUNK - first]
        total += int(of_part(part, _factors()[first : first + len(part)])) * (mixed(number) | 1)
        at += len(part)
    return total & MASK


@primitive
def hash_in_places(values: NDArray[Any], factors: NDArray[np.uint64]) -> Any:
    """Sum 64 bits of each number, (n,), times the factor of its place, (n,), modulo 2^64."""
    return np.einsum("i,i->", _bits(values), factors)


def digest(total: int, count: int) -> str:
    """Return the hash of an array of `count` elements as 16 hexadecimal digits."""
    return f"{mixed(total + GOLDEN * count):016x}"


def mixed(number: Any) -> Any:
    """Return 64 bits in which every bit of an integer counts, one to one (SplitMix64).

    Takes a Python integer or an array of uint64.
    """
    number = (number + GOLDEN) & MASK
    number = ((number ^ number >> 30) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ number >> 27) * 0x94D049BB133111EB) & MASK
    return number ^ number >> 31


@cache
def _factors() -> NDArray[np.uint64]:
    return mixed(MASK - np.arange(CHUNK, dtype=np.uint64)) | 1


def _bits(values: NDArray[Any]) -> NDArray[np.uint64]:
    """Map numbers to 64 bits."""
    with np.errstate(invalid="ignore"):  # of signalling NaN
        room = np.add(values, 0.0, dtype=np.float64)  # −0 becomes 0
    if values.dtype.kind == "f":
        nan_mask = np.isnan(room)
        if nan_mask.any():
            room[nan_mask] = np.nan
    bits = room.view(np.uint64)
    # The low half of small integers is all zeros, and what is a multiple of 2^k mod 2^64 stays one:
    # without this step labels 0 and 1 would leave twelve bits of the hash.
    bits ^= bits >> UPPER_HALF
    if values.dtype.kind in "iu" and values.dtype.itemsize == 8:
        _add_lost_digits(values, bits)
    return bits


def _add_lost_digits(values: NDArray[Any], bits: NDArray[np.uint64]) -> None:
    """Add what distinguishes integers that float64 rounds to the same number."""
    if int(values.min()) >= -EXACT_INTEGERS and int(values.max()) <= EXACT_INTEGERS:
        return
    top = np.nextafter(2.0 ** (63 if values.dtype.kind == "i" else 64), 0.0)
    rounded = np.minimum(values.astype(np.float64), top).astype(values.dtype)
    bits += (values - rounded).view(np.uint64) * np.uint64(GOLDEN)
