"""Style loss of one sample: Gram matrices entry by entry (Johnson 2016; Gatys 2015)."""

from typing import Any

from mpmath import mpf

from tests.oracles._numbers import working_digits
from tests.oracles.generative._arrays import entries, every


def gram(features: Any) -> list[list[mpf]]:
    """Inner products of the channels, over the number of features."""
    channels = [list(entries(channel)) for channel in features]
    size = len(channels) * len(channels[0])
    return [
        [sum(a * b for a, b in zip(one, two, strict=True)) / size for two in channels]
        for one in channels
    ]


def value(
    predictions: Any, targets: Any, *, kind: str = "values", normalization: str = "mean"
) -> mpf:
    """Squared differences of two Gram matrices: their mean, sum, or a quarter of it."""
    with working_digits(every(predictions, targets), every(predictions, targets)):
        pairs = list(zip(entries(gram(predictions)), entries(gram(targets)), strict=True))
        total = sum((g - a) ** 2 for g, a in pairs)
        return total / {"mean": len(pairs), "sum": 1, "gatys": 4}[normalization]
