"""Minus the log of a win under Bradley and Terry (1952), after a handicap."""

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(chosen: Number, rejected: Number, margin: Number = 0.0, *, kind: str = "values") -> mpf:
    """-log(e**(c - m) / (e**(c - m) + e**r))."""
    strengths = exact(chosen) - exact(margin), exact(rejected)
    with working_digits(chosen, rejected, margin, logits=list(strengths)):
        won, lost = exp(exact(chosen) - exact(margin) - exact(rejected)), mpf(1)
        return -log(won / (won + lost))
