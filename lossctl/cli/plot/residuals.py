"""`lossctl plot residuals`: what a regression leaves over."""

from typing import Any

from lossctl.cli import shell_options as cli
from lossctl.cli.data_options import data_of, read_slices, with_data_options
from lossctl.cli.plot.output import PlotFormat, PlotOutput, Theme, draw
from lossctl.core.errors import UsageError

EXAMPLES = """\b
  lossctl plot residuals preds.npy targets.npy
  lossctl plot residuals scores.csv::predicted scores.csv::true -o rest.png
"""


@with_data_options(after="files")
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
    from lossctl.core.options import Options
    from lossctl.pictures.residuals import residuals as picture_of
    from lossctl.pictures.residuals import spec

    slices = read_slices(texts)
    if any(value for value in slices.values()):
        raise UsageError("this picture is of all rows together; slices are for plot items")
    data = data_of([spec()], files, texts, slices)
    options = Options(**cli.read_shared(texts))
    draw(lambda: picture_of(data, options), theme, form, digits, output)
