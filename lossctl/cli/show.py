"""`lossctl list`, `lossctl show` and `lossctl schema`: print what lossctl knows by itself."""

import sys
from typing import Annotated

import typer

from lossctl.cli import shell_options as cli


def list_losses(
    family: Annotated[
        str | None,
        typer.Option(
            metavar="FAMILY",
            autocompletion=cli.completed("families"),
            help="Only this family: regression, classification, …",
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            metavar="TASK", help="Only losses for this task: binary, multiclass, segmentation, …"
        ),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(
            metavar="WORDS",
            help="Only losses with these words in a name, here or in another library, a task or "
            "the summary: 'log loss', svm, BCELoss, …",
        ),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", "-f", metavar="table|plain|json", help="How to print it.")
    ] = "table",
    plugin: cli.Plugin = None,
) -> None:
    """List the losses, by family, or those that a search finds."""
    from lossctl.cli.output import is_terminal, note, say
    from lossctl.report.listing import catalogue, nothing_matches, render_list

    cli.load_plugins(plugin)
    say(render_list(family, task, form, search=search, colour=is_terminal(sys.stdout)))
    if search is not None and form != "table" and not catalogue(family, task, search):
        note(nothing_matches(search))


def show(
    loss: Annotated[
        str,
        typer.Argument(
            metavar="LOSS", autocompletion=cli.completed("losses"), help="Name or alias."
        ),
    ],
    form: Annotated[
        str, typer.Option("--format", "-f", metavar="text|json|markdown", help="How to print it.")
    ] = "text",
    plugin: cli.Plugin = None,
) -> None:
    """Show a loss: formula, when to use it, parameters, inputs, expected range, curve."""
    from lossctl.cli.output import is_terminal, say
    from lossctl.report.page import render_page

    cli.load_plugins(plugin)
    say(render_page(loss, form, colour=is_terminal(sys.stdout)))


def schema(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="result: what `compute -f json` prints; recommendation: what `recommend` does; "
            "run: what `run` does; config: what `run` reads.",
            autocompletion=cli.completes("result", "recommendation", "run", "config"),
        ),
    ] = "result",
) -> None:
    """Print the JSON Schema of a document that lossctl writes or reads."""
    from lossctl.cli.output import say
    from lossctl.report.formats import json_document
    from lossctl.report.schema import schema as schema_of

    say(json_document(schema_of(name)))
