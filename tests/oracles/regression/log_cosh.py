"""Log-cosh, as it is defined."""

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
) -> mpf:
    """log(cosh(e)), as |e| - log 2 + log(1 + exp(-2 |e|))."""
    with working_digits(predictions, targets):
        size = abs(exact(predictions) - exact(targets))
        return size - log(2) + log(1 + exp(-2 * size))
