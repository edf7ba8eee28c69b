"""Masks of the items of a block; None where no item is marked, which is the usual case."""

import numpy as np

from lossctl.core.loss import Array


def either(one: Array | None, other: Array | None) -> Array | None:
    """Mark what one of two masks marks."""
    if one is None or other is None:
        return one if other is None else other
    return one | other


def unless_blank(mask: Array) -> Array | None:
    """Return a mask, None if it marks nothing."""
    return mask if mask.any() else None


def count(mask: Array | None) -> int:
    """Return how many items are marked."""
    return 0 if mask is None else int(np.count_nonzero(mask))
