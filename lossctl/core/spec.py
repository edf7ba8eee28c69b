"""The spelling of a loss with its parameters: ``name`` or ``name:key=value,key=value``."""

import re
from typing import Any

from lossctl.core.errors import UsageError

CONSTANTS = {"null": None, "none": None, "true": True, "false": False}
MARKS = re.compile(r"""\"[^"]*\"|'[^']*'|[(\[]|[)\]]|,""")  # a quoted text is passed over whole
QUOTED = re.compile(r"""\"([^"]*)\"|'([^']*)'""")


def parse_spec(text: str) -> tuple[str, dict[str, Any]]:
    """Split a spec into the name and its parameters.

    Raises
    ------
    UsageError
        When a part is not ``key=value`` or a key comes twice.

    Examples
    --------
    >>> parse_spec("focal:gamma=1.5,alpha=[0.2,0.8]")
    ('focal', {'gamma': 1.5, 'alpha': [0.2, 0.8]})
    >>> parse_spec("custom:formula=max(abs(p - t), 0.1*t)")
    ('custom', {'formula': 'max(abs(p - t), 0.1*t)'})
    """
    name, colon, rest = text.partition(":")
    params: dict[str, Any] = {}
    for part in split(rest) if colon else []:
        key, equals, value = part.partition("=")
        key = key.strip()
        if not equals or not key or not value.strip():
            raise UsageError(f"{text!r}: expected name:key=value,key=value, got {part!r}")
        if key in params:
            raise UsageError(f"{text!r}: {key} is given twice")
        params[key] = parse_value(value.strip())
    return name.strip(), params


def split(text: str) -> list[str]:
    """Split at the commas that stand outside of brackets, parentheses and quotes."""
    parts, start, depth = [], 0, 0
    for mark in MARKS.finditer(text):
        if mark[0] in "([":
            depth += 1
        elif mark[0] in ")]":
            depth = max(depth - 1, 0)
        elif mark[0] == "," and depth == 0:
            parts.append(text[start : mark.start()])
            start = mark.end()
    return [*parts, text[start:]]


def parse_value(text: str) -> Any:
    """Read null, true, false, numbers, lists in brackets; all else, and what is quoted, is text."""
    if quoted := QUOTED.fullmatch(text):
        return quoted[1] if quoted[2] is None else quoted[2]
    if text.startswith("[") and text.endswith("]"):
        return [parse_value(part.strip()) for part in split(text[1:-1]) if part.strip()]
    if text.lower() in CONSTANTS:
        return CONSTANTS[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def parse_whole(option: str, text: str | None) -> int | None:
    """Read a whole number; ``none`` and no text at all are None."""
    if text is None or text.lower() in {"none", "null"}:
        return None
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{option}: expected a whole number, got {text!r}") from None


def parse_weights(option: str, text: str) -> list[float] | str:
    """Read a list of numbers, with or without brackets, or the name of a rule."""
    if text == "balanced" or text.startswith("effective"):
        return text
    try:
        return [float(part) for part in text.strip("[] ").split(",")]
    except ValueError:
        raise UsageError(
            f"{option}: expected numbers with commas between, balanced or effective:β, got {text!r}"
        ) from None
