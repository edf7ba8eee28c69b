"""Boundary loss of one image (Kervadec et al. 2018, 1812.07032)."""

from mpmath import mpf

from tests.oracles._numbers import working_digits
from tests.oracles._probability import both_probabilities, logits_among
from tests.oracles.segmentation._pixels import Image, distance_to, has_outline, masked


def value(predictions: Image, targets: Image, *, kind: str = "probabilities") -> mpf:
    """Mean of p times the signed distance: outwards to the mask, inwards 1 less than out of it."""
    numbers = [number for row in predictions for number in row]
    with working_digits(numbers, logits=logits_among(numbers, kind)):
        mask, total = masked(targets, lambda target: target > 0.5), mpf(0)
        if not has_outline(mask):
            return total
        for i, row in enumerate(predictions):
            for j, prediction in enumerate(row):
                away = distance_to(mask, i, j, wanted=not mask[i][j])
                share, _ = both_probabilities(prediction, kind)
                total += share * (1 - away if mask[i][j] else away)
        return total / len(numbers)
