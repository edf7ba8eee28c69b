"""Hashes of rows, which find copies: of few rows all, of many those that a cheap key chooses."""

from math import ceil, log2, prod
from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.digests import mixed

MOST_HASHES = 65_536  # that are kept of all rows
ENDS = 4096  # first and last rows of which every hash is kept
KEYS = 2  # columns of one input that choose rows
MOST_CHOSEN = 16  # times as many as expected: keys of few distinct values choose many
PIECE = 16_384  # rows
NONE = np.empty(0, np.uint64)
FACTORS = mixed(np.arange(1, 9, dtype=np.uint64)) | np.uint64(1)  # of columns of two inputs


class RowHashes(NamedTuple):
    """64-bit hashes of rows, predictions and targets together.

    Attributes
    ----------
    rows, hashes
        Those of rows whose key falls in a `share` of all keys: equal rows are both there.
    head, tail
        Of the first and the last rows, all.
    tail_start
        The number of the first row of `tail`.
    share
        1 where every row is there.
    """

    rows: Array
    hashes: Array
    head: Array
    tail: Array
    tail_start: int
    share: float


class BlockHashes(NamedTuple):
    """What one block adds: numbers and hashes of rows, and those of the ends that it has."""

    rows: Array
    hashes: Array
    head: Array
    tail: Array


class RowHasher:
    """Hashes the rows of blocks.

    Parameters
    ----------
    total
        How many rows there are.
    """

    def __init__(self, total: int) -> None:
        """Choose so many rows that about `MOST_HASHES` are kept."""
        self.total = total
        self.bits = max(ceil(log2(total / MOST_HASHES)), 0) if total > MOST_HASHES else 0

    def block(self, start: int, *arrays: Array) -> BlockHashes:
        """Return the hashes of the rows of a block, whose first has the number `start`."""
        count = len(arrays[0])
        head = min(max(ENDS - start, 0), count)
        tail = min(max(self.total - ENDS - start, 0), count)
        ends = [
            hash_rows(*(part[first:last] for part in arrays)) if first < last else NONE
            for first, last in ((0, head), (tail, count))
        ]
        if not self.bits:
            hashes = hash_rows(*arrays)
            return BlockHashes(np.arange(start, start + len(hashes)), hashes, *ends)
        rows = self._chosen(arrays)
        hashes = hash_rows(*(part[rows] for part in arrays))
        room = max(MOST_CHOSEN * count >> self.bits, 1)
        if len(hashes) > room:  # the least hashes: equal rows have equal ones
            kept = np.flatnonzero(hashes < np.partition(hashes, room)[room])
            rows, hashes = rows[kept], hashes[kept]
        return BlockHashes(rows + start, hashes, *ends)

    def _chosen(self, arrays: tuple[Array, ...]) -> Array:
        """Return the places of the rows whose key falls in the share; piece by piece, in cache."""
        least = np.uint64(1 << (64 - self.bits))
        chosen = [
            np.flatnonzero(self._keys(tuple(part[at : at + PIECE] for part in arrays)) < least) + at
            for at in range(0, len(arrays[0]), PIECE)
        ]
        return np.concatenate(chosen)

    def _keys(self, arrays: tuple[Array, ...]) -> Array:
        """Return 64 bits of each row, whose highest depend on a few columns of each input."""
        total: Array | None = None
        place = 0
        for array in arrays:
            columns = _columns(array)
            width = columns.shape[1]
            for at in sorted({width * key // KEYS for key in range(KEYS)}):
                words = _words(columns[:, at]) * FACTORS[place]
                total = words if total is None else np.add(total, words, out=total)
                place += 1
        assert total is not None  # noqa: S101 - there are arrays, and they have columns
        return total

    def join(self, blocks: list[BlockHashes]) -> RowHashes:
        """Return the hashes of all blocks."""
        rows, hashes, head, tail = map(np.concatenate, zip(*blocks, strict=True))
        return RowHashes(rows, hashes, head, tail, max(self.total - ENDS, 0), 0.5**self.bits)


def hash_rows(*arrays: Array) -> Array:
    """Return a 64-bit hash of each row of arrays (n, …) together, (n,): multilinear hashing."""
    total = np.zeros(len(arrays[0]), dtype=np.uint64)
    place = 0
    for array in arrays:
        words = _words(_columns(array))
        factors = mixed(np.arange(place + 1, place + 1 + words.shape[1], dtype=np.uint64)) | 1
        place += words.shape[1]
        total += np.einsum("ij,j->i", words, factors)
    return np.asarray(mixed(total))


def _columns(array: Array) -> Array:
    return array.reshape(len(array), prod(array.shape[1:]))


def _words(numbers: Array) -> Array:
    """Return the bits of numbers as integers of 64 bits; copies have the same."""
    if numbers.dtype.kind != "f":
        return numbers.astype(np.int64, copy=False).view(np.uint64)
    if numbers.dtype.itemsize == 4:
        return np.ascontiguousarray(numbers).view(np.uint32).astype(np.uint64)
    return np.ascontiguousarray(numbers, dtype=np.float64).view(np.uint64)
