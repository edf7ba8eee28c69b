"""Least and greatest value of an array: what says that a safe formula is not needed.

The engine has measured the arrays it reads, and tells.
"""

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.block_cache import get_hint


def least(values: Array) -> float:
    """Return the least value: NaN if there is any, inf if there is nothing."""
    known = get_hint(least, values)
    return float(values.min(initial=np.inf)) if known is None else known


def greatest(values: Array) -> float:
    """Return the greatest value: NaN if there is any, -inf if there is nothing."""
    known = get_hint(greatest, values)
    return float(values.max(initial=-np.inf)) if known is None else known
