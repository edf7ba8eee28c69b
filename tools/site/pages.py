"""Pages of the site that are made from declarations: metrics, decision tree, commands, Python."""

import inspect
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO

import lossctl
from lossctl.cli.commands import every_command
from lossctl.cli.main import run
from lossctl.core.spelling import markdown_text
from lossctl.metrics.known_metrics import METRICS
from lossctl.report.page import render_page
from tools.site.docstrings import reference
from tools.site.wizard import outline

Page = tuple[str, str]


def metrics() -> Page:
    """Return the page that lists the metrics."""
    rows = [f"| {name} | {cell(markdown_of_metric(name))} |" for name in METRICS]
    said = (
        "`lossctl compute PREDICTIONS TARGETS --metric NAME` computes one, `lossctl show NAME` "
        "explains it; [metrics beside a loss](../docs/metrics.md) is the guide."
    )
    lines = ["# List of metrics", "", said, "", "| metric | what it is |", "|---|---|", *rows]
    return "reference/metrics.md", "\n".join(lines) + "\n"


def markdown_of_metric(name: str) -> str:
    """Return the summary of a metric."""
    return json.loads(render_page(name, "json"))["summary"]


def commands() -> Iterator[Page]:
    """Yield the help of each command, and their list."""
    entries = every_command()
    for name in entries:
        said = _run([*name.split(), "--help"])
        text = f"# lossctl {name}\n\n```text\n{said.rstrip()}\n```\n"
        yield f"reference/{_file(name)}.md", text
    rows = [
        f"| [`lossctl {name}`]({_file(name)}.md) | {cell(entry.summary)} |"
        for name, entry in entries.items()
    ]
    said = (
        "`lossctl COMMAND --help` prints these pages. Man pages of the same content are in the "
        "folder `man` of this site, for `MANPATH`."
    )
    lines = ["# Commands", "", said, "", "| command | what it does |", "|---|---|", *rows]
    yield "reference/commands.md", "\n".join(lines) + toctree([*map(_file, entries)])


def _file(command: str) -> str:
    return f"command-{command.replace(' ', '-')}"


def _run(arguments: list[str]) -> str:
    with redirect_stdout(StringIO()) as printed:
        run(arguments)
    return printed.getvalue()


def python() -> Page:
    """Return the page of the Python API, from its docstrings: functions, then classes."""
    homes = {name: getattr(import_module(place), name) for name, place in lossctl._HOMES.items()}
    names = [name for name, home in homes.items() if callable(home) and inspect.getdoc(home)]
    names.sort(key=lambda name: (inspect.isclass(homes[name]), name))
    parts = ["# Python", "`import lossctl` gives these names; nothing is loaded before its use."]
    for name in names:
        parts += [f"## {name}", reference(name, homes[name], names)]
    return "reference/python.md", "\n\n".join(parts) + "\n"


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
