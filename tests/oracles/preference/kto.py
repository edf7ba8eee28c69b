"""Kahneman-Tversky optimisation (Ethayarajh et al. 2024, equation 8)."""

from mpmath import exp, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    policy: Number,
    reference: Number,
    targets: Number,
    kl: Number = 0.0,
    *,
    kind: str = "values",
    beta: Number = 0.1,
    desirable_weight: Number = 1.0,
    undesirable_weight: Number = 1.0,
) -> mpf:
    """Weight - weight * sigmoid(beta (r - z)) of desirable answers, of (z - r) of the others."""
    weights = [desirable_weight, undesirable_weight]
    with working_digits([policy, reference, targets, kl], beta, weights):
        gain = exact(beta) * (exact(policy) - exact(reference) - exact(kl))
        with working_digits(gain, logits=[gain, -gain]):
            good, bad = (
                exact(w) * (1 - 1 / (1 + exp(-x)))
                for w, x in zip(weights, (gain, -gain), strict=True)
            )
            return exact(targets) * good + (1 - exact(targets)) * bad
