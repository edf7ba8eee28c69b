"""What users read says it plainly: no idioms, and few words of the house."""

import re
from pathlib import Path

import pytest

from tests.documents.blocks import DOCUMENTS, ROOT

IDIOMS = {
    "lack": r"lack(s|ed|ing)?",
    "dear": r"dear(er|est|ly)?",
    "surprise": r"surpris(e|es|ed|ing|ingly)",
    "priced": r"priced",
    "forgive": r"forgiv(e|es|en|ing)|forgave",
    "shall": r"shall",
    "an item": r"an\s+item('s)?",
    "mass": r"mass(es)?",
}
"""Words that a reader of the field does not look for: say the textbook's, such as overlap, cost."""

EXCEPTIONS = {
    ("docs/reliability.md", "mass"): "names the variable that a mutant changed",
}
"""Documents that may have an idiom, and why."""

READ = [
    *(path for path in DOCUMENTS if path.parent.name != "design"),
    ROOT / "sample_data/MANIFEST.md",
]
"""Design notes are records of their day."""

WORDS_OF_THE_HOUSE = 25


def idioms(text: str) -> list[tuple[str, int]]:
    """Return the idioms in a text, each with its line; what stands in code counts too."""
    return [
        (name, text.count("\n", 0, found.start()) + 1)
        for name, pattern in IDIOMS.items()
        for found in re.finditer(rf"(?i)\b(?:{pattern})\b", text)
    ]


@pytest.mark.parametrize("document", READ, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_say_it_plainly(document: Path) -> None:
    place = str(document.relative_to(ROOT))
    seen = idioms(document.read_text(encoding="utf-8"))
    assert [
        f"{place}:{line}: {name}" for name, line in seen if (place, name) not in EXCEPTIONS
    ] == []


def test_exceptions_are_needed() -> None:
    for place, name in EXCEPTIONS:
        assert name in dict(idioms((ROOT / place).read_text(encoding="utf-8"))), (place, name)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("One weight per item.", []),
        ("Black, nuclear and massive items; an itemised list.", []),
        ("one weight an item", [("an item", 1)]),
        ("What it\nLacks is priced.", [("lack", 2), ("priced", 2)]),
        ("An\nitem forgives, shall.", [("forgive", 2), ("shall", 2), ("an item", 1)]),
    ],
)
def test_idioms_are_found(text: str, wanted: list[tuple[str, int]]) -> None:
    assert idioms(text) == wanted


def test_the_glossary_is_short() -> None:
    rows = re.findall(r"(?m)^\| (?!word|---)", (ROOT / "docs/glossary.md").read_text("utf-8"))
    assert 0 < len(rows) <= WORDS_OF_THE_HOUSE
