"""Divergences between rows of targets t and predictions p, class by class.

Kullback–Leibler terms t·log(t/p) have either sign and cancel when t and p are close. The pieces
t·log(t/p) − t + p do not: each is at least 0, and what was added is Σ p − Σ t.
"""

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.excess import REACH, near_excess
from lossctl.kernels.extent import least
from lossctl.kernels.rows import row_sums
from lossctl.kernels.select import select
from lossctl.kernels.targets import charged

LEAST_SLOPE = -1e3  # log p of the least positive float is −745; a class of p = 0 has no pull


def log_target(targets: Array) -> Array:
    """Return log t, and 0 for t = 0, whose terms cost nothing."""
    if least(targets) > 0.0:
        return np.log(targets)
    return np.log(targets + (targets == 0.0))


def log_ratio(targets: Array, probabilities: Array) -> Array:
    """Return log(t/p), exact where t and p are close."""
    apart = targets - probabilities
    near = np.abs(apart) < 0.5 * probabilities
    apart /= probabilities
    direct = log_target(targets)
    direct -= np.log(probabilities)
    return select(near, np.log1p(apart, out=apart), direct)


def excess_divergence(targets: Array, probabilities: Array, ratio: Array) -> Array:
    """Return Σ_c (t·log(t/p) − t + p) of each row, given log(t/p)."""
    near = np.abs(ratio) < REACH
    if not least(targets) > 0.0:
        near &= targets > 0.0
    close = near_excess(ratio)  # what comes out beyond its reach is not taken
    close *= targets
    far = ratio - 1.0
    far *= targets
    far += probabilities
    found = row_sums(select(near, close, far))
    if not np.isfinite(found).all():  # perhaps an infinite cost that cannot occur
        far = charged(targets, ratio - 1.0) + probabilities
        found = row_sums(select(near, close, far))
    return found


def js_items(targets: Array, probabilities: Array, apart: Array) -> Array:
    """Return ½·t·log(t/m) + ½·p·log(p/m) for m = (t+p)/2, given t − p.

    With d = (t−p)/(t+p) it is ¼·(t+p)·[(1+d)·log(1+d) + (1−d)·log(1−d)].
    """
    whole = targets + probabilities
    lean = np.divide(apart, whole, out=np.zeros_like(whole), where=whole != 0.0)
    near = np.abs(lean) < 0.5
    held = np.clip(lean, -0.5, 0.5)
    close = 2.0 * held * np.arctanh(held) + np.log1p(-held * held)
    far = x_log_x(2.0 * targets / whole) + x_log_x(2.0 * probabilities / whole)
    return 0.25 * whole * select(near | (whole == 0.0), close, far)


def x_log_x(values: Array) -> Array:
    """Return x·log x, 0 at 0."""
    return values * np.log(values + (values == 0.0))


def js_slope(targets: Array, probabilities: Array, apart: Array) -> Array:
    """Return ½·log(p/m), the derivative with respect to p: −inf at p = 0 < t."""
    whole = targets + probabilities
    lean = np.divide(apart, whole, out=np.zeros_like(whole), where=whole != 0.0)
    share = np.divide(probabilities, whole, out=np.full_like(whole, 0.5), where=whole != 0.0)
    near = np.abs(lean) < 0.5
    return 0.5 * select(near, np.log1p(-np.clip(lean, -0.5, 0.5)), np.log(2.0 * share))
