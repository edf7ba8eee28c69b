"""Contrastive preference optimisation (Xu et al. 2024, equations 3 and 4), with noisy labels."""

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    policy_chosen: Number,
    policy_rejected: Number,
    chosen_length: Number = 1.0,
    *,
    kind: str = "values",
    beta: Number = 0.1,
    nll_weight: Number = 1.0,
    label_smoothing: Number = 0.0,
) -> mpf:
    """The loss of the preference, and the weighted -log p of the chosen answer."""
    numbers = [policy_chosen, policy_rejected, chosen_length]
    with working_digits(numbers, beta, nll_weight, label_smoothing):
        chosen, wrong = exact(policy_chosen), exact(label_smoothing)
        h = exact(beta) * (chosen - exact(policy_rejected))
        likelihood = -exact(nll_weight) * chosen / exact(chosen_length)
        with working_digits(h, logits=[h, -h]):
            preference = (1 - wrong) * log(1 + exp(-h)) + wrong * log(1 + exp(h))
            return preference + likelihood
