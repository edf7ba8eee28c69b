"""Paired columns of two models, summed in blocks as the engine does."""

from collections.abc import Sequence

import numpy as np

from lossctl.uncertainty.moments import Moments, block_moments, merge_moments
from lossctl.uncertainty.paired import Contrast, Difference, mean_contrast, paired_difference

Columns = Sequence[np.ndarray]


def moments_of(columns: Columns, size: int = 64) -> Moments:
    """Sum columns in blocks."""
    n = len(columns[0])
    return merge_moments(
        [block_moments([c[at : at + size] for c in columns]) for at in range(0, n, size)]
    )


def compare_means(
    baseline: np.ndarray, model: np.ndarray, size: int = 64
) -> tuple[Difference, Contrast, Moments]:
    """Compare the unweighted means of two models by paired t."""
    moments = moments_of([baseline, model - baseline], size)
    contrast = mean_contrast(moments.n, moments.sums)
    return paired_difference(contrast, moments), contrast, moments
