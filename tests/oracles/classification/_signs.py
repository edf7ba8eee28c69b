"""Labels −1 and +1, also written 0 and 1."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact


def lead_of(prediction: Number, target: Number) -> mpf:
    """Give t z, with t = +1 for labels above 0 and -1 for the others."""
    return exact(prediction) if exact(target) > 0 else -exact(prediction)
