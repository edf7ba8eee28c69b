"""`lossctl plot items`: where a loss comes from."""

from typing import Any

from lossctl.cli import shell_options as cli
from lossctl.cli.data_options import with_data_options
from lossctl.cli.plot.output import Loss, PlotFormat, PlotOutput, Theme, draw, read_data

EXAMPLES = """\b
  lossctl plot items preds.npy targets.npy --loss bce
  lossctl plot items preds.npy targets.npy -l bce --by-class -o items.svg
"""


@with_data_options(after="plugin")
def items(
    *,
    files: cli.Files = None,
    loss: Loss = None,
    plugin: cli.Plugin = None,
    theme: Theme = "light",
    form: PlotFormat = None,
    digits: cli.Digits = None,
    output: PlotOutput = None,
    **texts: Any,
) -> None:
    """Draw how the losses of items are distributed, and their cumulative share."""
    from lossctl.evaluation import places_of
    from lossctl.pictures.items import items as picture_of

    spec, data, options = read_data(loss, plugin, files, texts, sliced=True)
    places = places_of(data, [spec.target])
    draw(lambda: picture_of(spec, data, options), theme, form, digits, output, places=places)
