"""`lossctl plot confusion`: which label is predicted beside which true one."""

from typing import Annotated, Any

from lossctl.cli import shell_options as cli
from lossctl.cli.data_options import SLICES_OF_DATA, with_data_options
from lossctl.cli.help import SHOWN
from lossctl.cli.plot.output import PlotFormat, PlotOutput, Theme, draw, read_whole

EXAMPLES = """\b
  lossctl plot confusion logits.npy targets.npy
  lossctl plot confusion preds.npy targets.npy --threshold 0.3 -o cm.svg
  lossctl plot confusion guesses.csv::label truth.csv::label -f csv
"""

Threshold = Annotated[
    str | None,
    cli.option(
        SHOWN,
        "Probability over which the score of one item is the positive label (0.5); of a score of "
        "each class the highest decides.",
        metavar="P",
    ),
]


@with_data_options(after="files", without=SLICES_OF_DATA)
def confusion(
    *,
    files: cli.Files = None,
    threshold: Threshold = None,
    theme: Theme = "light",
    form: PlotFormat = None,
    digits: cli.Digits = None,
    output: PlotOutput = None,
    **texts: Any,
) -> None:
    """Draw which classes are taken for which, as counts and shares."""
    from lossctl.confusion_reading import count_labels, spec
    from lossctl.core.spec import finite_number
    from lossctl.evaluation import places_of
    from lossctl.pictures.confusion import confusion as picture_of

    asked = spec(None if threshold is None else finite_number(threshold, "--threshold"))
    data, options = read_whole(asked, files, texts)
    places = places_of(data, [asked.target])
    draw(
        lambda: picture_of(count_labels(asked, data, options)),
        theme,
        form,
        digits,
        output,
        places=places,
    )
