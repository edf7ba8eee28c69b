"""Identity preference optimisation (Azar et al. 2023, equation 17)."""

from mpmath import mpf

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
    """The squared distance of the margin from 1 / (2 beta)."""
    numbers = [policy_chosen, policy_rejected, reference_chosen, reference_rejected]
    with working_digits(numbers, beta):
        gained = exact(policy_chosen) - exact(reference_chosen)
        lost = exact(policy_rejected) - exact(reference_rejected)
        return (gained - lost - 1 / (2 * exact(beta))) ** 2


def value_of_policy_chosen(
    policy_chosen: Number, policy_rejected: Number, *, kind: str = "values", **params: Number
) -> mpf:
    """The same against a reference to which every answer is equally likely."""
    return value(policy_chosen, policy_rejected, 0.0, 0.0, **params)
