"""Sums in float64, whatever the numbers are stored in."""

from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.native import primitive


def sum_in_double(values: Array) -> float:
    """Sum numbers of any shape."""
    if values.size == 1:  # one group a block: there may be many
        return float(values.reshape(-1)[0])
    return float(vector_sum(values.ravel(order="K")))  # in the order of memory: of most, no copy


@primitive
def vector_sum(values: Array) -> Any:
    """Sum numbers, (n,); einsum casts float32 on the way, which is faster than a sum that does."""
    if values.dtype == np.float32:
        return np.einsum("i->", values, dtype=np.float64)
    return values.sum(dtype=np.float64)
