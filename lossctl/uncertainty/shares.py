"""Intervals of shares: Wilson's, which lie between 0 and 1 and have a width at 0 and 1 too.

Wilson (1927, J. Am. Stat. Assoc. 22, 209–212) inverts the score test. Brown, Cai and DasGupta
(2001, Stat. Sci. 16, 101–133) recommend it for samples of any size: it covers what it says on
average, where Clopper and Pearson's covers more and is wider for it. Of observations that weigh
differently or are shares themselves, its size is the one that the standard error amounts to (Kott
and Carr, 1997, Am. Stat. 51, 137–141).
"""

import math

from lossctl.uncertainty.distributions import t_quantile
from lossctl.uncertainty.intervals import Limits

ALIKE = 0.05  # how likely so many equal observations are at least, where others differ


def wilson_limits(share: float, size: float, confidence: float = 0.95) -> Limits:
    """Return Wilson's interval of a share of so many observations.

    Parameters
    ----------
    share
        From 0 to 1.
    size
        Number of observations; any positive number.
    confidence
        Between 0 and 1.
    """
    square = t_quantile(0.5 + confidence / 2.0, math.inf) ** 2
    center = share + square / (2.0 * size)
    half = math.sqrt(square * (share * (1.0 - share) / size + square / (4.0 * size * size)))
    low, high = (center - half, center + half)
    divisor = 1.0 + square / size
    # at the ends one limit is the share itself, which rounding may miss
    return (
        0.0 if share == 0.0 else max(low / divisor, 0.0),
        1.0 if share == 1.0 else min(high / divisor, 1.0),
    )


def effective_size(share: float, standard_error: float, n: int) -> float:
    """Return the independent observations of 0 and 1 whose share has this standard error.

    Of n observations of 0 and 1 it is n: their sample variance is n·share·(1 − share)/(n − 1).
    """
    return share * (1.0 - share) * n / (n - 1) / (standard_error * standard_error)


def may_differ(n: int) -> float:
    """Return the share of a population that may differ where n drawn from it are all alike.

    The upper limit of Clopper and Pearson at 95 %, one-sided: about 3/n, the rule of three.
    """
    return float(1.0 - ALIKE ** (1.0 / n))
