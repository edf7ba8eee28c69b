"""Give the answer: the result to standard output or a file, notes to standard error."""

from collections.abc import Sequence
from pathlib import Path

from lossctl.cli.terminal import complain, is_terminal, note, say
from lossctl.core.errors import UsageError
from lossctl.core.result import Result
from lossctl.core.spec import labels
from lossctl.core.spelling import did_you_mean
from lossctl.gates.judge import Verdict
from lossctl.io.write import write_text
from lossctl.report.results import FORMATS, SUFFIX_FORMATS, as_values, render


def choose_format(form: str | None, output: Path | None) -> str:
    """Return the format asked for, or the one the output file's name implies."""
    if form is None:
        return SUFFIX_FORMATS.get(output.suffix, "table") if output else "table"
    if form not in FORMATS:
        hint = did_you_mean(form, FORMATS)
        raise UsageError(f"--format must be one of {', '.join(FORMATS)}, got {form!r}{hint}")
    return form


def give(results: Sequence[Result], form: str, output: Path | None, *, value_only: bool) -> None:
    """Print the answer or write it to a file; JSON carries its notes itself."""
    if value_only:
        text = as_values(results)
    else:
        text = render(results, form, colour=output is None and is_terminal())
    if output is None:
        say(text)
    else:
        write_text(output, text if text.endswith("\n") else text + "\n")
    if value_only or form not in {"json", "jsonl"}:
        for line in _notes(results):
            note(line)


def _notes(results: Sequence[Result]) -> list[str]:
    """Return the notes with the loss they are of; what all results say stands once."""
    shared = [line for line in results[0].notes if all(line in one.notes for one in results)]
    if len(results) == 1:
        shared = []
    own = [
        f"{label}: {line}"
        for label, one in zip(labels(results), results, strict=True)
        for line in one.notes
        if line not in shared
    ]
    return [*dict.fromkeys(shared), *dict.fromkeys(own)]


def give_verdict(verdict: Verdict, form: str, *, value_only: bool) -> None:
    """Say on standard error how values compare with a baseline, and which gates failed."""
    if value_only or form not in {"json", "jsonl"}:
        for line in verdict.notes:
            note(line)
    complain_of(verdict.failures)


def complain_of(failures: Sequence[str]) -> None:
    """Say on standard error which gates failed, and which values are not finite."""
    for failure in failures:
        complain(failure)
