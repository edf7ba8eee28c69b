"""The earth mover's distance between distributions over ordered classes (Hou et al. 2016)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles._probability import class_probabilities, class_targets, logits_among


def value(
    predictions: Sequence[Number],
    targets: Number | Sequence[Number],
    *,
    kind: str = "logits",
    p: Number = 2.0,
) -> mpf:
    """Sum of |CDF(k) - CDF*(k)|**p over all classes but the last."""
    with working_digits(predictions, targets, logits=logits_among(predictions, kind)):
        shares = class_probabilities(predictions, kind)
        truth, total, gap = class_targets(targets, len(shares)), mpf(0), mpf(0)
        for share, target in list(zip(shares, truth, strict=True))[:-1]:
            gap += share - target
            total += abs(gap) ** exact(p)
        return total
