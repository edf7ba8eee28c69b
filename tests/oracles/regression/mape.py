"""Absolute percentage error, with a floor under the size of the target."""

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
    """|p - t| / max(|t|, epsilon), times 100 in percent."""
    with working_digits(predictions, targets, epsilon):
        p, t = exact(predictions), exact(targets)
        return (100 if percent else 1) * abs(p - t) / max(abs(t), exact(epsilon))
