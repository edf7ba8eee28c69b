"""Rules, constraints and conditions as trees over columns: parsed, typed, never run as code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lossctl.core.spelling import some_of
from lossctl.formulas.fuzzy_logic import FUZZY, IMPLICATION_FUNCTIONS, SEMANTICS
from lossctl.formulas.grammar import (
    AND,
    ARITHMETIC,
    COMPARISONS,
    IFF,
    IMPLIES,
    LOGIC_TOKEN,
    OR,
    Grammar,
)
from lossctl.formulas.lexer import formula_error
from lossctl.formulas.parser import NO_LOSSES, parse
from lossctl.formulas.syntax_tree import Apply, Node, Number, Variable, nodes_of
from lossctl.objective.workspace import Workspace

CONNECTIVES = {"&": AND, "and": AND, "|": OR, "or": OR}
CRISP = {"&": "and", "|": "or", "~": "not", "**": "^"}
STRICT_MARGIN = 1.2e-38  # what a strict inequality counts as missed by at its very boundary
EQUALITY_TOLERANCE = 1e-6
HINT = "compare it (x > 0.5), or map it to [0, 1] with clip(x, 0, 1) or sigmoid(x)"


@dataclass(frozen=True)
class Formula:
    """A checked tree over columns.

    Attributes
    ----------
    truths
        Columns that must lie in [0, 1].
    antecedent
        Of an implication, what stands before the arrow.
    """

    text: str
    tree: Node
    columns: tuple[str, ...]
    truths: frozenset[str] = frozenset()
    antecedent: Node | None = None


def rule_formula(text: str, semantics: str, implication: str, space: Workspace) -> Formula:
    """Parse a rule under a semantics.

    Raises
    ------
    PlacedError
        For a mistake, an unknown column, or a number where a truth is needed.
    """
    chosen, arrow = SEMANTICS[semantics], IMPLICATION_FUNCTIONS[implication]
    meaning = {
        **dict.fromkeys(("&", "and"), chosen.conjunction),
        **dict.fromkeys(("|", "or"), chosen.disjunction),
        **dict.fromkeys(("~", "not"), "not_fuzzy"),
        "->": arrow,
        "<->": f"{chosen.conjunction}<->{arrow}",
        "**": "^",
    }
    arrows = {"<->": IFF, "->": IMPLIES}
    tree = parse(text, NO_LOSSES, _grammar(space, {**arrows, **CONNECTIVES}, meaning))
    truths: set[str] = set()
    _require_truth(tree, text, truths)
    for node in nodes_of(tree):
        if isinstance(node, Apply) and node.function in FUZZY:
            for argument in node.arguments:
                _require_truth(argument, text, truths)
    columns = _columns_of(tree, text)
    is_arrow = isinstance(tree, Apply) and tree.function == arrow
    before = tree.arguments[0] if isinstance(tree, Apply) and is_arrow else None
    return Formula(text, tree, columns, frozenset(truths), before)


def constraint_formula(text: str, tolerance: float | None, space: Workspace) -> Formula:
    """Parse an inequality into what exceeds it: positive where it is violated."""
    tree = parse(text, NO_LOSSES, _grammar(space, CONNECTIVES, CRISP))
    return Formula(text, _excess_of(tree, text, tolerance), _columns_of(tree, text))


def condition_formula(text: str, space: Workspace) -> Formula:
    """Parse a condition: rows where it is 0 do not count."""
    tree = parse(text, NO_LOSSES, _grammar(space, CONNECTIVES, CRISP))
    return Formula(text, tree, _columns_of(tree, text))


def _grammar(space: Workspace, words: Mapping[str, int], meaning: Mapping[str, str]) -> Grammar:
    columns = space.known_columns()
    shown = some_of(columns)
    return Grammar(
        variable=space.variable,
        known=space.known_columns,
        columns=space.matching,
        equality=space.equality,
        precedence={**words, **ARITHMETIC},
        meaning=meaning,
        token=LOGIC_TOKEN,
        fallback=f"; columns are {shown}" if columns else "; none of the data has columns",
    )


def _columns_of(tree: Node, text: str) -> tuple[str, ...]:
    names: Iterable[str] = (part.name for part in nodes_of(tree) if isinstance(part, Variable))
    columns = tuple(sorted(set(names)))
    if not columns:
        raise formula_error(text, 0, "this formula uses no column")
    return columns


def _require_truth(node: Node, text: str, truths: set[str]) -> None:
    """Check that a tree gives a truth; note the columns that must be truths for that."""
    if isinstance(node, Variable):
        truths.add(node.name)
    elif isinstance(node, Number):
        if not 0.0 <= node.value <= 1.0:
            raise formula_error(
                text, node.at, f"{node.value:g} is not a truth value; truth values lie in [0, 1]"
            )
    elif isinstance(node, Apply) and node.function in {"min", "max", "*"}:
        for argument in node.arguments:
            _require_truth(argument, text, truths)
    elif isinstance(node, Apply) and node.function == "where":
        for argument in node.arguments[1:]:
            _require_truth(argument, text, truths)
    elif not _is_truth(node):
        raise formula_error(text, node.at, f"a number where a truth value is needed; {HINT}")


def _is_truth(node: Node) -> bool:
    if not isinstance(node, Apply):
        return False
    if node.function == "clip":
        ends = node.arguments[1:]
        return all(isinstance(end, Number) and 0.0 <= end.value <= 1.0 for end in ends)
    return node.function in FUZZY or node.function in {*COMPARISONS, "sigmoid"}


def _excess_of(node: Node, text: str, tolerance: float | None) -> Node:
    """Turn an inequality into the amount by which it is violated."""
    if isinstance(node, Apply) and node.function in {"and", "or"}:
        parts = tuple(_excess_of(argument, text, tolerance) for argument in node.arguments)
        return _apply("max" if node.function == "and" else "min", parts, node.at)
    if not isinstance(node, Apply) or node.function not in COMPARISONS:
        raise formula_error(text, node.at, "a constraint compares two numbers with <=, >= or ==")
    if node.function == "!=":
        raise formula_error(text, node.at, "!= has no penalty: its violation has no size")
    left, right = node.arguments
    for side in (left, right):
        if isinstance(side, Apply) and side.function in {"and", "or", "not", *COMPARISONS}:
            raise formula_error(text, side.at, "a comparison where a number is needed")
    if node.function == "==":
        allowed = EQUALITY_TOLERANCE if tolerance is None else tolerance
        distance = _apply("abs", (_apply("-", (left, right), node.at),), node.at)
        return _apply("-", (distance, Number(allowed, node.at)), node.at)
    low, high = (left, right) if node.function[0] == "<" else (right, left)
    excess: Node = _apply("-", (low, high), node.at)
    if len(node.function) == 1:  # a strict one is missed at its boundary too, if by nothing
        at_boundary = _apply("==", (low, high), node.at)
        excess = _apply("where", (at_boundary, Number(STRICT_MARGIN, node.at), excess), node.at)
    if tolerance:
        excess = _apply("-", (excess, Number(tolerance, node.at)), node.at)
    return excess


def _apply(function: str, arguments: tuple[Node, ...], at: int) -> Apply:
    return Apply(function, arguments, at, 1 + max(argument.depth for argument in arguments))
