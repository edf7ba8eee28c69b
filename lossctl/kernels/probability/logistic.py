"""The logistic function and its logarithm, exact to a few ulp for every argument.

One-sided forms are used throughout: ``exp`` of a large positive number may become inf, and the
quotient that follows is then the correct 0.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.block_cache import greatest, least, once_a_block
from lossctl.kernels.numeric.loss_totals import total_of
from lossctl.kernels.numeric.pointwise import BITS, fast_power, relu, zero_safe_product
from lossctl.kernels.numeric.primitives import (
    HAS_LOG1P,
    by_pieces,
    exp,
    least_and_greatest,
    log,
    log1p,
    log1p_of_share,
    primitive,
)
from lossctl.kernels.numeric.rows import are_hard, pick

GREATEST_LOGIT = 85.0  # e^85 is finite in float32, and so in float64


@primitive
def sigmoid(logits: Array) -> Array:
    """Return 1 / (1 + e^−z); `sigmoid(-z)` is the complement without cancellation."""
    if not least(logits) >= -GREATEST_LOGIT:  # e^−z overflows where 1/e^−z does not vanish
        return sigmoid_of_any(logits)
    denominator = exp(-logits)
    denominator += 1.0
    return np.divide(1.0, denominator, out=denominator)


def sigmoid_of_any(logits: Array) -> Array:
    """Return σ(z) with the bits that it has alone, whatever stands beside it in the block."""
    return exp(np.clip(logits, -np.inf, 0.0)) / (1.0 + exp(-np.abs(logits)))


@once_a_block
@primitive
def sigmoid_pair(logits: Array) -> tuple[Array, Array]:
    """Return (p, 1−p) for p = σ(z), with one exponential: p = e^z·(1−p)."""
    if not greatest(logits) <= GREATEST_LOGIT:
        return sigmoid(logits), sigmoid(-logits)
    odds = exp(logits)
    one_minus_p = 1.0 + odds
    np.divide(1.0, one_minus_p, out=one_minus_p)
    odds *= one_minus_p
    return odds, one_minus_p


@primitive
def sigmoid_residual(targets: Array, logits: Array) -> Array:
    """Return (1−t)·p − t·(1−p) for p = σ(z): the slope of the expected nll.

    It is p − t without the cancellation.
    """
    if has_odds(targets, logits):
        odds = odds_against(targets, logits)
        slope = 1.0 + odds
        np.divide(odds, slope, out=slope)
        slope *= 1.0 - 2.0 * targets
        return slope
    p, one_minus_p = sigmoid_pair(logits)
    slope = 1.0 - targets
    slope *= p
    slope -= targets * one_minus_p
    return slope


def _fill_tail(out: Array, values: Array) -> None:
    bits: Any = BITS[out.itemsize]
    np.bitwise_or(values.view(bits), np.iinfo(bits).min, out=out.view(bits))  # −|x|, in one pass
    np.exp(out, out=out)
    log1p_of_share(out, out)


def _fill_softplus(out: Array, values: Array) -> None:
    positive_part = relu(values)
    _fill_tail(out, values)
    out += positive_part


@by_pieces
def _signed_softplus(out: Array, signs: Array, scores: Array) -> None:
    """Fill with log(1 + e^−m) of margins m = t·z."""
    np.multiply(signs, scores, out=out)
    np.negative(out, out=out)
    _fill_softplus(out, out)


@by_pieces
def _nll_of_labels(out: Array, labels: Array, logits: Array) -> None:
    """Fill with −log p for the probability p that σ(z) gives a label of 0 or 1."""
    np.multiply(labels, -2.0, out=out)
    out += 1.0
    out *= logits
    _fill_softplus(out, out)


# Without vectors for log1p its argument e^−|x|, which is at most 1, saves half of the time.
softplus_without_vectors = by_pieces(_fill_softplus)
softplus_tail_without_vectors = by_pieces(_fill_tail)


@primitive
def softplus(values: Array) -> Array:
    """Return log(1 + e^x), that is max(x, 0) + log(1 + e^−|x|)."""
    if not HAS_LOG1P:
        return softplus_without_vectors(values)
    total = relu(values)
    total += softplus_tail(values)
    return total


@primitive
def logistic_nll(signs: Array, scores: Array) -> Array:
    """Return log(1 + e^−m) of margins m = t·z of labels t of −1 or 1."""
    if not HAS_LOG1P:
        return _signed_softplus(signs, scores)
    margin = signs * scores
    np.negative(margin, out=margin)
    if not margin.max(initial=0.0) <= GREATEST_LOGIT:
        return softplus(margin)
    # Where e^−m does not overflow the formula stands as it is, three passes less than softplus: an
    # error of an ulp in e^−m is less than one in log(1 + e^−m).
    exp(margin, out=margin)
    return log1p(margin, out=margin)


def logistic_slope_of_margins(margins: Array) -> Array:
    """Return −σ(−m), the derivative of log(1 + e^−m), in whose memory it may work."""
    slope = sigmoid(np.negative(margins, out=margins))
    return np.negative(slope, out=slope)


def logistic_nll_slope(signs: Array, scores: Array) -> Array:
    """Return the derivative of :func:`logistic_nll` with respect to the scores."""
    return logistic_slope_of_margins(signs * scores) * signs


logistic_nll_total = total_of(logistic_nll, logistic_nll_slope)


@primitive
def softplus_tail(values: Array) -> Array:
    """Return log(1 + e^−|x|), what softplus is above max(x, 0)."""
    if not HAS_LOG1P:
        return softplus_tail_without_vectors(values)
    below = np.abs(values)
    np.negative(below, out=below)
    exp(below, out=below)
    return log1p(below, out=below)


@once_a_block
def nll_pair(logits: Array) -> tuple[Array, Array]:
    """Return (−log p, −log(1−p)) for p = sigmoid(z), that is softplus(−z) and softplus(z)."""
    shared = softplus_tail(logits)
    nll_negative = relu(logits)
    nll_positive = relu(-logits)  # max(z, 0) − z is the same, but NaN for an infinite logit
    nll_positive += shared
    nll_negative += shared
    return nll_positive, nll_negative


@once_a_block
@primitive
def expected_nll(targets: Array, logits: Array) -> Array:
    """Return t·softplus(−z) + (1−t)·softplus(z), whose shared part is added once."""
    if not HAS_LOG1P and are_hard(targets):
        return _nll_of_labels(targets, logits)
    if has_odds(targets, logits):
        return log1p(odds_against(targets, logits))
    if greatest(logits) == np.inf or least(logits) == -np.inf:
        return expected(targets, *nll_pair(logits))
    positive_part, nll = relu(logits), softplus_tail(logits)
    nll += targets * (positive_part - logits)
    positive_part *= 1.0 - targets
    nll += positive_part
    return nll


expected_nll_total = total_of(expected_nll, sigmoid_residual)


def has_odds(targets: Array, logits: Array) -> bool:
    """Whether labels are 0 or 1 and logits so small that all follows from :func:`odds_against`."""
    moderate = least(logits) >= -GREATEST_LOGIT and greatest(logits) <= GREATEST_LOGIT
    return moderate and are_hard(targets)


@once_a_block
def odds_against(targets: Array, logits: Array) -> Array:
    """Return (1−p)/p for the probability p that σ(z) gives a label of 0 or 1: e^z or e^−z.

    −log p is log(1 + odds): one outcome instead of two, and one exponential for all.
    """
    odds = -2.0 * targets
    odds += 1.0
    odds *= logits
    return exp(odds, out=odds)


def expected(targets: Array, if_positive: Array, if_negative: Array) -> Array:
    """Return the expectation t·a + (1−t)·b, with 0·inf = 0."""
    mean = 1.0 - targets
    mean *= if_negative
    mean += targets * if_positive
    # Only an infinite (or NaN) result can hide a 0·inf; the safe products are seldom needed.
    if mean.size and not all(map(math.isfinite, least_and_greatest(mean))):
        return zero_safe_product(targets, if_positive) + zero_safe_product(
            1.0 - targets, if_negative
        )
    return mean


def smoothed_labels(targets: Array, smoothing: float) -> Array:
    """Move a share of each 0/1 label to one half: (1−s)·t + s/2."""
    return targets if smoothing == 0.0 else (1.0 - smoothing) * targets + 0.5 * smoothing


def clipped_nll(probabilities: Array, epsilon: float) -> Array:
    """Return −log max(p, ε)."""
    nll = log(probabilities)
    # The logarithm is clipped, log 0 = −inf included, so that p need not be copied.
    if not least(probabilities) >= epsilon:
        nll = np.clip(nll, log_epsilon(epsilon), np.inf)  # maximum is half as fast
    return np.negative(nll, out=nll)


def true_class_clipped_nll(probabilities: Array, classes: Array, least_log: float) -> Array:
    """Return −max(log p, least) of the true classes."""
    nll = np.clip(log(pick(probabilities, classes)), least_log, np.inf)
    return np.negative(nll, out=nll)


true_class_clipped_nll_total = total_of(
    true_class_clipped_nll, of_rows=True, sums=("sums of rows",)
)


def _most(epsilon: float) -> float:
    """Return the greatest p whose complement is at least ε: 1 − ε, or the float below it."""
    most = 1.0 - epsilon
    return most if 1.0 - most >= epsilon else math.nextafter(most, 0.0)


@primitive
def binary_nll(targets: Array, probabilities: Array, most: float) -> Array:
    """Return t·min(−log p, `most`) + (1−t)·min(−log(1−p), `most`)."""
    if are_hard(targets):
        nll = _nll_of_probabilities(probabilities, targets)
        return nll if nll.size and nll.max() <= most else np.clip(nll, -np.inf, most, out=nll)
    positive, negative = nll_pair_of_probabilities(probabilities)
    if positive.size and not max(positive.max(), negative.max()) <= most:
        positive, negative = (np.clip(nll, -np.inf, most) for nll in (positive, negative))
    return expected(targets, positive, negative)


binary_nll_total = total_of(binary_nll)


def nll_pair_of_probabilities(probabilities: Array) -> tuple[Array, Array]:
    """Return (−log p, −log(1−p))."""
    log_p, log_complement = log(probabilities), -probabilities
    log1p(log_complement, out=log_complement)
    return np.negative(log_p, out=log_p), np.negative(log_complement, out=log_complement)


@once_a_block
def clipped_nll_pair(probabilities: Array, epsilon: float) -> tuple[Array, Array]:
    """Return (−log max(p, ε), −log max(1−p, ε)).

    Each is clipped by itself: in float32 ``1 − 1e-10`` is 1, so clipping p alone leaves log 0.
    """
    log_complement = -probabilities
    log1p(log_complement, out=log_complement)
    if not greatest(probabilities) <= _most(epsilon):
        log_complement = np.clip(log_complement, log_epsilon(epsilon), np.inf)
    return clipped_nll(probabilities, epsilon), np.negative(log_complement, out=log_complement)


@by_pieces
def _nll_of_probabilities(out: Array, probabilities: Array, labels: Array) -> None:
    """Fill with −log w for the probability w of a label of 0 or 1, which is 1 − p or p."""
    gained = 1.0 - labels
    np.subtract(gained, probabilities, out=out)  # −p is exact, 1 − p is not
    np.subtract(out, gained, out=gained)
    gained += probabilities  # what rounding added to 1 − p: −log(1 − p) is −log w + gained/w
    np.abs(out, out=out)
    gained /= out if out.min() > 0.0 else np.maximum(out, np.finfo(out.dtype).tiny)
    np.log(out, out=out)
    np.subtract(gained, out, out=out)


def clipped_inverse(probabilities: Array, epsilon: float) -> Array:
    """Return 1/p, 0 where p is clipped: minus the slope of :func:`clipped_nll`."""
    if epsilon == 0.0:
        return 1.0 / probabilities
    return (probabilities >= epsilon) / probabilities.clip(epsilon, np.inf)


def clipped_inverse_pair(probabilities: Array, epsilon: float) -> tuple[Array, Array]:
    """Return (1/p, 1/(1−p)), each 0 where its probability is clipped."""
    return clipped_inverse(probabilities, epsilon), clipped_inverse(1.0 - probabilities, epsilon)


@primitive
def binary_nll_slope(targets: Array, probabilities: Array, epsilon: float) -> Array:
    """Return (1−t)/(1−p) − t/p, each 0 where its probability is clipped."""
    inverse_p, inverse_q = clipped_inverse_pair(probabilities, epsilon)
    return expected(targets, np.negative(inverse_p, out=inverse_p), inverse_q)


def log_epsilon(epsilon: float) -> float:
    """Return log ε, −inf for 0."""
    return math.log(epsilon) if epsilon > 0.0 else -math.inf


def items_clipped(probabilities: Array, targets: Array, epsilon: float) -> Array | float:
    """Mark the binary items whose probability was clipped where it matters."""
    if least(probabilities) >= epsilon and greatest(probabilities) <= _most(epsilon):
        return 0.0
    clipped_p = (probabilities < epsilon) & (targets > 0.0)
    return clipped_p | ((1.0 - probabilities < epsilon) & (targets < 1.0))


def rows_clipped(probabilities: Array, class_weights: Array, epsilon: float) -> Array:
    """Mark the rows in which a probability of a class with weight was clipped."""
    clipped: Array = (probabilities < epsilon) & (class_weights > 0.0)
    return np.logical_or.reduce(clipped, axis=1)


def focal_weighted(one_minus_p: Array, nll: Array, gamma: float) -> Array:
    """Return q^γ·ℓ for q = `one_minus_p` and ℓ = `nll`."""
    return fast_power(one_minus_p, gamma) * nll


def focal_weighted_slope(one_minus_p: Array, nll: Array, inverse: Any, gamma: float) -> Array:
    """Return −∂(q^γ·ℓ)/∂p = q^γ·(−∂ℓ/∂p + γ·ℓ/q), given −∂ℓ/∂p, 1/p."""
    return fast_power(one_minus_p, gamma) * (
        inverse + gamma * nll_over_complement(nll, one_minus_p)
    )


def nll_over_complement(nll: Array, one_minus_p: Array) -> Array:
    """Return ℓ/q, whose limit at q = 0 is 1."""
    return np.divide(nll, one_minus_p, out=np.ones_like(nll), where=one_minus_p != 0.0)


def best_log_odds(slope: Callable[[Array], Array], shape: tuple[int, ...]) -> Array:
    """Return the log odds at which a loss of labels is least, one label each.

    `slope` has the sign of its derivative, which changes once: the loss is convex in p.
    """
    low, high = np.full(shape, -745.0), np.full(shape, 745.0)
    for _ in range(70):
        middle = 0.5 * (low + high)
        rising = slope(middle) >= 0.0
        low, high = np.where(rising, low, middle), np.where(rising, middle, high)
    return 0.5 * (low + high)
