"""What `lossctl run` does: load, evaluate, judge, print."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from lossctl.cli.terminal import note, say, width_of
from lossctl.core.errors import UsageError
from lossctl.core.spelling import visible
from lossctl.io.write import write_text
from lossctl.objective.objective_result import ObjectiveResult
from lossctl.report.objective import as_values, render

UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)  # what a name of data loses as the name of a file


def require_shown(form: str, grid: Sequence[str], *, sensitivity: bool, value_only: bool) -> None:
    """Refuse tables beside the components where the output has no place for them."""
    option = "--weights-grid" if grid else "--sensitivity" if sensitivity else None
    if option is None or not (value_only or form in {"csv", "plain"}):
        return
    chosen = "--value-only" if value_only else f"-f {form}"
    raise UsageError(f"{option}: {chosen} has no place for it; use table, markdown, json or jsonl")


def files_of(texts: Sequence[str]) -> dict[str, str]:
    """Read the ``name=path`` texts of --data."""
    files = {}
    for text in texts:
        name, _, path = text.partition("=")
        if not name or not path:
            raise UsageError(f"--data {visible(text)}: expected name=path")
        files[name] = path
    return files


def give(
    answers: Sequence[ObjectiveResult], form: str, output: Path | None, *, value_only: bool
) -> None:
    """Print the answers or write them to a file; JSON carries its notes itself."""
    width = width_of(sys.stdout) if output is None else None
    text = as_values(answers) if value_only else render(answers, form, width)
    if output is None:
        say(text)
    else:
        write_text(output, text if text.endswith("\n") else text + "\n")
    if value_only or form not in {"json", "jsonl"}:
        for answer in answers:
            for line in answer.notes:
                note(line)
            for one in answer.components:
                for line in one.notes:
                    note(f"{one.name}: {line}")
