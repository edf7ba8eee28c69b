"""Moments of statistics by slice of the data: region, class, bin of an age.

As ``moments``, for many slices at once: the items of a block are sorted by slice, and each slice is
summed about its own mean. Blocks are joined in the order of the grid (Chan, Golub and LeVeque, Am.
Stat. 1983, 37, 242–247), so neither threads nor chunks change a bit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lossctl.core.loss import Array
from lossctl.uncertainty.moments import Moments, merge_moments


@dataclass(frozen=True, eq=False)
class SliceBlock:
    """Moments of one block, of the slices that have items in it.

    Attributes
    ----------
    codes
        (c,) numbers of the slices.
    counts
        (c,) their numbers of items.
    means
        (c, k) mean of each statistic.
    products
        (c, k, k) sums of products about those means.
    """

    codes: Array
    counts: Array
    means: Array
    products: Array


@dataclass(frozen=True, eq=False)
class SliceMoments:
    """Moments of every slice: (K,) counts, (K, k) means, (K, k, k) products about them."""

    counts: Array
    means: Array
    products: Array

    def of(self, code: int) -> Moments:
        """Return the moments of one slice."""
        width = self.means.shape[1]
        return Moments(
            int(self.counts[code]), self.means[code], np.zeros(width), self.products[code]
        )

    def rests(self) -> list[Moments]:
        """Return, for every slice, the moments of all items that are not in it."""
        parts = [self.of(code) for code in range(len(self.counts))]
        before, after = [self._nothing()], [self._nothing()]
        for part in parts[:-1]:
            before.append(merge_moments([before[-1], part]))
        for part in reversed(parts[1:]):
            after.append(merge_moments([after[-1], part]))
        return [
            merge_moments([left, right]) for left, right in zip(before, after[::-1], strict=True)
        ]

    def _nothing(self) -> Moments:
        width = self.means.shape[1]
        return Moments(0, np.zeros(width), np.zeros(width), np.zeros((width, width)))


class Sorted:
    """The items of a block in the order of their slices."""

    def __init__(self, codes: Array) -> None:
        """Sort the numbers of slices, (m,); items of one slice keep their order."""
        self.order = np.argsort(codes, kind="stable")
        ordered = codes[self.order]
        self.starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)])
        self.codes = ordered[self.starts]
        self.counts = np.diff(np.append(self.starts, len(ordered)))

    def segments(self, values: Array) -> list[Array]:
        """Return the values of each slice, which lie in memory as those of all do."""
        if not len(self.codes):
            return []
        by_column = values.ndim > 1 and values.strides[0] < values.strides[-1]
        ordered = np.take(values.T, self.order, axis=-1).T if by_column else values[self.order]
        return np.split(ordered, self.starts[1:])


def block_slices(columns: Sequence[Array], items: Sorted) -> SliceBlock:
    """Return the moments of one block by slice.

    Parameters
    ----------
    columns
        k arrays (m,), one a statistic.
    items
        The items, sorted by slice.
    """
    k, c = len(columns), len(items.codes)
    means, products = np.zeros((c, k)), np.zeros((c, k, k))
    if c == 0:
        return SliceBlock(items.codes, items.counts, means, products)
    deviations = []
    for i, column in enumerate(columns):
        values = np.asarray(column, np.float64)[items.order]
        first = values[items.starts]  # the mean of equal items is exact
        offsets = values - np.repeat(first, items.counts)
        shift = np.add.reduceat(offsets, items.starts) / items.counts
        means[:, i] = first + shift
        deviations.append(offsets - np.repeat(shift, items.counts))
        for j in range(i + 1):
            products[:, i, j] = products[:, j, i] = np.add.reduceat(
                deviations[i] * deviations[j], items.starts
            )
    return SliceBlock(items.codes, items.counts.astype(np.float64), means, products)


def merge_slices(blocks: Iterable[SliceBlock], slices: int, width: int) -> SliceMoments:
    """Join the moments of blocks in the order of the grid.

    Parameters
    ----------
    blocks
        In the order of the grid.
    slices
        How many slices there are: codes are below it.
    width
        k, the number of statistics.
    """
    counts = np.zeros(slices)
    means, products = np.zeros((slices, width)), np.zeros((slices, width, width))
    for block in blocks:
        at, before = block.codes, counts[block.codes]
        total = before + block.counts
        delta = block.means - means[at]
        weight = before * block.counts / total
        outer = delta[:, :, None] * delta[:, None, :]
        products[at] += block.products + weight[:, None, None] * outer
        means[at] += delta * (block.counts / total)[:, None]
        counts[at] = total
    return SliceMoments(counts, means, products)
