"""Noise contrastive alignment of a pair (Chen et al. 2024, equation 13)."""

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    policy_chosen: Number,
    policy_rejected: Number,
    reference_chosen: Number,
    reference_rejected: Number,
    *,
    kind: str = "values",
    beta: Number = 0.1,
) -> mpf:
    """-log s(beta a) - log s(-beta a) / 2 - log s(-beta b) / 2, s the sigmoid."""
    numbers = [policy_chosen, policy_rejected, reference_chosen, reference_rejected]
    with working_digits(numbers, beta):
        a = exact(policy_chosen) - exact(reference_chosen)
        b = exact(policy_rejected) - exact(reference_rejected)
        rate = exact(beta)
        x, y = rate * a, rate * b
        with working_digits(x, y, logits=[mpf(0), x, -x, y, -y]):
            return log(1 + exp(-x)) + (log(1 + exp(x)) + log(1 + exp(y))) / 2


def value_of_policy_chosen(
    policy_chosen: Number, policy_rejected: Number, *, kind: str = "values", **params: Number
) -> mpf:
    """The same against a reference to which every answer is equally likely."""
    return value(policy_chosen, policy_rejected, 0.0, 0.0, **params)
