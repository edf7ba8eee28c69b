"""`lossctl list` and `lossctl show`: the catalogue and its pages."""

from typing import Annotated

import typer

from lossctl.cli import completion
from lossctl.cli.options import Plugin


def list_losses(
    family: Annotated[
        str | None,
        typer.Option(
            metavar="FAMILY",
            autocompletion=completion.families,
            help="Only this family: regression, classification, …",
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            metavar="TASK", help="Only losses for this task: binary, multiclass, segmentation, …"
        ),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", "-f", metavar="table|plain|json", help="How to print it.")
    ] = "table",
    plugin: Plugin = None,
) -> None:
    """List the losses, by family."""
    from lossctl.cli.inputs import load_plugins
    from lossctl.cli.terminal import is_terminal, say
    from lossctl.report.catalogue import render_list

    load_plugins(plugin)
    say(render_list(family, task, form, colour=is_terminal()))


def show(
    loss: Annotated[
        str, typer.Argument(metavar="LOSS", autocompletion=completion.losses, help="Name or alias.")
    ],
    form: Annotated[
        str, typer.Option("--format", "-f", metavar="text|json|markdown", help="How to print it.")
    ] = "text",
    plugin: Plugin = None,
) -> None:
    """Show a loss: formula, when to use it, parameters, inputs, expected range, curve."""
    from lossctl.cli.inputs import load_plugins
    from lossctl.cli.terminal import is_terminal, say
    from lossctl.report.page import render_page

    load_plugins(plugin)
    say(render_page(loss, form, colour=is_terminal()))
