"""Split a formula into tokens, and show errors in it with a caret under their place.

Only ASCII is accepted, so no letter can pass for another, but for names of columns in backticks.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lossctl.core.errors import PlacedError
from lossctl.formulas.grammar import FORMULA_TOKEN

MAX_LENGTH = 4096
BEFORE, AFTER = 24, 32  # letters shown on either side of the place
MAX_QUOTED = 40  # of a word quoted in a message

Kind: TypeAlias = Literal["number", "name", "column", "text", "glob", "operator", "end"]

SPACE = re.compile(r"[ \t\r\n]*")

REPLACEMENTS = {
    **dict.fromkeys("−–—", "-"),
    **dict.fromkeys("×·⋅∗", "*"),
    "÷": "/",
    "²": "^2",
    "³": "^3",
    "√": "sqrt(…)",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "π": "pi",
    "|": "abs(…), or",
    "&": "and",
    "!": "not",
    "[": "(",
    "]": ")",
    "{": "(",
    "}": ")",
}


@dataclass(frozen=True)
class Token:
    """A piece of a formula and the index where it starts."""

    kind: Kind
    text: str
    at: int


def tokens(formula: str, pattern: re.Pattern[str] = FORMULA_TOKEN) -> list[Token]:
    """Split a formula by the pattern of its grammar; the last token is the end.

    Raises
    ------
    PlacedError
        For a formula that is too long or holds a letter that means nothing.
    """
    if len(formula) > MAX_LENGTH:
        problem = f"the formula has {len(formula)} characters; at most {MAX_LENGTH} are allowed"
        raise formula_error(formula, MAX_LENGTH, problem)
    split: list[Token] = []
    at = 0
    while not split or split[-1].kind != "end":
        match = pattern.match(formula, at)
        if match is None:
            place = SPACE.match(formula, at).end()  # type: ignore[union-attr]
            raise _unknown_letter(formula, place, columns="column" in pattern.groupindex)
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        split.append(Token(kind, _inner(kind, match[kind]), match.start(kind)))
        at = match.end()
    return split


def _inner(kind: Kind, text: str) -> str:
    return text[1:-1] if kind == "text" else text


def _unknown_letter(formula: str, at: int, *, columns: bool) -> PlacedError:
    letter = formula[at]
    name = repr(letter) if letter.isascii() else f"{letter!r} (U+{ord(letter):04X})"
    if letter == ".":
        problem = "'.' is not allowed here: formulas have no attributes"
    elif letter in "'\"`":
        words = "the closing quote is missing" if columns else "formulas have no strings"
        problem = f"{name}: {words}"
    elif letter in REPLACEMENTS:
        problem = f"{name} is not allowed here; write {REPLACEMENTS[letter]}"
    else:
        problem = f"{name} is not allowed in a formula"
    return formula_error(formula, at, problem)


def formula_error(formula: str, position: int, problem: str) -> PlacedError:
    """Show what is wrong at an index into the formula, with the formula around it."""
    start = max(position - BEFORE, 0)
    head = "…" if start else ""
    tail = "…" if position + AFTER < len(formula) else ""
    shown = head + one_line(formula[start : position + AFTER]) + tail
    return PlacedError(shown, len(head) + position - start, f"character {position + 1}: {problem}")


def one_line(text: str) -> str:
    """Replace what would break the line or shift the caret: one letter stays one column."""
    return "".join(_shown_letter(letter) for letter in text)


def _shown_letter(letter: str) -> str:
    if letter in "\t\n\r":
        return " "
    wide = unicodedata.east_asian_width(letter) in {"W", "F"}
    return letter if letter.isprintable() and not wide and _is_spacing(letter) else "�"


def _is_spacing(letter: str) -> bool:
    return unicodedata.category(letter)[0] != "M"


def quoted(word: str) -> str:
    """Quote a word of the formula, cut when it is long."""
    return repr(one_line(word if len(word) <= MAX_QUOTED else word[:MAX_QUOTED] + "…"))
