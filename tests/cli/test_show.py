"""`list`, `show`, `schema` and every `--help`."""

import json
import re
from collections.abc import Callable

import pytest
import typer

from lossctl.cli.commands import COMMANDS, app
from tests.cli.run import Answer, inside, lossctl

LOSSES = (
    "mse", "mae", "huber", "smooth_l1", "bce", "bce_with_logits", "focal", "cross_entropy", "dice",
    "tversky", "rule_satisfaction", "constraint_violation",
)  # fmt: skip
MINIMUM_HELP = 10  # letters


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Answer:
    """Give a function that runs lossctl in this process, for a terminal of 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "dumb")
    return lambda *args: inside(args, monkeypatch, capsys)


LIVE = {"lossctl": typer.main.get_command(app)}
LIVE |= {f"lossctl {name}": command.build(name) for name, command in COMMANDS.items()}


@pytest.mark.parametrize("path", LIVE)
def test_every_command_and_option_has_help(path: str) -> None:
    command = LIVE[path]
    assert len((command.help or "").strip()) >= MINIMUM_HELP, path
    for parameter in command.params:
        words = getattr(parameter, "help", None) or ""
        assert len(words.strip()) >= MINIMUM_HELP, f"{path}: {parameter.name}"
    names = [name for parameter in command.params for name in parameter.opts]
    assert len(set(names)) == len(names), "an option has one meaning"


@pytest.mark.parametrize("path", LIVE)
def test_help_golden(path: str, golden: Callable[[str, str], None]) -> None:
    words = path.split()[1:]
    done = lossctl(*words, "--help", env={"TERM": "dumb"})
    assert (done.code, done.err) == (0, "")
    assert done.out == lossctl(*words, "-h", env={"TERM": "dumb"}).out
    assert max(map(len, done.out.splitlines())) <= 100
    golden(f"help-{'-'.join(words) or 'lossctl'}.txt", done.out)


def test_every_option_stands_in_its_help(answer: Answer) -> None:
    for path, command in LIVE.items():
        text = answer(*path.split()[1:], "--help").out
        for parameter in command.params:
            for name in (name for name in parameter.opts if name.startswith("--")):
                assert name in text, f"{path} {name}"


def test_no_arguments_show_the_help() -> None:
    done = lossctl()
    assert done.code in {0, 2}
    assert "Usage" in done.out + done.err
    assert "compute" in done.out + done.err
    assert "error:" not in done.err


def test_version(answer: Answer) -> None:
    assert re.fullmatch(r"lossctl \d+\.\d+\.\d+\S*\n", answer("--version").out)


def test_list_as_names_and_json(answer: Answer) -> None:
    assert set(LOSSES) <= set(answer("list", "--format", "plain").out.split())
    document = json.loads(answer("list", "--format", "json").out, parse_constant=pytest.fail)
    assert document["schema_version"] == 1
    names = [one["id"] for one in document["losses"]]
    assert names == answer("list", "--format", "plain").out.split()
    focal = document["losses"][names.index("focal")]
    assert (focal["family"], focal["params"]["gamma"]) == ("classification", 2.0)


def test_list_filters(answer: Answer) -> None:
    def names(*args: str) -> set[str]:
        return set(answer("list", "--format", "plain", *args).out.split())

    assert {"mse", "mae", "huber", "smooth_l1"} <= names("--family", "regression")
    assert "focal" not in names("--family", "regression")
    assert {"dice", "tversky"} <= names("--family", "segmentation")
    assert {"bce", "focal"} <= names("--task", "binary")
    assert "mse" not in names("--task", "binary")
    assert names("--task", "binary", "--family", "regression") == set()
    done = answer("list", "--task", "binary", "--family", "regression")
    assert done.code == 0
    assert "no loss" in done.out
    done = answer("list", "--task", "binary", "--family", "regression", "--format", "json")
    assert json.loads(done.out)["losses"] == []


def test_a_search_lists_the_best_first_in_every_format(answer: Answer) -> None:
    table = answer("list", "--search", "log loss").out.splitlines()
    assert "matches of 'log loss', best first" in table[0]
    assert [line.split()[0] for line in table[1:4]] == ["bce", "bce_with_logits", "cross_entropy"]
    names = answer("list", "--search", "log loss", "--format", "plain").out.split()
    assert names[:3] == ["bce", "bce_with_logits", "cross_entropy"]
    document = json.loads(answer("list", "--search", "log loss", "--format", "json").out)
    assert [one["id"] for one in document["losses"]] == names
    one = answer("list", "--search", "iou", "--family", "segmentation", "--task", "segmentation")
    assert "lovasz_softmax" in one.out
    assert "box_iou" not in one.out


@pytest.mark.parametrize(("form", "printed"), [("table", None), ("plain", ""), ("json", [])])
def test_a_search_that_finds_nothing_says_so(
    answer: Answer, form: str, printed: str | list[str] | None
) -> None:
    done = answer("list", "--search", "hubber", "--format", form)
    assert done.code == 0
    said = done.out if form == "table" else done.err
    assert "no loss matches 'hubber'; did you mean" in said
    assert (done.err == "") == (form == "table")
    if form == "json":
        assert json.loads(done.out)["losses"] == printed
    elif form == "plain":
        assert done.out.strip() == printed


def test_a_search_of_page_texts_says_so(answer: Answer) -> None:
    assert answer("list", "--search", "handwriting").out.startswith(
        "1 match of 'handwriting', found in the text of their pages\n  ctc "
    )


HEADINGS = (
    "Formula",
    "Curve",
    "Inputs",
    "Use when",
    "Avoid when",
    "Expected range",
    "Example",
    "References",
)


@pytest.mark.parametrize("loss", LOSSES)
def test_show(loss: str, answer: Answer) -> None:
    done = answer("show", loss)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith(f"{loss}: ")
    for heading in HEADINGS:
        assert heading in lines, heading
    assert all(line == line.rstrip() for line in lines)
    assert any(0x2800 < ord(letter) < 0x2900 for letter in done.out), "a curve"
    data = json.loads(answer("show", loss, "--format", "json").out, parse_constant=pytest.fail)
    assert data["id"] == loss
    for param in data["params"]:
        assert f"{param['name']} = " in done.out
    markdown = answer("show", loss, "--format", "markdown").out
    assert markdown.startswith(f"# {loss}: ")
    assert markdown.count("```") % 2 == 0
    for heading in HEADINGS:
        assert f"## {heading}" in markdown


def test_show_golden(golden: Callable[[str, str], None]) -> None:
    golden("show-huber.txt", lossctl("show", "huber").out)


def test_show_takes_aliases(answer: Answer) -> None:
    assert answer("show", "L2").out == answer("show", "mse").out
    assert answer("show", "binary-cross-entropy").out.startswith("bce: ")


def test_schema_is_json(answer: Answer) -> None:
    assert answer("schema").out == answer("schema", "result").out
    assert json.loads(answer("schema").out)["$schema"].startswith("https://json-schema.org/")


def test_all_commands_are_known() -> None:
    assert {"compute", "list", "show", "schema"} <= set(COMMANDS)
