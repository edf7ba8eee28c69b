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
    epsilon: Number = 1e-10,
) -> mpf:
    """One element where `predictions` is a number, one row of classes where it is a list."""
    logits = logits_among(predictions, kind)
    exponent, floor = exact(gamma), floor_of(epsilon, kind)
    with working_digits(predictions, targets, gamma, epsilon, logits=logits):
        if not hasattr(predictions, "__len__"):
            pair = both_probabilities(predictions, kind)
            return _binary(pair, exact(targets), exponent, alpha, floor)
        wanted = class_targets(targets, len(predictions))
        if classes == "one_vs_rest":
            pairs = [both_probabilities(prediction, kind) for prediction in predictions]
            return _one_vs_rest(pairs, wanted, exponent, alpha, floor)
        if classes == "categorical":
            shares = class_probabilities(predictions, kind)
            return _categorical(shares, wanted, exponent, alpha, floor)
        msg = f"classes is 'categorical' or 'one_vs_rest', not {classes!r}"
        raise ValueError(msg)


def _binary(
    pair: tuple[mpf, mpf], target: mpf, gamma: mpf, alpha: Number | None, floor: mpf
) -> mpf:
    """-t a (1 - p)**g log p - (1 - t) (1 - a) p**g log(1 - p); without alpha both factors are 1."""
    positive, negative = pair
    on_positive = mpf(1) if alpha is None else exact(alpha)
    on_negative = mpf(1) if alpha is None else 1 - exact(alpha)
    return surprisal(target * on_positive * negative**gamma, positive, floor) + surprisal(
        (1 - target) * on_negative * positive**gamma, negative, floor
    )


def _one_vs_rest(
    pairs: list[tuple[mpf, mpf]], targets: list[mpf], gamma: mpf, alpha: Alpha, floor: mpf
) -> mpf:
    """Sum the binary losses of every class against the others."""
    alphas = _per_class(alpha, len(pairs))
    return sum(
        (
            _binary(pair, target, gamma, of_class, floor)
            for pair, target, of_class in zip(pairs, targets, alphas, strict=True)
        ),
        start=mpf(0),
    )


def _categorical(
    shares: list[mpf], targets: list[mpf], gamma: mpf, alpha: Alpha, floor: mpf
) -> mpf:
    """Sum over classes of -t_c a_c (1 - p_c)**g log p_c; a scalar alpha is every class's."""
    alphas = [mpf(1) if a is None else exact(a) for a in _per_class(alpha, len(shares))]
    return sum(
        (
            surprisal(target * of_class * (1 - share) ** gamma, share, floor)
            for share, target, of_class in zip(shares, targets, alphas, strict=True)
        ),
        start=mpf(0),
    )


def _per_class(alpha: Alpha, classes: int) -> list[Number | None]:
    """One alpha a class."""
    return listed(alpha) if hasattr(alpha, "__len__") else [alpha] * classes
