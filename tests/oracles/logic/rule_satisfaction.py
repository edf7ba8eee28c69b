"""Squared distance between a rule's truth value and the level wanted."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number = 1.0,
    *,
    kind: str = "values",
    temperature: Number = 1.0,
) -> mpf:
    """((target - truth) / temperature)**2."""
    with working_digits(predictions, targets, temperature):
        return ((exact(targets) - exact(predictions)) / exact(temperature)) ** 2
