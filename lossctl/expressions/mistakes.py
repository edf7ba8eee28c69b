"""Mistakes in a formula, shown under the formula."""

import unicodedata

from lossctl.core.errors import PlacedError

BEFORE, AFTER = 24, 32  # letters shown on either side of the place
LONGEST = 40  # of a word quoted in a message


def mistake(formula: str, position: int, problem: str) -> PlacedError:
    """Show what is wrong at an index into the formula, with the formula around it."""
    start = max(position - BEFORE, 0)
    head = "…" if start else ""
    tail = "…" if position + AFTER < len(formula) else ""
    shown = head + one_line(formula[start : position + AFTER]) + tail
    return PlacedError(shown, len(head) + position - start, f"character {position + 1}: {problem}")


def one_line(text: str) -> str:
    """Replace what would break the line or shift the caret: one letter stays one column."""
    return "".join(_column(letter) for letter in text)


def _column(letter: str) -> str:
    if letter in "\t\n\r":
        return " "
    wide = unicodedata.east_asian_width(letter) in {"W", "F"}
    return letter if letter.isprintable() and not wide and _stands_alone(letter) else "�"


def _stands_alone(letter: str) -> bool:
    return unicodedata.category(letter)[0] != "M"


def quoted(word: str) -> str:
    """Quote a word of the formula, cut when it is long."""
    return repr(one_line(word if len(word) <= LONGEST else word[:LONGEST] + "…"))
