"""`lossctl plot landscape`: a loss over scale and shift of the predictions."""

from typing import Any

from lossctl.cli import shell_options as cli
from lossctl.cli.data_options import SLICES_OF_DATA, with_data_options
from lossctl.cli.plot.output import Loss, PlotFormat, PlotOutput, Theme, draw, read_data

EXAMPLES = """\b
  lossctl plot landscape logits.npy targets.npy --loss bce
  lossctl plot landscape preds.npy targets.npy -l mse -o landscape.png
"""


@with_data_options(after="plugin", without=SLICES_OF_DATA)
def landscape(
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
    """Draw a loss over scale and shift of the predictions."""
    from lossctl.evaluation import places_of
    from lossctl.pictures.landscape import landscape as picture_of

    spec, data, options = read_data(loss, plugin, files, texts, sliced=False)
    places = places_of(data, [spec.target])
    draw(lambda: picture_of(spec, data, options), theme, form, digits, output, places=places)
