"""The rank calibration loss (Zhao et al. 2023, equation 3) of log-ratios."""

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
    delta: Number = 1.0,
) -> mpf:
    """max(0, delta - beta * margin)."""
    numbers = [policy_chosen, policy_rejected, reference_chosen, reference_rejected]
    with working_digits(numbers, beta, delta):
        gained = exact(policy_chosen) - exact(reference_chosen)
        lost = exact(policy_rejected) - exact(reference_rejected)
        return max(mpf(0), exact(delta) - exact(beta) * (gained - lost))


def value_of_policy_chosen(
    policy_chosen: Number, policy_rejected: Number, *, kind: str = "values", **params: Number
) -> mpf:
    """The same against a reference to which every answer is equally likely."""
    return value(policy_chosen, policy_rejected, 0.0, 0.0, **params)
