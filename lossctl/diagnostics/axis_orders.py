"""Predictions whose axes were reshaped where they should have been permuted, or exchanged."""

from collections.abc import Callable, Iterator
from itertools import permutations

import numpy as np

from lossctl.core.lazy import record
from lossctl.core.loss import Array
from lossctl.diagnostics.agreement import LEAST_ROWS, Pairs, relation
from lossctl.diagnostics.row_shifts import standardized

FAR = 6.0  # standard errors
FITS = 0.8  # of the expected relation: then the axes are right
MOST_AXES = 4  # whose orders are all tried


@record(frozen=True)
class AxisOrder:
    """A reading of the axes that fits the targets.

    Attributes
    ----------
    saved
        Shape in which the numbers lie in memory, axis i of the data being ``axes[i]`` of it.
    axes
        Permutation that gives the axes their order.
    gain
        Standard errors by which the loss falls.
    """

    saved: tuple[int, ...]
    axes: tuple[int, ...]
    gain: float

    def repair(self, predictions: Array) -> Array:
        """Return the predictions as they were meant."""
        return predictions.reshape(self.saved).transpose(self.axes)


def find_axis_order(
    predictions: Array, plain: Pairs, paired: Callable[[Array], Pairs], *, is_whole: bool
) -> AxisOrder | None:
    """Return the reading of the axes that fits the targets far better, None for none.

    Parameters
    ----------
    predictions
        As they are saved, (n, …).
    plain
        These, paired with the targets.
    paired
        Pairs predictions of that shape with the targets.
    is_whole
        Whether these are all rows: the first axis can then have been mixed with others.
    """
    if predictions.ndim < 2 or len(predictions) < 2:
        return None
    present = relation(plain)
    if not plain.n or (present.expected is not None and present.seen > FITS * present.expected):
        return None
    mean, as_paired = _chance(plain), plain.as_paired()
    best: AxisOrder | None = None
    for saved, axes in _orders(predictions.shape, is_whole=is_whole):
        order = AxisOrder(saved, axes, 0.0)
        other = paired(order.repair(predictions))
        if other.n != plain.n:
            continue
        gain = _gain(other, as_paired, mean)
        if gain > FAR and (best is None or gain > best.gain):
            best = AxisOrder(saved, axes, gain)
    return best


def _chance(pairs: Pairs) -> float:
    return pairs.permuted()[0]


def _gain(other: Pairs, as_paired: Array, mean: float) -> float:
    """Return how far the loss falls, where the predictions also fit better than by chance."""
    seen = relation(other).seen
    agreements = other.as_paired()
    if other.n >= LEAST_ROWS and not seen > FAR:
        return 0.0
    above = agreements - _chance(other)
    return min(standardized(above - (as_paired - mean)), standardized(agreements - as_paired))


def _orders(
    shape: tuple[int, ...], *, is_whole: bool
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Give the shapes of memory that may have been viewed, and the axes that put it right."""
    ndim = len(shape)
    if ndim > MOST_AXES + 1:
        return
    identity = tuple(range(ndim))
    for order in permutations(range(ndim)):
        mixed = order[0] != 0
        if order == identity or (mixed and not (is_whole and ndim < MOST_AXES)):
            continue
        saved = tuple(shape[axis] for axis in order)
        back = tuple(int(axis) for axis in np.argsort(order))
        yield saved, back
