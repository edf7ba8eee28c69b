"""Asymmetric loss of one label (Ridnik et al. 2021, equations 5 and 6)."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles._probability import both_probabilities, floor_of, logits_among, surprisal


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "probabilities",
    gamma_neg: Number = 4.0,
    gamma_pos: Number = 1.0,
    clip: Number = 0.05,
    epsilon: Number = 1e-10,
) -> mpf:
    """-t (1-p)**g+ log p - (1-t) pm**g- log(1 - pm), with pm = max(p - clip, 0)."""
    logits = logits_among(predictions, kind)
    with working_digits(predictions, targets, gamma_neg, gamma_pos, epsilon, logits=logits):
        share, rest = both_probabilities(predictions, kind)
        floor, target = floor_of(epsilon, kind), exact(targets)
        shifted = max(share - exact(clip), mpf(0))
        left = min(rest + exact(clip), mpf(1))
        return surprisal(target * rest ** exact(gamma_pos), share, floor) + surprisal(
            (1 - target) * shifted ** exact(gamma_neg), left, floor
        )
