"""Binary cross-entropy of one element."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles._probability import both_probabilities, floor_of, logits_among, surprisal


def value(
    predictions: Number, targets: Number, *, kind: str = "probabilities", epsilon: Number = 1e-10
) -> mpf:
    """-t log max(p, epsilon) - (1 - t) log max(1 - p, epsilon); logits are not clipped."""
    logits = logits_among(predictions, kind)
    with working_digits(predictions, targets, epsilon, logits=logits):
        positive, negative = both_probabilities(predictions, kind)
        target, floor = exact(targets), floor_of(epsilon, kind)
        return surprisal(target, positive, floor) + surprisal(1 - target, negative, floor)
