"""Huber's loss (Huber 1964): quadratic up to delta, linear beyond."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
    delta: Number = 1.0,
) -> mpf:
    """e**2 / 2 where |e| <= delta, otherwise delta * (|e| - delta / 2)."""
    with working_digits(predictions, targets, delta):
        size = abs(exact(predictions) - exact(targets))
        bend = exact(delta)
        if size <= bend:
            return size**2 / 2
        return bend * (size - bend / 2)
