"""The pairs of docs/coming-from.md: what a library prints is what the command beside it prints."""

import contextlib
import io
import os
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.documents.blocks import ROOT, Block, blocks
from tests.documents.shell import Clone

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = pytest.mark.peers
DOCUMENT = ROOT / "docs" / "coming-from.md"
NUMBER = re.compile(r"^-?\d[\d.e+-]*$", re.MULTILINE)
EVERY = [block for block in blocks(DOCUMENT) if block.language in {"python", "sh"}]
PAIRS = [
    (library, command)
    for library, command in pairwise(EVERY)
    if (library.language, command.language) == ("python", "sh")
]


def test_every_library_has_a_pair() -> None:
    sections = re.findall(r"(?m)^## (.+)$", DOCUMENT.read_text(encoding="utf-8"))
    assert len(PAIRS) == len(sections)


@pytest.mark.parametrize(("library", "command"), PAIRS, ids=lambda block: block.place)
def test_a_pair(
    library: Block, command: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for line in re.findall(r"^(?:import|from) ([^\n]+)", library.text, re.MULTILINE):
        for name in line.partition(" import ")[0].split(","):
            pytest.importorskip(name.split()[0].partition(".")[0], exc_type=ImportError)
    clone, printed = Clone(tmp_path), io.StringIO()
    monkeypatch.chdir(clone.root)
    with contextlib.redirect_stdout(printed):
        exec("import numpy as np\n" + library.text, {})  # noqa: S102 - what the document prints
    theirs = [float(number) for number in NUMBER.findall(printed.getvalue())]
    ours = [float(number) for number in NUMBER.findall(clone.shell(command))]
    assert len(theirs) == 2
    assert ours == pytest.approx(theirs, rel=2e-6)
