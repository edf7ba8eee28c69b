"""Minus the log-likelihood of the proportional odds model (McCullagh 1980)."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, listed, working_digits


def value(predictions: Sequence[Number], targets: Number, *, kind: str = "values") -> mpf:
    """-log(P(class > y - 1) - P(class > y)), both over their common denominator."""
    logits, place = listed(predictions), int(targets)
    with working_digits(logits):
        odds = [exp(z) for z in logits]  # of class > k; infinite before the first, 0 after the last
        if place == 0:
            return log(1 + odds[0])
        below, above = odds[place - 1], odds[place] if place < len(odds) else mpf(0)
        return -log((below - above) / ((1 + below) * (1 + above)))
