"""One HTML file with everything: outcomes, values, pictures, notes, and how to make it again.

It loads nothing and runs only its own script, which sorts tables; without it all is there. Texts
are made harmless and escaped by the template.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from lossctl.core.errors import UsageError
from lossctl.core.outcome import Summary
from lossctl.core.spelling import lines_visible, shortened, visible
from lossctl.report.formats import BAD, BOLD, DIM, GOOD, Styled, Table
from lossctl.report.html.drawing import draw_intervals, draw_panel, legend
from lossctl.report.html.section import Section
from lossctl.version import __version__

CLASSES = {BOLD: "bold", GOOD: "good", BAD: "bad", DIM: "", "": ""}
STATUSES = {"passed": "good", "failed": "bad", "undecided": "warn", "warning": "warn"}
STYLES = ("content.css", "drawing.css")  # of what sections hold
SCOPE = ".lossctl-answer"
MOST_ROWS = 400  # of a table; the file stays small
LONGEST = 500  # letters of a cell
SHORT = 24  # letters of one that is not broken into lines
MOST_PANELS = 12


def require_jinja() -> Any:
    """Return Jinja2.

    Raises
    ------
    UsageError
        When it is not installed, with what to install.
    """
    try:
        import jinja2
    except ImportError:
        raise UsageError("HTML reports need Jinja2: pip install 'lossctl[html]'") from None
    return jinja2


class _Cell(NamedTuple):
    text: str
    kind: str = ""
    right: bool = False


def as_html(summary: Summary) -> str:
    """Write the page of a summary."""
    style = "\n".join(map(_text_of, ("colours.css", "page.css", *STYLES)))
    script = _text_of("page.js")
    from markupsafe import Markup

    page = _template("page.html").render(
        title=visible(summary.title),
        words=summary.words if summary.outcomes else "no gates",
        verdict=_verdict(summary),
        sections=_shown(_sections(summary), "s"),
        level=2,
        version=__version__,
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704
        style_hash=_hash(style),
        script_hash=_hash(script),
    )
    return str(page)


def as_fragment(sections: Sequence[Section]) -> str:
    """Write sections for a page of others, such as a notebook: without script, ids and links.

    Its style holds inside it alone.
    """
    from markupsafe import Markup

    colours = _text_of("colours.css").replace(":root", SCOPE)
    rules = "\n".join(map(_text_of, STYLES))
    scoped = re.sub(r"([^{}]+)(?=\{)", _scoped, rules)
    body = _template("fragment.html").render(
        sections=_shown(sections),
        level=3,
        style=Markup(f"{colours}\n{_text_of('fragment.css')}\n{scoped}"),  # noqa: S704 - files of this package
    )
    return str(body)


def _scoped(selectors: re.Match[str]) -> str:
    return ",".join(f"{SCOPE} {one.strip()}" for one in selectors[1].split(","))


def _sections(summary: Summary) -> list[Section]:
    more: Sequence[Section] = summary.sections() if summary.sections is not None else ()
    command = [("The command that makes this report again:", summary.command)]
    last = Section("Reproduce", code=[entry for entry in command if entry[1]])
    own = [one for one in more if one.title != last.title]
    code = [*last.code, *(entry for one in more if one.title == last.title for entry in one.code)]
    return [_outcomes(summary), *own, _rules(summary), last._replace(code=code)]


def _outcomes(summary: Summary) -> Section:
    has_place = any(outcome.where for outcome in summary.outcomes)
    styles = {"good": GOOD, "bad": BAD, "warn": BOLD}
    rows = [
        [
            Styled(outcome.status, styles.get(STATUSES.get(outcome.status, ""), "")),
            outcome.title,
            outcome.message,
            *([outcome.where] if has_place else []),
        ]
        for outcome in summary.outcomes
        if outcome.status not in {"skipped"} and not (outcome.code and outcome.status == "passed")
    ]
    header = ("outcome", "what", "seen", *(("where",) if has_place else ()))
    return Section("Outcomes", [Table(header, rows)] if rows else [])


def _rules(summary: Summary) -> Section:
    """Return the rules that found nothing, and those that were not asked."""
    rest = [outcome for outcome in summary.outcomes if outcome.code]
    passed = [one.code for one in rest if one.status == "passed"]
    skipped = [one.code for one in rest if one.status == "skipped"]
    lines = [
        f"{word}: {', '.join(codes)}"
        for word, codes in (("rules that found nothing", passed), ("rules not asked", skipped))
        if codes
    ]
    return Section("Rules", lines=lines)


def _verdict(summary: Summary) -> str:
    levels = {outcome.level for outcome in summary.outcomes}
    if "error" in levels:
        return "bad"
    return "warn" if "warning" in levels else "good" if summary.outcomes else ""


def _shown(sections: Sequence[Section], called: str = "") -> list[dict[str, Any]]:
    """Return what the template shows of the sections that are not empty, with ids if called."""
    kept = [one for one in sections if not one.is_empty]
    return [_section(f"{called}{at}" if called else "", one) for at, one in enumerate(kept, 1)]


def _section(called: str, one: Section) -> dict[str, Any]:
    from markupsafe import Markup

    pictures = [
        {
            "title": visible(panel.title),
            "svg": Markup(draw_panel(panel)),  # noqa: S704 - its texts are escaped
            "legend": [(kind, visible(name)) for kind, name in legend(panel)],
        }
        for panel in one.panels[:MOST_PANELS]
    ]
    intervals = filter(None, (draw_intervals(label, rows) for label, rows in one.intervals))
    pictures += [{"title": "", "svg": Markup(drawn), "legend": []} for drawn in intervals]  # noqa: S704
    return {
        "id": called,
        "title": visible(one.title),
        "lines": [shortened(visible(line), 2 * LONGEST) for line in one.lines],
        "pictures": pictures,
        "tables": [_table(table) for table in one.tables if table.rows],
        "code": [(visible(label), lines_visible(text)) for label, text in one.code],
    }


def _table(table: Table) -> dict[str, Any]:
    right = [name in table.right for name in table.header]
    header = [_Cell(visible(name), "", at) for name, at in zip(table.header, right, strict=True)]
    rows = [
        [_cell(cell, at) for cell, at in zip(row, right, strict=True)]
        for row in table.rows[:MOST_ROWS]
    ]
    return {"header": header, "rows": rows, "left_out": max(len(table.rows) - MOST_ROWS, 0)}


def _cell(cell: str, right: bool) -> _Cell:  # noqa: FBT001
    style = cell.style if isinstance(cell, Styled) else ""
    text = shortened(visible(str(cell)), LONGEST)
    short = "short" if len(text) <= SHORT else ""
    kinds = [CLASSES.get(style, ""), "right" if right else short]
    return _Cell(text, " ".join(filter(None, kinds)), right)


@cache
def _template(name: str) -> Any:
    jinja2 = require_jinja()
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, loader=jinja2.FunctionLoader(_text_of)
    )
    return environment.get_template(name)


@cache
def _text_of(name: str) -> str:
    text = files("lossctl.report.html").joinpath(name).read_text(encoding="utf-8")
    return text if name.endswith(".html") else text.strip()


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
