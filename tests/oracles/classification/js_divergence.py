"""Jensen-Shannon divergence of one row of classes."""

from collections.abc import Sequence

from mpmath import log, mpf

from tests.oracles._numbers import Number, working_digits
from tests.oracles._probability import class_probabilities, class_targets, logits_among


def value(
    predictions: Sequence[Number],
    targets: int | Sequence[Number],
    *,
    kind: str = "probabilities",
) -> mpf:
    """Half of KL(t, m) and half of KL(p, m), with m the mean of t and p."""
    with working_digits(predictions, targets, logits=logits_among(predictions, kind)):
        shares = class_probabilities(predictions, kind)
        wanted = class_targets(targets, len(shares))
        total = mpf(0)
        for p, t in zip(shares, wanted, strict=True):
            middle = (p + t) / 2
            total += sum((x * log(x / middle) / 2 for x in (p, t) if x != 0), start=mpf(0))
        return total
