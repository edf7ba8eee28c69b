"""Logit-adjusted cross-entropy of one row of classes (Menon et al. 2021)."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles._probability import class_targets, logits_among


def value(
    predictions: Sequence[Number],
    targets: int | Sequence[Number],
    *,
    kind: str = "logits",
    tau: Number = 1.0,
    priors: Sequence[Number] | Number | None = None,
) -> mpf:
    """-sum t log(p), p in proportion to prior**tau e**z; no priors are equal ones."""
    classes = len(predictions)
    shares = listed(priors) if hasattr(priors, "__len__") else [mpf(1)] * classes
    with working_digits(predictions, targets, tau, logits=logits_among(predictions, kind)[1:]):
        powers = [
            exp(score) * share ** exact(tau)
            for score, share in zip(listed(predictions), shares, strict=True)
        ]
        whole = sum(powers)
        return sum(
            (
                -target * log(power / whole)
                for target, power in zip(class_targets(targets, classes), powers, strict=True)
                if target != 0
            ),
            start=mpf(0),
        )
