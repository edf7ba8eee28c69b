"""Binary cross-entropy of one logit, with a weight on the positive side."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles._probability import both_probabilities, logits_among, surprisal


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "logits",
    pos_weight: Number = 1.0,
    label_smoothing: Number = 0.0,
) -> mpf:
    """-w y log p - (1 - y) log(1 - p), with y = (1 - s) t + s / 2 and w the positive weight."""
    logits = logits_among(predictions, kind)
    with working_digits(predictions, targets, pos_weight, label_smoothing, logits=logits):
        positive, negative = both_probabilities(predictions, kind)
        smoothing = exact(label_smoothing)
        target = (1 - smoothing) * exact(targets) + smoothing / 2
        weight = exact(pos_weight) * target
        return surprisal(weight, positive, mpf(0)) + surprisal(1 - target, negative, mpf(0))
