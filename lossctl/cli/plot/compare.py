"""`lossctl plot compare`: differences between models, with their intervals."""

from typing import Any

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.comparison_options import Comparison, comparison_parameters
from lossctl.cli.data_options import with_data_options
from lossctl.cli.plot.output import PlotFormat, PlotOutput, Theme, draw

EXAMPLES = """\b
  lossctl plot compare old.npy new.npy --targets y.npy -l mse -l mae
  lossctl plot compare a.npy b.npy --targets y.npy -l bce --by region=r.npy
  lossctl plot compare old.npy new.npy --targets y.npy -l mse -o forest.svg
"""


@with_data_options(after="plugin", before=comparison_parameters())
def compare(
    context: typer.Context,
    *,
    plugin: cli.Plugin = None,
    theme: Theme = "light",
    form: PlotFormat = None,
    digits: cli.Digits = None,
    output: PlotOutput = None,
    **texts: Any,
) -> None:
    """Draw by how much models differ from a baseline, with intervals."""
    from lossctl.pictures.picture import Picture
    from lossctl.report.pictures.makers import picture_of_comparison

    cli.load_plugins(plugin)
    asked = Comparison(context, texts)

    def make() -> Picture:
        return picture_of_comparison(asked.compare({"output": [output] if output else []}))

    draw(make, theme, form, digits, output, places={})  # `asked` looks at its inputs
