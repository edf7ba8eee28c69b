"""Symmetric absolute percentage error, as the M4 competition has it."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
    epsilon: Number = 2.0**-52,
    percent: bool = False,
) -> mpf:
    """2 |p - t| / max(|p| + |t|, epsilon), times 100 in percent."""
    with working_digits(predictions, targets, epsilon):
        p, t = exact(predictions), exact(targets)
        share = 2 * abs(p - t) / max(abs(p) + abs(t), exact(epsilon))
        return 100 * share if percent else share
