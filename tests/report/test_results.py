"""Renderers, on results made by hand."""

import csv
import io
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossctl.cli.output import choose_format
from lossctl.core.errors import UsageError
from lossctl.core.gate import Gate
from lossctl.core.result import ClassValue, Part, Reading, Result
from lossctl.core.spec import labels
from lossctl.report.formats import RESULT_FORMATS as FORMATS
from lossctl.report.formats import Display, format_of_suffix
from lossctl.report.results import as_values, render, spelled

SCREEN = Display(width=80, colour=True)

READING = Reading("values", "declared", "mse reads values", "regression", "values")


def result(value: Any = 0.1 + 0.2, **given: Any) -> Result:
    """Make a result."""
    fields: dict[str, Any] = {
        "loss": "huber", "params": {"delta": 1.0}, "value": value, "reduction": "mean", "items": 3,
        "ignored": 0, "omitted": 0, "input": READING,
    }  # fmt: skip
    return Result(**(fields | given))


HOSTILE = result(
    loss="focal",
    input=Reading("\x1b[31m[bold]red[/bold]|\u202e", "data", "", "regression", "values"),
)


def test_spelled_reads_back() -> None:
    assert spelled(result()) == "huber:delta=1"
    assert spelled(result(params={})) == "huber"
    several = {"gamma": 2.5, "alpha": (0.2, 0.8), "classes": "categorical", "epsilon": None}
    assert (
        spelled(result(params=several))
        == "huber:gamma=2.5,alpha=[0.2,0.8],classes=categorical,epsilon=null"
    )


def test_values_are_exact() -> None:
    assert as_values([result(), result(1.0)]) == "0.30000000000000004\n1.0"
    assert as_values([result(np.array([[0.1, 2.0]]))]) == "0.1\n2.0"
    assert as_values([result(np.array([0.1], np.float32))]) == "0.10000000149011612"


def test_plain() -> None:
    assert render([result()], "plain") == "huber:delta=1\t0.3"
    assert render([result()], "plain", Display(17)) == "huber:delta=1\t0.30000000000000004"
    assert render([result(defaults={"delta": 1.0})], "plain") == "huber\t0.3"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_json_holds_no_nan(value: float) -> None:
    for form in ("json", "jsonl"):
        text = render([result(value)], form)
        document = json.loads(text, parse_constant=pytest.fail)
        (one,) = document.get("results", [document])
        assert (one["value"], one["status"]) == (None, "nonfinite")
    items = json.loads(render([result(np.array([1.0, value]))], "json"), parse_constant=pytest.fail)
    assert items["results"][0]["values"] == [1.0, None]


def test_json_keeps_bits_and_letters() -> None:
    document = json.loads(render([result(notes=("größe \x1b",))], "json"))
    assert document["results"][0]["value"] == 0.1 + 0.2
    assert document["results"][0]["notes"] == ["größe \x1b"]
    assert "\x1b" not in render([result(notes=("\x1b",))], "json"), (
        "JSON escapes control characters"
    )


def test_jsonl_is_one_line_each() -> None:
    lines = render([result(), result(1.0)], "jsonl").splitlines()
    assert [json.loads(line)["value"] for line in lines] == [0.1 + 0.2, 1.0]
    assert all(json.loads(line)["schema_version"] == 1 for line in lines)


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(render([result(), result(math.nan)], "csv"))))
    assert [row["value"] for row in rows] == ["0.30000000000000004", ""]
    assert [row["status"] for row in rows] == ["ok", "nonfinite"]
    assert rows[0]["params"] == "delta=1"
    assert rows[0]["signature"] == result().signature
    items = list(csv.DictReader(io.StringIO(render([result(np.array([1.0, 2.0]))], "csv"))))
    assert [row["value"] for row in items] == ["1.0", "2.0"]


def test_a_csv_of_items_says_which_items_are_not_finite() -> None:
    rows = list(csv.DictReader(io.StringIO(render([result(np.array([1.0, math.nan]))], "csv"))))
    assert [row["value"] for row in rows] == ["1.0", ""]


def test_table() -> None:
    text = render([result(), result(1e-12, loss="mse", params={})], "table")
    lines = text.splitlines()
    assert lines[0].split()[:2] == ["loss", "value"]
    assert lines[1].startswith("huber:delta=1  ")
    assert "0.3" in lines[1].split()
    assert lines[2].split()[:3] == ["mse", "1e-12", "3"]
    assert all(line == line.rstrip() for line in lines)


def test_markdown() -> None:
    lines = render([result()], "markdown").splitlines()
    assert lines[1].replace("-", "").replace(":", "") == "||||||"
    assert lines[2].startswith("| huber:delta=1 | 0.3 | 3 | mean |")


def test_items_are_summed_up_in_the_table() -> None:
    table = render([result(np.array([3.0, 1.0, 2.0]), reduction="none")], "table")
    assert "3 values: 1 … 3" in table


@pytest.mark.parametrize("form", ["table", "plain", "csv", "markdown"])
def test_hostile_text_is_harmless(form: str) -> None:
    text = render([HOSTILE], form)
    assert not {"\x1b", "\u202e"} & set(text)


def test_markup_is_shown_as_it_is() -> None:
    assert "\\|" in render([HOSTILE], "markdown")
    for drawn in (render([HOSTILE], "table", SCREEN), render([HOSTILE], "table")):
        assert "[bold]red[/bold]" in drawn
        assert "\x1b[31m[bold]" not in drawn


def test_hostile_text_in_json_does_not_reach_the_terminal() -> None:
    for form in ("json", "jsonl"):
        assert "\x1b" not in render([HOSTILE], form)


def test_colour_is_for_tables() -> None:
    for form in FORMATS:
        coloured = render([result()], form, SCREEN)
        assert ("\x1b" in coloured) == (form == "table")
        assert "\x1b" not in render([result()], form)


def test_suffixes_name_formats() -> None:
    suffixes = (".json", ".jsonl", ".csv", ".md", ".txt")
    named = [format_of_suffix(suffix) for suffix in suffixes]
    assert named == ["json", "jsonl", "csv", "markdown", "table"]
    for suffix in (".npy", ".parquet", ".gz", ".PNG", ".xml"):
        with pytest.raises(UsageError, match=rf"a file \{suffix} does not hold what is printed"):
            choose_format(None, Path(f"answer{suffix}"))
        assert choose_format("json", Path(f"answer{suffix}")) == "json"


def test_order_is_kept() -> None:
    three = [result(float(number), params={"delta": number}) for number in (3, 1, 2)]
    for form in FORMATS:
        text = render(three, form)
        places = [text.index(f"delta={number}") if form not in {"json", "jsonl"} else text.index(
            f"delta:{number}") for number in (3, 1, 2)]  # fmt: skip
        assert places == sorted(places)


WHOLE = [
    result(
        1.25,
        loss="dice",
        params={"smooth": smooth, "squared": False},
        classes=(ClassValue(0, "a|\x1b", smooth + 0.5, 3.0), ClassValue(2, None, math.nan, 0.0)),
        parts=(Part("overlap", "dice", smooth + 0.125, 2.0, 2 * smooth + 0.25),),
    )
    for smooth in (1.0, 4.0)
]


def numbers_in(data: Any) -> set[str]:
    """Return the value of a result and those of everything inside it."""
    if isinstance(data, list):
        return set().union(*map(numbers_in, data))
    inner = set().union(*(numbers_in(one) for one in data.values() if isinstance(one, list)))
    return inner if data["value"] is None else inner | {f"{data['value']:g}"}


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_drops_a_value_that_json_has(form: str) -> None:
    wanted = numbers_in([one.to_dict() | {"notes": []} for one in WHOLE])
    assert wanted == {"1.25", "1.5", "4.5", "1.125", "4.125"}
    text = render(WHOLE, form)
    assert {number for number in wanted if number in text} == wanted


@pytest.mark.parametrize("form", ["plain", "csv", "markdown"])
def test_every_row_has_a_name_of_its_own(form: str) -> None:
    text = render(WHOLE, form)
    if form == "csv":
        names = [row["loss"] for row in csv.DictReader(io.StringIO(text))]
    elif form == "plain":
        names = [line.split("\t")[0] for line in text.splitlines()]
    else:
        names = [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines()[2:]]
    assert len(names) == len(set(names)) == 8
    bar = "a\\|" if form == "markdown" else "a|"
    assert f"dice:smooth=4.class.{bar}\\x1b" in names
    assert {"dice:smooth=1.class.2", "dice:smooth=1.overlap"} <= set(names)


def test_a_table_distinguishes_rows_of_one_loss() -> None:
    for text in (
        render(WHOLE, "table"),
        re.sub(r"\x1b\[[0-9;]*m", "", render(WHOLE, "table", SCREEN)),
    ):
        names = [line.split()[0] for line in text.splitlines()[1:9]]
        assert names[0].startswith("dice:smooth=1")
        assert names[4].startswith("dice:smooth=4")
        assert names[5:] == [
            "dice:smooth=4.class.a|\\x1b",
            "dice:smooth=4.class.2",
            "dice:smooth=4.overlap",
        ]


@pytest.mark.parametrize(("context", "value", "said"), [
    ({"constant": 0.5, "chance": 0.7}, 0.4,
     "better than the best constant prediction 0.5; chance 0.7"),
    ({"constant": 0.5}, 0.5, "as good as the best constant prediction 0.5"),
    ({"constant": 0.5}, 0.6, "worse than the best constant prediction 0.5"),
    ({"chance": 0.5}, 0.6, "worse than chance 0.5"),
    ({"target_variance": 4.0}, 1.0,
     "better than the variance of the targets 4 (the mse of their mean)"),
    ({"constant": 0.12345678}, 0.12345679, "worse than the best constant prediction 0.12345678"),
    ({"constant": 0.5}, 0.50000004, "worse than the best constant prediction 0.5"),
    ({"by_token": 2.0}, 1.0, "by token 2"),
])  # fmt: skip
def test_what_a_value_is_compared_with(context: dict[str, float], value: float, said: str) -> None:
    one = result(value, params={}, context=context)
    for form, line in (("table", f"huber: {said}"), ("markdown", f"- huber: {said}")):
        assert render([one], form).splitlines()[-1] == line
    verdict = said.split(maxsplit=1)[0]
    drawn = render([one], "table", SCREEN).splitlines()[1]
    colour = {"better": "\x1b[1;32m", "as": "\x1b[1;32m", "worse": "\x1b[1;31m"}.get(verdict)
    assert colour is None or f"{colour}{value:.9g}\x1b[0m" in drawn


def test_gates_are_said_with_the_value() -> None:
    parts = (Part("kl", "mse", 2.0, 1.0, 2.0),)
    one = result(0.4, params={}, parts=parts)
    gates = (
        Gate("huber", "limit", 0.4, 0.35, "failed", "0.35"),
        Gate("huber", "baseline", 0.4, 0.5, "passed", "0.2", reference=0.3, against="the baseline"),
        Gate("kl of huber", "limit", 2.0, 3.0, "passed", "3", part="kl"),
    )
    lines = render([one], "table", Display(gates=[gates])).splitlines()
    assert lines[-3:] == [
        "huber is 0.4, over the limit 0.35",
        "huber 0.4 is 33.3 % worse than the baseline 0.3 (tolerance 0.2: passed)",
        "kl of huber is 2, within the limit 3",
    ]


def test_columns_that_a_narrow_terminal_spares_are_said_below() -> None:
    text = render([result(params={}), result(loss="mse", params={})], "table", Display(width=32))
    lines = text.splitlines()
    assert lines[0].split() == ["loss", "value", "items", "predictions"]
    assert lines[-2:] == ["huber: reduction mean", "mse: reduction mean"]
    assert max(map(len, lines)) <= 32


def test_labels_name_what_differs() -> None:
    one, other = result(params={"delta": 1.0, "p": 2}), result(params={"delta": 1.0})
    assert labels([result(), result(loss="mse")]) == ["huber", "mse"]
    assert labels([one, other]) == ["huber:p=2", "huber"]
    assert labels([one, one]) == ["huber", "huber"]
    assert labels([result(params={"w": w}) for w in (None, (1.0, 2.0))]) == [
        "huber:w=null",
        "huber:w=[1,2]",
    ]


def test_classes_with_one_name_are_shown_by_their_index() -> None:
    both = result(classes=(ClassValue(0, "a", 0.5, 1.0), ClassValue(1, "a", 0.25, 1.0)))
    assert render([both], "plain").splitlines()[1:] == ["huber.class.0\t0.5", "huber.class.1\t0.25"]
