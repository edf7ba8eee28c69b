"""`lossctl plot curve`: losses and their derivatives over one variable."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.data_options import read_pairs
from lossctl.cli.help import SHOWN
from lossctl.cli.plot.output import PlotFormat, PlotOutput, Theme, draw
from lossctl.core.spec import finite_number, parse_value

EXAMPLES = """\b
  lossctl plot curve mse huber --over residual
  lossctl plot curve huber --sweep delta=0.5,1,2 -o huber.png
  lossctl plot curve bce focal --over logit --low -4 --high 4 -f csv
"""

Specs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="LOSS…",
        help="Losses to draw: NAME or NAME:key=value,key=value.",
        rich_help_panel=SHOWN,
        show_default=False,
        autocompletion=cli.completed("specs"),
    ),
]
Over = Annotated[
    str | None,
    cli.one_of(
        SHOWN,
        "residual|probability|logit|overlap",
        "What the losses are drawn over; what the page of the loss shows when not given.",
    ),
]
Sweep = Annotated[
    list[str] | None,
    cli.option(
        SHOWN,
        "Draw each loss with each value of a parameter: gamma=0,1,2. Repeat for several.",
        metavar="PARAM=V,V",
    ),
]
Low = Annotated[str | None, cli.option(SHOWN, "Where the axis begins.", metavar="X")]
High = Annotated[str | None, cli.option(SHOWN, "Where the axis ends.", metavar="X")]


def curve(
    losses: Specs = None,
    *,
    over: Over = None,
    sweep: Sweep = None,
    low: Low = None,
    high: High = None,
    theme: Theme = "light",
    form: PlotFormat = None,
    digits: cli.Digits = None,
    output: PlotOutput = None,
    plugin: cli.Plugin = None,
) -> None:
    """Draw losses and their derivatives over one variable."""
    from lossctl.cli.compute import read_specs
    from lossctl.core.errors import UsageError
    from lossctl.pictures.curve import curve as picture_of

    cli.load_plugins(plugin)
    if not losses:
        raise UsageError("say which losses, as in lossctl plot curve mse huber")
    limits = (_end("--low", low), _end("--high", high))
    specs = read_specs(losses)
    draw(
        lambda: picture_of(specs, over, _values(sweep), limits),
        theme,
        form,
        digits,
        output,
        places={},
    )


def _end(flag: str, text: str | None) -> float | None:
    return None if text is None else finite_number(text, flag)


def _values(texts: Sequence[str] | None) -> dict[str, list[Any]]:
    pairs = read_pairs("--sweep", texts, "PARAM=V,V, such as gamma=0,1,2")
    return {name: [parse_value(one) for one in text.split(",")] for name, text in pairs.items()}
