"""Odds ratio preference optimisation (Hong et al. 2024, equations 4 to 7)."""

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    policy_chosen: Number,
    policy_rejected: Number,
    *,
    kind: str = "values",
    beta: Number = 0.1,
    nll_weight: Number = 1.0,
) -> mpf:
    """-w log p - beta log sigmoid(log(odds of chosen / odds of rejected))."""
    logs = [exact(policy_chosen), exact(policy_rejected)]
    with working_digits(logs, beta, nll_weight, logits=[mpf(0), *logs]):
        (chosen, rejected), weight = [exp(x) for x in logs], exact(nll_weight)
        ratio = (chosen / (1 - chosen)) / (rejected / (1 - rejected))
        return -weight * logs[0] + exact(beta) * log(1 + 1 / ratio)
