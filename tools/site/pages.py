"""Pages of the site that are made from declarations: losses, decision tree, commands, Python."""

import inspect
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO

import lossctl
from lossctl.cli.commands import COMMANDS, every_command
from lossctl.cli.main import run
from lossctl.core.errors import LossctlError
from lossctl.core.loss import Loss
from lossctl.core.spelling import markdown_text
from lossctl.loss_specs import Spec
from lossctl.losses.catalogue import CATALOGUE, FAMILIES, get
from lossctl.losses.framework_names import libraries_of, names_elsewhere
from lossctl.metrics.known_metrics import METRICS
from lossctl.pictures.curve import curve
from lossctl.report.html.drawing import draw_panel
from lossctl.report.page import render_page
from tools.site.wizard import outline

Page = tuple[str, str]


def losses() -> Iterator[Page]:
    """Yield a page for each loss, one for each family, and the list of families."""
    titles = []
    for family in FAMILIES:
        names = [name for name, entry in CATALOGUE.items() if entry.family == family]
        if not names:
            continue
        rows = [f"| [{name}]({name}.md) | {_cell(get(name).page.summary)} |" for name in names]
        yield (
            f"losses/family-{family}.md",
            "\n".join(
                [f"# {family.capitalize()} losses", "", "| loss | what it is |", "|---|---|", *rows]
            )
            + toctree(names),
        )
        titles.append(f"family-{family}")
        for name in names:
            yield f"losses/{name}.md", _loss(get(name))
    text = (
        "# Losses\n\nEvery loss, by family. `lossctl list --search WORDS` finds one in a terminal, "
        "`lossctl show NAME` prints its page."
    )
    yield "losses/index.md", text + toctree(titles, depth=1)


def _loss(loss: Loss) -> str:
    text = render_page(loss.id, "markdown")
    others = names_elsewhere(loss.id)
    if others:
        names = ", ".join(f"`{name}`" for name in dict.fromkeys(others))
        libraries = ", ".join(libraries_of(loss.id))
        text += f"\n\n## Names elsewhere\n\n{names} ({markdown_text(libraries)}).\n"
    return text + "\n\n" + _drawn(loss)


def _drawn(loss: Loss) -> str:
    """Draw the loss and its derivative over the axis of its page."""
    try:
        picture = curve([Spec(loss, {})])
    except LossctlError:
        return ""
    panels = "".join(f"<figure>{draw_panel(panel)}</figure>" for panel in picture.panels)
    return f'## Loss and derivative\n\n<div class="pictures">{panels}</div>\n'


def metrics() -> Page:
    """Return the page that lists the metrics."""
    rows = [f"| {name} | {_cell(markdown_of_metric(name))} |" for name in METRICS]
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
    rows = [f"| `lossctl {name}` | {_cell(entry.summary)} |" for name, entry in COMMANDS.items()]
    lines = ["# Commands", "", "| command | what it does |", "|---|---|", *rows]
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
    parts = ["# Which loss?", said, _raw(asking), "## The whole tree", rules, _raw(outline())]
    return "reference/tree.md", "\n\n".join(parts) + "\n"


def _raw(text: str) -> str:
    return f"```{{raw}} html\n{text}\n```"


def toctree(names: list[str], depth: int = 1, caption: str = "", *, hidden: bool = True) -> str:
    """Write a table of contents of Sphinx."""
    options = [f":maxdepth: {depth}", *([":hidden:"] if hidden else [])]
    options += [f":caption: {caption}"] if caption else []
    return "\n\n```{toctree}\n" + "\n".join([*options, "", *names]) + "\n```\n"


def _cell(text: str) -> str:
    return markdown_text(text).replace("|", "\\|")
