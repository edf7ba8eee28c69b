"""Rows of classes in memory: column-major for maxima of short rows, as they lie for sums."""

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import once_a_block

SHORT = 16  # entries of a row up to which laying rows out class by class pays
LONGEST = 512  # entries of a row that a product adds up; sums of longer rows are fast and exacter
PIECE = 8192  # multiplications of a product


@once_a_block
def class_by_class(rows: Array) -> Array:
    """Return rows in Fortran order if they are short: reductions then run along memory."""
    return np.asfortranarray(rows) if rows.shape[1] <= SHORT else rows


def row_sums(rows: Array) -> Array:
    """Return the sum of every row, in its dtype; its last bits may depend on the row's place."""
    # NumPy reduces rows that lie one after the other at 20 ns each; a product with ones takes a
    # tenth of that. BLAS shares no product of less than 9216 multiplications among threads, so
    # pieces below that have the same bits for any number of threads.
    count, width = rows.shape
    sums: Array
    if not rows.flags.c_contiguous or not 1 < width <= LONGEST:
        sums = rows.sum(axis=1)
        return sums
    size = PIECE // width
    even = count - count % size
    ones = np.ones(width, rows.dtype)
    sums = np.empty(count, rows.dtype)
    np.matmul(rows[:even].reshape(-1, size, width), ones, out=sums[:even].reshape(-1, size))
    np.matmul(rows[even:], ones, out=sums[even:])
    return sums
