"""Choose between two arrays element by element, without branches.

``np.where`` and masked assignment branch on every element: on a mask without a pattern they take
4 ns an element, as much as eight exponentials. Here the bits of both arrays are combined.
"""

import numpy as np

from lossctl.core.loss import Array

BITS = {np.dtype(np.float32): np.dtype(np.int32), np.dtype(np.float64): np.dtype(np.int64)}


def select(mask: Array, these: Array, others: Array) -> Array:
    """Return `these` where `mask` is true, `others` elsewhere, to the last bit.

    All three have one shape, and both arrays one floating dtype.
    """
    bits = BITS[these.dtype]
    keep = mask.astype(bits)
    np.negative(keep, out=keep)  # all ones where true
    one, other = these.view(bits), others.view(bits)
    keep &= one ^ other
    keep ^= other
    return keep.view(these.dtype)
