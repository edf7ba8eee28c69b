"""Domains check values, describe themselves, and generate values inside and outside."""

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossctl.core.domain import (
    NONNEGATIVE,
    POSITIVE,
    REAL,
    UNIT,
    Choice,
    Domain,
    Flag,
    IntegerRange,
    Interval,
    Nullable,
    ScalarOrList,
)
from lossctl.core.list_domains import ListOf, Union

CLOSED = {"both": "[]", "left": "[)", "right": "(]", "neither": "()"}
DOMAINS: list[Domain] = [
    POSITIVE,
    NONNEGATIVE,
    UNIT,
    REAL,
    *(Interval(-2.0, 3.0, closed) for closed in CLOSED),
    Interval(-math.inf, 1.0, "right"),
    Flag(),
    Choice(("mean", "median")),
    Nullable(UNIT),
    ScalarOrList(POSITIVE),
    Nullable(ScalarOrList(UNIT, pair=True)),
    ListOf(POSITIVE, ((1.0, 2.0), (0.5,))),
    ListOf(ListOf(UNIT, ((0.5,),)), (((0.0, 1.0), (1.0, 0.0)),), square=True),
    Union((Choice(("all",)), ListOf(IntegerRange(), ((0,), (2, 1)), distinct=True))),
]


@pytest.mark.parametrize("domain", DOMAINS, ids=str)
def test_what_is_inside_is_accepted_and_what_is_outside_refused(domain: Domain) -> None:
    assert list(domain.inside())
    assert list(domain.outside())
    for value in domain.inside():
        assert domain.accept(value) == value
    for value in domain.outside():
        with pytest.raises(ValueError, match="must"):
            domain.accept(value)


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        (POSITIVE, "(0, inf)"),
        (NONNEGATIVE, "[0, inf)"),
        (UNIT, "[0, 1]"),
        (REAL, "(-inf, inf)"),
        (Interval(0.0, 0.5, "left"), "[0, 0.5)"),
        (Interval(0.0, math.inf), "[0, inf)"),
        (Flag(), "true | false"),
        (Choice(("a", "b")), "a | b"),
        (Nullable(UNIT), "[0, 1] or null"),
        (ScalarOrList(UNIT), "[0, 1], or a list"),
    ],
)
def test_a_domain_describes_itself(domain: Domain, words: str) -> None:
    assert domain.describe() == words


@pytest.mark.parametrize("closed", CLOSED)
def test_ends_belong_as_declared(closed: str) -> None:
    domain = Interval(-2.0, 3.0, closed)
    low, high = CLOSED[closed]
    assert (-2.0 in domain) == (low == "[")
    assert (3.0 in domain) == (high == "]")
    assert domain.describe() == f"{low}-2, 3{high}"
    with pytest.raises(ValueError, match="-2, 3"):
        domain.accept(4.0)


@given(number=st.floats(allow_nan=False))
def test_an_interval_is_what_its_ends_say(number: float) -> None:
    finite = not math.isinf(number)
    assert (number in UNIT) == (0.0 <= number <= 1.0)
    assert (number in POSITIVE) == (number > 0.0 and finite)
    assert (number in REAL) == finite


@pytest.mark.parametrize(
    "number",
    [2, 2.0, np.float64(2), np.float32(2), np.int8(2), np.array(2.0), Fraction(2), Decimal(2)],
)
def test_numbers_of_every_sort_become_floats(number: Any) -> None:
    accepted = POSITIVE.accept(number)
    assert accepted == 2.0
    assert type(accepted) is float


@pytest.mark.parametrize(
    "wrong",
    ["2", b"2", True, np.True_, None, [2.0], (2.0,), {2.0}, 2j, np.complex128(2), np.array([2.0]),
     np.nan, np.inf, object(), 10**400], ids=lambda wrong: repr(wrong)[:20],
)  # fmt: skip
def test_what_is_no_number_is_refused_in_words(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"must lie in \(0, inf\), got"):
        POSITIVE.accept(wrong)


def test_flags_are_not_numbers() -> None:
    assert Flag().accept(True) is True
    for wrong in (0, 1, 1.0, "true", None):
        with pytest.raises(ValueError, match="must be true or false"):
            Flag().accept(wrong)


@pytest.mark.parametrize("wrong", ["Mean", "", None, 1, ["mean"], np.array(["mean", "median"])])
def test_choices_name_the_options(wrong: Any) -> None:
    with pytest.raises(ValueError, match="must be one of mean, median, got"):
        Choice(("mean", "median")).accept(wrong)


def test_lists_become_tuples_of_floats() -> None:
    domain = ScalarOrList(UNIT)
    assert domain.accept([0, 1]) == (0.0, 1.0)
    assert domain.accept(np.array([0.25, 0.5], np.float32)) == (0.25, 0.5)
    assert domain.accept((1,)) == (1.0,)
    assert domain.accept(np.float64(0.5)) == 0.5
    for wrong in ([], [0.5, 2.0], [[0.5]], [None], ["0.5"], [True]):
        with pytest.raises(ValueError, match="must"):
            domain.accept(wrong)


def test_null_is_not_used() -> None:
    domain = Nullable(ScalarOrList(UNIT))
    assert domain.accept(None) is None
    assert domain.accept([0.5]) == (0.5,)
    assert None not in domain.outside()
    assert None in domain.inside()


def test_lists_of_their_own_length() -> None:
    domain = Union((Choice(("all",)), ListOf(IntegerRange(), ((0,),), "a list", distinct=True)))
    assert domain.accept([3, 1.0]) == (3, 1)
    assert domain.accept(np.array([2, 0])) == (2, 0)
    assert domain.describe() == "all | a list"
    for wrong in ("any", [], [0, 0], [-1], [0.5], 1, [[1]]):
        with pytest.raises(ValueError, match=r"must be all \| a list"):
            domain.accept(wrong)
    square = ListOf(ListOf(UNIT, ((0.5,),)), (((0.5,),),), "a matrix", square=True)
    assert square.accept([[0, 1], [1, 0]]) == ((0.0, 1.0), (1.0, 0.0))
    with pytest.raises(ValueError, match="a matrix, got 2 rows of length 2, 1"):
        square.accept([[0, 1], [1]])
