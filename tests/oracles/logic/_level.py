"""The truth that is wanted of a quantified rule."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, listed


def level_of(targets: Sequence[Number] | None) -> mpf:
    """Mean of the targets, 1 when there are none."""
    levels = [mpf(1)] if targets is None else listed(targets)
    return sum(levels, start=mpf(0)) / len(levels)
