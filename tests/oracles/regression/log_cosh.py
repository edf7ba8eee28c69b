"""Log-cosh, as it is defined."""

from mpmath import cosh, log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(predictions: Number, targets: Number, *, kind: str = "values") -> mpf:
    """Return log cosh(p − t)."""
    with working_digits(predictions, targets):
        return log(cosh(exact(predictions) - exact(targets)))
