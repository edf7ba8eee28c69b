"""Values and derivatives agree with an evaluation that shares nothing with the package."""

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from mpmath import mp, mpf

from lossctl.core.errors import UsageError
from lossctl.formulas.interpreter import slope_of, value_of
from lossctl.formulas.parser import parse
from tests.formulas._trees import (
    CALLS,
    DIGITS,
    INFIX,
    POINTS,
    TREES,
    UnsafeError,
    meaning,
    slope,
    written,
)

UNARY = sorted(name for name, (arity, _) in CALLS.items() if arity == 1)
GRID = [-2.71, -1.3, -0.4, 0.23, 0.77, 1.9, 3.3]


def evaluated(formula: str, p: float, t: float, dtype: Any = np.float64) -> tuple[float, float]:
    """Value and slope at one point, through the package."""
    tree = parse(formula)
    arrays = np.array([p], dtype), np.array([t], dtype)
    (value,), (found,) = value_of(tree, *arrays), slope_of(tree, *arrays)
    return float(value), float(found)


def agree(tree: Any, p: float, t: float) -> bool:
    """Compare one formula at one point; False where nothing can be said."""
    try:
        with mp.workdps(DIGITS):
            value = meaning(tree, mpf(p), mpf(t))
        rate = slope(tree, p, t)
    except UnsafeError:
        return False
    if abs(rate) > 1e4:
        return False
    found = evaluated(written(tree), p, t)
    assert found == (
        pytest.approx(float(value), rel=1e-9, abs=1e-9),
        pytest.approx(float(rate), rel=1e-7, abs=1e-7),
    ), written(tree)
    return True


def is_read(formula: str) -> bool:
    """Whether the parser reads it; refused are constants that are not finite or over 8 on top."""
    try:
        parse(formula)
    except UsageError as error:
        if re.search("not a finite number|exponents must lie", str(error)):
            return False
        raise
    return True


@settings(max_examples=5 * settings().max_examples)
@given(TREES, POINTS, POINTS)
def test_random_formulas_agree(tree: Any, p: float, t: float) -> None:
    assume(is_read(written(tree)))
    assume(agree(tree, p, t))


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_argument(name: str) -> None:
    trees = [(name, "p"), (name, ("-", "p", "t")), (name, ("*", 1.7, ("+", "p", 3.5)))]
    assert sum(agree(tree, p, 0.61) for tree in trees for p in GRID) >= 10


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("outer", UNARY)
def test_functions_of_functions(outer: str, name: str) -> None:
    inner = (name, ("+", ("*", 0.4, "p"), 1.4))
    tree = ("+", (outer, ("+", ("*", 0.3, inner), 1.2)), ("*", "p", 0.5))
    assert sum(agree(tree, p, 0.0) for p in GRID) >= 3


@pytest.mark.parametrize("word", sorted({*INFIX, "min", "max"}))
@pytest.mark.parametrize(
    ("left", "right"),
    [("p", "t"), ("t", "p"), ("p", 1.5), (1.5, "p"), (("+", "p", 5.0), ("*", "p", 0.25))],
)
def test_functions_of_two_arguments(word: str, left: Any, right: Any) -> None:
    tree = ("+", (word, left, right), ("*", "p", 0.5))
    assert sum(agree(tree, p, t) for p in GRID for t in (0.61, 2.2)) >= 4


@pytest.mark.parametrize(
    "tree",
    [
        ("clip", ("*", "p", "p"), "t", ("+", "p", 3.0)),
        ("clip", "p", ("neg", "t"), "t"),
        ("where", (">", "p", "t"), ("*", "p", "t"), ("square", "p")),
        ("where", "p", ("exp", "p"), 1.0),
        ("where", ("<", "t", 1.0), 2.0, "p"),
    ],
)
def test_functions_of_three_arguments(tree: Any) -> None:
    assert sum(agree(tree, p, t) for p in GRID for t in (0.61, 2.2)) >= 9


SAMPLE = np.array([0.5, 1.5, 2.5])


@pytest.mark.parametrize(
    "formula",
    [
        *(f"{name}(p)" for name in UNARY),
        *(f"0.5 + p*{name}(2)" for name in UNARY),
        *("2^p", "p^2", "p^1.5", "p^t", "p^-1", "1/p", "-p", "p - 1", "pi*p + e", "p", "0*t + 1"),
        *("p < 1", "p == t", "not p", "p and t", "p or 0", "where(p > t, 1, 2)"),
        *(
            "where(1, p, 2)",
            "where(p, p, t)",
            "max(p, 0.5)",
            "min(1, p)",
            "clip(p, 1, 2)",
            "p*0 + 3",
        ),
        *("abs(p - t)^0.5", "where(p > t, 1, p)", "max(p, t) - min(p, 1)"),
    ],
)
def test_single_stays_single(formula: str) -> None:
    single, double = SAMPLE.astype(np.float32), SAMPLE
    for function in (value_of, slope_of):
        found = function(parse(formula), single, single)
        wide = function(parse(formula), double, double)
        assert (found.dtype, wide.dtype) == (np.float32, np.float64)
        assert found.shape == wide.shape == (3,)
        np.testing.assert_allclose(found, wide, rtol=1e-6)


@pytest.mark.parametrize(
    ("formula", "p", "slope_there"),
    [
        ("abs(p - t)", 1.0, 0.0),
        ("sqrt(abs(p - t))", 1.0, 0.0),
        ("abs(p - t)^0.5", 1.0, 0.0),
        ("abs(p - t)^1.5", 1.0, 0.0),
        ("max(p, t)", 1.0, 0.5),
        ("max(t, p)", 1.0, 0.5),
        ("min(p, 2*p - t)", 1.0, 1.5),
        ("sign(p - t)", 1.0, 0.0),
        ("(p > t) * p", 1.0, 0.0),
        ("p^0", 0.0, 0.0),
        ("p^1", 0.0, 1.0),
        ("p^2", 0.0, 0.0),
        ("abs(p)^(1 + abs(p))", 0.0, 0.0),
        ("where(p > 0, log(p), p)", -1.0, 1.0),
        ("where(p > 0, sqrt(p), 3*p)", 0.0, 3.0),
    ],
)
def test_slopes_at_kinks_and_edges(formula: str, p: float, slope_there: float) -> None:
    value, found = evaluated(formula, p, 1.0)
    assert math.isfinite(value)
    assert found == slope_there


@pytest.mark.parametrize(
    ("formula", "p", "value", "slope_there"),
    [
        ("softplus(p)", 1e4, 1e4, 1.0),
        ("softplus(p)", -1e4, 0.0, 0.0),
        ("softplus(p)", -50.0, 1.9287498479639178e-22, 1.9287498479639178e-22),
        ("sigmoid(p)", -800.0, 0.0, 0.0),
        ("sigmoid(p)", 800.0, 1.0, 0.0),
        ("sigmoid(p)", 40.0, 1.0, 4.248354255291589e-18),
        ("tanh(p)", 20.0, 1.0, 1.6993417021166355e-17),
        ("tanh(p)", 800.0, 1.0, 0.0),
        ("expm1(p)", 1e-20, 1e-20, 1.0),
        ("log1p(p)", 1e-20, 1e-20, 1.0),
    ],
)
def test_digits_far_out(formula: str, p: float, value: float, slope_there: float) -> None:
    found = evaluated(formula, p, 0.0)
    close = {"rel": 1e-14, "abs": 0.0}
    assert found == (pytest.approx(value, **close), pytest.approx(slope_there, **close))


def test_nan_is_not_hidden() -> None:
    for formula in ("log(p)", "sqrt(p)", "abs(log(p)) - p", "max(log(p), 0)", "p^0.5"):
        value, _ = evaluated(formula, -1.0, 0.0)
        assert math.isnan(value), formula
