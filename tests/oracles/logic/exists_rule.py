"""Existentially quantified rule: the p-mean (Badreddine et al. 2020, 2012.13635)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles.logic._level import level_of


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number] | None = None,
    *,
    kind: str = "values",
    temperature: Number = 1.0,
    p: Number = 2.0,
) -> mpf:
    """((level - truth) / temperature)**2 with the truth (mean v**p)**(1/p)."""
    with working_digits(predictions, temperature):
        truths, power = listed(predictions), exact(p)
        mean = sum((v**power for v in truths), start=mpf(0)) / len(truths)
        truth = mean ** (1 / power)
        return ((level_of(targets) - truth) / exact(temperature)) ** 2
