"""The reports that ``--report`` names: which there are, where they go, and how they are written."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from lossctl.core.errors import LossctlError, UsageError
from lossctl.core.outcome import Outcome, Summary
from lossctl.core.spelling import did_you_mean, listed, option, visible
from lossctl.io.write import append_text, check_folder, write_text
from lossctl.report.ci.annotations import as_annotations
from lossctl.report.ci.code_quality import as_code_quality
from lossctl.report.ci.comment import as_comment
from lossctl.report.ci.junit import HEAD, as_junit
from lossctl.report.ci.sarif import SCHEMA, as_sarif

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"  # the file that GitHub shows on the page of a job
CHECKOUTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")  # folders of the repository, of GitHub, GitLab
LONGEST_HEAD = 200  # bytes by which a report of each kind is known
HTML_HEAD = '<!doctype html>\n<html lang="en" class="lossctl-report">'
STOPPED = "the command runs to its end"
AT_PLACE = r"(?P<file>[^\n]+?\.ya?ml):(?P<line>\d+):\d+: (?P<text>.+)"  # of a configuration
MOST_OF_A_SUMMARY = 1_000_000  # bytes; GitHub shows none that is longer than 1 MiB


def _as_html(summary: Summary) -> str:
    from lossctl.report.html.page import as_html  # few ask for it

    return as_html(summary)


def _require_html() -> None:
    from lossctl.report.html.page import require_jinja

    require_jinja()


class ReportKind(NamedTuple):
    """A kind of report: its renderer, how its files begin, whether it goes to one, what it needs.

    `require` complains where something is not installed.
    """

    render: Callable[[Summary], str]
    heads: Sequence[str] = ()
    to_file: bool = True
    require: Callable[[], None] | None = None


KINDS: Mapping[str, ReportKind] = {
    "junit": ReportKind(as_junit, (f'{HEAD}\n<testsuites name="lossctl ',)),
    "gitlab": ReportKind(as_code_quality, ("[]\n", '[\n  {\n    "description": "')),
    "markdown": ReportKind(as_comment, ("### lossctl ",)),
    "sarif": ReportKind(as_sarif, (f'{{\n  "$schema": "{SCHEMA}"',)),
    "html": ReportKind(_as_html, (HTML_HEAD,), require=_require_html),
    "github": ReportKind(as_annotations, to_file=False),
}


class Report(NamedTuple):
    """A report that was asked for; one of GitHub has no file of its own."""

    kind: str
    path: Path | None = None


def read_reports(texts: Sequence[str] | None) -> list[Report]:
    """Read ``junit=FILE``, ``html=FILE``, …, and ``github``, in any number.

    Raises
    ------
    UsageError
        For another kind, a file that is missing or one too many, and a folder that does not exist.
    """
    return [_read(text) for text in texts or ()]


def _read(text: str) -> Report:
    kind, equals, file = text.partition("=")
    where = f"{option('report')} {visible(text)}"
    if kind not in KINDS:
        spelled = [name + ("=FILE" if one.to_file else "") for name, one in KINDS.items()]
        hint = did_you_mean(kind, KINDS)
        raise UsageError(f"{where}: reports are {listed(spelled)}{hint}")
    if not KINDS[kind].to_file:
        if equals:
            raise UsageError(f"{where}: takes no file; it goes to the log and the job's summary")
        return Report(kind)
    if not file:
        raise UsageError(f"{where}: to which file? {kind}=FILE")
    if (require := KINDS[kind].require) is not None:
        require()
    return Report(kind, check_folder(Path(file)))


def may_replace(report: Report) -> bool:
    """Whether the file of a report is free, or holds an earlier report of its kind.

    A command that stops early has not found out yet which files are its inputs: what is there and
    is no report must stay.
    """
    if report.path is None or not report.path.exists():
        return True
    try:
        with report.path.open("rb") as stream:
            head = stream.read(LONGEST_HEAD)
    except OSError:
        return False
    return head.startswith(tuple(one.encode() for one in KINDS[report.kind].heads))


def write_reports(reports: Sequence[Report], summary: Summary) -> str:
    """Write the reports; return what is to be printed to the log of the job as it is.

    Raises
    ------
    UsageError
        For a file that cannot be written.
    """
    summary = summary._replace(
        outcomes=[
            outcome if outcome.file is None else replace(outcome, file=in_repository(outcome.file))
            for outcome in summary.outcomes
        ]
    )
    log = ""
    for report in reports:
        text = KINDS[report.kind].render(summary)
        if report.path is not None:
            write_text(report.path, text)
            continue
        log += text
        if path := os.environ.get(STEP_SUMMARY):
            append_text(Path(path), _fitting(as_comment(summary)))
    return log


def summary_of_error(error: LossctlError, title: str) -> Summary:
    """Return what reports say where a command stopped: each mistake, at its place in a file."""
    mistakes = getattr(error, "errors", (error,))
    return Summary(title, [_mistake(" ".join(one.lines)) for one in mistakes])


def _mistake(text: str) -> Outcome:
    found = re.match(AT_PLACE, text, re.DOTALL)
    if found is None:
        return Outcome(STOPPED, "failed", text)
    return Outcome(STOPPED, "failed", found["text"], "", found["file"], int(found["line"]))


def in_repository(file: str) -> str:
    """Return a file as CI systems name it: from the folder of the repository, if it is in it."""
    path = Path(file).absolute()
    for name in CHECKOUTS:
        root = os.environ.get(name)
        if root and path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else file


def _fitting(text: str) -> str:
    """Return a summary, or of one that is too long its first lines."""
    if len(text.encode()) <= MOST_OF_A_SUMMARY:
        return text
    kept = text.encode()[:MOST_OF_A_SUMMARY].decode(errors="ignore").rpartition("\n")[0]
    return f"{kept}\n\n… the rest is too long for a summary\n"
