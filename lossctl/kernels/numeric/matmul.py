"""Products of matrices whose bits do not depend on how many threads BLAS may use.

OpenBLAS shares a product among its threads from 2^18 multiplications on, and where it cuts decides
the last bits. So products are made of pieces below that, on a grid that the shapes fix, by batches
of `@`, which loop over pieces inside NumPy. Sums over a long axis run piece by piece.
"""

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.primitives import primitive

MOST = 1 << 18  # multiplications of a piece
LONGEST = 512  # entries of a row in a piece; longer rows are added up
FEW, BROAD = 32, 64  # rows and columns of the answer of a piece that sums over a long axis
SHORT = 128  # numbers einsum adds up as exactly as a sum by halves


def plain(array: Array) -> Array:
    """Return the array aligned and in C order, for its layout decides the order of sums."""
    return array if array.flags.carray else np.require(array, requirements=("C", "A"))


def row_by_row(left: Array, right: Array) -> Array:
    """Return the inner product of each row with its partner, (…, d) and (…, d) to (…)."""
    left, right = plain(left), plain(right)
    if left.shape != right.shape or not left.size:
        return np.einsum("...j,...j->...", left, right)
    width = left.shape[-1]
    products: Array = inner_products(left.reshape(-1, width), right.reshape(-1, width))
    return products.reshape(left.shape[:-1])


@primitive
def inner_products(left: Array, right: Array) -> Array:
    """Return the inner product of each row with its partner, (n, d) and (n, d) to (n,)."""
    # einsum makes no array of products, and adds each row in one order wherever it lies.
    if left.shape[-1] <= SHORT:
        return np.einsum("ij,ij->i", left, right)
    total: Array = (left * right).sum(axis=-1)
    return total


@primitive
def row_products(left: Array, right: Array) -> Array:
    """Return of each pair of rows a·a, b·b and a·b, (n, d) and (n, d) to (3, n)."""
    pairs = ((left, left), (right, right), (left, right))
    return np.stack([inner_products(*pair) for pair in pairs])


def rows_by_rows(left: Array, right: Array) -> Array:
    """Return left·rightᵀ for (r, d) and (m, d), r at most 64."""
    total = _short_rows_by_rows(left[:, :LONGEST], right[:, :LONGEST])
    for at in range(LONGEST, left.shape[1], LONGEST):
        part = slice(at, at + LONGEST)
        total += _short_rows_by_rows(left[:, part], right[:, part])
    return total


def _short_rows_by_rows(left: Array, right: Array) -> Array:
    # All pieces but the last have one shape, so a single call loops over them inside NumPy (`even`
    # is how many rows of `right` they hold); the rest is a product of its own.
    (rows, width), count = left.shape, len(right)
    product = np.empty((rows, count), left.dtype)
    size = max(1, MOST // max(rows * width, 1))
    even = count - count % size
    pieces = right[:even].reshape(-1, size, width).transpose(0, 2, 1)
    np.matmul(left, pieces, out=product[:, :even].reshape(rows, -1, size).transpose(1, 0, 2))
    if even < count:
        np.matmul(left, right[even:].T, out=product[:, even:])
    return product


def rows_by_columns(left: Array, right: Array) -> Array:
    """Return left·right for (r, m) and (m, d): few rows, long sums."""
    rows, width = len(left), right.shape[1]
    product = np.empty((rows, width), left.dtype)
    for row in range(0, rows, FEW):
        for at in range(0, width, BROAD):
            some, part = slice(row, row + FEW), slice(at, at + BROAD)
            product[some, part] = _long_sums(left[some], right[:, part])
    return product


def _long_sums(left: Array, right: Array) -> Array:
    (rows, count), width = left.shape, right.shape[1]
    size = max(1, MOST // max(rows * width, 1))
    even = count - count % size
    pieces = left[:, :even].reshape(rows, -1, size).transpose(1, 0, 2)
    total: Array = (pieces @ right[:even].reshape(-1, size, width)).sum(axis=0)
    return total + left[:, even:] @ right[even:] if even < count else total


def columns_by_columns(left: Array, right: Array) -> Array:
    """Return leftᵀ·right for (r, m) and (r, d), r at most 64."""
    product = np.empty((left.shape[1], right.shape[1]), left.dtype)
    for at in range(0, right.shape[1], LONGEST):
        part = slice(at, at + LONGEST)
        _short_columns(left, right[:, part], product[:, part])
    return product


def _short_columns(left: Array, right: Array, product: Array) -> None:
    (rows, count), width = left.shape, right.shape[1]
    size = max(1, MOST // max(rows * width, 1))
    even = count - count % size
    pieces = left[:, :even].reshape(rows, -1, size).transpose(1, 2, 0)
    np.matmul(pieces, right, out=product[:even].reshape(-1, size, width))
    if even < count:
        np.matmul(left[:, even:].T, right, out=product[even:])
