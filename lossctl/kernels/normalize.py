"""Embeddings of length one, and the way back through the division by the length."""

from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.matmul import row_by_row
from lossctl.kernels.safe_divide import quotient

SAFE = {  # squared lengths between these neither overflowed nor vanished on the way
    np.dtype(np.float32): (2.0**-80, 2.0**80),
    np.dtype(np.float64): (2.0**-800, 2.0**800),
}


class UnitRows(NamedTuple):
    """Rows of length one (n, d), and the lengths they had (n, 1); a row of zeros stays one."""

    rows: Array
    lengths: Array


class Scaled(NamedTuple):
    """Rows (n, d) · 2^−power whose squared lengths (n,) are safe; `power` (n,) is None for 0."""

    rows: Array
    squares: Array
    power: Array | None

    def unscale(self, slopes: Array) -> Array:
        """Carry slopes with respect to the scaled rows back to the rows as they were."""
        return slopes if self.power is None else np.ldexp(slopes, -self.power[..., None])


def scaled(vectors: Array) -> Scaled:
    """Square the lengths of rows, of rows scaled by powers of two where that is not safe."""
    squares = row_by_row(vectors, vectors)
    low, high = SAFE[vectors.dtype]
    if squares.min(initial=1.0) > low and squares.max(initial=1.0) < high:
        return Scaled(vectors, squares, None)
    _, power = np.frexp(np.abs(vectors).max(axis=-1, initial=0.0))
    rows = np.ldexp(vectors, -power[..., None])  # exact
    return Scaled(rows, row_by_row(rows, rows), power)


def unit_rows(vectors: Array) -> UnitRows:
    """Divide every row by its Euclidean length, which neither overflows nor vanishes on the way."""
    of = scaled(vectors)
    lengths = np.sqrt(of.squares)[..., None]
    whole = lengths if of.power is None else np.ldexp(lengths, of.power[..., None])
    return UnitRows(quotient(of.rows, lengths), whole)


def unit_rows_vjp(of: UnitRows, slopes: Array) -> Array:
    """Carry slopes with respect to the rows of length one back to the vectors; 0 for zeros."""
    along = row_by_row(of.rows, slopes)[..., None]
    return quotient(slopes - along * of.rows, of.lengths)
