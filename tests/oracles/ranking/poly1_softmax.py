"""Poly-1 softmax of one list (Leng et al. 2022, equation 6), from its probabilities."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact, listed, working_digits


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    epsilon: Number = 1.0,
    distribution: str = "softmax",
) -> mpf:
    """Cross-entropy, plus epsilon times one minus the expected probability of a relevant item."""
    with working_digits(predictions, targets, epsilon, logits=listed(predictions)):
        grades, powers = listed(targets), [exp(s) for s in listed(predictions)]
        chances = [power / sum(powers) for power in powers]
        true = [exp(y) for y in grades] if distribution == "softmax" else grades
        if distribution == "share" and sum(true) == 0:
            return mpf(0)
        even = [mpf(1)] * len(true)
        p = [y / sum(true) for y in true] if sum(true) else [y / len(true) for y in even]
        scale = sum(true) if distribution == "relevance" else 1
        cross_entropy = -sum(scale * y * log(q) for y, q in zip(p, chances, strict=True))
        return cross_entropy + exact(epsilon) * (
            1 - sum(y * q for y, q in zip(p, chances, strict=True))
        )
