"""`lossctl list`, `lossctl show` and `lossctl schema`: print what lossctl knows by itself."""

import sys
from typing import Annotated

import typer

from lossctl.cli import declaring
from lossctl.cli.help import OUTPUT, SHOWN


def list_losses(
    *,
    family: Annotated[
        str | None,
        declaring.option(
            SHOWN,
            "Only losses of this family: regression, classification, …",
            metavar="FAMILY",
            autocompletion=declaring.completed("families"),
        ),
    ] = None,
    task: Annotated[
        str | None,
        declaring.option(
            SHOWN,
            "Only losses for this task: binary, multiclass, segmentation, …",
            metavar="TASK",
        ),
    ] = None,
    search: Annotated[
        str | None,
        declaring.option(
            SHOWN,
            "Only losses with these words in a name, here or in another library, a task or the "
            "summary: 'log loss', svm, BCELoss, …",
            metavar="WORDS",
        ),
    ] = None,
    metrics: Annotated[
        bool, declaring.option(SHOWN, "List the metrics in place of the losses.", "--metrics")
    ] = False,
    form: Annotated[
        str,
        declaring.one_of(
            OUTPUT,
            "table|plain|json",
            "table, plain (names only) or json.",
            "--format",
            "-f",
            metavar="FORMAT",
        ),
    ] = "table",
    no_pager: declaring.NoPager = False,
    plugin: declaring.Plugin = None,
) -> None:
    """List the losses, by family, or those that a search finds; or the metrics."""
    from lossctl.cli.output import display_of, note
    from lossctl.cli.pager import say_in_pages
    from lossctl.report.listing import catalogue, nothing_matches, render_list

    declaring.load_plugins(plugin)
    display, indexed = display_of(None), not plugin
    text = render_list(family, task, form, display, search=search, metrics=metrics, indexed=indexed)
    say_in_pages(text, wanted=not no_pager)
    if search is None or metrics or form == "table":
        return
    if not catalogue(family, task, search):
        note(nothing_matches(search))


def show(
    loss: Annotated[
        str,
        typer.Argument(
            metavar="LOSS",
            autocompletion=declaring.completed("pages"),
            help="Name of a loss, a metric or a recipe, or what another library calls it.",
            rich_help_panel=SHOWN,
        ),
    ],
    form: Annotated[
        str,
        declaring.one_of(
            OUTPUT,
            "text|json|markdown",
            "text, json or markdown.",
            "--format",
            "-f",
            metavar="FORMAT",
        ),
    ] = "text",
    no_pager: declaring.NoPager = False,
    plugin: declaring.Plugin = None,
) -> None:
    """Explain a loss or a metric: formula, parameters, inputs, when to use it, expected range."""
    from lossctl.cli.output import can_draw, is_terminal
    from lossctl.cli.pager import say_in_pages
    from lossctl.report import index

    declaring.load_plugins(plugin)
    colour, curve = is_terminal(sys.stdout), can_draw(sys.stdout)
    page = None if plugin else index.page(loss)
    if page is None:  # an unknown name too, which is said there
        from lossctl.report.page import render_page

        text = render_page(loss, form, colour=colour, curve=curve)
    else:
        text = page.render(form, colour=colour, curve=curve)
    say_in_pages(text, wanted=not no_pager)


def schema(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="result: what `compute -f json` prints; recommendation: what `recommend` does; "
            "run: what `run` does; config: what `run` reads.",
            rich_help_panel=SHOWN,
            autocompletion=declaring.completes("result", "recommendation", "run", "config"),
        ),
    ] = "result",
) -> None:
    """Print the JSON Schema of a document that lossctl writes or reads."""
    from lossctl.cli.output import say
    from lossctl.report.formats import json_document
    from lossctl.report.schema import schema as schema_of

    say(json_document(schema_of(name)))
