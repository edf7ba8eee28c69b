"""Text helpers: control characters, columns, numbers, parameters."""

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from lossctl.core.spec import param
from lossctl.core.spelling import number, numbers, visible
from lossctl.report.formats import Styled, aligned, bold, columns_of, exact, wrapped


@pytest.mark.parametrize(("text", "shown"), [
    ("plain größe ½ −", "plain größe ½ −"),
    ("\x1b[31mred", "\\x1b[31mred"),
    ("a\tb\rc\x00\x07", "a\\x09b\\x0dc\\x00\\x07"),
    ("\x7f\x9b", "\\x7f\\x9b"),
    ("\u202egnp.exe", "\\u202egnp.exe"),
    ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
    ("\udcff", "\\udcff"),
    ("\U000e0041", "\\U000e0041"),
    ("[bold]x[/bold]", "[bold]x[/bold]"),
])  # fmt: skip
def test_control_characters_are_shown(text: str, shown: str) -> None:
    assert visible(text).lower() == shown.lower()


@given(st.text(st.characters(codec=None)))
def test_nothing_steers_the_terminal(text: str) -> None:
    shown = visible(text)
    assert all(letter == "\n" or unicodedata.category(letter)[0] != "C" for letter in shown)
    assert visible(shown) == shown
    shown.encode()


@given(st.floats())
def test_numbers(value: float) -> None:
    assert exact(value) == repr(value)
    if math.isfinite(value):
        assert (
            float(number(value)) == pytest.approx(value, rel=5.1e-6, abs=0.0) or abs(value) > 1e308
        )
        assert float(exact(value)) == value
    else:
        assert number(value) == str(value)


def test_numbers_are_short() -> None:
    shown = [
        number(value) for value in (0.5, 1.0, 1e-10, 2 / 3, 1e22, math.nan, math.inf, -math.inf)
    ]
    assert shown == ["0.5", "1", "1e-10", "0.666667", "1e+22", "nan", "inf", "-inf"]


@given(st.lists(st.floats(), min_size=1, max_size=4))
def test_numbers_that_are_compared_look_different_where_they_are(values: list[float]) -> None:
    shown = numbers(*values)
    assert len(set(shown)) == len({repr(value) for value in values})


@pytest.mark.parametrize(("value", "shown"), [
    (None, "null"), (True, "true"), (False, "false"), (2.0, "2"), (0.25, "0.25"), (1e-10, "1e-10"),
    ("categorical", "categorical"), ((0.2, 0.8), "[0.2,0.8]"), ([1.0], "[1]"), (3, "3"),
    (10.0, "10"), (1e300, "1e+300"), (100.0, "100"),
])  # fmt: skip
def test_parameters(value: object, shown: str) -> None:
    assert param(value) == shown


def test_columns() -> None:
    lines = aligned(("a", "value"), [("long name", "1"), ("b", "22")])
    assert lines == ["a          value", "long name  1", "b          22"]
    assert aligned(("a", "b"), []) == ["a  b"]
    assert aligned(("a", ""), [("x", "")]) == ["a", "x"]


def test_columns_cut_nothing() -> None:
    cell = "x" * 500
    assert cell in aligned(("a", "b"), [(cell, "1")])[1]


def test_columns_count_what_a_letter_takes() -> None:
    """A control character is longer once it is shown."""
    lines = aligned(("a", "b"), [("\x1b[0m", "1"), ("plain", "2")])
    assert len({line.rindex(line.split()[-1]) for line in lines}) == 1


def test_columns_of_numbers_end_in_one_column() -> None:
    lines = aligned(("a", "value"), [("x", "1"), ("y", "1.25")], right={"value"})
    assert lines == ["a  value", "x      1", "y   1.25"]


def test_colour_moves_no_column() -> None:
    rows = [("x", Styled("1", "1;32")), (Styled("long", "1"), "22")]
    plain = aligned(("a", "value"), rows, {"value"})
    drawn = aligned(("a", "value"), rows, {"value"}, colour=True)
    assert drawn == [
        "\x1b[1ma\x1b[0m     \x1b[1mvalue\x1b[0m",
        "x         \x1b[1;32m1\x1b[0m",
        "\x1b[1mlong\x1b[0m     22",
    ]
    assert plain == ["a     value", "x         1", "long     22"]


def test_bold() -> None:
    assert bold("x", colour=False) == "x"
    assert bold("x", colour=True) == "\x1b[1mx\x1b[0m"


def test_wrapped() -> None:
    text = wrapped("word " * 40, indent="    ")
    assert all(line.startswith("    word") for line in text.splitlines())
    assert max(map(len, text.splitlines())) <= 78
    assert wrapped("a", "    ", first="  - ") == "  - a"


def test_columns_of_wide_letters_are_aligned() -> None:
    lines = aligned(
        ["class", "rows", "x"], [["体育新闻", "116", "a"], ["arts", "9", "b"]], ["rows"]
    )
    assert [cell_len(line) for line in lines] == [17, 17, 17]


@pytest.mark.parametrize(
    "text", ["focal", "größe −½ →", "体育新闻", "ｆｕｌｌ", "e\u0301", "한국어 뉴스", "カナ"]
)
def test_columns_of_a_terminal(text: str) -> None:
    assert columns_of(text) == cell_len(text)
