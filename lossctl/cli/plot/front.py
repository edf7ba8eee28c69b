"""`lossctl plot front`: which candidate is best for which weight of an objective."""

from typing import Annotated

from lossctl.cli import shell_options as cli
from lossctl.cli.help import SHOWN
from lossctl.cli.plot.output import PlotFormat, PlotOutput, Theme, draw
from lossctl.cli.run import ConfigFile, Data, Sets, data_files
from lossctl.core.spec import parse_whole

EXAMPLES = """\b
  lossctl plot front objective.yaml --sweep rule
  lossctl plot front total.yaml --data predictions='p*.npy' -o front.svg

The objective is evaluated for every file that a pattern under its data matches.
"""

Sweep = Annotated[
    str | None,
    cli.option(
        SHOWN,
        "Component, or kind of components (supervised, rule, constraint), whose weight is moved.",
        metavar="NAME",
    ),
]


def front(
    *,
    config: ConfigFile,
    sweep: Sweep = None,
    sets: Sets = None,
    data: Data = None,
    plugin: cli.Plugin = None,
    threads: cli.Threads = None,
    theme: Theme = "light",
    form: PlotFormat = None,
    digits: cli.Digits = None,
    output: PlotOutput = None,
) -> None:
    """Draw which candidate is best for which weight of a component."""
    from lossctl.pictures.picture import Picture
    from lossctl.report.pictures.makers import picture_of_objective

    cli.load_plugins(plugin)
    named, count = data_files(data or []), parse_whole("--threads", threads)

    def make() -> Picture:
        written = {"output": [output]} if output else {}
        return picture_of_objective(
            config, sweep=sweep, sets=sets or [], data=named, threads=count, written=written
        )

    draw(make, theme, form, digits, output, places={})  # `make` looks at its inputs
