"""What a discriminator pays for a real and a generated score, game by game."""

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


def value(
    real: Number | None = None,
    fake: Number | None = None,
    *,
    kind: str = "values",
    mode: str = "bce",
) -> mpf:
    """The sum of what is given."""
    scores = [exact(score) for score in (real, fake) if score is not None]
    with working_digits(scores, logits=[mpf(0), *scores, *(-score for score in scores)]):
        total = mpf(0)
        if real is not None:
            total += of_real(exact(real), mode)
        return total if fake is None else total + of_fake(exact(fake), mode)
