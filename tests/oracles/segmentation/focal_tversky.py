"""Focal Tversky loss of one pooled reading (Abraham & Khan 2018, 1810.07842)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles._probability import logits_among
from tests.oracles.segmentation import tversky


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "probabilities",
    gamma: Number = 0.75,
    alpha: Number = 0.3,
    beta: Number = 0.7,
    smooth: Number = 1e-6,
) -> mpf:
    """(1 - TI)**gamma: the exponent itself, where the paper writes 1/gamma."""
    logits = logits_among(predictions, kind)
    with working_digits(predictions, targets, alpha, beta, smooth, logits=logits):
        prices = {"alpha": alpha, "beta": beta, "smooth": smooth}
        loss = tversky.value(predictions, targets, kind=kind, **prices)
        return max(loss, mpf(0)) ** exact(gamma)
