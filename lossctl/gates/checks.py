"""One check of a gate: whether it is passed, and what to say if not."""

import math
from collections.abc import Sequence
from typing import TypeAlias

from lossctl.report.text import number

Check: TypeAlias = tuple[bool, str]


def at_most(what: str, value: float, limit: float) -> Check:
    """Return whether a value is within its limit, and what to say if not; NaN is in none."""
    if math.isnan(value):
        return False, f"{what} is nan, which passes no limit ({number(limit)})"
    return value <= limit, f"{what} is {number(value)}, over the limit {number(limit)}"


def failed(checks: Sequence[Check]) -> list[str]:
    """Return what to say of the gates that failed."""
    return [f"gate failed: {text}" for passed, text in checks if not passed]
