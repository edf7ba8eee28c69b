"""Robust direct preference optimisation (Chowdhury et al. 2024, equation 12)."""

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
    label_smoothing: Number = 0.1,
) -> mpf:
    """((1 - s) (-log sigmoid(h)) - s (-log sigmoid(-h))) / (1 - 2 s)."""
    numbers = [policy_chosen, policy_rejected, reference_chosen, reference_rejected]
    with working_digits(numbers, beta, label_smoothing):
        gained = exact(policy_chosen) - exact(reference_chosen)
        lost = exact(policy_rejected) - exact(reference_rejected)
        h, wrong = exact(beta) * (gained - lost), exact(label_smoothing)
        with working_digits(h, logits=[h, -h]):
            right, flipped = log(1 + exp(-h)), log(1 + exp(h))
            return ((1 - wrong) * right - wrong * flipped) / (1 - 2 * wrong)


def value_of_policy_chosen(
    policy_chosen: Number, policy_rejected: Number, *, kind: str = "values", **params: Number
) -> mpf:
    """The same against a reference to which every answer is equally likely."""
    return value(policy_chosen, policy_rejected, 0.0, 0.0, **params)
