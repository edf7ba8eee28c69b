"""Hausdorff distance loss of one image, by distance transforms (Karimi & Salcudean, 1904.10030)."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles._probability import both_probabilities, logits_among
from tests.oracles.segmentation._pixels import Image, distance_to, has_outline, masked


def value(
    predictions: Image, targets: Image, *, kind: str = "probabilities", alpha: Number = 2.0
) -> mpf:
    """Mean of (p - t)**2 (d_p**alpha + d_t**alpha), d to the nearest pixel of the other sort."""
    numbers = [number for row in predictions for number in row]
    half = 0.0 if kind == "logits" else 0.5
    with working_digits(numbers, logits=logits_among(numbers, kind)):
        predicted = masked(predictions, lambda prediction: prediction > half)
        masks = [predicted, masked(targets, lambda target: target > 0.5)]
        total = mpf(0)
        for i, row in enumerate(predictions):
            for j, prediction in enumerate(row):
                share, _ = both_probabilities(prediction, kind)
                for mask in filter(has_outline, masks):
                    away = distance_to(mask, i, j, wanted=not mask[i][j])
                    total += (share - exact(targets[i][j])) ** 2 * away ** exact(alpha)
        return total / len(numbers)
