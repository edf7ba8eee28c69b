"""Split a formula into tokens. Only ASCII is accepted, so no letter can pass for another."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lossctl.core.errors import PlacedError
from lossctl.expressions.dialect import FORMULA_TOKEN
from lossctl.expressions.mistakes import mistake

MAX_LENGTH = 4096

Kind: TypeAlias = Literal["number", "name", "glob", "operator", "end"]

SPACE = re.compile(r"[ \t\r\n]*")

INSTEAD = {
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
    """Split a formula by the pattern of its dialect; the last token is the end.

    Raises
    ------
    PlacedError
        For a formula that is too long or holds a letter that means nothing.
    """
    if len(formula) > MAX_LENGTH:
        problem = f"the formula has {len(formula)} characters, at most {MAX_LENGTH} are read"
        raise mistake(formula, MAX_LENGTH, problem)
    found: list[Token] = []
    at = 0
    while not found or found[-1].kind != "end":
        match = pattern.match(formula, at)
        if match is None:
            raise _stray(formula, SPACE.match(formula, at).end())  # type: ignore[union-attr]
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        found.append(Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return found


def _stray(formula: str, at: int) -> PlacedError:
    letter = formula[at]
    name = repr(letter) if letter.isascii() else f"{letter!r} (U+{ord(letter):04X})"
    if letter == ".":
        problem = "'.' has no meaning here: there are no attributes"
    elif letter in "'\"`":
        problem = f"{name}: there are no strings"
    elif letter in INSTEAD:
        problem = f"{name} has no meaning here; write {INSTEAD[letter]}"
    else:
        problem = f"{name} has no meaning in a formula"
    return mistake(formula, at, problem)
