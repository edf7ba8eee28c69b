"""`lossctl plot reliability`: how well probabilities are calibrated, as a picture."""

from typing import Any

from lossctl.cli import shell_options as cli
from lossctl.cli.calibrate_forecast import WITHOUT
from lossctl.cli.data_options import with_data_options
from lossctl.cli.plot.output import PlotFormat, PlotOutput, Theme, draw

EXAMPLES = """\b
  lossctl plot reliability preds.npy targets.npy
  lossctl plot reliability logits.npy targets.npy -o truth.svg --theme dark
"""


@with_data_options(after="files", without=WITHOUT)
def reliability(
    *,
    files: cli.Files = None,
    theme: Theme = "light",
    form: PlotFormat = None,
    digits: cli.Digits = None,
    output: PlotOutput = None,
    **texts: Any,
) -> None:
    """Draw what was seen for each predicted probability."""
    from lossctl.calibrating import calibrate_data
    from lossctl.cli.calibrate import read_request
    from lossctl.evaluation import places_of
    from lossctl.pictures.reliability import reliability as picture_of
    from lossctl.probability_reading import PAIRS

    request = read_request(files, texts)
    places = places_of(request.data, [PAIRS])
    draw(lambda: picture_of(calibrate_data(request)), theme, form, digits, output, places=places)
