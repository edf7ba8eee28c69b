"""Outputs that documents show: whether they are what is printed, and writing them again."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path

from tests.documents.blocks import Block

NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w])")
ALIKE = 0.5
"""How similar lines must be to those of an excerpt, from 0 to 1, to be written in their place."""


def rounded(text: str) -> str:
    """Round the numbers of a text to six digits, and drop trailing blanks."""

    def shorter(found: re.Match[str]) -> str:
        return f"{float(found.group()):.6g}"

    return "\n".join(line.rstrip() for line in NUMBER.sub(shorter, text).strip().splitlines())


def is_shown(block: Block, printed: str) -> bool:
    """Compare a block with what is printed: all of it, or lines of it for a block of text."""
    wanted, shown = rounded(block.text), rounded(printed)
    return wanted in shown if block.language == "text" else wanted == shown


def again(block: Block, printed: str) -> str:
    """Return what a block has to show: all that is printed, or the lines most like its own."""
    lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
    if block.language == "text":
        if block.text.strip() in "\n".join(lines):
            return block.text
        lines = _most_alike(block.text.splitlines(), lines)
        assert lines, (
            f"{block.place}: nothing like this is printed:\n{block.text}\nit is\n{printed}"
        )
    return "\n".join(lines) + "\n"


def _most_alike(excerpt: list[str], lines: list[str]) -> list[str]:
    """Return as many lines in a row as an excerpt has, or none where no lines are like it."""
    starts = range(max(1, len(lines) - len(excerpt) + 1))
    pieces = {start: lines[start : start + len(excerpt)] for start in starts}
    wanted = "\n".join(excerpt)
    likeness = {
        start: SequenceMatcher(None, wanted, "\n".join(piece), autojunk=False).ratio()
        for start, piece in pieces.items()
    }
    best = max(likeness, key=likeness.__getitem__)
    return pieces[best] if likeness[best] >= ALIKE else []


def write(document: Path, texts: Mapping[Block, str]) -> None:
    """Put other texts into blocks of a document."""
    page = document.read_text(encoding="utf-8")
    for block in sorted(texts, key=lambda one: one.start, reverse=True):
        page = page[: block.start] + texts[block] + page[block.start + len(block.text) :]
    document.write_text(page, encoding="utf-8")
