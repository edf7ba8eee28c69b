"""The simple loss (Ho et al. 2020, equation 14) with min-SNR weights (Hang et al. 2023)."""

from typing import Any

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles.generative._arrays import entries, every


def weight(snr: mpf, prediction: str, gamma: mpf) -> mpf:
    """The weight of a loss on the sample, over what turns that into one on the noise or on v."""
    if prediction == "epsilon" and snr == 0:
        return mpf(1)
    turned = {"epsilon": snr, "v": snr + 1, "sample": mpf(1)}[prediction]
    return min(snr, gamma) / turned


def value(
    predictions: Any,
    targets: Any,
    snr: Number | None = None,
    *,
    kind: str = "values",
    prediction: str = "epsilon",
    min_snr_gamma: Number = 5.0,
) -> mpf:
    """The weight times the mean of the squared errors of one sample."""
    with working_digits(every(predictions, targets)):
        pairs = list(zip(entries(predictions), entries(targets), strict=True))
        mean = sum((p - t) ** 2 for p, t in pairs) / mpf(len(pairs))
        return mean if snr is None else mean * weight(exact(snr), prediction, exact(min_snr_gamma))
