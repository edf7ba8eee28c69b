"""Content loss: Johnson et al. 2016 (mean) or Gatys et al. 2015 (half the sum)."""

from typing import Any

from mpmath import mpf

from tests.oracles._numbers import working_digits
from tests.oracles.generative._arrays import entries, every


def value(
    predictions: Any, targets: Any, *, kind: str = "values", normalization: str = "mean"
) -> mpf:
    """Squared differences of the features of one sample."""
    with working_digits(every(predictions, targets)):
        pairs = list(zip(entries(predictions), entries(targets), strict=True))
        total = sum(((p - t) ** 2 for p, t in pairs), start=mpf(0))
        return total / (2 if normalization == "half_sum" else len(pairs))
