"""Divergences between rows of targets t and predictions p, class by class.

Kullback–Leibler terms t·log(t/p) have either sign and cancel when t and p are close. The pieces
t·log(t/p) − t + p do not: each is at least 0, and what was added is Σ p − Σ t.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import cache

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import least
from lossctl.kernels.numeric.chebyshev import EXPM1_REACH, economised, near_excess
from lossctl.kernels.numeric.loss_totals import total_of
from lossctl.kernels.numeric.pointwise import quotient, select, zero_safe_product
from lossctl.kernels.numeric.primitives import PIECE, log, log1p, polynomial, primitive
from lossctl.kernels.numeric.rows import row_sums
from lossctl.kernels.probability.softmax import nll_and_softmax_of_rows

NEAR = 0.5  # a |t − p|/(t + p) beyond which nothing cancels
TERMS = {4: 6, 8: 13}  # of the series up to there, by the bytes of a number
LEAST_SLOPE = -1e3  # log p of the least positive float is −745; a class of p = 0 has no slope


def log_target(targets: Array) -> Array:
    """Return log t, and 0 for t = 0, whose terms are 0."""
    if least(targets) > 0.0:
        return log(targets)
    return log(targets + (targets == 0.0))


def log_ratio(targets: Array, probabilities: Array) -> Array:
    """Return log(t/p), exact where t and p are close."""
    difference = targets - probabilities
    near = np.abs(difference) < 0.5 * probabilities
    difference /= probabilities
    direct = log_target(targets)
    direct -= log(probabilities)
    return select(near, log1p(difference, out=difference), direct)


def generalized_kl(
    targets: Array,
    probabilities: Array,
    ratio: Array,
    sums: Callable[[Array], Array] = row_sums,
) -> Array:
    """Return Σ_c (t·log(t/p) − t + p) of each row, given log(t/p), by `sums` of rows."""
    # t·log(t/p) − t + p is t·(e^−x − 1 + x) at x = log(t/p): the series where that would cancel.
    near = np.abs(ratio) < EXPM1_REACH
    if not least(targets) > 0.0:
        near &= targets > 0.0
    close = near_excess(ratio)  # beyond its reach it gives nonsense, which `select` leaves out
    close *= targets
    far = ratio - 1.0
    far *= targets
    far += probabilities
    divergence = sums(select(near, close, far))
    if not np.isfinite(divergence).all():  # perhaps of 0·inf, in a class with t = 0
        far = zero_safe_product(targets, ratio - 1.0) + probabilities
        divergence = sums(select(near, close, far))
    return divergence


@primitive
def kl_of_logits(logits: Array, targets: Array) -> Array:
    """Return Σ_c t_c·log(t_c/p_c) of each row for p = softmax(z), whose sum is 1."""
    # A dozen arrays are at work, so a few rows at a time: these stay in the second cache.
    step = max(PIECE // (logits.itemsize * logits.shape[1]), 1)
    parts = [
        _kl_of_rows(logits[start : start + step], targets[start : start + step])
        for start in range(0, len(logits), step)
    ]
    return np.concatenate(parts) if len(parts) != 1 else parts[0]


kl_of_logits_total = total_of(
    kl_of_logits, of_rows=True, sums=("sums of e^x of rows", "sums of rows")
)


def _kl_of_rows(logits: Array, targets: Array) -> Array:
    nll, p = nll_and_softmax_of_rows(logits)
    log_t_over_p = log_target(targets)
    log_t_over_p += nll
    return generalized_kl(targets, p, log_t_over_p) + (row_sums(targets) - 1.0)


def js_terms(targets: Array, probabilities: Array, difference: Array) -> Array:
    """Return ½·t·log(t/m) + ½·p·log(p/m) for m = (t+p)/2, given t − p.

    With d = (t−p)/(t+p) it is ¼·(t+p)·[(1+d)·log(1+d) + (1−d)·log(1−d)]; near 0 the bracket is
    the sum of the series d²·Σ d^2k/((k+1)·(2k+1)).
    """
    total = targets + probabilities
    squares = quotient(difference, total)
    squares *= squares
    near = squares < NEAR * NEAR
    items = polynomial(_coefficients(squares.itemsize), squares)
    items *= squares
    if not near.all():
        far = x_log_x(quotient(2.0 * targets, total))
        far += x_log_x(quotient(2.0 * probabilities, total))
        items = select(near, items, far)
    items *= total
    items *= 0.25
    return items


@cache
def _coefficients(itemsize: int) -> tuple[float, ...]:
    return economised(
        lambda k: 1 / Decimal((k + 1) * (2 * k + 1)), 0.0, NEAR * NEAR, TERMS[itemsize]
    )


def x_log_x(values: Array) -> Array:
    """Return x·log x, 0 at 0."""
    if values.min(initial=1.0) > 0.0:
        return values * log(values)
    return values * log(values + (values == 0.0))


def js_slope(targets: Array, probabilities: Array, difference: Array) -> Array:
    """Return ½·log(p/m), the derivative with respect to p: −inf at p = 0 < t."""
    total = targets + probabilities
    relative = quotient(difference, total)
    near = np.abs(relative) < NEAR
    np.clip(relative, -NEAR, NEAR, out=relative)
    np.negative(relative, out=relative)
    slopes = log1p(relative, out=relative)
    if not near.all():
        share = quotient(2.0 * probabilities, total)
        slopes = select(near, slopes, log(share, out=share))
    slopes *= 0.5
    return slopes
