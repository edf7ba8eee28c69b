"""Texts of others as they are shown, and specs as they are read."""

import json
import math

import pytest

from lossctl.core.errors import DataError, Mistakes, SeveralError, UsageError
from lossctl.core.spec import parse_value, parse_weights, parse_whole
from lossctl.core.spelling import (
    at_door,
    csv_cell,
    did_you_mean,
    first_and_last,
    in_config,
    item_at,
    json_text,
    lines_visible,
    option,
    shortened,
    shortened_distinct,
    visible,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("huber", "huber"),
        ("a\tb\n", "a\\x09b\\x0a"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u00a0b", "a\u00a0b"),  # a space that does not break is seen
        ("::error::x", "\\x3a:error::x"),
        ("##vso[x]", "\\x23#vso[x]"),
        ("a::b", "a::b"),
    ],
)
def test_what_steers_a_terminal_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert lines_visible(f"{text}\nx") == "\n".join(map(visible, [*text.split("\n"), "x"]))


@pytest.mark.parametrize(
    ("text", "cell"),
    [("=1+1", "'=1+1"), ("-0.5", "-0.5"), ("-x", "'-x"), ("@a", "'@a"), ("a=1", "a=1")],
)
def test_cells_that_a_spreadsheet_would_compute(text: str, cell: str) -> None:
    assert csv_cell(text) == cell


@pytest.mark.parametrize(
    "text", ["plain", "größe \x9b", "\ud800", "##[x]", "::error::", "\x7f", "𝑥\U000e0001"]
)
def test_json_means_the_same_after(text: str) -> None:
    document = json.dumps(text, ensure_ascii=False)
    safe = json_text(document)
    assert json.loads(safe) == text
    assert "##[" not in safe
    assert all(visible(letter) == letter for letter in safe)


def test_names_that_are_near() -> None:
    assert did_you_mean("focl", ["focal", "mse"]) == "; did you mean focal?"
    assert did_you_mean("q" * 61, ["q" * 61]) == ""
    assert did_you_mean("xyz", ["focal"]) == ""


def test_long_texts_keep_both_ends() -> None:
    assert shortened("abcdefghij", 10) == "abcdefghij"
    assert shortened("abcdefghijk", 7) == "abc … k"
    names = [f"c{n}" for n in range(13)]
    assert first_and_last(names[:12]) == ", ".join(names[:12])
    assert first_and_last(names) == "c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, …, c12"


def test_places_of_items() -> None:
    assert [item_at(at) for at in [(3,), (3, 1), ()]] == ["item 3", "item [3, 1]", "the only item"]


def test_options_as_their_reader_writes_them() -> None:
    assert option("nan", None) == "nan=None"
    with at_door("shell"):
        assert option("class_names", ["a b", "c"]) == "--class-names 'a b,c'"
        assert option("axes", {"predictions": "item"}) == '--axes "predictions=item"'
        assert option("header", value=False) == "--no-header"
        assert option("background", value=True) == "--background"
    with in_config():
        assert option("class_weights", [1.0, 2.0]) == "class_weights: [1.0, 2.0]"
        assert option("axes", {"p": "item"}) == "axes: {p: item}"
        assert option("class_weights", None) == "class_weights: null"
        assert option("output", "x.json") == "output='x.json'"  # of the run, not of the file


def test_values_of_specs() -> None:
    assert parse_value("'a,b'") == "a,b"
    assert parse_value('"a"') == "a"
    assert parse_value("[1, 0.5, null, x]") == [1, 0.5, None, "x"]
    assert [parse_whole("--n", text) for text in (None, "none", "-3")] == [None, None, -3]
    assert parse_weights("--w", "[1, 2.5]") == [1.0, 2.5]
    assert parse_weights("--w", "balanced") == "balanced"
    assert math.isnan(parse_weights("--w", "nan,1")[0])
    for read in (parse_whole, parse_weights):
        with pytest.raises(UsageError, match=r"^--n: .*'1\.5x'"):
            read("--n", "1.5x")


def test_mistakes_of_a_request_come_before_those_of_data() -> None:
    mistakes = Mistakes()
    for error in (DataError("d"), UsageError("a"), UsageError("b"), UsageError("a")):
        with mistakes:
            raise error
    with pytest.raises(SeveralError) as caught:
        mistakes.raise_any()
    assert caught.value.lines == ("a", "b")
    with pytest.raises(KeyError), mistakes:
        raise KeyError
    Mistakes().raise_any()
    many = SeveralError([UsageError(str(n)) for n in range(25)])
    assert many.lines[19:] == ("19", "… and 5 more mistakes")
    assert str(many) == "\n".join(many.lines)


def test_shortened_names_stay_apart() -> None:
    north, south = "international_politics_north", "international_politics_south"
    assert shortened_distinct([north, south, "arts"], 10) == ["inte … rth", "inte … uth", "arts"]
    middles = [f"{'a' * 20}{digit}{'b' * 20}" for digit in range(3)]
    short = shortened_distinct(middles, 10)
    assert len(set(short)) == 3
    assert max(map(len, short)) <= 12
    assert shortened_distinct([], 10) == []
