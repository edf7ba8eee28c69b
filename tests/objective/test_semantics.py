"""Rules: truth tables at 0 and 1, the published formulas between, and their gradients."""

import itertools
import math

import numpy as np
import pytest

from tests.exhaustive import rest
from tests.objective._help import answer_of, gradients_of, numeric_gradient

SEMANTICS = ("product", "godel", "lukasiewicz")
IMPLICATIONS = ("reichenbach", "kleene_dienes", "goguen", "lukasiewicz", "godel")
TABLES = {  # at (a, b) = 00, 01, 10, 11
    "a & b": "0001",
    "a and b": "0001",
    "a | b": "0111",
    "a or b": "0111",
    "~a": "1100",
    "not a": "1100",
    "a -> b": "1101",
    "a <-> b": "1001",
    "a & ~b -> a": "1111",
    "~(a | b) <-> ~a & ~b": "1111",
    "a -> b -> a": "1111",
    "(a -> b) -> a": "0011",
    "a | b & ~a": "0111",
    "min(a, b)": "0001",
    "a > 0.5 & b <= 0.5": "0010",
    "where(a > 0.5, b, ~b)": "1001",
}


def truth(formula: str, a: float, b: float, semantics: str, implication: str) -> float:
    """Return the truth of a rule in one row."""
    text = (
        f'rules: [{{formula: "{formula}", semantics: {semantics}, implication: {implication}}}]\n'
    )
    (found,) = answer_of(text, {"a": np.array([a]), "b": np.array([b])}).components
    return found.satisfaction


@pytest.mark.parametrize("semantics", SEMANTICS)
@pytest.mark.parametrize("implication", IMPLICATIONS)
@pytest.mark.parametrize("formula", TABLES)
def test_truth_tables(formula: str, semantics: str, implication: str) -> None:
    for a, b in itertools.product((False, True), repeat=2):
        found = truth(formula, float(a), float(b), semantics, implication)
        assert found == float(TABLES[formula][2 * a + b]), (a, b)


AND = {
    "product": lambda a, b: a * b,
    "godel": min,
    "lukasiewicz": lambda a, b: max(0.0, a + b - 1.0),
}
OR = {
    "product": lambda a, b: a + b - a * b,
    "godel": max,
    "lukasiewicz": lambda a, b: min(1.0, a + b),
}
IMPLIES = {
    "reichenbach": lambda a, b: 1.0 - a + a * b,
    "kleene_dienes": lambda a, b: max(1.0 - a, b),
    "goguen": lambda a, b: 1.0 if a <= b else b / a,
    "lukasiewicz": lambda a, b: min(1.0, 1.0 - a + b),
    "godel": lambda a, b: 1.0 if a <= b else b,
}
BETWEEN = [(0.2, 0.1), (0.1, 0.2), (0.7, 0.7), (0.9, 0.35), (0.5, 0.5), (1.0, 0.4), (0.0, 0.0)]


@pytest.mark.parametrize("semantics", SEMANTICS)
@pytest.mark.parametrize("pair", BETWEEN)
def test_and_or_between(semantics: str, pair: tuple[float, float]) -> None:
    a, b = pair
    found = [truth(f, a, b, semantics, "goguen") for f in ("a & b", "a | b", "~a")]
    wanted = [AND[semantics](a, b), OR[semantics](a, b), 1.0 - a]
    assert found == pytest.approx(wanted, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("implication", IMPLICATIONS)
@pytest.mark.parametrize("pair", BETWEEN)
def test_implications_between(implication: str, pair: tuple[float, float]) -> None:
    a, b = pair
    assert truth("a -> b", a, b, "product", implication) == pytest.approx(
        IMPLIES[implication](a, b), rel=1e-14, abs=1e-15
    )
    both = AND["godel"](IMPLIES[implication](a, b), IMPLIES[implication](b, a))
    assert truth("a <-> b", a, b, "godel", implication) == pytest.approx(both, rel=1e-14)


@pytest.mark.parametrize(
    ("implication", "wanted"),
    [
        ("kleene_dienes", 0.80),
        ("reichenbach", 0.82),
        ("lukasiewicz", 0.90),
        ("godel", 0.10),
        ("goguen", 0.50),
    ],
)
def test_the_semantics_changes_the_number(implication: str, wanted: float) -> None:
    """Published values for .2 → .1."""
    assert truth("a -> b", 0.2, 0.1, "product", implication) == pytest.approx(wanted, rel=1e-14)


def test_the_implication_of_a_semantics() -> None:
    wanted = {"product": 0.82, "godel": 0.80, "lukasiewicz": 0.90}
    for semantics, truth_wanted in wanted.items():
        text = f'semantics: {semantics}\nrules: [{{formula: "a -> b"}}]\n'
        (found,) = answer_of(text, {"a": np.array([0.2]), "b": np.array([0.1])}).components
        assert found.satisfaction == pytest.approx(truth_wanted)
        assert found.details["semantics"] == semantics


ROWS = {"a": np.r_[np.ones(990), np.zeros(10)]}


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ("p: 1", 0.99),
        ("p: 2", 0.90),
        ("p: 8", 1.0 - 0.01 ** (1 / 8)),
    ],
)
def test_forall_is_a_p_mean_of_errors(more: str, wanted: float) -> None:
    """Ten of a thousand rows are false: mean .99, p = 2 .90, p = 8 .44."""
    text = f"rules: [{{formula: a, quantifier: forall, {more}}}]\n"
    (found,) = answer_of(text, ROWS).components
    assert found.satisfaction == pytest.approx(wanted, rel=1e-12)
    assert found.raw == pytest.approx((1.0 - wanted) ** 2, rel=1e-12)
    assert found.violations.violated == 10


def test_exists_is_a_p_mean() -> None:
    values = np.array([0.1, 0.4, 0.9])
    text = "rules: [{formula: a, quantifier: exists, p: 3, temperature: 0.5}]\n"
    (found,) = answer_of(text, {"a": values}).components
    wanted = ((0.1**3 + 0.4**3 + 0.9**3) / 3.0) ** (1.0 / 3.0)
    assert found.satisfaction == pytest.approx(wanted, rel=1e-14)
    assert found.raw == pytest.approx(((1.0 - wanted) / 0.5) ** 2, rel=1e-12)


def test_the_product_over_rows_is_a_mean_of_logarithms() -> None:
    values = np.array([0.5, 0.8, 0.9])
    text = "rules: [{formula: a, quantifier: forall, aggregator: log_product}]\n"
    (found,) = answer_of(text, {"a": values}).components
    assert found.satisfaction == pytest.approx((0.5 * 0.8 * 0.9) ** (1.0 / 3.0), rel=1e-14)


def test_groups() -> None:
    values, group = np.array([0.9, 0.2, 1.0, 0.6, 0.6]), np.array([7, 3, 7, 3, 5])
    text = "rules: [{formula: a, quantifier: forall, over: g}]\n"
    (found,) = answer_of(text, {"a": values, "g": group}).components
    errors = [math.sqrt((0.8**2 + 0.4**2) / 2), 0.4, math.sqrt((0.1**2 + 0.0) / 2)]
    assert found.groups == 3
    assert found.raw == pytest.approx(sum(e * e for e in errors) / 3, rel=1e-14)
    assert found.satisfaction == pytest.approx(1 - sum(errors) / 3, rel=1e-14)


def test_forall_of_two_is_the_plain_loss_of_the_rule() -> None:
    values = {"a": np.random.default_rng(3).random(50)}
    plain = answer_of("rules: [{formula: a}]\n", values).total
    quantified = answer_of("rules: [{formula: a, quantifier: forall}]\n", values).total
    assert quantified == pytest.approx(plain, rel=1e-14)


def test_how_often_the_condition_holds() -> None:
    values = {"a": np.array([1.0, 0.0, 0.6, 0.2]), "b": np.array([0.0, 0.0, 1.0, 1.0])}
    (found,) = answer_of('rules: [{formula: "a -> b"}]\n', values).components
    assert found.antecedent == (pytest.approx(0.45), 0.5)
    assert found.violations.violated == 1
    assert [one.index for one in found.worst] == [(0,)]


def test_a_rule_that_holds_for_want_of_a_case() -> None:
    values = {"a": np.zeros(10), "b": np.zeros(10)}
    (found,) = answer_of('rules: [{formula: "a -> b"}]\n', values).components
    assert found.satisfaction == 1.0
    assert any("it does not apply to them" in note for note in found.notes)


DRAW = np.random.default_rng(11)
AT = {name: DRAW.uniform(0.15, 0.85, 12) for name in "abc"} | {
    "g": DRAW.integers(0, 3, 12),
    "w": DRAW.uniform(0.5, 2.0, 12),
    "m": (DRAW.random(12) > 0.3).astype(float),
}
FORMULAS = (
    "a & b -> c",
    "a & (b > 0.5) | ~c",
    rest("~a | b <-> c"),
    rest("a -> b -> c"),
)


@pytest.mark.parametrize("semantics", SEMANTICS)
@pytest.mark.parametrize("implication", IMPLICATIONS)
@pytest.mark.parametrize("formula", FORMULAS)
def test_gradients(formula: str, semantics: str, implication: str) -> None:
    text = (
        f'rules: [{{formula: "{formula}", semantics: {semantics}, implication: {implication}, '
        "temperature: 0.7, targets: 0.9, weight: 3, weights: w, mask: m}]\n"
    )
    found = gradients_of(text, AT)
    for name in "abc":
        wanted = numeric_gradient(text, AT, name)
        np.testing.assert_allclose(found[name], wanted, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(
    "more",
    [
        "quantifier: forall, p: 3",
        "quantifier: exists, p: 2.5, targets: 0.95",
        "quantifier: forall, aggregator: log_product",
        "quantifier: forall, over: g",
        "quantifier: exists, over: g, p: 4, weights: w, where: a > 0.3",
    ],
)
def test_gradients_of_quantifiers(more: str) -> None:
    text = f'rules: [{{formula: "a & b -> c", {more}, temperature: 0.6}}]\n'
    found = gradients_of(text, AT)
    for name in "abc":
        wanted = numeric_gradient(text, AT, name)
        np.testing.assert_allclose(found[name], wanted, rtol=1e-5, atol=1e-8)
