"""Numerical derivatives of the oracles, at a precision where the step does not matter."""

from collections.abc import Callable, Sequence
from typing import Any

from mpmath import diff, mp, mpf

from tests.oracles._numbers import Number, enough_digits, listed

STEP_DIGITS = 340
"""The step is 10**-340 or less: the smallest float64 is 10**-324."""


def derivative(
    value_fn: Callable[..., mpf],
    predictions: Number | Sequence[Number],
    targets: Number | Sequence[Number],
    index: int | None = None,
    **kw: Any,
) -> mpf:
    """Differentiate an oracle along one prediction, away from kinks and ends of domains.

    `index` names the coordinate of a list of predictions and is not needed for a single one.
    The step is far smaller than the smallest prediction, so p = 1e-300 keeps its true slope, and
    slopes down to the smallest float64 keep theirs beside much larger items of the same row.
    A step that straddles a kink gives the mean of the two slopes.
    """
    numbers = listed(predictions)
    is_row = hasattr(predictions, "__len__")
    position = 0 if index is None else index

    def along(number: mpf) -> mpf:
        moved = [*numbers[:position], number, *numbers[position + 1 :]]
        return value_fn(moved if is_row else moved[0], targets, **kw)

    with mp.workdps(STEP_DIGITS + enough_digits([*numbers, *listed(targets)])):
        return diff(along, numbers[position])
