"""Label-distribution-aware margin loss of one row of classes (Cao et al. 2019)."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles._probability import class_targets


def value(
    predictions: Sequence[Number],
    targets: int | Sequence[Number],
    *,
    kind: str = "logits",
    max_margin: Number = 0.5,
    scale: Number = 30.0,
    counts: Sequence[Number] | Number | None = None,
) -> mpf:
    """Cross-entropy of s (z - margin at y), expected over y; no counts are equal ones."""
    classes, factor = len(predictions), exact(scale)
    items = listed(counts) if hasattr(counts, "__len__") else [mpf(1)] * classes
    scaled = [factor * score for score in listed(predictions)]
    with working_digits(predictions, targets, max_margin, scale, logits=[*scaled, mpf(0)]):
        total = mpf(0)
        for y, share in enumerate(class_targets(targets, classes)):
            if share == 0:
                continue
            margin = exact(max_margin) * (min(items) / items[y]) ** mpf("0.25")
            moved = [
                factor * (score - margin * (j == y)) for j, score in enumerate(listed(predictions))
            ]
            powers = [exp(score) for score in moved]
            total -= share * log(powers[y] / sum(powers))
        return total
