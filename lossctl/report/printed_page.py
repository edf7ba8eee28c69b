"""The page of a loss, a metric or a recipe, as it is printed: in text, Markdown or JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lossctl.core.spelling import markdown_text
from lossctl.report.formats import fenced, json_document, require_format, text_page, wrapped

PAGE_FORMATS = ("text", "json", "markdown")
CURVE = "Curve"  # the section whose characters not everything shows
PROSE = {"Name", "Use when", "Avoid when", "Notes", "References"}  # sections without columns


class PrintedPage(NamedTuple):
    """What stands on a page.

    Attributes
    ----------
    sections
        Titles and indented texts.
    data
        The page as JSON has it.
    note
        What the name sets by which the page was asked for; empty for a name of ours.
    """

    title: str
    summary: str
    sections: Sequence[tuple[str, str]]
    data: Mapping[str, Any]
    note: str = ""

    def render(self, form: str, *, colour: bool = False, curve: bool = True) -> str:
        """Write the page; see ``report.page.render_page``."""
        require_format(form, PAGE_FORMATS)
        if form == "json":
            return json_document({**self.data, "called": self.note} if self.note else self.data)
        sections = [(title, text) for title, text in self.sections if curve or title != CURVE]
        if self.note:
            sections = [("Name", wrapped(self.note)), *sections]
        if form == "markdown":
            return _markdown(self.title, self.summary, sections)
        return text_page(self.title, self.summary, sections, colour=colour)


def _markdown(title: str, summary: str, sections: Sequence[tuple[str, str]]) -> str:
    """Write headings, and what is laid out in columns as blocks of code."""
    lines = [f"# {markdown_text(title)}", "", markdown_text(summary)]
    for name, text in sections:
        plain = [line.removeprefix("  ") for line in text.split("\n")]
        prose = map(markdown_text, plain) if name in PROSE else fenced("\n".join(plain))
        lines += ["", f"## {name}", "", *prose]
    return "\n".join(lines)
