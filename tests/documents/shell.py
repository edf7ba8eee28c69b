"""Runs what the documents print, in a copy of the folders that a clone has."""

import contextlib
import io
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.cli.run import Outcome, run_line
from tests.documents.blocks import ROOT, Block

SETUP = re.compile(r"python3 -m venv \.venv && \.venv/bin/pip install .*? && \.venv/bin/")
"""What comes first in a set-up line needs a network; `.ci/run` runs these lines as they are."""

EXIT_CODE = re.compile(r"#.*\bexit code (\d+)")


@dataclass(frozen=True)
class Command:
    """A line of shell, and the exit code that its comment gives it."""

    line: str

    @property
    def code(self) -> int:
        """0 unless the comment says otherwise."""
        found = EXIT_CODE.search(self.line)
        return int(found.group(1)) if found else 0


def commands(block: Block) -> Iterator[Command]:
    """Yield the commands of a block, a line each, but for lines that end in a backslash."""
    for line in block.text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            yield Command(SETUP.sub("", line.strip()))


class Clone:
    """What a clone holds for its reader; every block of shell starts in its root.

    ``/tmp`` stands for a folder beside it, so that documents tested at the same time keep apart.
    """

    def __init__(self, place: Path) -> None:
        """Copy the folders that commands of documents read."""
        self.root, self.tmp, self.names = place / "clone", place / "tmp", {}
        self.tmp.mkdir()
        for folder in ("sample_data", "configs"):
            shutil.copytree(ROOT / folder, self.root / folder)
        self.folder = self.root

    def write(self, block: Block) -> None:
        """Write the file that a block is."""
        (self.root / block.file).write_text(block.text, encoding="utf-8")

    def shell(self, block: Block) -> str:
        """Run the commands of a block; return what they print, as a terminal shows it."""
        self.folder, printed = self.root, ""
        for command in commands(block):
            done = self.run(command.line.replace("/tmp/", f"{self.tmp}/"))  # noqa: S108
            place = f"{block.place}: {command.line}"
            assert done.code == command.code, f"{place}\nexit code {done.code}\n{done.err}"
            assert "Traceback" not in done.err, f"{place}\n{done.err}"
            printed += done.out + done.err
        return printed.replace(f"{self.tmp}/", "/tmp/")  # noqa: S108

    def run(self, line: str) -> Outcome:
        """Run a line in the folder that those before it changed to."""
        words = shlex.split(line, comments=True)
        if words[0] == "cd":
            self.folder = (self.folder / words[1]).resolve(strict=True)
            return Outcome(0, "", "")
        return run_line(line, self.folder)

    def python(self, block: Block) -> str:
        """Run Python, with the names that blocks before it left; return what it prints."""
        with contextlib.chdir(self.root), contextlib.redirect_stdout(io.StringIO()) as printed:
            code = compile("\n" * block.line + block.text, str(block.document), "exec")
            exec(code, self.names)  # noqa: S102 - the documents are ours
        return printed.getvalue()
