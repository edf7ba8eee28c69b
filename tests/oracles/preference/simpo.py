"""Simple preference optimisation (Meng et al. 2024, equation 6), with noisy labels."""

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    policy_chosen: Number,
    policy_rejected: Number,
    *,
    kind: str = "values",
    beta: Number = 2.0,
    gamma: Number = 0.5,
    label_smoothing: Number = 0.0,
) -> mpf:
    """-(1 - s) log sigmoid(h) - s log sigmoid(-h), h the scaled difference less the target."""
    with working_digits(policy_chosen, policy_rejected, beta, gamma, label_smoothing):
        wrong = exact(label_smoothing)
        h = exact(beta) * (exact(policy_chosen) - exact(policy_rejected)) - exact(gamma)
        with working_digits(h, logits=[h, -h]):
            return (1 - wrong) * log(1 + exp(-h)) + wrong * log(1 + exp(h))
