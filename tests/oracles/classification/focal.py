"""Focal loss (Lin et al. 2017, 1708.02002): cross-entropy times (1 - p_t)**gamma."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles._probability import (
    both_probabilities,
    class_probabilities,
    class_targets,
    floor_of,
    logits_among,
    surprisal,
)

Alpha = Number | Sequence[Number] | None


def value(
    predictions: Number | Sequence[Number],
    targets: Number | Sequence[Number],
    *,
    kind: str = "probabilities",
    gamma: Number = 2.0,
    alpha: Alpha = 0.25,
    classes: str = "categorical",
    pos_weight: Number | Sequence[Number] = 1.0,
    label_smoothing: Number = 0.0,
    epsilon: Number = 1e-10,
) -> mpf:
    """One element where `predictions` is a number, one row of classes where it is a list."""
    logits = logits_among(predictions, kind)
    exponent, floor = exact(gamma), floor_of(epsilon, kind)
    with working_digits(predictions, targets, gamma, epsilon, logits=logits):
        if not hasattr(predictions, "__len__"):
            pair = both_probabilities(predictions, kind)
            target = (1 - exact(label_smoothing)) * exact(targets) + exact(label_smoothing) / 2
            return _binary(pair, target, exponent, alpha, floor, weight=exact(pos_weight))
        count, share = len(predictions), exact(label_smoothing)
        wanted = [(1 - share) * t + share / count for t in class_targets(targets, count)]
        if classes == "one_vs_rest":
            pairs = [both_probabilities(prediction, kind) for prediction in predictions]
            return _one_vs_rest(pairs, wanted, exponent, alpha, floor, pos_weight=pos_weight)
        if classes == "categorical":
            shares = class_probabilities(predictions, kind)
            return _categorical(shares, wanted, exponent, alpha, floor, pos_weight=pos_weight)
        msg = f"classes is 'categorical' or 'one_vs_rest', not {classes!r}"
        raise ValueError(msg)


def _binary(
    pair: tuple[mpf, mpf],
    target: mpf,
    gamma: mpf,
    alpha: Number | None,
    floor: mpf,
    *,
    weight: mpf,
) -> mpf:
    """-t w a (1 - p)**g log p - (1 - t) (1 - a) p**g log(1 - p); without alpha a is 1 in both."""
    positive, negative = pair
    on_positive = mpf(1) if alpha is None else exact(alpha)
    on_negative = mpf(1) if alpha is None else 1 - exact(alpha)
    return surprisal(target * weight * on_positive * negative**gamma, positive, floor) + surprisal(
        (1 - target) * on_negative * positive**gamma, negative, floor
    )


def _one_vs_rest(
    pairs: list[tuple[mpf, mpf]],
    targets: list[mpf],
    gamma: mpf,
    alpha: Alpha,
    floor: mpf,
    *,
    pos_weight: Number | Sequence[Number],
) -> mpf:
    """Sum the binary losses of every class against the others."""
    alphas, weights = (_per_class(given, len(pairs)) for given in (alpha, pos_weight))
    return sum(
        (
            _binary(pair, target, gamma, of_class, floor, weight=exact(weight))
            for pair, target, of_class, weight in zip(pairs, targets, alphas, weights, strict=True)
        ),
        start=mpf(0),
    )


def _categorical(
    shares: list[mpf],
    targets: list[mpf],
    gamma: mpf,
    alpha: Alpha,
    floor: mpf,
    *,
    pos_weight: Number | Sequence[Number],
) -> mpf:
    """Sum over classes of -t_c a_c (1 - p_c)**g log p_c; a scalar alpha is every class's."""
    alphas = [mpf(1) if a is None else exact(a) for a in _per_class(alpha, len(shares))]
    weights = [exact(w) for w in _per_class(pos_weight, len(shares))]
    return sum(
        (
            surprisal(target * weight * of_class * (1 - share) ** gamma, share, floor)
            for share, target, of_class, weight in zip(
                shares, targets, alphas, weights, strict=True
            )
        ),
        start=mpf(0),
    )


def _per_class(alpha: Alpha, classes: int) -> list[Number | None]:
    """One alpha a class."""
    return listed(alpha) if hasattr(alpha, "__len__") else [alpha] * classes
