"""Distinct values and how often each occurs."""

import numpy as np

from lossctl.core.loss import Array


def distinct_counts(values: Array) -> tuple[Array, Array]:
    """Return the distinct values in order and how often each occurs, (k,) each.

    As ``numpy.unique`` does, which imports masked arrays for it: as long as all of this takes.
    """
    ordered = np.sort(values, axis=None)
    if not ordered.size:
        return ordered, np.empty(0, np.int64)
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    return ordered[starts], np.diff(np.append(starts, ordered.size))
