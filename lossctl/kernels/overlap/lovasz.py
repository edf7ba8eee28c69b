"""The Lovász extension of the Jaccard loss: errors in descending order, each with its weight.

With P items in the mask, the k greatest errors hold f false positives and k − f false negatives,
and the Jaccard loss of these mistakes alone is k / (P + f). The weight of the k-th error is what it
adds to that loss: here a single quotient of whole numbers, not the difference of two losses.
"""

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.pointwise import select

MOST_PACKED = 2**31  # items whose number fits beside a float32 in 64 bits


def descending_order(errors: Array) -> Array:
    """Return the stable order of `errors` from the greatest to the least."""
    # A float32 and the number of its item are sorted as one whole number: NumPy sorts those with
    # vector instructions, several times as fast as it finds a stable order.
    negated = 0.0 - errors  # no −0.0 among them, which would stand before 0.0
    if negated.dtype != np.float32 or len(negated) > MOST_PACKED or np.isnan(negated.max()):
        return np.argsort(negated, kind="stable")
    bits = negated.view(np.int32)
    bits ^= (bits >> 31) & 0x7FFFFFFF  # the order of floats becomes that of whole numbers
    keys = bits.astype(np.int64)
    keys <<= 32
    keys |= np.arange(len(keys))
    keys.sort()
    keys &= 0xFFFFFFFF
    return keys


def lovasz_gradient(errors: Array, inside: Array) -> Array:
    """Return ∂loss/∂error of every item, (n,) float64.

    Ties in `errors` are taken in the order of the items. `inside` marks the items of the mask.
    """
    order = descending_order(errors)
    truth = inside[order]
    positives = float(np.count_nonzero(truth))
    true_so_far = np.cumsum(truth, dtype=np.int64).astype(np.float64)
    union = (positives + np.arange(1.0, len(truth) + 1.0)) - true_so_far
    missed_part = (positives - true_so_far) / np.maximum(union - 1.0, 1.0)
    weights = select(truth, np.ones_like(missed_part), missed_part) / union
    if positives == 0.0:
        weights[0] = 1.0  # one false positive on an empty mask is the whole loss
    gradient = np.empty_like(weights)
    gradient[order] = weights
    return gradient
