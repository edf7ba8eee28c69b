"""Probabilities of a pooled reading, and the ratio overlap losses share."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number
from tests.oracles._probability import both_probabilities


def foreground(predictions: Sequence[Number], kind: str) -> list[mpf]:
    """Give the probability that each element belongs to the mask."""
    return [both_probabilities(prediction, kind)[0] for prediction in predictions]


def one_minus_ratio(numerator: mpf, denominator: mpf) -> mpf:
    """1 - numerator / denominator, where 0 / 0 is full agreement: a loss of 0."""
    if denominator == 0:
        return mpf(0)
    return 1 - numerator / denominator
