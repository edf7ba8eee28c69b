"""A grammar: what a text of one kind may say, its variables, how operators bind, what they mean.

``custom`` formulas know predictions and targets; rules, constraints and conditions know columns,
write ``&``, ``|``, ``~``, ``->`` and ``<->``, and give each connective the meaning of a semantics.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lossctl.formulas.functions import FUNCTIONS, VARIABLES

IFF, IMPLIES, OR, AND, NOT, COMPARISON, SUM, PRODUCT, MINUS, POWER = range(1, 11)
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
RIGHT = (IMPLIES, POWER)  # operators that group from the right
ARITHMETIC: Mapping[str, int] = {
    **dict.fromkeys(COMPARISONS, COMPARISON),
    **dict.fromkeys("+-", SUM),
    **dict.fromkeys("*/", PRODUCT),
    **dict.fromkeys(("^", "**"), POWER),
}

SPACE = r"[ \t\r\n]*"
NUMBER = r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
NAME = r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
# Only before "," or ")", where no factor can follow: p_*2 stays a product.
GLOB = r"(?P<glob>[A-Za-z_][A-Za-z0-9_]*\*(?=[ \t\r\n]*[,)]))"
# A column of any name, as pandas quotes it: `age-y`.
QUOTED = r"`(?P<column>[^`\r\n]+)`"
TEXT = r"(?P<text>\"[^\"\r\n]*\"|'[^'\r\n]*')"
END = r"(?P<end>\Z)"
FORMULA_TOKEN = re.compile(
    rf"{SPACE}(?:{NUMBER}|{NAME}|(?P<operator>\*\*|[<>=!]=|[-+*/^(),<>=])|{END})", re.ASCII
)
LOGIC_TOKEN = re.compile(
    rf"{SPACE}(?:{NUMBER}|{GLOB}|{NAME}|{QUOTED}|{TEXT}"
    rf"|(?P<operator><->|->|\*\*|[<>=!]=|[-+*/^(),<>=&|~])|{END})",
    re.ASCII,
)


@dataclass(frozen=True)
class Grammar:
    """The words of one kind of text.

    Attributes
    ----------
    variable
        The variable a name stands for, or None.
    known
        Every name of a variable, for spelling hints.
    columns
        The variables a glob (``p_*``) or the name of a wide array stands for; empty for none.
    equality
        The variable that is 1 where a column of text holds a word and 0 elsewhere, by both.
    precedence
        How tightly each operator binds: the higher, the tighter.
    meaning
        The function behind an operator, where it is not called like it.
    token
        The pattern of tokens.
    fallback
        What an unknown name without a near one is answered with.
    """

    variable: Callable[[str], str | None]
    known: Callable[[], Iterable[str]]
    columns: Callable[[str], Sequence[str]]
    equality: Callable[[str, str], str]
    precedence: Mapping[str, int]
    meaning: Mapping[str, str]
    token: re.Pattern[str]
    fallback: str

    @property
    def aggregates(self) -> bool:
        """Whether sum, mean, min and max run over columns."""
        return self.token is LOGIC_TOKEN


FORMULA = Grammar(
    variable=VARIABLES.get,
    known=lambda: VARIABLES,
    columns=lambda _name: (),
    equality=lambda name, _word: name,
    precedence={"or": OR, "and": AND, **ARITHMETIC},
    meaning={"**": "^"},
    token=FORMULA_TOKEN,
    fallback=f"; use p, t, {', '.join(FUNCTIONS)}",
)
