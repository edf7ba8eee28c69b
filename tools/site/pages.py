"""Pages of the site that are made from declarations: metrics, decision tree, commands, Python."""

import inspect
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO

import lossctl
from lossctl.cli.commands import COMMANDS, every_command
from lossctl.cli.main import run
from lossctl.core.spelling import markdown_text
from lossctl.metrics.known_metrics import METRICS
from lossctl.report.page import render_page
from tools.site.wizard import outline

Page = tuple[str, str]


def metrics() -> Page:
    """Return the page that lists the metrics."""
    rows = [f"| {name} | {cell(markdown_of_metric(name))} |" for name in METRICS]
    lines = ["# List of metrics", "", "| metric | what it is |", "|---|---|", *rows]
    return "reference/metrics.md", "\n".join(lines) + "\n"


def markdown_of_metric(name: str) -> str:
    """Return the summary of a metric."""
    return json.loads(render_page(name, "json"))["summary"]


def commands() -> Iterator[Page]:
    """Yield the help of each command, and their list."""
    names = list(every_command())
    for name in names:
        said = _run([*name.split(), "--help"])
        text = f"# lossctl {name}\n\n```text\n{said.rstrip()}\n```\n"
        yield f"reference/command-{name.replace(' ', '-')}.md", text
    rows = [f"| `lossctl {name}` | {cell(entry.summary)} |" for name, entry in COMMANDS.items()]
    said = (
        "`lossctl COMMAND --help` prints these pages. Man pages of the same content are in the "
        "folder `man` of this site, for `MANPATH`."
    )
    lines = ["# Commands", "", said, "", "| command | what it does |", "|---|---|", *rows]
    pages = [f"command-{name.replace(' ', '-')}" for name in names]
    yield "reference/commands.md", "\n".join(lines) + toctree(pages)


def _run(arguments: list[str]) -> str:
    with redirect_stdout(StringIO()) as printed:
        run(arguments)
    return printed.getvalue()


def python() -> Page:
    """Return the page of the Python API, from its docstrings."""
    parts = [
        "# Python",
        "",
        "`import lossctl` gives these names; nothing is loaded before its use.",
    ]
    for name in sorted(lossctl._HOMES):  # the public names
        home = getattr(import_module(lossctl._HOMES[name]), name)
        doc = inspect.getdoc(home) or ""
        if not callable(home) or not doc:
            continue
        signature = "" if inspect.isclass(home) else str(inspect.signature(home))
        shown = signature if len(signature) < 200 else "(…)"
        parts += ["", f"## {name}", "", "```text", f"lossctl.{name}{shown}", "", doc, "```"]
    return "reference/python.md", "\n".join(parts) + "\n"


def tree() -> Page:
    """Return the page that asks the questions of the decision tree, and shows all of it."""
    said = (
        "Answer, and a loss follows, with what speaks for and against it: the same answers as "
        "`lossctl recommend` gives in a terminal, where it measures your data too. The address of "
        "the page holds the answers."
    )
    rules = (
        "Unfold a task. The first rule that holds decides, and what evidence says comes before "
        "what guides say. `lossctl recommend --explain-tree` prints it."
    )
    asking = """<div id="wizard" class="wizard">
<p>The questions need JavaScript; <a href="#the-whole-tree">the whole tree</a> does not.</p>
</div>
<script src="../_static/wizard-data.js"></script>
<script src="../_static/wizard.js"></script>"""
    parts = ["# A loss by questions", said, raw(asking), "## The whole tree", rules, raw(outline())]
    return "reference/tree.md", "\n\n".join(parts) + "\n"


def raw(text: str) -> str:
    """Put HTML into a page as it is."""
    return f"```{{raw}} html\n{text}\n```"


def toctree(names: list[str], depth: int = 1, caption: str = "", *, hidden: bool = True) -> str:
    """Write a table of contents of Sphinx."""
    options = [f":maxdepth: {depth}", *([":hidden:"] if hidden else [])]
    options += [f":caption: {caption}"] if caption else []
    return "\n\n```{toctree}\n" + "\n".join([*options, "", *names]) + "\n```\n"


def cell(text: str) -> str:
    """Write text for a cell of a table."""
    return markdown_text(text).replace("|", "\\|")
