"""Distance of a float from an exact number, in units in the last place."""

import math
import sys

from mpmath import inf, mp, mpf


def ulps(found: float, exact: mpf, digits: float = 53) -> float:
    """Return |found − exact| in ulp of the exact number, for a mantissa of `digits` bits."""
    found = float(found)
    if math.isnan(found):
        return math.inf
    if math.isinf(found) or abs(exact) == inf:
        nearest = exact if abs(exact) == inf else mpf(_rounded(exact))
        return 0.0 if mpf(found) == nearest else math.inf
    with mp.workdps(60):
        unit = mpf(math.ulp(min(abs(float(exact)), sys.float_info.max))) * mpf(2) ** (53 - digits)
        return float(abs(mpf(found) - exact) / unit)


def _rounded(exact: mpf) -> float:
    """Round to float64; what rounds past the largest one is infinite."""
    with mp.workprec(53):
        try:
            return float(+exact)
        except OverflowError:
            return math.copysign(math.inf, float(mp.sign(exact)))
