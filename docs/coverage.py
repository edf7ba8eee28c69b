"""Write docs/coverage.md: each row of the guides, the command for it, and what it answers.

Run ``python docs/coverage.py`` to write the page, with ``--check`` to exit 1 when it is not what
would be written.
"""

import argparse
import contextlib
import io
import os
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from lossctl.cli.main import run
from lossctl.core.spelling import markdown_cell

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "coverage.md"
HEAD = """\
# Coverage of the guides

Every loss that five published guides to loss functions name, with one command that computes it on
the sample data and the value. This page is made by `python docs/coverage.py`, which runs every
command of [coverage.yaml](coverage.yaml).
"""


def guides() -> list[dict[str, Any]]:
    """Read the guides, their sections and the command of each row."""
    loaded: list[dict[str, Any]] = yaml.safe_load((ROOT / "docs" / "coverage.yaml").read_text())
    return loaded


def answer(command: str) -> str:
    """Run a command from the root of the checkout; return the values it prints."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(ROOT):
        words = shlex.split(command.replace("{folder}", folder))
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([*words, "--value-only"])
    if code != 0:
        raise SystemExit(f"lossctl {command}: exit {code}\n{err.getvalue()}")
    return ", ".join(f"{float(line):.6g}" for line in out.getvalue().split())


def page() -> Iterator[str]:
    """Yield the lines of the page."""
    yield HEAD.rstrip()
    for guide in guides():
        yield f"\n## {guide['guide']}"
        for section, rows in guide["sections"].items():
            yield f"\n### {section}\n"
            yield "| row | command | value |"
            yield "|---|---|---:|"
            for row, command in rows.items():
                shown = markdown_cell(command.replace("{folder}/", ""))
                yield f"| {row} | `lossctl {shown}` | {answer(command)} |"


def main() -> int:
    """Write or check the page; return the exit status."""
    parser = argparse.ArgumentParser(description="Make or check docs/coverage.md.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if different")
    options = parser.parse_args()
    os.environ["NO_COLOR"] = "1"
    text = "\n".join(page()) + "\n"
    if not options.check:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == text:
        return 0
    print("docs/coverage.md is not what docs/coverage.py writes now: run it", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
