"""Embeddings of length one, and the way back through the division by the length."""

from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array

SAFE = {np.dtype(np.float32): 40, np.dtype(np.float64): 400}  # |log2 x| whose squares add up safely


class Units(NamedTuple):
    """Rows of length one (n, d), and the lengths they had (n, 1); a row of zeros stays one."""

    rows: Array
    lengths: Array


def units(vectors: Array) -> Units:
    """Divide every row by its Euclidean length, which neither overflows nor vanishes on the way."""
    top = np.abs(vectors).max(axis=-1, keepdims=True, initial=0.0)
    _, exponents = np.frexp(top)
    if np.abs(exponents).max(initial=0) > SAFE[vectors.dtype]:
        scaled = np.ldexp(vectors, -exponents)  # exact
        lengths = _lengths(scaled)
        return Units(_divided(scaled, lengths), np.ldexp(lengths, exponents))
    lengths = _lengths(vectors)
    return Units(_divided(vectors, lengths), lengths)


def pull_units(of: Units, slopes: Array) -> Array:
    """Carry slopes with respect to the rows of length one back to the vectors; 0 for zeros."""
    along = (of.rows * slopes).sum(axis=-1, keepdims=True)
    return _divided(slopes - along * of.rows, of.lengths)


def _lengths(vectors: Array) -> Array:
    return np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True))


def _divided(vectors: Array, lengths: Array) -> Array:
    zero = lengths == 0.0
    if not zero.any():
        return vectors / lengths
    return np.where(zero, 0.0, vectors / np.where(zero, 1.0, lengths)).astype(vectors.dtype)
