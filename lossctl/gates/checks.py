"""One check of a gate: whether it is passed, and what to say if not."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from lossctl.report.text import number

Check: TypeAlias = tuple[bool, str]


def limits_by_name(fail_over: Any) -> list[tuple[str | None, Any]]:
    """Return limits with what they are of, None where no name is given.

    They come as a number, by name in a mapping, or as one text or several, ``"LIMIT"`` or
    ``"NAME=LIMIT"``.
    """
    if fail_over is None:
        return []
    if isinstance(fail_over, Mapping):
        return [(str(name), limit) for name, limit in fail_over.items()]
    several = isinstance(fail_over, Sequence) and not isinstance(fail_over, str)
    pairs: list[tuple[str | None, Any]] = []
    for text in fail_over if several else [fail_over]:
        name, equals, limit = str(text).rpartition("=")
        pairs.append((name if equals else None, limit))
    return pairs


def at_most(what: str, value: float, limit: float) -> Check:
    """Return whether a value is within its limit, and what to say if not; NaN is in none."""
    if math.isnan(value):
        return False, f"{what} is nan, which passes no limit ({number(limit)})"
    return value <= limit, f"{what} is {number(value)}, over the limit {number(limit)}"


def failed(checks: Sequence[Check]) -> list[str]:
    """Return what to say of the gates that failed."""
    return [f"gate failed: {text}" for passed, text in checks if not passed]
