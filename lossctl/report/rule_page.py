"""Render the page of a rule, and the list of rules: ``lossctl explain``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lossctl.core.spelling import markdown_text
from lossctl.report.formats import (
    Table,
    aligned,
    json_document,
    markdown_table,
    require_format,
    text_page,
    wrapped,
)

if TYPE_CHECKING:
    from lossctl.checks.rule import Rule

PAGE_FORMATS = ("text", "json", "markdown")
HEADER = ("code", "name", "severity", "what it finds")


def render_rule(one: "Rule", form: str, *, colour: bool = False) -> str:
    """Render the page of a rule: text, json or markdown."""
    require_format(form, PAGE_FORMATS)
    if form == "json":
        return json_document(as_data(one))
    return as_markdown(one) if form == "markdown" else _as_text(one, colour=colour)


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
    """Render the list of rules: text, json or markdown."""
    require_format(form, PAGE_FORMATS)
    if form == "json":
        return json_document([as_data(one) for one in rules])
    rows = [(one.code, one.name, one.severity, one.page.what) for one in rules]
    table = Table(HEADER, rows)
    if form == "markdown":
        return "\n".join(markdown_table(table.header, table.rows))
    return "\n".join(aligned(table.header, table.rows))
