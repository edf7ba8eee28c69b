"""What a discriminator pays for a real and a generated score, game by game."""

from contextlib import AbstractContextManager
from typing import Any

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def of_real(score: mpf, mode: str) -> mpf:
    """The cost of a real sample."""
    costs = {
        "bce": lambda: log(1 + exp(-score)),  # -log sigmoid
        "least_squares": lambda: (score - 1) ** 2 / 2,
        "hinge": lambda: max(mpf(0), 1 - score),
        "wasserstein": lambda: -score,
    }
    return costs[mode]()


def of_fake(score: mpf, mode: str) -> mpf:
    """The cost of a generated sample."""
    costs = {
        "bce": lambda: log(1 + exp(score)),  # -log(1 - sigmoid)
        "least_squares": lambda: score**2 / 2,
        "hinge": lambda: max(mpf(0), 1 + score),
        "wasserstein": lambda: score,
    }
    return costs[mode]()


def digits(*scores: Number) -> AbstractContextManager[Any]:
    """Enough digits for e**score."""
    numbers = [exact(score) for score in scores]
    return working_digits(numbers, logits=[mpf(0), *numbers, *(-number for number in numbers)])


def value(real: Number, fake: Number, *, kind: str = "values", mode: str = "bce") -> mpf:
    """The sum of both costs."""
    with digits(real, fake):
        return of_real(exact(real), mode) + of_fake(exact(fake), mode)


def value_of_real(real: Number, *, kind: str = "values", mode: str = "bce") -> mpf:
    """The cost of a real sample alone."""
    with digits(real):
        return of_real(exact(real), mode)


def value_of_fake(fake: Number, *, kind: str = "values", mode: str = "bce") -> mpf:
    """The cost of a generated sample alone."""
    with digits(fake):
        return of_fake(exact(fake), mode)
