"""The interval score of Winkler (1972), as Gneiting and Raftery (2007) write it."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    lower: Number, upper: Number, targets: Number, *, kind: str = "values", alpha: Number = 0.1
) -> mpf:
    """Width, and 2 / alpha times the distance of a target that lies outside."""
    with working_digits(lower, upper, targets, alpha):
        low, high, t, share = exact(lower), exact(upper), exact(targets), exact(alpha)
        width = high - low
        if t < low:
            width += 2 / share * (low - t)
        if t > high:
            width += 2 / share * (t - high)
        return width
