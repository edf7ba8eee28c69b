"""The Lovász extension of the Jaccard loss: sorted errors, each weighed by what it adds to it.

With P true items, the first k errors hold f false alarms and k − f misses, and the Jaccard loss of
these mistakes alone is k / (P + f). What the k-th error adds is written as one quotient of whole
numbers instead of a difference of two losses.
"""

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.pointwise import select

MOST_PACKED = 2**31  # items whose number fits beside a float32 in 64 bits


def descending_order(errors: Array) -> Array:
    """Return the stable order of `errors` from the greatest to the least.

    A float32 and the number of its item are sorted as one whole number: NumPy sorts those with
    vector instructions, several times as fast as it finds a stable order.
    """
    falling = 0.0 - errors  # no −0.0 among them, which would stand before 0.0
    if falling.dtype != np.float32 or len(falling) > MOST_PACKED or np.isnan(falling.max()):
        return np.argsort(falling, kind="stable")
    bits = falling.view(np.int32)
    bits ^= (bits >> 31) & 0x7FFFFFFF  # the order of floats becomes that of whole numbers
    keys = bits.astype(np.int64)
    keys <<= 32
    keys |= np.arange(len(keys))
    keys.sort()
    keys &= 0xFFFFFFFF
    return keys


def lovasz_gradient(errors: Array, inside: Array) -> Array:
    """Return ∂loss/∂error of every item, (n,) float64: what it adds to the loss where it stands.

    Ties in `errors` are taken in the order of the items. `inside` marks the items of the mask.
    """
    order = descending_order(errors)
    truth = inside[order]
    positives = float(np.count_nonzero(truth))
    misses = np.cumsum(truth, dtype=np.int64).astype(np.float64)
    union = (positives + np.arange(1.0, len(truth) + 1.0)) - misses
    left = (positives - misses) / np.maximum(union - 1.0, 1.0)
    gain = select(truth, np.ones_like(left), left) / union
    if positives == 0.0:
        gain[0] = 1.0  # the first false alarm on an empty mask loses everything
    found = np.empty_like(gain)
    found[order] = gain
    return found
