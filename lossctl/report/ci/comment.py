"""Markdown for the comment of a pull request and the summary of a job."""

from lossctl.core.outcome import Outcome, Summary
from lossctl.core.spelling import markdown_text
from lossctl.report.formats import markdown_table

WORDS = {"passed": "passed", "skipped": "skipped"}  # anything else is in bold


def as_comment(summary: Summary) -> str:
    """Write a heading with the counts, a table of the outcomes, and the answer of the command."""
    lines = [f"### {markdown_text(summary.title)}: {summary.words}"]
    if summary.outcomes:
        has_place = any(outcome.where for outcome in summary.outcomes)
        header = ("outcome", "what", "seen", *(("where",) if has_place else ()))
        rows = [_row(outcome, has_place=has_place) for outcome in summary.outcomes]
        lines += ["", *markdown_table(header, rows)]
    if summary.details:
        lines += ["", summary.details]
    return "\n".join(lines) + "\n"


def _row(outcome: Outcome, *, has_place: bool) -> list[str]:
    place = [outcome.where] if has_place else []
    status = WORDS.get(outcome.status, f"**{outcome.status}**")
    return [status, outcome.title, outcome.message, *place]
