"""Pages of losses and recipes, and what losses say, are written in the field's words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import lossctl
from lossctl.core.loss import Loss
from lossctl.losses.catalogue import CATALOGUE, FAMILIES, RECIPES, every_loss, get
from lossctl.objective.recipe import Recipe, get_recipe
from tests.words import IDIOMS, PAGE_IDIOMS

PACKAGE = Path(lossctl.__file__).parent

EXCEPTIONS: dict[str, tuple[str, str]] = {}
"""Page or file → the one idiom it may have, and why the field itself says so."""

SUMMARY_AT_MOST = 91  # `list` prints a name of 28 characters before it and wraps at 80 columns


class Text(NamedTuple):
    """A text that users read, and where it stands."""

    where: str
    text: str


def texts_of_loss(loss: Loss) -> Iterator[str]:
    page = loss.page
    yield from (loss.title, page.summary, page.formula, page.kinks, page.curve.label)
    yield from (*page.use_when, *page.avoid_when, *page.notes, *page.also_called)
    yield from (*page.expected, *page.expected.values())
    yield from (example.working for example in page.examples)
    yield from (entry.help for entry in (*loss.params, *loss.inputs))
    for variant in loss.variants:
        yield from texts_of_loss(variant)


def texts_of_recipe(recipe: Recipe) -> Iterator[str]:
    yield from (recipe.title, recipe.summary, recipe.formula)
    yield from (*recipe.use_when, *recipe.avoid_when)
    yield from (entry.help for entry in (*recipe.params, *recipe.inputs))


def pages() -> Iterator[Text]:
    for loss in every_loss():
        yield from (Text(loss.id, text) for text in texts_of_loss(loss))
    for name in RECIPES:
        yield from (Text(name, text) for text in texts_of_recipe(get_recipe(name)))
    yield from (Text("families", text) for text in FAMILIES.values())


def literals_of(path: Path) -> Iterator[Text]:
    """Yield the string literals of a module that hold blanks; docstrings and references are not."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    skipped = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reference":
            skipped |= {id(part) for part in ast.walk(node)}
    for node in nodes:
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and " " in text.strip() and id(node) not in skipped:
            yield Text(f"{path.relative_to(PACKAGE)}:{node.lineno}", text)


def messages() -> Iterator[Text]:
    for file in sorted((PACKAGE / "losses").rglob("*.py")):
        yield from literals_of(file)


def idioms_in(texts: Iterator[Text], idioms: dict[str, str]) -> list[str]:
    every = re.compile("|".join(rf"\b(?:{idiom})\b" for idiom in idioms), re.IGNORECASE)
    faults = []
    for where, text in texts:
        allowed = EXCEPTIONS.get(where.partition(":")[0], ("", ""))[0]
        for match in every.finditer(text):
            if match[0].lower() != allowed:
                instead = next(
                    word for idiom, word in idioms.items() if re.fullmatch(idiom, match[0], re.I)
                )
                faults.append(f"{where}: {match[0]!r} in {text!r}; write {instead}")
    return faults


def test_pages_have_no_idiom() -> None:
    assert idioms_in(pages(), IDIOMS | PAGE_IDIOMS) == []


def test_messages_have_no_idiom() -> None:
    assert idioms_in(messages(), IDIOMS) == []


@pytest.mark.parametrize(
    ("text", "idiom"),
    [
        ("what a score lacks to lead", "lacks"),
        ("Price of a miss.", "Price"),
        ("one row an item", "an item"),
        ("Twice the shared mass", "mass"),
        ("boxes that do not meet", "meet"),
    ],
)
def test_an_idiom_is_seen(text: str, idiom: str) -> None:
    [fault] = idioms_in(iter([Text("x", text)]), IDIOMS)
    assert repr(idiom) in fault


@pytest.mark.parametrize(
    "text", ["an itemized list", "a black box", "metrics", "departed", "massive", "method"]
)
def test_other_words_are_no_idiom(text: str) -> None:
    assert idioms_in(iter([Text("x", text)]), IDIOMS | PAGE_IDIOMS) == []


def test_exceptions_are_in_use_and_have_a_reason() -> None:
    places: dict[str, str] = {}
    for where, text in (*pages(), *messages()):
        place = where.partition(":")[0]
        places[place] = places.get(place, "") + " " + text.lower()
    for place, (idiom, reason) in EXCEPTIONS.items():
        assert idiom in places[place]
        assert reason


SUMMARIES = {loss.id: loss.page.summary for loss in map(get, CATALOGUE)}
SUMMARIES |= {f"recipe {name}": get_recipe(name).summary for name in RECIPES}


@pytest.mark.parametrize("summary", SUMMARIES.values(), ids=SUMMARIES)
def test_a_summary_is_one_short_line(summary: str) -> None:
    assert len(summary) <= SUMMARY_AT_MOST
    assert not summary.endswith(".")
    assert summary == " ".join(summary.split())


def test_no_two_summaries_are_alike() -> None:
    assert len(set(SUMMARIES.values())) == len(SUMMARIES)
