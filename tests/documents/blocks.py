"""The fenced blocks of the documents, and what the line above one says about it.

A block whose first line is a comment with nothing but a file name, such as ``# objective.yaml``, is
that file. Blocks that cannot be run say why in a comment above them, ``<!-- not run: REASON -->``;
one that is a piece of a file of the repository names it, ``<!-- stands in: PATH -->``. A block
without a language below a block that is run is what that prints, a block of text lines of it.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for folder in (ROOT, ROOT / "docs", ROOT / "docs/design", ROOT / "configs", ROOT / "benchmarks")
    for path in folder.glob("*.md")
)
FENCE = re.compile(
    r"(?ms)^(?:<!-- (?P<says>(?:(?!-->).)+) -->\n)?```(?P<language>.*?)\n(?P<text>.*?)^```$"
)
FILE_NAME = re.compile(r"# ([\w./-]+\.\w+)\n")
OUTPUT = {"", "text"}
"""The languages of a block that holds what the one before it prints."""


@dataclass(frozen=True)
class Block:
    """A fenced block: where it and its text begin, its language, text and the comment above it."""

    document: Path
    line: int
    start: int
    language: str
    text: str
    says: str = ""

    @property
    def place(self) -> str:
        """Where it stands, as editors and terminals link it."""
        return f"{os.path.relpath(self.document, ROOT)}:{self.line}"

    @property
    def reason(self) -> str:
        """Why it is not run; empty where it is."""
        return self.says.removeprefix("not run: ") if self.says.startswith("not run: ") else ""

    @property
    def stands_in(self) -> str:
        """The file it is a piece of."""
        return self.says.removeprefix("stands in: ") if self.says.startswith("stands in: ") else ""

    @property
    def file(self) -> str:
        """The name of the file it is, by its first line."""
        found = FILE_NAME.match(self.text)
        return found.group(1) if found else ""


def blocks(document: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a document in their order."""
    text = document.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start("language")) + 1
        yield Block(
            document, line, found.start("text"), found["language"], found["text"],
            found["says"] or "",
        )  # fmt: skip
