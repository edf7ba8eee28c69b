"""What users read in messages, help, reasons and comments of examples is in the field's words.

Every text that can be shown is held against :data:`IDIOMS`: the string constants of all modules but
docstrings, the texts of YAML and TOML files, the configurations, and the help of every command. The
pages of losses and recipes are held by ``test_words.py``.
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

# An idiom, and what the field says.
IDIOMS = {
    r"lack(s|ed|ing)?": "has no, is missing, or the amount by name: margin, distance",
    r"dear(er|est)?": "weight, strength",
    r"surpris\w*": "negative log-likelihood, log loss",
    r"pric(e|es|ed|ing)": "weight, cost",
    r"forgiv\w*": "tolerates, has a smaller loss",
    r"shall": "must, should, is",
    r"an items?": "per item, each item, one item",
    r"mass(es)?": "overlap, sum, share, probability",
    r"pull\w*": "gradient, attraction",
    r"push\w*": "gradient, repulsion",
    r"fad(e|es|ed|ing)": "down-weights",
    r"charged": "added, counted",
    r"told": "given, said",
    r"blam\w*": "report, cause",
    r"apart": "at a distance, separately, disjoint",
    r"harsh\w*": "large",
    r"seams?": "kink, discontinuity",
    r"meets?|met": "overlap, touch, reach, fulfil",
    r"those who": "what it is",
    r"false alarms?": "false positives",
    r"sure miss(es)?": "confident wrong prediction",
}
IDIOM = re.compile(rf"\b({'|'.join(IDIOMS)})\b", re.IGNORECASE)

# Where an idiom is right: the idiom, the words around it, and why.
EXCEPTIONS = (
    ("pull", "git lfs pull", "a command of git"),
    ("pull", "a pull request", "the field's word of code review"),
    ("pull", "pull_request", "an event of GitHub Actions"),
    ("prices", "(prices, durations)", "money, an example of positive amounts"),
)
PAGES = ("losses/", "objective/recipes/")  # held by test_words.py
LOSSES_HELD_HERE = ("losses/framework_names.py", "losses/framework_names.toml", "losses/plugins.py")


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
    for _, words, _ in EXCEPTIONS:
        text = text.replace(words, "…")
    faults = []
    for found in IDIOM.finditer(text):
        instead = next(w for idiom, w in IDIOMS.items() if re.fullmatch(idiom, found[0], re.I))
        around = text[max(found.start() - 40, 0) : found.end() + 40]
        faults.append(f"{place}: {found[0]!r} in {around!r}; write {instead}")
    return faults


def held(suffix: str) -> Iterator[tuple[str, str]]:
    """Yield the place and text of every file of the package that is held here."""
    for path in sorted(PACKAGE.rglob(f"*.{suffix}")):
        place = str(path.relative_to(PACKAGE))
        if not place.startswith(PAGES) or place in LOSSES_HELD_HERE:
            yield place, path.read_text(encoding="utf-8")


def test_every_idiom_is_found_in_a_text_and_in_a_formatted_one() -> None:
    source = (
        '"""lack."""\nfail(f"{name} lacks a margin: give " "one number an item")\nx = "a dear item"'
    )
    texts = [text for _, text in strings_of(source)]
    assert len(texts) == 2
    assert [len(faults_in("here", text)) for text in texts] == [2, 1]
    assert faults_in("here", "the price of a miss")
    assert not faults_in("here", "black, (prices, durations), one weight per item")


def test_exceptions_are_in_use() -> None:
    texts = [text for suffix in ("py", "yaml", "toml") for _, text in held(suffix)]
    texts += [path.read_text(encoding="utf-8") for path in CONFIGS.glob("*.*")]
    for idiom, words, why in EXCEPTIONS:
        assert idiom in words
        assert why
        assert any(words in text for text in texts), words


def test_texts_of_modules_are_in_the_words_of_the_field() -> None:
    faults, seen = [], 0
    for place, source in held("py"):
        for line, text in strings_of(source):
            seen += 1
            faults += faults_in(f"{place}:{line}", text)
    assert not faults, "\n".join(faults)
    assert seen > 1500


@pytest.mark.parametrize("suffix", ["yaml", "toml"])
def test_texts_of_data_files_are_in_the_words_of_the_field(suffix: str) -> None:
    faults, seen = [], 0
    for place, text in held(suffix):
        documents = [tomllib.loads(text)] if suffix == "toml" else list(yaml.safe_load_all(text))
        comments = re.findall(r"(?:^|\s)# .*", text)
        for one in [*texts_in(documents), *comments]:
            seen += 1
            faults += faults_in(place, one)
    assert not faults, "\n".join(faults)
    assert seen > 100


def test_configurations_are_in_the_words_of_the_field() -> None:
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
