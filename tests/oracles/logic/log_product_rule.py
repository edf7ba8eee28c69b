"""Universally quantified rule: the exponential of the mean logarithm (van Krieken et al. 2020)."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles.logic._level import level_of

LEAST = mpf(1e-37)


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number] | None = None,
    *,
    kind: str = "values",
    temperature: Number = 1.0,
) -> mpf:
    """((level - truth) / temperature)**2, the truth a geometric mean of v of at least 1e-37."""
    with working_digits(predictions, temperature):
        truths = [max(v, LEAST) for v in listed(predictions)]
        truth = exp(sum((log(v) for v in truths), start=mpf(0)) / len(truths))
        return ((level_of(targets) - truth) / exact(temperature)) ** 2
