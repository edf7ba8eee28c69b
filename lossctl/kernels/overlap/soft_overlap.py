"""Soft overlap of two masks: statistics of each element, and Dice and Tversky of their sums.

The complement q = 1 − p is an argument of its own: from logits it is known to the last bit where
p itself has rounded to 1, so a loss built from these sums cancels nowhere.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.loss import Array, Statistics
from lossctl.kernels.numeric.block_cache import set_extent
from lossctl.kernels.numeric.loss_totals import parted
from lossctl.kernels.numeric.primitives import least_and_greatest, primitive, sum_in_double
from lossctl.kernels.numeric.rows import distribution
from lossctl.kernels.probability.logistic import sigmoid_pair
from lossctl.kernels.probability.softmax import softmax_vjp


def with_complement(probabilities: Array) -> tuple[Array, Array]:
    """Return (p, 1−p)."""
    return probabilities, 1.0 - probabilities


def identity_vjp(p: Array, one_minus_p: Array, slope: Array) -> Array:  # noqa: ARG001
    """Return a slope with respect to p as it is."""
    return slope


def sigmoid_vjp(p: Array, one_minus_p: Array, slope: Array) -> Array:
    """Carry a slope with respect to σ(z) back to z."""
    slopes = p * one_minus_p
    slopes *= slope
    return slopes


def softmax_split_vjp(p: Array, one_minus_p: Array, slope: Array) -> Array:  # noqa: ARG001
    """Carry slopes with respect to softmax(z) back to z."""
    return softmax_vjp(p, slope)


def mask(targets: Array, predictions: Array) -> Array:
    """Return the targets as masks shaped like the predictions."""
    return targets if targets.shape == predictions.shape else distribution(targets, predictions)


def ratio(numerator: Any, denominator: Any) -> Any:
    """Return the quotient, and 0 where the denominator is 0: two empty masks agree."""
    if isinstance(numerator, float) and isinstance(denominator, float):
        return numerator / denominator if denominator else 0.0
    return np.divide(
        numerator,
        denominator,
        out=np.zeros_like(denominator, dtype=np.float64),
        where=denominator != 0.0,
    )


def dice_masses(
    p: Array, one_minus_p: Array, targets: Array, *, squared: bool = False, **_: Any
) -> Statistics:
    """Return p·t and what is outside of it: p·(1 − t) + (1 − p)·t, or (p − t)²."""
    if squared:
        difference = residual(p, one_minus_p, targets) ** 2
    else:
        difference = 1.0 - targets
        difference *= p
        difference += one_minus_p * targets
    return {"intersection": p * targets, "difference": difference, "target_mass": targets}


class OverlapSums(NamedTuple):
    """Sums over two masks p and t: of pt, p(1 − t), (1 − p)t, the last two together, and t."""

    tp: float
    fp: float
    fn: float
    difference: float
    target_mass: float


@primitive
def overlap_sums(p: Array, targets: Array) -> Any:
    """Return :class:`OverlapSums` of probabilities, (n,), and the ends of both arrays."""
    return _sums_and_ends(p, *with_complement(p), targets)


@primitive
def overlap_sums_of_logits(logits: Array, targets: Array) -> Any:
    """Return :class:`OverlapSums` for p = σ(z), and the ends of logits and targets."""
    return _sums_and_ends(logits, *sigmoid_pair(logits), targets)


def _sums_and_ends(predictions: Array, p: Array, one_minus_p: Array, targets: Array) -> Array:
    terms = soft_counts(p, one_minus_p, targets)
    difference = terms["fp"] + terms["fn"]
    columns = (terms["tp"], terms["fp"], terms["fn"], difference, targets)
    ends = (*least_and_greatest(predictions), *least_and_greatest(targets))
    return np.array([*map(sum_in_double, columns), *ends])


def sums_of_masks(
    primitive_sums: Callable[[Array, Array], Array], predictions: Array, targets: Array
) -> OverlapSums:
    """Return what one of these primitives sums, in parts; keep the ends for the block."""
    found, count = primitive_sums(parted(predictions), parted(targets)), len(OverlapSums._fields)
    if found.ndim == 1:  # a single part, of few numbers maybe
        *sums, low, high, other_low, other_high = found.tolist()
    else:
        sums = list(found[:, :count].T)
        low, _, other_low, _ = found[:, count:].min(axis=0).tolist()
        _, high, _, other_high = found[:, count:].max(axis=0).tolist()
    set_extent(predictions, low, high)
    set_extent(targets, other_low, other_high)
    return OverlapSums(*sums)


def dice_sums(
    sums: Callable[[], OverlapSums], *, squared: bool = False, **_: Any
) -> dict[str, float] | None:
    """Return the sums of :func:`dice_masses`; None of squares."""
    if squared:
        return None
    found = sums()
    return {
        "intersection": found.tp,
        "difference": found.difference,
        "target_mass": found.target_mass,
    }


def count_sums(sums: Callable[[], OverlapSums], **_: Any) -> dict[str, float]:
    """Return the sums of :func:`soft_counts`."""
    found = sums()
    return {"tp": found.tp, "fp": found.fp, "fn": found.fn, "target_mass": found.target_mass}


def dice_masses_slope(
    p: Array, one_minus_p: Array, targets: Array, slopes: Any, *, squared: bool = False, **_: Any
) -> Array:
    """Derivative of both with respect to p."""
    by_label = dice_label_slopes(slopes, squared=squared)
    if by_label is None:
        residual_slope = 2.0 * residual(p, one_minus_p, targets)
        return slopes["intersection"] * targets + slopes["difference"] * residual_slope
    return label_mean(targets, *by_label)


def dice_label_slopes(slopes: Any, *, squared: bool = False, **_: Any) -> tuple[Any, Any] | None:
    """Return the slope with respect to p where t is 0, and where it is 1; None of squares."""
    if squared:
        return None
    return slopes["difference"], slopes["intersection"] - slopes["difference"]


def label_mean(targets: Array, outside: Any, inside: Any) -> Array:
    """Return (1 − t)·a + t·b."""
    mean = 1.0 - targets
    mean *= outside
    mean += inside * targets
    return mean


@primitive
def overlap_slope(
    logits: Array, targets: Array, outside: float, inside: float, out: Array | None = None
) -> Array:
    """Return p·(1 − p)·((1 − t)·a + t·b) for p = σ(z)."""
    slopes = sigmoid_vjp(*sigmoid_pair(logits), label_mean(targets, outside, inside))
    if out is None:
        return slopes
    out[...] = slopes
    return out


def residual(p: Array, one_minus_p: Array, targets: Array) -> Array:
    """Return p − t, from the complements where p and t are both over one half."""
    both_high = (p >= 0.5) & (targets >= 0.5)
    return np.where(both_high, (1.0 - targets) - one_minus_p, p - targets)


def one_minus_dice(intersection: Any, difference: Any, smooth: float, times: float = 2.0) -> Any:
    """1 − (2·Σpt + s)/(Σp + Σt + s), written without the subtraction.

    The intersection counts twice (Dice), or as many times as said: once is the Jaccard loss.
    """
    # Σp + Σt is 2·Σpt plus what is outside, so the numerator of 1 − … is what is outside, which is
    # small near a perfect match and keeps its digits there.
    return ratio(difference, times * intersection + difference + smooth)


def one_minus_dice_slope(
    intersection: Any, difference: Any, smooth: Any, times: float = 2.0
) -> dict[str, Any]:
    """Derivative of the quotient with respect to both sums."""
    denominator = times * intersection + difference + smooth
    return {
        "intersection": -times * ratio(ratio(difference, denominator), denominator),
        "difference": ratio(ratio(times * intersection + smooth, denominator), denominator),
    }


def soft_counts(p: Array, one_minus_p: Array, targets: Array, **_: Any) -> Statistics:
    """Soft true positives, false positives and false negatives."""
    fp = 1.0 - targets
    fp *= p
    return {"tp": p * targets, "fp": fp, "fn": one_minus_p * targets, "target_mass": targets}


def soft_counts_slope(p: Array, one_minus_p: Array, targets: Array, slopes: Any, **_: Any) -> Array:  # noqa: ARG001
    """Derivative of the soft counts with respect to p."""
    return label_mean(targets, *count_label_slopes(slopes))


def count_label_slopes(slopes: Any, **_: Any) -> tuple[Any, Any]:
    """Return the slope with respect to p where t is 0, and where it is 1."""
    return slopes["fp"], slopes["tp"] - slopes["fn"]


class OverlapLoops(NamedTuple):
    """What loops over masks need to know of a loss.

    Attributes
    ----------
    sums
        ``sums(overlap sums, **params)`` gives the sums of its statistics; None where it needs more.
    label_slopes
        ``label_slopes(slopes, **params)`` gives its slope with respect to p where t is 0, and where
        it is 1; None where that depends on p.
    """

    sums: Callable[..., Mapping[str, float] | None]
    label_slopes: Callable[..., tuple[Any, Any] | None]


DICE_LOOPS = OverlapLoops(dice_sums, dice_label_slopes)
COUNT_LOOPS = OverlapLoops(count_sums, count_label_slopes)


def one_minus_tversky(
    *, tp: Any, fp: Any, fn: Any, alpha: float, beta: float, smooth: float
) -> Any:
    """Return 1 − (tp + s) / (tp + α·fp + β·fn + s), written without the subtraction."""
    weighted_errors = alpha * fp + beta * fn
    return ratio(weighted_errors, tp + weighted_errors + smooth)


def one_minus_tversky_slope(
    *, tp: Any, fp: Any, fn: Any, alpha: float, beta: float, smooth: float
) -> dict[str, Any]:
    """Derivative of :func:`one_minus_tversky` with respect to the soft counts."""
    weighted_errors = alpha * fp + beta * fn
    denominator = tp + weighted_errors + smooth
    per_error = ratio(ratio(tp + smooth, denominator), denominator)
    return {
        "tp": -ratio(ratio(weighted_errors, denominator), denominator),
        "fp": alpha * per_error,
        "fn": beta * per_error,
    }
