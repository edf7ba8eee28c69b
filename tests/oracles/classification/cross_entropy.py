"""Cross-entropy of one row of classes."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles._probability import (
    class_probabilities,
    class_targets,
    floor_of,
    logits_among,
    surprisal,
)


def value(
    predictions: Sequence[Number],
    targets: int | Sequence[Number],
    *,
    kind: str = "logits",
    label_smoothing: Number = 0.0,
    epsilon: Number = 1e-10,
    class_weights: Sequence[Number] | None = None,
) -> mpf:
    """Sum over classes of -w_c t_c log p_c, with t = (1 - s) target + s / C (Szegedy 2016).

    `targets` is a class index or one soft target a class. Only probabilities are clipped.
    """
    classes = len(predictions)
    weights = [1.0] * classes if class_weights is None else class_weights
    logits = logits_among(predictions, kind)[1:]
    with working_digits(predictions, targets, epsilon, weights, label_smoothing, logits=logits):
        smoothing, floor = exact(label_smoothing), floor_of(epsilon, kind)
        return sum(
            (
                surprisal(weight * ((1 - smoothing) * target + smoothing / classes), share, floor)
                for weight, target, share in zip(
                    listed(weights),
                    class_targets(targets, classes),
                    class_probabilities(predictions, kind),
                    strict=True,
                )
            ),
            start=mpf(0),
        )
