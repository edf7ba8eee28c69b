"""Render the page of a rule, and the list of rules: ``lossctl explain``."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lossctl.core.spelling import csv_cell, markdown_text
from lossctl.report.formats import (
    RESULT_FORMATS,
    aligned,
    csv_table,
    json_document,
    json_lines,
    markdown_table,
    require_format,
    tabbed,
    text_page,
    wrapped,
)

if TYPE_CHECKING:
    from lossctl.checks.rule import Rule

HEADER = ("code", "name", "severity", "what it finds")
COLUMNS = ("code", "name", "severity", "what", "why", "example", "remedy", "reference", "evidence")


def render_rule(one: "Rule", form: str, *, colour: bool = False) -> str:
    """Render the page of a rule in one of the formats of results."""
    require_format(form, RESULT_FORMATS)
    if form == "json":
        return json_document(as_data(one))
    if form in SHORT_RENDERERS:
        return SHORT_RENDERERS[form]([one])
    return as_markdown(one) if form == "markdown" else _as_text(one, colour=colour)


def _as_plain(rules: Sequence["Rule"]) -> str:
    return tabbed((one.code, one.name, one.severity, one.page.what) for one in rules)


def _as_jsonl(rules: Sequence["Rule"]) -> str:
    return json_lines(map(as_data, rules))


def _as_csv(rules: Sequence["Rule"]) -> str:
    data = map(as_data, rules)
    return csv_table(COLUMNS, [[_cell(one[name]) for name in COLUMNS] for one in data])


def _cell(text: str) -> str:
    return csv_cell("; ".join(line.strip() for line in text.splitlines()))


SHORT_RENDERERS: Mapping[str, Callable[[Sequence["Rule"]], str]] = {
    "plain": _as_plain,
    "jsonl": _as_jsonl,
    "csv": _as_csv,
}


def as_data(one: "Rule") -> dict[str, Any]:
    """Return the declaration of a rule as data."""
    return {
        "code": one.code,
        "name": one.name,
        "severity": one.severity,
        "needs": list(one.needs),
        **vars(one.page),
        "reference": link(one.page.reference),
    }


def link(reference: str) -> str:
    """Return a reference as an address."""
    if reference.startswith("arXiv:"):
        return f"https://arxiv.org/abs/{reference.removeprefix('arXiv:')}"
    if reference.startswith("doi:"):
        return f"https://doi.org/{reference.removeprefix('doi:')}"
    return reference


def _as_text(one: "Rule", *, colour: bool) -> str:
    sections = [
        ("Why", wrapped(one.page.why)),
        ("Example", "\n".join(f"  {line}" for line in one.page.example.splitlines())),
        ("What to do", wrapped(one.page.remedy)),
    ]
    if one.page.evidence:
        sections.insert(1, ("How it is found", wrapped(one.page.evidence)))
    sections.append(("Reference", f"  {link(one.page.reference)}"))
    heading = f"{one.code} {one.name} ({one.severity})"
    return text_page(heading, one.page.what, sections, colour=colour)


def as_markdown(one: "Rule", level: int = 1) -> str:
    """Return the page of a rule in Markdown, its heading of a level."""
    lines = [
        f"{'#' * level} {one.code} {one.name}",
        "",
        f"*{one.severity}.* {markdown_text(one.page.what)}",
        "",
        markdown_text(one.page.why),
        "",
    ]
    if one.page.evidence:
        lines += [f"How it is found: {markdown_text(one.page.evidence)}", ""]
    code = [f"    {line}" for line in one.page.example.splitlines()]
    lines += [*code, "", markdown_text(one.page.remedy)]
    return "\n".join([*lines, "", f"Reference: <{link(one.page.reference)}>"])


def render_rules(rules: Sequence["Rule"], form: str) -> str:
    """Render the list of rules in one of the formats of results."""
    require_format(form, RESULT_FORMATS)
    if form == "json":
        return json_document([as_data(one) for one in rules])
    if form in SHORT_RENDERERS:
        return SHORT_RENDERERS[form](rules)
    rows = [(one.code, one.name, one.severity, one.page.what) for one in rules]
    if form == "markdown":
        return "\n".join(markdown_table(HEADER, rows))
    return "\n".join(aligned(HEADER, rows))
