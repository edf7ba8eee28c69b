"""The hard-label loss of SPPO, as TRL writes it (Wu et al. 2024)."""

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
    """(a - 1 / (2 beta))**2 + (b + 1 / (2 beta))**2."""
    numbers = [policy_chosen, policy_rejected, reference_chosen, reference_rejected]
    with working_digits(numbers, beta):
        a = exact(policy_chosen) - exact(reference_chosen)
        b = exact(policy_rejected) - exact(reference_rejected)
        rate = exact(beta)
        return (a - 1 / (2 * rate)) ** 2 + (b + 1 / (2 * rate)) ** 2


def value_of_policy_chosen(
    policy_chosen: Number, policy_rejected: Number, *, kind: str = "values", **params: Number
) -> mpf:
    """The same against a reference to which every answer is equally likely."""
    return value(policy_chosen, policy_rejected, 0.0, 0.0, **params)
