"""What a gradient is like, summed while it is computed: norm, greatest entry, shares of tiny ones.

Magnitudes are counted in bins of their leading bits, so shares relative to the greatest, which is
known at the end only, take no second pass. Counts are integers and squares are added exactly, so
neither threads nor the order of blocks change a bit.
"""

import math
from threading import Lock
from typing import Any

import numpy as np

from lossctl.core.gradient_summary import GradientSummary
from lossctl.core.loss import Array
from lossctl.engine.sources import Sink, Source

VANISHING, SATURATED = 1e-6, 0.99  # shares of the greatest magnitude
KEPT_BITS = 44  # of a float64, all but its sign, exponent and eight digits: bins 0.4 % wide
BINS = 1 << (63 - KEPT_BITS)
SHIFT = 2304  # even, and beyond twice the exponent of the least float64


class GradientSums:
    """A sink that keeps sums of what is written, and may pass it on to another."""

    def __init__(
        self, shape: tuple[int, ...], dtype: np.dtype[Any], behind: Sink | None = None
    ) -> None:
        """Sum an array of this shape."""
        self.shape, self.dtype, self.behind = shape, dtype, behind
        self._lock = Lock()
        self.restart()

    def restart(self) -> None:
        """Forget what was written: all of it comes again."""
        self._bins = np.zeros(BINS, np.int64)
        self._squares = 0  # Σg² · 2^SHIFT, exactly
        self._greatest, self._place = 0.0, 0
        self._nan = self._infinite = 0

    def widen(self) -> None:
        """Make room for float64 values behind; all of them are written again."""
        widen = getattr(self.behind, "widen", None)
        if widen is not None:
            widen()

    def write(self, start: int, values: Array) -> None:
        """Sum `values`, elements from `start` on of the flattened gradient."""
        if self.behind is not None:
            self.behind.write(start, values)
        magnitudes = np.abs(np.asarray(values, np.float64).reshape(-1))
        nan = infinite = 0
        if not (finite := np.isfinite(magnitudes)).all():
            nan = int(np.count_nonzero(np.isnan(magnitudes)))
            infinite = len(magnitudes) - int(np.count_nonzero(finite)) - nan
            magnitudes = np.where(finite, magnitudes, 0.0)
        place = int(magnitudes.argmax()) if len(magnitudes) else 0
        greatest = float(magnitudes[place]) if len(magnitudes) else 0.0
        squares, first, counts = 0, 0, np.zeros(0, np.int64)
        if greatest > 0.0:
            squares = _exact_squares(magnitudes, greatest)
            keys = (magnitudes[magnitudes > 0.0].view(np.uint64) >> KEPT_BITS).astype(np.int64)
            first = int(keys.min())
            counts = np.bincount(keys - first)
        with self._lock:
            self._nan, self._infinite = self._nan + nan, self._infinite + infinite
            self._squares += squares
            self._bins[first : first + len(counts)] += counts
            if (greatest, -(start + place)) > (self._greatest, -self._place):
                self._greatest, self._place = greatest, start + place

    def summary(self, name: str, source: Source) -> GradientSummary:
        """Return what was summed, of the gradient with respect to an input."""
        elements = math.prod(self.shape)
        nonzero = int(self._bins.sum())
        finite = elements - self._nan - self._infinite
        zero = finite - nonzero
        greatest = self._greatest
        tiny = int(self._bins[: _bin(VANISHING * greatest)].sum()) + zero
        ceiling = int(self._bins[_bin(SATURATED * greatest) :].sum()) if greatest else 0
        index = tuple(int(at) for at in np.unravel_index(self._place, self.shape or (1,)))
        index = index[: len(self.shape)]
        return GradientSummary(
            name,
            elements,
            _root(self._squares),
            greatest,
            index if greatest else None,
            source.where(index) if greatest else None,
            tiny / finite if finite else 0.0,
            ceiling / finite if finite else 0.0,
            zero,
            self._nan,
            self._infinite,
        )


def summary_of(gradient: Array, name: str, source: Source) -> GradientSummary:
    """Return what a gradient in memory is like."""
    sums = GradientSums(gradient.shape, gradient.dtype)
    sums.write(0, gradient.reshape(-1))
    return sums.summary(name, source)


def _bin(magnitude: float) -> int:
    return int(np.float64(magnitude).view(np.uint64) >> np.uint64(KEPT_BITS))


def _exact_squares(magnitudes: Array, greatest: float) -> int:
    """Return Σg² of a block as a whole number of 2^−SHIFT; squares neither over- nor underflow."""
    exponent = math.frexp(greatest)[1]
    scaled = np.ldexp(magnitudes, -exponent)
    fraction, power = math.frexp(float((scaled * scaled).sum()))
    return int(math.ldexp(fraction, 53)) << (power - 53 + 2 * exponent + SHIFT)


def _root(squares: int) -> float:
    """Return √(squares · 2^−SHIFT); infinite where float64 ends."""
    more = max(128 - squares.bit_length(), 0)
    root = math.isqrt(squares << 2 * more)
    dropped = max(root.bit_length() - 64, 0)
    try:
        return math.ldexp(root >> dropped, dropped - more - SHIFT // 2)
    except OverflowError:
        return math.inf
