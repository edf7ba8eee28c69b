"""Batches for the CTC kernel, frames first."""

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.sequence.ctc import Batch, batch_of


def batch(
    shape: tuple[int, int, int],
    targets: Array,
    input_lengths: Array,
    target_lengths: Array,
    *,
    blank: int = 0,
) -> Batch:
    """Return the batch for scores of shape (T, N, C)."""
    frames, samples, classes = shape
    scores = np.empty((samples, frames, classes))
    rows = targets if targets.ndim == 2 else targets[None]
    return batch_of(scores, rows, input_lengths, target_lengths, blank)
