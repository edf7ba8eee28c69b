"""Softmax over rows of class scores and its nll, without cancellation for confident rows.

``logsumexp(z) − z_y`` loses everything when the margin of the true class y is 40: the nll is then
log(1 + Σ_{j≠y} e^(z_j − z_y)), whose sum must not contain the leading 1.
Rows come as (n, C) in either memory order; sums run along the class axis.
"""

import math
from collections.abc import Callable

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import greatest, least, once_a_block
from lossctl.kernels.numeric.loss_totals import total_of
from lossctl.kernels.numeric.pointwise import crossing, select
from lossctl.kernels.numeric.primitives import exp, expm1, log, log1p, primitive
from lossctl.kernels.numeric.rows import class_by_class, pick, places, put, row_sums

# |z| up to which e^z needs no shift: quotients of two sums stay far from overflow and, unlike a
# shift, e^z of an exact input carries no rounding error of the difference z − max.
SHIFT_FREE = {np.dtype(np.float32): 40.0, np.dtype(np.float64): 300.0}


def needs_shift(logits: Array) -> bool:
    """Whether some logit is too large for e^z to be taken as it is."""
    limit = SHIFT_FREE[logits.dtype]
    return not (greatest(logits) <= limit and least(logits) >= -limit)


@once_a_block
def split_exponentials(logits: Array, classes: Array) -> tuple[Array, Array, Array]:
    """Return e^z without the true classes y (0 there), e^(z_y), and the sum of the others.

    z needs no shift. The true class is taken out before the others are summed: subtracted from the
    sum of all, it would take the digits of the others with it.
    """
    others = exp(logits)
    flat, true_places = places(others, classes)
    true_class = flat[true_places]
    flat[true_places] = 0.0
    return others, true_class, row_sums(others)


def sum_below(weights: Array, top: Array) -> tuple[Array, Array]:
    """Return the sum of each row without its greatest entry `top`, and which entries are less.

    Nothing is subtracted.
    """
    # A mask does without the index of the greatest, which takes NumPy ten times as long to find.
    below = weights < top[:, None]
    # Not by `row_sums`, whose bits may depend on the place of a row: a list is summed alike
    # whatever stands beside it.
    sums = (weights * below).sum(axis=1)
    if np.count_nonzero(below) != weights.size - len(weights):  # ties (or NaN) somewhere
        sums += (np.count_nonzero(~below, axis=1) - 1).astype(top.dtype) * top
    return sums, below


def nll_and_softmax_of_rows(logits: Array) -> tuple[Array, Array]:
    """Return −log softmax(z) for every class, and softmax(z).

    The former is log(1 + Σ_{j≠top} e^(z_j − top)) − (z − top). Both summands are at least 0, so
    nothing cancels; and as z − top is at most 0, no exponential overflows.
    """
    gaps = logits - logits.max(axis=1)[:, None]
    weights = exp(gaps)
    # The greatest, e^0, is 1 and left out of the sum, but for those that tie with it: of numbers
    # from 0 to 1 `floor` finds them without a mask.
    ones = np.floor(weights)
    others = (weights - ones).sum(axis=1)
    others += ones.sum(axis=1) - 1.0
    weights /= (1.0 + others)[:, None]
    return np.subtract(log1p(others)[:, None], gaps, out=gaps), weights


nll_and_softmax = once_a_block(nll_and_softmax_of_rows)
"""The same, once for all who ask for it in a block."""


def negative_log_softmax(logits: Array) -> Array:
    """Return −log softmax(z) for every class."""
    return nll_and_softmax(logits)[0]


@once_a_block
@primitive
def true_class_nll(logits: Array, classes: Array) -> Array:
    """Return −log softmax(z)_y for the true classes y."""
    if not needs_shift(logits):
        _, true_class, others = split_exponentials(logits, classes)
        return log1p(others / true_class)
    return pick(negative_log_softmax(class_by_class(logits)), classes)


@once_a_block
def softmax_pair(logits: Array) -> tuple[Array, Array]:
    """Return (p, 1−p) for p = softmax(z), the complement without cancellation."""
    if needs_shift(logits):
        logits = logits - logits.max(axis=1)[:, None]
    p = exp(logits)
    top = p.max(axis=1)
    others, below = sum_below(p, top)
    total = others + top
    p /= total[:, None]
    return p, select(below, 1.0 - p, (others / total)[:, None])


def softmax(logits: Array) -> Array:
    """Return softmax(z) row by row."""
    if needs_shift(logits):
        logits = logits - logits.max(axis=1, keepdims=True)
    weights = exp(logits)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


def softmax_and_true_class(logits: Array, classes: Array) -> tuple[Array, Array]:
    """Return softmax(z), but for the true classes y, and softmax(z)_y.

    It shares its exponentials with :func:`true_class_nll` of the same classes.
    """
    if needs_shift(logits):
        probabilities = softmax(class_by_class(logits))
        return probabilities, pick(probabilities, classes)
    weights, true_class, others = split_exponentials(logits, classes)
    total = true_class + others
    return weights / total[:, None], true_class / total


def softmax_vjp(probabilities: Array, slopes: Array) -> Array:
    """Carry slopes with respect to softmax(z) back to z: p·(s − Σ p·s).

    Slopes are taken relative to that of the likeliest class, whose p near 1 would otherwise make
    s − Σ p·s cancel.
    """
    top = probabilities >= probabilities.max(axis=1)[:, None]
    reference = (slopes * top).sum(axis=1)
    if np.count_nonzero(top) != len(top):  # classes that are equally likely: any of them will do
        reference = pick(slopes, probabilities.argmax(axis=1))
    relative = slopes - reference[:, None]
    inner = (probabilities * relative).sum(axis=1, keepdims=True)
    relative -= inner
    relative *= probabilities
    return relative


@primitive
def weighted_nll_vjp(logits: Array, class_weights: Array) -> Array:
    """Carry Σ_c w_c·(−log softmax(z)_c) back to z: p·Σw − w, without cancellation near p = 1."""
    nll, p = nll_and_softmax(logits)
    p_minus_one = np.negative(nll)
    expm1(p_minus_one, out=p_minus_one)  # p − 1
    p_minus_one *= class_weights
    slope = class_weights.sum(axis=1)[:, None] - class_weights
    slope *= p
    slope += p_minus_one
    return slope


@primitive
def true_class_slope(logits: Array, classes: Array) -> Array:
    """Return the slope of −log softmax(z)_y with respect to z: p − 1 for y, else p."""
    slope, _ = softmax_and_true_class(logits, classes)
    put(slope, classes, expm1(-true_class_nll(logits, classes)))
    return slope


true_class_nll_total = total_of(true_class_nll, true_class_slope, of_rows=True)


def best_shares(steepness: Callable[[Array], Array], classes: int) -> Array:
    """Return the distribution at which a sum of convex losses of each p is least.

    `steepness` is minus the slope of each, falling in p. At the best distribution all that are not
    0 are equal, to a multiplier, which is searched for on its logarithm.
    """
    active = steepness(np.full(classes, 1.0 / classes)) > 0.0
    count = int(np.count_nonzero(active))
    if count <= 1:
        return np.where(active, 1.0, 0.0) if count else np.full(classes, 1.0 / classes)

    def shares(log_multiplier: float) -> Array:
        multiplier = math.exp(log_multiplier)
        low, high = np.full(classes, math.log(1e-300)), np.zeros(classes)
        for _ in range(60):
            middle = 0.5 * (low + high)
            more = steepness(exp(middle)) > multiplier
            low, high = np.where(more, middle, low), np.where(more, high, middle)
        return np.where(active, exp(0.5 * (low + high)), 0.0)

    even = log(steepness(np.full(classes, 1.0 / count))[active])
    least, most = float(even.min()), float(even.max())
    best = shares(crossing(lambda at: -math.log(shares(at).sum()), least, most))
    return np.asarray(best / best.sum())
