"""Hashes of rows, which find copies: of few rows all, of many those that a cheap key chooses."""

from functools import lru_cache
from math import ceil, log2, prod
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.digests import mixed

MOST_HASHES = 65_536  # that are kept of all rows
ENDS = 4096  # first and last rows of which every hash is kept
KEYS = 2  # columns of the predictions that choose rows
MOST_CHOSEN = 16  # times as many as expected: keys of few distinct values choose many
PIECE = 16_384  # rows
NONE = np.empty(0, np.uint64)


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
        rows = self._chosen(_columns(arrays[0]))
        hashes = hash_rows(*(part[rows] for part in arrays))
        room = max(MOST_CHOSEN * count >> self.bits, 1)
        if len(hashes) > room:  # the least hashes: equal rows have equal ones
            kept = np.flatnonzero(hashes < np.partition(hashes, room)[room])
            rows, hashes = rows[kept], hashes[kept]
        return BlockHashes(rows + start, hashes, *ends)

    def _chosen(self, columns: Array) -> Array:
        """Return the places of the rows whose key falls in the share; piece by piece, in cache.

        The highest bits of a key depend on a few columns of the predictions.
        """
        used = sorted({columns.shape[1] * key // KEYS for key in range(KEYS)})
        short = columns.dtype.kind == "f" and columns.dtype.itemsize == 4
        word: Any = np.uint32 if short else np.uint64  # half as wide takes half the time
        least = word(1 << (8 * word().itemsize - self.bits))
        factors = _factors(0, len(used)).astype(word)
        chosen = []
        for at in range(0, len(columns), PIECE):
            piece = columns[at : at + PIECE]
            parts = [piece[:, column] for column in used]
            words = [part.view(word) if short else _words(part) for part in parts]
            keys = words[0] * factors[0]
            for part, factor in zip(words[1:], factors[1:], strict=True):
                keys += part * factor
            chosen.append(np.flatnonzero(keys < least) + at)
        return np.concatenate(chosen)

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
        factors = _factors(place, words.shape[1])
        place += words.shape[1]
        total += np.einsum("ij,j->i", words, factors)
    return np.asarray(mixed(total))


@lru_cache(64)  # two for every block
def _factors(first: int, count: int) -> Array:
    """Return odd factors of columns, from the place of the first of them on."""
    return np.asarray(mixed(np.arange(first + 1, first + 1 + count, dtype=np.uint64)) | 1)


def _columns(array: Array) -> Array:
    return array.reshape(len(array), prod(array.shape[1:]))


def _words(numbers: Array) -> Array:
    """Return the bits of numbers as integers of 64 bits; copies have the same."""
    if numbers.dtype.kind != "f":
        return numbers.astype(np.int64, copy=False).view(np.uint64)
    if numbers.dtype.itemsize == 4:
        return np.ascontiguousarray(numbers).view(np.uint32).astype(np.uint64)
    return np.ascontiguousarray(numbers, dtype=np.float64).view(np.uint64)
