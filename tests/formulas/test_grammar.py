"""What a formula means: precedence, brackets, names; and what a value is worth by hand."""

import numpy as np
import pytest

from lossctl.core.errors import UsageError
from lossctl.formulas.interpreter import value_of
from lossctl.formulas.lexer import MAX_LENGTH, tokens
from lossctl.formulas.parser import parse
from lossctl.formulas.syntax_tree import MAX_DEPTH, MAX_NODES, Number, nodes_of


def at(formula: str, p: float = 3.0, t: float = 2.0) -> float:
    """Value of a formula at one point."""
    return float(value_of(parse(formula), np.array([p]), np.array([t]))[0])


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("p + t * 2", 7.0),
        ("(p + t) * 2", 10.0),
        ("p - t - 1", 0.0),
        ("p - (t - 1)", 2.0),
        ("p / t / 2", 0.75),
        ("p / t * 2", 3.0),
        ("p / (t * 2)", 0.75),
        ("2 * p ^ 2", 18.0),
        ("t ^ p ^ t", 512.0),
        ("(t ^ p) ^ t", 64.0),
        ("t ** p ** t", 512.0),
        ("-p ^ 2", -9.0),
        ("(-p) ^ 2", 9.0),
        ("--p", 3.0),
        ("p - -t", 5.0),
        ("p * -t", -6.0),
        ("-p * t", -6.0),
        ("t ^ -1", 0.5),
        ("t ^ -1 ^ 2", 0.5),
        ("t ^ -p ^ t", 2.0**-9),
        ("t ^ -1 * 4", 2.0),
        ("-t ^ -1", -0.5),
        ("p < t + 2", 1.0),
        ("p + (t < 1)", 3.0),
        ("p == 3 and t == 2", 1.0),
        ("p == 2 or t == 2", 1.0),
        ("not p == 3", 0.0),
        ("not not p", 1.0),
        ("not p and 0", 0.0),
        ("1 or p and 0", 1.0),
        ("0 and p or 1", 1.0),
        ("(1 or p) and 0 * p", 0.0),
        ("p != 3 or t >= 2 and t <= 2", 1.0),
        ("where(p > t, 10, 20)", 10.0),
        ("max(p, t) - min(p, t)", 1.0),
        ("clip(p, 0, t)", 2.0),
        ("clip(-p, -1, t)", -1.0),
        ("square(p) + sqrt(4 * t / 2)", 11.0),
        ("predictions - targets + y", 3.0),
        ("sign(t - p) + abs(t - p)", 0.0),
        ("p\n  +\tt\r\n", 5.0),
        (".5*p + 1.*t + 1e1 + 2E-1", 13.7),
        ("p*pi - p*e", 3 * (3.141592653589793 - 2.718281828459045)),
    ],
)
def test_values_by_hand(formula: str, value: float) -> None:
    assert at(formula) == pytest.approx(value, rel=1e-15)


def test_constants_are_evaluated_once() -> None:
    (number,) = nodes_of(parse("(1 + 2) * 3 ^ 2 - sqrt(16) / -4"))
    assert isinstance(number, Number)
    assert number.value == 28.0
    assert sum(1 for _ in nodes_of(parse("p * (2 * pi) ^ 0.5"))) == 3


def test_tokens_know_their_place() -> None:
    found = [(token.kind, token.text, token.at) for token in tokens(" p**2>= .5e3 ")]
    assert found == [
        ("name", "p", 1),
        ("operator", "**", 2),
        ("number", "2", 4),
        ("operator", ">=", 5),
        ("number", ".5e3", 8),
        ("end", "", 13),
    ]


def balanced(terms: int) -> str:
    """A sum of so many terms, no deeper than it must be."""
    if terms == 1:
        return "p"
    return f"({balanced(terms // 2)}+{balanced(terms - terms // 2)})"


def test_the_limits_themselves_are_allowed() -> None:
    assert at("p" + " " * (MAX_LENGTH - 1)) == 3.0
    assert at("(" * MAX_DEPTH + "p" + ")" * MAX_DEPTH) == 3.0
    assert at("-" * (MAX_DEPTH - 2) + "p") == 3.0
    assert at("+".join(["p"] * MAX_DEPTH)) == 3.0 * MAX_DEPTH
    assert at(balanced(MAX_NODES // 2)) == 3.0 * (MAX_NODES // 2)
    assert at("p^8 + p^-8") == pytest.approx(6561 + 1 / 6561)
    assert at("p + 2^100", 0.0) == 2.0**100


@pytest.mark.parametrize(
    ("level", "times"),
    [
        ("0 or 1 and not 1 < 0 + 1 * abs(", MAX_DEPTH // 2),  # "not" and a bracket are two
        ("0 or 1 and 1 < 0 + 1 * max(0, ", MAX_DEPTH),
        ("0 or 1 and 1 < 0 + 1 * 2^(", MAX_DEPTH // 2),
    ],
)
def test_nesting_in_every_way_does_not_exhaust_the_stack(level: str, times: int) -> None:
    with pytest.raises(UsageError, match="more than 64 operations deep"):
        parse(level * times + "p" + ")" * level.count("(") * times)
