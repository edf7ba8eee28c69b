"""Distances ‖x − y‖_p, and their slopes; the slope of a distance of 0 is 0."""

import numpy as np

from lossctl.core.domain import Interval
from lossctl.core.loss import Array
from lossctl.core.param import Param
from lossctl.kernels.block_cache import once_a_block
from lossctl.kernels.matmul import row_by_row

ORDER = Param(
    "p",
    2.0,
    Interval(1.0, float("inf"), "left"),
    "Order of the norm: 2 is Euclidean, 1 sums absolute differences.",
)


SAFE = {np.dtype(np.float32): (1e-18, 1e36), np.dtype(np.float64): (1e-200, 1e300)}


def norm(differences: Array, p: float) -> Array:
    """Return ‖x‖_p along the last axis; powers neither overflow nor vanish on the way."""
    if p == 1.0:
        return np.abs(differences).sum(axis=-1)
    if p != 2.0:
        return _scaled(differences, p)
    squares = row_by_row(differences, differences)
    low, high = SAFE[differences.dtype]
    found = np.sqrt(squares)
    strange = ~((squares > low) & (squares < high))
    if strange.any():
        found[strange] = _scaled(differences[strange], p)
    return found


def _scaled(differences: Array, p: float) -> Array:
    sizes = np.abs(differences)
    top = sizes.max(axis=-1, keepdims=True, initial=0.0)
    ordinary = (top > 0.0) & np.isfinite(top)
    parts = sizes / np.where(ordinary, top, 1.0)
    total = (parts**p).sum(axis=-1) ** (1.0 / p)
    return np.where(ordinary[..., 0], top[..., 0] * total, top[..., 0])  # 0, inf, NaN: as they are


@once_a_block
def difference_and_norm(
    first: Array, second: Array, p: float = 2.0, epsilon: float = 0.0
) -> tuple[Array, Array]:
    """Return first − second + epsilon, (n, d), and its norm, (n,)."""
    differences = first - second
    if epsilon:
        differences += epsilon
    return differences, norm(differences, p)


def norm_vjp(differences: Array, lengths: Array, slopes: Array, p: float = 2.0) -> Array:
    """Carry slopes with respect to the norms (n,) back to the differences (n, d)."""
    if p != 2.0:
        return slopes[:, None] * norm_slope(differences, p)
    with np.errstate(divide="ignore", invalid="ignore"):
        divisors = np.where(lengths == 0.0, lengths.dtype.type(np.inf), lengths / slopes)
    return differences / divisors[:, None]  # one pass, and 0 where the slope is


def norm_slope(differences: Array, p: float) -> Array:
    """Return the derivative of ‖x‖_p: sign(x)·(|x|/‖x‖)^(p−1), and 0 where ‖x‖ is 0."""
    if p == 1.0:
        return np.sign(differences)
    length = norm(differences, p)[..., None]
    parts = differences / np.where(length > 0.0, length, 1.0)
    return parts if p == 2.0 else np.sign(parts) * np.abs(parts) ** (p - 1.0)
