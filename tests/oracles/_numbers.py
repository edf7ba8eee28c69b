"""Exact inputs, and enough working digits for a definition to be evaluated as it is written."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from mpmath import log, mp, mpf

Number = mpf | float

DIGITS = 60
"""Correct digits every oracle keeps after all cancellation."""

MOST_DIGITS = 700
"""Digits granted to a gap between logits; anything below 10**-700 may come out as zero."""


def exact(number: Number) -> mpf:
    """Keep the number unrounded: a float becomes the dyadic fraction it stands for."""
    return number if isinstance(number, mpf) else mpf(float(number))


def listed(numbers: Number | Sequence[Number]) -> list[mpf]:
    """One number or many, as a list of exact numbers."""
    if isinstance(numbers, mpf) or not hasattr(numbers, "__len__"):
        return [exact(numbers)]
    return [exact(number) for number in numbers]


def enough_digits(numbers: Iterable[mpf], logits: Sequence[mpf] = ()) -> int:
    """Digits that keep 1 - p away from 1 for every p among `numbers` and every softmax of `logits`.

    Two powers of ten of the same size can be added or subtracted, hence twice the largest exponent.
    """
    exponents = [abs(int(mp.mag(x))) for x in numbers if x != 0 and mp.isfinite(x)]
    digits = DIGITS + 2 * (max(exponents, default=0) * 30_103 // 100_000 + 1)
    if logits:
        gap = (max(logits) - min(logits)) / log(10)
        digits += int(min(gap, MOST_DIGITS)) + 1
    return digits


def working_digits(
    *groups: Number | Sequence[Number], logits: Sequence[mpf] = ()
) -> AbstractContextManager[Any]:
    """Open a context with enough digits for these inputs, never fewer than the caller has."""
    numbers = [number for group in groups for number in listed(group)]
    return mp.workdps(max(mp.dps, enough_digits(numbers, logits)))
