"""`lossctl plot residuals`: what a regression leaves over."""

from typing import Any

from lossctl.cli import shell_options as cli
from lossctl.cli.data_options import SLICES_OF_DATA, with_data_options
from lossctl.cli.plot.output import PlotFormat, PlotOutput, Theme, draw, read_whole

EXAMPLES = """\b
  lossctl plot residuals preds.npy targets.npy
  lossctl plot residuals scores.csv::predicted scores.csv::true -o rest.png
"""


@with_data_options(after="files", without=SLICES_OF_DATA)
def residuals(
    *,
    files: cli.Files = None,
    theme: Theme = "light",
    form: PlotFormat = None,
    digits: cli.Digits = None,
    output: PlotOutput = None,
    **texts: Any,
) -> None:
    """Draw predictions beside targets, and the residuals of a regression."""
    from lossctl.evaluation import places_of
    from lossctl.pictures.residuals import residuals as picture_of
    from lossctl.pictures.residuals import spec

    data, options = read_whole(spec(), files, texts)
    places = places_of(data, [spec().target])
    draw(lambda: picture_of(data, options), theme, form, digits, output, places=places)
