"""An array of a block together with its extent, which several checks ask for."""

import math

import numpy as np

from lossctl.core.lazy import lazy
from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import greatest, least, set_hint


class Measured:
    """An array whose least and greatest values are found once, and only when asked for."""

    def __init__(self, values: Array) -> None:
        """Wrap an array that nobody changes."""
        self.values = values

    @lazy
    def low(self) -> float:
        """The least value, NaN if there is any."""
        low = float(self.values.min())
        set_hint(least, self.values, low)
        return low

    @lazy
    def high(self) -> float:
        """The greatest value, NaN if there is any."""
        high = float(self.values.max())
        set_hint(greatest, self.values, high)
        return high

    @property
    def has_nan(self) -> bool:
        """Whether some value is NaN."""
        return self.values.dtype.kind == "f" and math.isnan(self.low)

    @property
    def in_unit(self) -> bool:
        """Whether every value lies in [0, 1]; NaN does not."""
        return self.low >= 0.0 and self.high <= 1.0

    def may_hold(self, value: float) -> bool:
        """Whether `value` lies between the least and the greatest."""
        return not (value < self.low or value > self.high)

    def finite_extent(self) -> tuple[float, float]:
        """Return the least and the greatest value that are not NaN."""
        if not self.has_nan:
            return self.low, self.high
        return float(np.fmin.reduce(self.values, axis=None)), float(
            np.fmax.reduce(self.values, axis=None)
        )
