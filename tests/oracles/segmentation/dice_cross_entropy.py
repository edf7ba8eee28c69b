"""Dice and cross-entropy of one pooled reading, added with their weights."""

from collections.abc import Sequence
from typing import Any

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles._probability import logits_among
from tests.oracles.classification import bce, cross_entropy
from tests.oracles.segmentation import dice
from tests.oracles.segmentation._classes import columns, flat, is_rows


def value(
    predictions: Sequence[Any],
    targets: Sequence[Any],
    *,
    kind: str = "probabilities",
    dice_weight: Number = 0.5,
    cross_entropy_weight: Number = 0.5,
    smooth: Number = 1e-6,
    epsilon: Number = 1e-10,
) -> mpf:
    """w_d dice + w_c CE: the mean of bce over numbers, or of cross_entropy over rows of classes."""
    logits = logits_among(flat(predictions), kind)
    with working_digits(flat(predictions), smooth, logits=logits):
        loss = cross_entropy if is_rows(predictions) else bce
        pairs = zip(predictions, targets, strict=True)
        costs = [loss.value(p, t, kind=kind, epsilon=epsilon) for p, t in pairs]
        shares, goals = columns(predictions, targets, kind)
        classes = slice(None) if is_rows(predictions) else slice(1, 2)
        masks = [[x for column in side[classes] for x in column] for side in (shares, goals)]
        overlap = exact(dice_weight) * dice.value(*masks, smooth=smooth)
        if cross_entropy_weight == 0:
            return overlap
        return overlap + exact(cross_entropy_weight) * sum(costs, start=mpf(0)) / len(costs)
