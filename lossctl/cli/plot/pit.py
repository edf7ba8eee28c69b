"""`lossctl plot pit`: where targets lie in forecast distributions, and what these cover."""

from typing import Any

from lossctl.cli import shell_options as cli
from lossctl.cli.calibrate_forecast import WITHOUT, Forecast, read_forecasts
from lossctl.cli.data_options import with_data_options
from lossctl.cli.plot.output import PlotFormat, PlotOutput, Theme, draw
from lossctl.core.errors import UsageError

EXAMPLES = """\b
  lossctl plot pit members.npy targets.npy --forecast ensemble
  lossctl plot pit q.npy targets.npy --forecast 'quantiles:q=[0.1,0.5,0.9]'
  lossctl plot pit mean.npy var.npy y.npy --forecast gaussian -o pit.svg
"""


@with_data_options(after="files", without=WITHOUT)
def pit(
    *,
    files: cli.Files = None,
    forecast: Forecast = None,
    theme: Theme = "light",
    form: PlotFormat = None,
    digits: cli.Digits = None,
    output: PlotOutput = None,
    **texts: Any,
) -> None:
    """Draw where targets lie in forecast distributions, and what these cover."""
    from lossctl.evaluation import places_of
    from lossctl.forecasts import calibrate_forecasts
    from lossctl.pictures.pit_histogram import pit_histogram

    if forecast is None:
        raise UsageError("say what the predictions are with --forecast")
    request = read_forecasts(forecast, files, texts)
    places = places_of(request.data, [request.spec.target])
    draw(
        lambda: pit_histogram(calibrate_forecasts(request)),
        theme,
        form,
        digits,
        output,
        places=places,
    )
