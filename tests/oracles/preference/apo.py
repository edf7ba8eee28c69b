"""Anchored preference optimisation (D'Oosterlinck et al. 2024, equations 4 and 5)."""

from mpmath import exp, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    policy_chosen: Number,
    policy_rejected: Number,
    reference_chosen: Number,
    reference_rejected: Number,
    *,
    kind: str = "values",
    beta: Number = 0.1,
    anchor: str = "zero",
) -> mpf:
    """s(-beta a) + s(beta b), or s(beta a) + s(-beta (a - b)), s the sigmoid."""
    numbers = [policy_chosen, policy_rejected, reference_chosen, reference_rejected]
    with working_digits(numbers, beta):
        a = exact(policy_chosen) - exact(reference_chosen)
        b = exact(policy_rejected) - exact(reference_rejected)
        rate = exact(beta)
        first, second = (-a, b) if anchor == "zero" else (a, b - a)
        x, y = rate * first, rate * second
        with working_digits(x, y, logits=[mpf(0), x, -x, y, -y]):
            return 1 / (1 + exp(-x)) + 1 / (1 + exp(-y))


def value_of_policy_chosen(
    policy_chosen: Number, policy_rejected: Number, *, kind: str = "values", **params: Number
) -> mpf:
    """The same against a reference to which every answer is equally likely."""
    return value(policy_chosen, policy_rejected, 0.0, 0.0, **params)
