"""`lossctl plot series`: losses and metrics over checkpoints, or the columns of a log."""

from typing import Annotated, Any

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.data_options import SLICES_OF_DATA, data_of, with_data_options
from lossctl.cli.help import SHOWN
from lossctl.cli.plot.output import PlotFormat, PlotOutput, Theme, draw

EXAMPLES = """\b
  lossctl plot series targets.npy --series 'runs/*/preds.npy' -l mse
  lossctl plot series y.npy --series 'p*.npy' -l bce --metric roc_auc
  lossctl plot series --log history.csv::loss,val_loss,val_acc
"""

Checkpoints = Annotated[
    str | None,
    cli.option(
        SHOWN,
        "Predictions at every checkpoint, a pattern: 'runs/*/preds.npy'; the file of the targets "
        "is then the only argument.",
        "--series",
        metavar="PATTERN",
    ),
]
Log = Annotated[
    str | None,
    cli.option(SHOWN, "Log of training to draw; needs no other data.", metavar="FILE::COLUMN,…"),
]
Higher = Annotated[
    str | None,
    cli.option(
        SHOWN,
        "Columns of the log of which more is better; those named for a metric are known.",
        metavar="COLUMN,…",
    ),
]


@with_data_options(after="plugin", without=SLICES_OF_DATA)
def series(
    context: typer.Context,
    *,
    files: cli.Files = None,
    checkpoints: Checkpoints = None,
    log: Log = None,
    loss: cli.Losses = None,
    metric: cli.Metrics = None,
    threshold: cli.Threshold = None,
    higher_is_better: Higher = None,
    plugin: cli.Plugin = None,
    theme: Theme = "light",
    form: PlotFormat = None,
    digits: cli.Digits = None,
    output: PlotOutput = None,
    **texts: Any,
) -> None:
    """Draw losses and metrics over checkpoints, or the columns of a log."""
    from lossctl.cli.compute import read_measures
    from lossctl.core.options import Options
    from lossctl.evaluation import places_of
    from lossctl.loss_specs import Spec
    from lossctl.losses.catalogue import get
    from lossctl.pictures.over_time import picture_of_series, series_of
    from lossctl.pictures.picture import Picture
    from lossctl.series_reading import with_predictions

    cli.load_plugins(plugin)
    asked = bool(loss or metric or threshold is not None or checkpoints is not None)
    specs = read_measures(loss, metric, threshold, texts, context) if asked else []
    data = data_of(specs or [Spec(get("mse"), {})], files, texts)
    options = Options(**cli.read_shared(texts))
    higher = higher_is_better.split(",") if higher_is_better else []

    def make() -> Picture:
        found = series_of(
            specs, data, options, series=checkpoints, log=log, higher_is_better=higher
        )
        return picture_of_series(found)

    places: dict[str, Any] = {} if log is None else {"log": log}
    if checkpoints is not None and specs:
        whole = with_predictions(data, checkpoints)
        places |= places_of(whole, [spec.target for spec in specs])
    draw(make, theme, form, digits, output, places=places)
