"""`list`, `show`, `schema` and every `--help`."""

import json
import re

import pytest
import typer

from lossctl.cli.commands import COMMANDS, app, every_command
from lossctl.cli.help import groups
from tests.cli.run import Answer, inside, lossctl, process

LOSSES = (
    "mse", "mae", "huber", "smooth_l1", "bce", "bce_with_logits", "focal", "cross_entropy", "dice",
    "tversky", "rule_satisfaction", "constraint_violation",
)  # fmt: skip
MINIMUM_HELP = 10  # letters


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Answer:
    """Give a function that runs lossctl in this process, for a terminal of 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return lambda *args: inside(args, monkeypatch, capsys)


LIVE = {"lossctl": typer.main.get_command(app)}
LIVE |= {f"lossctl {name}": command.build(name) for name, command in every_command().items()}


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
def test_help_stands_under_headings(path: str) -> None:
    words = path.split()[1:]
    done = lossctl(*words, "--help", env={"TERM": "dumb"})
    assert (done.code, done.err) == (0, "")
    assert done.out == lossctl(*words, "-h", env={"TERM": "dumb"}).out
    headings = re.findall(r"^(\S.*):$", done.out, re.MULTILINE)
    ordered = [name for name in (*groups(), "Commands", "Options") if name in headings]
    assert headings == ordered


def test_every_option_has_a_heading() -> None:
    """But for --help, which stands with the others."""
    for path, command in LIVE.items():
        for parameter in command.params if path != "lossctl" else ():
            assert parameter.rich_help_panel in groups(), f"{path} {parameter.name}"


def test_the_commands_take_one_line_each() -> None:
    lines = lossctl("--help", env={"COLUMNS": "80"}).out.splitlines()
    at = lines.index("Commands:")
    assert [line.split()[0] for line in lines[at + 1 : at + 1 + len(COMMANDS)]] == list(COMMANDS)


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
    "Inputs",
    "Use when",
    "Avoid when",
    "Expected range",
    "Example",
    "References",
    "Curve",
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


@pytest.mark.parametrize("env", [
    {"TERM": "dumb"}, {"LANG": "C"}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX"},
    {"LANG": "C", "LC_CTYPE": "C.UTF-8"},
])  # fmt: skip
def test_no_curve_where_there_are_no_letters_for_it(env: dict[str, str]) -> None:
    plain = {"LC_ALL": "", "LC_CTYPE": "", "LANG": "", **env}
    text = lossctl("show", "huber", env=plain).out
    assert "Curve" not in text
    assert text.rstrip().splitlines()[-1].startswith("  kinks")
    drawn = lossctl("show", "huber", env={"LC_ALL": "en_US.UTF-8"}).out
    assert drawn.startswith(text.rstrip())
    assert "\n\nCurve\n" in drawn


def test_no_curve_in_ascii() -> None:
    assert "Curve" not in process("show", "huber", env={"PYTHONIOENCODING": "ascii"}).out


def test_show_takes_aliases(answer: Answer) -> None:
    assert answer("show", "L2").out == answer("show", "mse").out
    assert answer("show", "binary-cross-entropy").out.startswith("bce: ")


def test_schema_is_json(answer: Answer) -> None:
    assert answer("schema").out == answer("schema", "result").out
    assert json.loads(answer("schema").out)["$schema"].startswith("https://json-schema.org/")


def test_all_commands_are_known() -> None:
    assert {"compute", "list", "show", "schema"} <= set(COMMANDS)
