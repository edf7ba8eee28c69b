"""Symmetric cross-entropy of one row of classes (Wang et al. 2019)."""

from collections.abc import Sequence

from mpmath import log, mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles._probability import (
    class_probabilities,
    class_targets,
    floor_of,
    logits_among,
    surprisal,
)


def value(
    predictions: Sequence[Number],
    targets: int | Sequence[Number],
    *,
    kind: str = "logits",
    alpha: Number = 0.1,
    beta: Number = 1.0,
    A: Number = -4.0,  # noqa: N803
    epsilon: Number = 1e-10,
) -> mpf:
    """Add a (-sum t log p) and b (-sum p log t), where log 0 is A and no log t is less."""
    logits = logits_among(predictions, kind)
    with working_digits(predictions, targets, alpha, beta, A, epsilon, logits=logits):
        shares = class_probabilities(predictions, kind)
        wanted = class_targets(targets, len(shares))
        total = mpf(0)
        for p, t in zip(shares, wanted, strict=True):
            log_t = exact(A) if t == 0 else max(log(t), exact(A))
            total += surprisal(exact(alpha) * t, p, floor_of(epsilon, kind))
            total -= exact(beta) * p * log_t
        return total
