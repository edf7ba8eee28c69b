"""The log-ratio modulated loss (Lu et al. 2024, equation 5)."""

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
    temperature: Number = 0.05,
) -> mpf:
    """(1 - s(h / t)) log(1 + exp(-h)) + s(h / t) exp(-h), s the sigmoid."""
    numbers = [policy_chosen, policy_rejected, reference_chosen, reference_rejected]
    with working_digits(numbers, beta):
        a = exact(policy_chosen) - exact(reference_chosen)
        b = exact(policy_rejected) - exact(reference_rejected)
        rate = exact(beta)
        h = rate * (a - b)
        with working_digits(h, logits=[mpf(0), h, -h]):
            share = 1 / (1 + exp(-h / exact(temperature)))
            rest = 1 / (1 + exp(h / exact(temperature)))
            return rest * log(1 + exp(-h)) + share * exp(-h)


def value_of_policy_chosen(
    policy_chosen: Number, policy_rejected: Number, *, kind: str = "values", **params: Number
) -> mpf:
    """The same against a reference to which every answer is equally likely."""
    return value(policy_chosen, policy_rejected, 0.0, 0.0, **params)
