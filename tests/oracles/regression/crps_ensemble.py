"""The energy form of the CRPS of an ensemble (Gneiting and Raftery 2007, equation 21)."""

from collections.abc import Sequence

from mpmath import fsum, mpf

from tests.oracles._numbers import Number, exact, listed, working_digits


def value(
    predictions: Sequence[Number],
    targets: Number,
    *,
    kind: str = "values",
    estimator: str = "empirical",
) -> mpf:
    """Mean distance to the target, less half the mean distance of two members."""
    with working_digits(predictions, targets):
        members, t = listed(predictions), exact(targets)
        count = len(members)
        pairs = count * (count if estimator == "empirical" else count - 1)
        spread = fsum(abs(a - b) for a in members for b in members) / (2 * pairs)
        return fsum(abs(a - t) for a in members) / count - spread
