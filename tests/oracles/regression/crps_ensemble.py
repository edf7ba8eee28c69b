"""The energy form of the CRPS of an ensemble (Gneiting and Raftery 2007, equation 21)."""

from collections.abc import Sequence

from mpmath import fsum, mpf

from tests.oracles._numbers import Number, exact, listed, working_digits


def value(
    predictions: Sequence[Number],
    targets: Number,
    member_weights: Sequence[Number] | None = None,
    *,
    kind: str = "values",
    estimator: str = "empirical",
) -> mpf:
    """Mean distance to the target, less half the mean distance of two members, both weighted."""
    with working_digits(predictions, targets):
        members, t = listed(predictions), exact(targets)
        weights = [mpf(1)] * len(members) if member_weights is None else listed(member_weights)
        both = list(enumerate(zip(members, weights, strict=True)))
        pairs = fsum(
            v * w for i, (_, v) in both for j, (_, w) in both if i != j or estimator == "empirical"
        )
        spread = fsum(v * w * abs(a - b) for _, (a, v) in both for _, (b, w) in both)
        error = fsum(w * abs(a - t) for a, w in zip(members, weights, strict=True)) / fsum(weights)
        return error - (spread / (2 * pairs) if pairs else 0)
