"""What a generator pays for the score of a sample, game by game."""

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(fake: Number, *, kind: str = "values", mode: str = "bce") -> mpf:
    """-log D, log(1 - D), (score - 1)**2 / 2 or minus the score."""
    score = exact(fake)
    with working_digits(score, logits=[score, -score]):
        if mode == "bce":
            return -log(1 / (1 + exp(-score)))
        if mode == "minimax":
            return log(1 / (1 + exp(score)))
        return (score - 1) ** 2 / 2 if mode == "least_squares" else -score
