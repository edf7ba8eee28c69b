"""Render what a check found: table, plain, json, jsonl, csv, markdown; and as outcomes for CI."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lossctl.core.outcome import Outcome, OutcomeStatus, Summary
from lossctl.core.spelling import (
    csv_cell,
    markdown_text,
    number,
    plural,
    some_of,
    visible,
)
from lossctl.report.formats import (
    BAD,
    BOLD,
    DIM,
    PLAIN,
    Display,
    csv_table,
    fenced,
    folded,
    json_document,
    json_lines,
    painted,
    tabbed,
)

if TYPE_CHECKING:
    from lossctl.checks.finding import Finding, Report

CSV_HEADER = ("code", "name", "severity", "message", "rows", "remedy", "command")
STYLES = {"error": BAD, "warning": "1;33", "info": DIM}
STATUSES: Mapping[str, OutcomeStatus] = {"error": "failed", "warning": "warning", "info": "passed"}


def render(report: "Report", form: str, display: Display = PLAIN) -> str:
    """Render a report in one of the formats of results."""
    if form in ROUNDED_RENDERERS:
        return ROUNDED_RENDERERS[form](report, display)
    return EXACT_RENDERERS[form](report)


def as_json(report: "Report") -> str:
    """One strict JSON document (see ``lossctl schema check``)."""
    return json_document(report.to_dict())


def as_jsonl(report: "Report") -> str:
    """One JSON object per finding."""
    data = report.to_dict()
    version = data["schema_version"]
    return json_lines({"schema_version": version} | each for each in data["findings"])


def as_plain(report: "Report") -> str:
    """Code, name, severity and message of each finding, a tab between."""
    return tabbed((each.code, each.name, each.severity, each.message) for each in report.findings)


def as_csv(report: "Report") -> str:
    """One row per finding."""
    rows = [
        [
            each.code,
            each.name,
            each.severity,
            each.message,
            " ".join(map(str, each.rows)),
            each.remedy,
            csv_cell(each.command),
        ]
        for each in report.findings
    ]
    return csv_table(CSV_HEADER, rows)


def as_table(report: "Report", display: Display) -> str:
    """Each finding with its remedy and command, then what the data look like, and a count."""
    width, colour = display.width, display.colour
    lines: list[str] = []
    for each in report.findings:
        head = f"{each.code} {visible(each.name)} ({each.severity})"
        lines.append(painted(head, STYLES[each.severity], colour=colour))
        lines += _indented(visible(each.message + rows_said(each)), width)
        lines += _indented(visible(each.remedy), width)
        if each.command:
            lines.append("    " + painted(visible(each.command), BOLD, colour=colour))
        lines.append("")
    for line in described(report):
        lines += folded(visible(line), width)
    lines.append(count_line(report))
    return "\n".join(lines)


def _indented(text: str, width: int | None) -> list[str]:
    room = None if width is None else width - 2
    return [f"  {line}" for line in folded(text, room, "")]


def rows_said(each: "Finding") -> str:
    """Name the rows that show a finding, in parentheses: ``(data rows 4, 7)``."""
    if not each.places:
        return ""
    words, numbers = zip(*(place.rpartition(" ")[::2] for place in each.places), strict=True)
    if len(words) == 1 or len({*words}) > 1 or not all(map(str.isdigit, numbers)):
        return f" ({some_of(each.places)})"
    return f" ({words[0]}s {some_of(numbers)})"


def described(report: "Report") -> list[str]:
    """Say what the data look like, which losses fit, and what the value is."""
    lines = []
    if report.description:
        parts = [_part(name, value) for name, value in report.description.items()]
        lines.append(f"data: {', '.join(filter(None, parts))}")
    if report.fitting:
        first, *others = report.fitting
        also = f"; also {', '.join(others)}" if others else ""
        lines.append(f"losses that fit: {first}{also}")
    lines += [f"{name}: {number(value)}" for name, value in report.values.items()]
    if report.refusal:
        lines.append(f"no value: {report.refusal}")
    return lines


def _part(name: str, value: Any) -> str:
    word = name.replace("_", " ")
    if isinstance(value, Mapping):
        entries = [f"{key}: {_shown(entry)}" for key, entry in value.items()]
        return f"{word} {some_of(entries, 6)}"
    return f"{word} {_shown(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"({', '.join(map(str, value))})"
    return number(value, 4) if isinstance(value, float) else str(value)


def count_line(report: "Report") -> str:
    """Say how many findings there are of each severity, and how many rules found nothing."""
    counts = [
        plural(sum(each.severity == severity for each in report.findings), word)
        for severity, word in (("error", "error"), ("warning", "warning"))
    ]
    infos = sum(each.severity == "info" for each in report.findings)
    counts += [f"{infos} info"] if infos else []
    rules = f"{plural(len(report.passed), 'rule')} passed, {len(report.skipped)} skipped"
    return f"{', '.join(counts)}; {rules}"


def as_markdown(report: "Report", _: Display = PLAIN) -> str:
    """A section for each finding, for a pull request."""
    lines: list[str] = []
    for each in report.findings:
        head = f"**{each.code} {markdown_text(each.name)}** ({each.severity}): "
        lines += [f"{head}{markdown_text(each.message + rows_said(each))}.", ""]
        lines += [markdown_text(each.remedy), ""]
        if each.command:
            lines += [*fenced(each.command, "sh"), ""]
    lines += [f"- {markdown_text(line)}" for line in described(report)]
    return "\n".join([*lines, f"- {count_line(report)}"])


def summary_of(report: "Report", files: Mapping[str, str]) -> Summary:
    """Return the report as outcomes for CI systems; `files` are where inputs are, by name."""
    place = files.get("predictions")
    outcomes = [
        Outcome(
            title=f"{each.code} {each.name}",
            status=STATUSES[each.severity],
            message=each.message + rows_said(each) + f". {each.remedy}",
            group="lossctl check",
            file=place,
            code=each.code,
        )
        for each in report.findings
    ]
    found = {each.code for each in report.findings}
    outcomes += [
        Outcome(code, "passed", "nothing was found", "lossctl check", code=code)
        for code in report.passed
        if code not in found
    ]
    outcomes += [
        Outcome(each.code, "skipped", each.why, "lossctl check", code=each.code)
        for each in report.skipped
        if each.code not in found
    ]
    return Summary("lossctl check", outcomes, as_markdown(report))


EXACT_RENDERERS: dict[str, Callable[["Report"], str]] = {
    "plain": as_plain,
    "json": as_json,
    "jsonl": as_jsonl,
    "csv": as_csv,
}
ROUNDED_RENDERERS: dict[str, Callable[["Report", Display], str]] = {
    "table": as_table,
    "markdown": as_markdown,
}
