"""The Lovász extension of the Jaccard loss: sorted errors, each weighed by what it adds to it.

With P true items, the first k errors hold f false alarms and k − f misses, and the Jaccard loss of
these mistakes alone is k / (P + f). What the k-th error adds is written as one quotient of whole
numbers instead of a difference of two losses.
"""

import numpy as np

from lossctl.core.loss import Array


def jumps(errors: Array, inside: Array) -> Array:
    """Return ∂loss/∂error of every item, (n,) float64: what it adds to the loss where it stands.

    Ties in `errors` are taken in the order of the items. `inside` marks the items of the mask.
    """
    order = np.argsort(-errors, kind="stable")
    truth = inside[order]
    positives = float(np.count_nonzero(truth))
    alarms = np.cumsum(~truth, dtype=np.float64)
    misses = np.cumsum(truth, dtype=np.float64)
    union = positives + alarms
    gain = np.where(truth, 1.0, (positives - misses) / np.maximum(union - 1.0, 1.0)) / union
    if positives == 0.0:
        gain[0] = 1.0  # the first false alarm on an empty mask loses everything
    found = np.empty_like(gain)
    found[order] = gain
    return found
