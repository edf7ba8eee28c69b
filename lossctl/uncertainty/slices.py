"""Moments of statistics by slice of the data: region, class, bin of an age.

As ``moments``, for many slices at once: the items of a block are sorted by slice, and each slice is
summed about its own mean. Blocks are joined in the order of the grid (Chan, Golub and LeVeque, Am.
Stat. 1983, 37, 242–247), so neither threads nor chunks change a bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.primitives import primitive
from lossctl.uncertainty.moments import Moments, merge_moments

FEWEST_DIGITS = 1e-6  # of Σ(s − c)², the share that must be a slice's own spread
FIRST = 1 << 12  # items whose mean is a centre as good as any
MANY = 1000  # slices whose rests are what is left when they are taken away


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
        if len(self.counts) > MANY:
            return self._rests_of_many()
        parts = [self.of(code) for code in range(len(self.counts))]
        before, after = [self._nothing()], [self._nothing()]
        for part in parts[:-1]:
            before.append(merge_moments([before[-1], part]))
        for part in reversed(parts[1:]):
            after.append(merge_moments([after[-1], part]))
        return [
            merge_moments([left, right]) for left, right in zip(before, after[::-1], strict=True)
        ]

    def _rests_of_many(self) -> list[Moments]:
        """Take each slice away from all of them: of many none is nearly all there is."""
        n, k = float(self.counts.sum()), self.means.shape[1]
        center = self.counts @ self.means / n
        delta = self.means - center
        spread = self.products + self.counts[:, None, None] * delta[:, :, None] * delta[:, None, :]
        products = spread.sum(axis=0)
        rest = n - self.counts
        shift = -self.counts[:, None] * delta / rest[:, None]  # of the mean of the rest
        left = products - spread - rest[:, None, None] * shift[:, :, None] * shift[:, None, :]
        return [
            Moments(int(rest[code]), center + shift[code], np.zeros(k), left[code])
            for code in range(len(self.counts))
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


@np.errstate(all="ignore")
def block_slices_counted(columns: Sequence[Array], codes: Array, slices: int) -> SliceBlock:
    """Return the moments of one block by slice without sorting it, which is faster.

    Products are summed about the mean of the first items. Where that leaves a slice few digits of
    its own variance, as of a slice whose items are equal, its items are summed about its own mean.

    Parameters
    ----------
    columns
        k arrays (m,), one a statistic.
    codes
        (m,) the number of the slice of each item, integers.
    slices
        How many slices there are: codes are below it.
    """
    k = len(columns)
    centers = [float(np.asarray(one[:FIRST], np.float64).mean()) for one in columns]
    both = np.empty((k, k, slices, 3))
    for i in range(k):
        for j in range(i + 1):
            slice_sums(columns[i], columns[j], codes, centers[i], centers[j], both[i, j])
    counts, sums, products = both[0, 0, :, 0], both[:, 0, :, 1], both[..., 2]
    present = np.flatnonzero(counts)
    n = counts[present]
    means = np.array(centers) + (sums[:, present] / n).T
    found = np.zeros((len(present), k, k))
    unclear = np.zeros(len(present), np.bool_)
    for i in range(k):
        for j in range(i + 1):
            about_center = products[i, j, present]
            own = about_center - sums[i, present] * sums[j, present] / n
            found[:, i, j] = found[:, j, i] = own
        is_center = (about_center == 0.0) & (sums[i, present] == 0.0)  # such as weights of 1
        unclear |= ~((own > FEWEST_DIGITS * about_center) | is_center)
    if unclear.any():
        marks = np.zeros(slices, np.bool_)
        marks[present[unclear]] = True
        items = np.flatnonzero(marks[codes])
        alone = _about_own_means([column[items] for column in columns], codes[items], slices)
        means[unclear], found[unclear] = (part[present[unclear]] for part in alone)
    return SliceBlock(present, n, means, found)


def _about_own_means(columns: Sequence[Array], codes: Array, slices: int) -> tuple[Array, Array]:
    """Return means (slices, k) and products (slices, k, k), of each slice about its own mean."""
    counts, k = np.maximum(np.bincount(codes, minlength=slices), 1), len(columns)
    means, products = np.zeros((slices, k)), np.zeros((slices, k, k))
    firsts = np.zeros(slices, np.intp)
    firsts[codes[::-1]] = np.arange(len(codes))[::-1]  # of equal places the last is kept
    deviations = []
    for i, column in enumerate(columns):
        values = np.asarray(column, np.float64)
        start = values[firsts]  # the mean of equal items is exact
        offsets = values - start[codes]
        shift = np.bincount(codes, offsets, slices) / counts
        means[:, i] = start + shift
        deviations.append(offsets - shift[codes])
        for j in range(i + 1):
            both = np.bincount(codes, deviations[i] * deviations[j], slices)
            products[:, i, j] = products[:, j, i] = both
    return means, products


def with_weights_of_one(block: SliceBlock) -> SliceBlock:
    """Return the moments of a block with a last statistic that is 1 for each item."""
    c, k = block.means.shape
    means, products = np.ones((c, k + 1)), np.zeros((c, k + 1, k + 1))
    means[:, :k], products[:, :k, :k] = block.means, block.products
    return SliceBlock(block.codes, block.counts, means, products)


class SliceTotals:
    """Moments of every slice, to which blocks are added in the order of the grid."""

    def __init__(self, slices: int, width: int) -> None:
        """Begin with nothing of `slices` slices and `width` statistics."""
        self.counts = np.zeros(slices)
        self.means = np.zeros((slices, width))
        self.products = np.zeros((slices, width, width))

    @property
    def width(self) -> int:
        """How many statistics there are."""
        return self.means.shape[1]

    def weigh_by_one(self) -> None:
        """Give what was added a last statistic that is 1 for each item."""
        every = SliceBlock(np.arange(len(self.counts)), self.counts, self.means, self.products)
        wider = with_weights_of_one(every)
        self.means, self.products = wider.means, wider.products
        self.means[self.counts == 0.0, -1] = 0.0

    def add(self, block: SliceBlock) -> None:
        """Add the next block."""
        at, before = block.codes, self.counts[block.codes]
        total = before + block.counts
        delta = block.means - self.means[at]
        weight = before * block.counts / total
        outer = delta[:, :, None] * delta[:, None, :]
        self.products[at] += block.products + weight[:, None, None] * outer
        self.means[at] += delta * (block.counts / total)[:, None]
        self.counts[at] = total

    @property
    def moments(self) -> SliceMoments:
        """What was added."""
        return SliceMoments(self.counts, self.means, self.products)


AT_ONCE = 1 << 15  # items whose deviations stay in the caches


@primitive
def slice_sums(  # noqa: PLR0917 - as NumPy calls a loop
    x: Array, y: Array, codes: Array, center: float, other: float, out: Array
) -> Array:
    """Count the items of each slice of the data, and sum their deviations and products of two.

    Parameters
    ----------
    x, y
        (n,) statistics of items.
    codes
        (n,) the number of the slice of each item, from 0 to k − 1.
    center, other
        What is subtracted from x and from y.
    out
        (k, 3) of float64 for k slices, overwritten: of each its items, Σ(x − center) and
        Σ(x − center)(y − other).
    """
    out[...] = 0.0
    step = max(AT_ONCE, len(out))
    for start in range(0, len(codes), step):
        here = slice(start, start + step)
        own = codes[here].astype(np.intp, copy=False)
        deviations = x[here].astype(np.float64) - center
        products = deviations * (y[here].astype(np.float64) - other)
        out[:, 0] += np.bincount(own, minlength=len(out))
        out[:, 1] += np.bincount(own, deviations, len(out))
        out[:, 2] += np.bincount(own, products, len(out))
    return out
