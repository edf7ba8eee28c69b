"""Images without any foreground."""

from dataclasses import dataclass

import numpy as np

from lossctl.core.loss import Array


@dataclass(frozen=True)
class EmptyMasks:
    """How many of the true masks have no foreground, of how many, and the first of them."""

    empty: int
    masks: int
    rows: tuple[int, ...]


def find_empty_masks(totals: Array) -> EmptyMasks | None:
    """Return the masks without foreground, None where there is none.

    Parameters
    ----------
    totals
        Sum of each true mask, (n,).
    """
    empty = np.flatnonzero(np.asarray(totals) == 0)
    if not empty.size:
        return None
    return EmptyMasks(empty.size, len(totals), tuple(int(at) for at in empty[:5]))
