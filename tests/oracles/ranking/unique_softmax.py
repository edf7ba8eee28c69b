"""Unique softmax of one list (Zhu & Klabjan 2020), item by item."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, listed, working_digits


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    gain: str = "exponential",
) -> mpf:
    """Minus the sum of gain times the log of each item's share among itself and lesser ones."""
    with working_digits(predictions, targets, logits=listed(predictions)):
        grades, powers = listed(targets), [exp(s) for s in listed(predictions)]
        if len(set(grades)) == 1:
            return mpf(0)
        worth = {"exponential": lambda y: 2**y - 1, "linear": lambda y: y, "none": lambda y: 1}
        total = mpf(0)
        for y, power in zip(grades, powers, strict=True):
            lesser = sum(p for p, other in zip(powers, grades, strict=True) if other < y)
            total -= worth[gain](y) * log(power / (power + lesser))
        return total
