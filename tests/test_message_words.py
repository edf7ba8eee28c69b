"""What users read in messages, help, reasons and comments of examples is in the field's words.

Every text of the package that can be shown is held against :data:`IDIOMS`: the string constants of
all modules but docstrings, the texts of YAML and TOML files, the comments of configurations, and
the help of every command.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import lossctl
from tests.cli.run import inside

PACKAGE = Path(lossctl.__file__).parent
CONFIGS = PACKAGE.parent / "configs"

# An idiom, and the word of the field.
IDIOMS = {
    r"lack(s|ed|ing)?": "has no, is missing",
    r"dear(er|est)?": "weight, penalty, expensive",
    r"surprise[sd]?": "log loss, negative log-likelihood",
    r"priced|pricing|prices? (of|every|each|misses|false)": "weight, penalty",  # not money
    r"forgiv(e|es|en|ing)": "tolerates, is less sensitive to",
    r"shall": "should, must",
    r"(one|two|number|numbers|score|scores|loss|value|values|weight|label|labels|class|box|mask|pair"
    r"|entry|name|row|vector|mean|variance) an? (item|sample|class|label|token|pixel|row|target"
    r"|query|group|file|batch|column|object|document)": "per item",
    r"(fade|fades|faded|fading) (out|them)": "down-weights",
}
IDIOM = re.compile(rf"\b({'|'.join(IDIOMS)})\b", re.IGNORECASE)

# Texts that hold an idiom and are right: a place, a part of the text, and why.
EXCEPTIONS: dict[str, tuple[str, str]] = {}


def docstrings(tree: ast.AST) -> set[int]:
    """Return the ids of the nodes that are docstrings, of classes and attributes too."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def strings_of(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and text of every string constant with a blank that is not a docstring.

    An f-string is one text: what is filled in stands in it as a blank.
    """
    tree = ast.parse(source)
    skipped = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
            parts = (p.value if isinstance(p, ast.Constant) else " {} " for p in node.values)
            yield node.lineno, "".join(map(str, parts))
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in skipped and " " in node.value.strip():
            yield node.lineno, node.value


def texts_in(data: Any) -> Iterator[str]:
    """Yield every text of a document, but not its keys."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        for entry in data:
            yield from texts_in(entry)
    elif isinstance(data, str):
        yield data


def faults_in(place: str, text: str) -> list[str]:
    """Return the idioms of a text, each with what is to be written instead."""
    faults = []
    for found in IDIOM.finditer(text):
        if any(place.startswith(where) and part in text for where, (part, _) in EXCEPTIONS.items()):
            continue
        instead = next(w for idiom, w in IDIOMS.items() if re.fullmatch(idiom, found[0].lower()))
        faults.append(f"{place}: {found[0]!r} ({instead}) in {text!r}")
    return faults


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_every_idiom_is_found_in_a_text_and_in_a_formatted_one() -> None:
    source = (
        '"""lack."""\nfail(f"{name} lacks a margin: give " "one number an item")\nx = "a dear item"'
    )
    texts = [text for _, text in strings_of(source)]
    assert len(texts) == 2
    assert [len(faults_in("here", text)) for text in texts] == [2, 1]
    assert faults_in("here", "the price of a miss")
    assert not faults_in("here", "black, durations, prices, one weight per item")


def test_texts_of_modules_are_in_the_words_of_the_field() -> None:
    faults, seen = [], 0
    for path in modules():
        for line, text in strings_of(path.read_text(encoding="utf-8")):
            seen += 1
            faults += faults_in(f"{path.relative_to(PACKAGE)}:{line}", text)
    assert not faults, "\n".join(faults)
    assert seen > 2000


@pytest.mark.parametrize("suffix", ["yaml", "toml"])
def test_texts_of_data_files_are_in_the_words_of_the_field(suffix: str) -> None:
    faults, seen = [], 0
    for path in sorted(PACKAGE.rglob(f"*.{suffix}")):
        text = path.read_text(encoding="utf-8")
        documents = [tomllib.loads(text)] if suffix == "toml" else list(yaml.safe_load_all(text))
        comments = re.findall(r"(?:^|\s)# .*", text)
        for one in [*texts_in(documents), *comments]:
            seen += 1
            faults += faults_in(str(path.relative_to(PACKAGE)), one)
    assert not faults, "\n".join(faults)
    assert seen > 100


def test_comments_of_configurations_are_in_the_words_of_the_field() -> None:
    faults = [
        fault
        for path in sorted(CONFIGS.glob("*.*"))
        for fault in faults_in(path.name, path.read_text(encoding="utf-8"))
    ]
    assert not faults, "\n".join(faults)
    assert len(list(CONFIGS.glob("*.yaml"))) > 5


def test_help_is_in_the_words_of_the_field(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = inside(["--help"], monkeypatch, capsys).out
    commands = re.findall(r"^  ([a-z]+) {2,}", root, re.MULTILINE)
    pages = [["--help"], *([command, "--help"] for command in commands)]
    faults = []
    for page in pages:
        said = " ".join(inside(page, monkeypatch, capsys).out.split())
        assert "Usage:" in said
        faults += faults_in(f"lossctl {' '.join(page)}", said)
    assert not faults, "\n".join(faults)
    assert len(pages) > 5
