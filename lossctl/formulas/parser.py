"""Parse a formula into a checked tree: precedence climbing, no recursion beyond the depth limit.

From loosest to tightest: ``<->`` and ``->`` where a grammar has them, ``or``, ``and``, ``not``,
comparisons, ``+ -``, ``* /``, unary ``-``, and ``^`` or ``**``, from the right. So ``-p^2`` is
−(p²), ``2^-1`` is ½ and ``2^3^2`` is 2⁹.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from lossctl.core.errors import PlacedError, UsageError
from lossctl.core.spelling import did_you_mean, plural
from lossctl.formulas.functions import CONSTANTS, FUNCTIONS
from lossctl.formulas.grammar import (
    COMPARISON,
    COMPARISONS,
    FORMULA,
    MINUS,
    NOT,
    RIGHT,
    Grammar,
)
from lossctl.formulas.interpreter import apply_to_numbers
from lossctl.formulas.lexer import Token, formula_error, quoted, tokens
from lossctl.formulas.syntax_tree import (
    MAX_DEPTH,
    MAX_NODES,
    Apply,
    ElementLoss,
    LossTerm,
    Node,
    Number,
    Variable,
)

MAX_EXPONENT = 8.0

WORDS = ("and", "or", "not")
AGGREGATES = {"sum": "+", "mean": "+", "min": "min", "max": "max"}
NOT_FINITE = ("nan", "inf", "infinity")
TRUTH = {"true": True, "false": False}


Bind: TypeAlias = Callable[[Mapping[str, Any]], ElementLoss]


@dataclass(frozen=True)
class LossLookup:
    """The losses a formula may name.

    Attributes
    ----------
    find
        ``find(name)(params)`` is the loss with its parameters; ``find`` returns None for a name it
        does not know. Either raises ``UsageError``: for a loss that cannot stand in a formula, and
        for parameters it does not take.
    names
        The names, for spelling hints; called only when a name is unknown.
    """

    find: Callable[[str], Bind | None]
    names: Callable[[], Iterable[str]]


NO_LOSSES = LossLookup(lambda _name: None, tuple)


def parse(formula: str, losses: LossLookup = NO_LOSSES, grammar: Grammar = FORMULA) -> Node:
    """Parse and check a formula.

    Raises
    ------
    PlacedError
        With the formula and a caret under the first mistake.

    Examples
    --------
    >>> parse("1 + 2 * 3")
    Number(value=7.0, at=2, depth=1)
    """
    return _Parser(formula, losses, grammar).whole()


class _Parser:
    """One pass over the tokens of a formula."""

    def __init__(self, formula: str, losses: LossLookup, grammar: Grammar) -> None:
        self.formula = formula
        self.losses = losses
        self.grammar = grammar
        self.tokens = tokens(formula, grammar.token)
        self.next = 0
        self.nodes = 0
        self.nesting = 0

    @property
    def negations(self) -> tuple[str, ...]:
        return ("not", "~") if self.grammar.aggregates else ("not",)

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def take(self) -> Token:
        """Return the token and step past it; the end stays."""
        token = self.token
        self.next += token.kind != "end"
        return token

    def sees(self, *texts: str) -> bool:
        return self.token.kind in {"operator", "name"} and self.token.text in texts

    def expect(self, text: str, instead: str) -> None:
        if not self.sees(text):
            raise self.error(self.token.at, f"expected {instead}, got {self.seen()}")
        self.take()

    def seen(self) -> str:
        return "the end" if self.token.kind == "end" else quoted(self.token.text)

    def error(self, at: int, problem: str) -> PlacedError:
        return formula_error(self.formula, at, problem)

    def whole(self) -> Node:
        tree = self.expression(0)
        if self.token.kind != "end":
            raise self.error(self.token.at, self.leftover())
        return tree

    def leftover(self) -> str:
        """Say why the formula cannot go on with this token."""
        if self.sees("="):
            return "'=' is not a comparison; write == for equality"
        if self.sees(")"):
            return "unmatched ')'"
        if self.sees("("):
            return "only named functions can be called; write * to multiply"
        return f"expected an operator, got {self.seen()}"

    def nested(self, precedence: int) -> Node:
        """Parse an expression inside another one."""
        self.nesting += 1
        if self.nesting > MAX_DEPTH:
            raise self.error(self.token.at, f"nested more than {MAX_DEPTH} levels deep")
        node = self.expression(precedence)
        self.nesting -= 1
        return node

    def expression(self, precedence: int) -> Node:
        """Parse operands joined by operators at least so tight."""
        left = self.text_first() if self.token.kind == "text" else self.operand(precedence)
        while (level := self.level()) >= max(precedence, 1):
            operator = self.take()
            if level == COMPARISON and self.token.kind == "text":
                left = self.equality(left, operator, self.take())
            else:
                right = self.nested(level) if level in RIGHT else self.expression(level + 1)
                left = self.apply(self.meaning(operator.text), (left, right), operator.at)
            if level == COMPARISON and self.sees(*COMPARISONS):
                problem = "comparisons cannot be chained; write a < b and b < c"
                raise self.error(self.token.at, problem)
        return left

    def text_first(self) -> Node:
        """Parse a comparison that begins with its text."""
        word = self.take()
        if not self.sees(*COMPARISONS):
            raise self.error(word.at, "text can only be compared with a column, by == or !=")
        operator = self.take()
        return self.equality(self.expression(COMPARISON + 1), operator, word)

    def equality(self, column: Node, operator: Token, word: Token) -> Node:
        """Compare a column with a text: as 1 or 0 with 1, or with 0 for !=."""
        if operator.text not in {"==", "!="} or not isinstance(column, Variable):
            raise self.error(word.at, "text can only be compared with a column, by == or !=")
        self.count(word.at)
        holds = Variable(self.grammar.equality(column.name, word.text), column.at)
        wanted = self.number(float(operator.text == "=="), word.at)
        return self.apply(self.meaning("=="), (holds, wanted), operator.at)

    def level(self) -> int:
        """Tightness of the operator that comes next, 0 when none does."""
        if self.token.kind not in {"operator", "name"}:
            return 0
        return self.grammar.precedence.get(self.token.text, 0)

    def meaning(self, operator: str) -> str:
        return self.grammar.meaning.get(operator, operator)

    def operand(self, precedence: int) -> Node:
        start = self.take()
        if start.kind == "operator" and start.text == "-":
            return self.apply("neg", (self.nested(MINUS),), start.at)
        if start.text in self.negations and start.kind != "end" and precedence <= NOT:
            return self.apply(self.meaning("not"), (self.nested(NOT),), start.at)
        if start.kind == "operator" and start.text == "(":
            node = self.nested(0)
            self.expect(")", "an operator or ')'")
            return node
        if start.kind == "number":
            return self.number(float(start.text), start.at)
        if start.kind == "name" and start.text not in WORDS:
            return self.named(start)
        if start.kind == "column":
            return self.column(start)
        seen = "the end" if start.kind == "end" else quoted(start.text)
        raise self.error(start.at, f"expected a number, a name or '(', got {seen}")

    def column(self, name: Token) -> Node:
        """Parse the name of a column in backticks, which is nothing else whatever it says."""
        variable = self.grammar.variable(name.text)
        if variable is None:
            hint = did_you_mean(name.text, self.grammar.known()) or self.grammar.fallback
            raise self.error(name.at, f"no column is called {quoted(name.text)}{hint}")
        self.count(name.at)
        return Variable(variable, name.at)

    def named(self, name: Token) -> Node:
        """Parse what starts with a name: a variable, a constant, a function or a loss."""
        called = self.sees("(")
        variable = self.grammar.variable(name.text)
        if called and self.grammar.aggregates and name.text in AGGREGATES:
            return self.aggregate(name)
        if name.text in FUNCTIONS and not (variable and not called):
            if not called:
                usage = f"{name.text}({', '.join(FUNCTIONS[name.text].arguments)})"
                raise self.error(name.at, f"{name.text} is a function; write {usage}")
            return self.call(name)
        if variable or name.text in CONSTANTS:
            if called:
                raise self.error(name.at, f"{name.text} is not a function; write * to multiply")
            if not variable:
                return self.number(CONSTANTS[name.text], name.at)
            self.count(name.at)
            return Variable(variable, name.at)
        return self.loss(name, called=called)

    def call(self, name: Token) -> Node:
        self.take()
        arguments: list[Node] = []
        while not self.sees(")"):
            if arguments:
                self.expect(",", "',' or ')'")
            arguments.append(self.nested(0))
            if self.sees("="):
                raise self.error(self.token.at, f"{name.text} takes no named parameters")
        self.take()
        expected = FUNCTIONS[name.text].arguments
        if len(arguments) != len(expected):
            takes = f"{plural(len(expected), 'argument')} ({', '.join(expected)})"
            raise self.error(name.at, f"{name.text} takes {takes}, got {len(arguments)}")
        return self.apply(name.text, tuple(arguments), name.at)

    def aggregate(self, name: Token) -> Node:
        """Parse sum, mean, min or max of columns and expressions, joined two by two."""
        self.take()
        parts: list[Node] = []
        while not parts or not self.sees(")"):
            if parts:
                self.expect(",", "',' or ')'")
            parts += self.columns() or [self.nested(0)]
        self.take()
        function, count = AGGREGATES[name.text], float(len(parts))
        # Two by two: a sum over 500 columns is nine levels deep, and rounds less than a chain.
        while len(parts) > 1:
            pairs = zip(parts[::2], parts[1::2], strict=False)
            last = parts[-1:] if len(parts) % 2 else []
            parts = [self.apply(function, pair, name.at) for pair in pairs] + last
        if name.text != "mean":
            return parts[0]
        return self.apply("/", (parts[0], self.number(count, name.at)), name.at)

    def columns(self) -> list[Node]:
        """Return the columns that the next argument names, if it names several."""
        word, follows = self.token, self.tokens[min(self.next + 1, len(self.tokens) - 1)]
        if word.kind != "glob" and (word.kind != "name" or follows.text not in {",", ")"}):
            return []
        columns = self.grammar.columns(word.text)
        if not columns:
            if word.kind == "name":
                return []
            hint = did_you_mean(word.text[:-1], self.grammar.known())
            raise self.error(word.at, f"no column is called {quoted(word.text)}{hint}")
        self.take()
        nodes: list[Node] = []
        for column in columns:
            self.count(word.at)
            nodes.append(Variable(column, word.at))
        return nodes

    def loss(self, name: Token, *, called: bool) -> Node:
        """Parse a loss, with its parameters in brackets if there are any."""
        self.count(name.at)
        try:
            bind = self.losses.find(name.text)
        except UsageError as error:
            raise self.error(name.at, str(error)) from None
        if bind is None:
            raise self.error(name.at, self.unknown(name.text))
        params = self.params(name) if called else {}
        try:
            return LossTerm(name.text, bind(params), name.at)
        except UsageError as error:
            raise self.error(name.at, str(error)) from None

    def params(self, loss: Token) -> dict[str, Any]:
        self.take()
        params: dict[str, Any] = {}
        while not self.sees(")"):
            if params:
                self.expect(",", "',' or ')'")
            key = self.take()
            if key.kind != "name" or not self.sees("="):
                problem = (
                    f"{loss.text} is the loss of p and t; the brackets hold parameters as "
                    "name=value"
                )
                raise self.error(key.at, problem)
            if key.text in params:
                raise self.error(key.at, f"{key.text} is given twice")
            self.take()
            params[key.text] = self.param(key)
        self.take()
        return params

    def param(self, key: Token) -> Any:
        """Parse the value of a parameter: a number, true, false or a word."""
        word = self.token
        if word.kind == "name" and word.text not in {
            *CONSTANTS,
            *FUNCTIONS,
            *self.grammar.known(),
            *WORDS,
        }:
            self.take()
            return TRUTH.get(word.text.lower(), word.text)
        value = self.nested(0)
        if not isinstance(value, Number):
            raise self.error(word.at, f"{key.text} must be a constant")
        return value.value

    def unknown(self, name: str) -> str:
        if name.lower() in NOT_FINITE:
            return f"{name} is not a finite number"
        known = [*self.grammar.known(), *CONSTANTS, *FUNCTIONS, *self.losses.names()]
        hint = did_you_mean(name, known) or self.grammar.fallback
        return f"unknown name {quoted(name)}{hint}"

    def number(self, value: float, at: int) -> Node:
        self.count(at)
        if not math.isfinite(value):
            raise self.error(at, "this is not a finite number")
        return Number(value, at)

    def apply(self, function: str, arguments: tuple[Node, ...], at: int) -> Node:
        """Join nodes under a function; what is constant is evaluated now."""
        self.count(at)
        values = [argument.value for argument in arguments if isinstance(argument, Number)]
        # Folding constants here, where the place is known, puts the caret under a division by zero.
        if len(values) == len(arguments):
            value = apply_to_numbers(function, values)
            if not math.isfinite(value):
                raise self.error(at, f"this gives {value}, not a finite number")
            return Number(value, at)
        exponent = arguments[-1]
        if function == "^" and isinstance(exponent, Number) and abs(exponent.value) > MAX_EXPONENT:
            problem = f"exponents must lie between -{MAX_EXPONENT:g} and {MAX_EXPONENT:g}"
            raise self.error(exponent.at, f"{problem}, got {exponent.value:g}")
        depth = 1 + max(argument.depth for argument in arguments)
        if depth > MAX_DEPTH:
            problem = (
                f"more than {MAX_DEPTH} operations deep; put the parts of a long sum in brackets"
            )
            raise self.error(at, problem)
        return Apply(function, arguments, at, depth)

    def count(self, at: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            problem = f"more than {MAX_NODES} numbers, names and operators"
            raise self.error(at, problem)
