"""Where pictures go: a figure, a sketch in the terminal, or the numbers behind it."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lossctl.cli import shell_options as cli
from lossctl.cli.help import OUTPUT, SHOWN
from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean

if TYPE_CHECKING:  # `--help` reads this module: it must not wait for NumPy
    from lossctl.core.options import Options
    from lossctl.data_places import Data
    from lossctl.loss_specs import Spec
    from lossctl.pictures.picture import Picture

THEMES = ("light", "dark")
FIGURES = (".png", ".svg", ".pdf")
SKETCHES = ("", ".txt")  # an ending of no format: a text, as on the terminal
OTHER_FIGURES = {".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".eps", ".ps"}

Loss = Annotated[
    str | None,
    cli.option(
        SHOWN,
        "Loss to draw: NAME or NAME:key=value,key=value.",
        "--loss",
        "-l",
        metavar="SPEC",
        autocompletion=cli.completed("specs"),
    ),
]
Theme = Annotated[str, cli.one_of(OUTPUT, "light|dark", "Colours of the figure.")]
PlotFormat = Annotated[
    str | None,
    cli.one_of(
        OUTPUT,
        "table|plain|json|jsonl|csv|markdown",
        "table (a sketch, the default), or the numbers as plain, json, jsonl, csv or markdown.",
        "--format",
        "-f",
        metavar="FORMAT",
    ),
]
PlotOutput = Annotated[
    Path | None,
    cli.option(
        OUTPUT,
        "Write a figure (.png, .svg, .pdf), the numbers (.csv, .json, .jsonl, .md) or "
        "the sketch (.txt) to a file.",
        "--output",
        "-o",
        metavar="FILE",
    ),
]


def draw(
    make: "Callable[[], Picture]",
    theme: str,
    form: str | None,
    digits: str | None,
    output: Path | None,
    *,
    places: Mapping[str, Any],
) -> None:
    """Compute a picture and draw it, having looked first whether that can be done.

    Parameters
    ----------
    places
        Where the inputs are that the picture is made of, by name.

    Raises
    ------
    UsageError
        For a theme or a format that there is not, a figure without Matplotlib, and an output that
        is an input or whose ending says no format.
    """
    from lossctl.cli.output import can_draw, choose_format, deliver, display_of, read_digits

    if theme not in THEMES:
        hint = did_you_mean(theme, THEMES)
        raise UsageError(f"--theme must be one of {', '.join(THEMES)}, got {theme!r}{hint}")
    if output is not None:
        from lossctl.io.output_places import check_outputs

        check_outputs(places, [], {"output": [output]})
        if output.suffix.lower() in FIGURES:
            _figure(make, theme, form, digits, output)
            return
        _require_ending(output, form)
    chosen = choose_format(form, output)
    display = display_of(output, read_digits(digits, chosen))
    picture = make()
    if chosen != "table":
        from lossctl.report.pictures.numbers import as_numbers

        deliver(as_numbers(picture, chosen, display), output)
        return
    from lossctl.report.pictures.terminal import as_numbers_only, as_sketch

    drawn = as_sketch if output is not None or can_draw(sys.stdout) else as_numbers_only
    deliver(drawn(picture, display), output)


def _require_ending(output: Path, form: str | None) -> None:
    """Refuse other figures, and endings that say no format where no option does."""
    from lossctl.report.formats import RESULT_FORMATS, suffixes_of

    suffix = output.suffix.lower()
    if suffix in OTHER_FIGURES:
        raise UsageError(f"-o {output.name}: figures are {', '.join(sorted(FIGURES))}")
    numbers = suffixes_of(RESULT_FORMATS)
    if form is None and suffix not in {*numbers, *SKETCHES}:
        raise UsageError(
            f"-o {output.name}: a picture is written as a figure ({', '.join(FIGURES)}), its "
            f"numbers ({', '.join(numbers)}) or a sketch (.txt); -f names the format of others"
        )


def _figure(
    make: "Callable[[], Picture]", theme: str, form: str | None, digits: str | None, output: Path
) -> None:
    from lossctl.cli.output import note
    from lossctl.report.pictures.figures import require_matplotlib, save_figure

    if form is not None or digits is not None:
        raise UsageError(
            f"-o {output.name}: is a figure; -f and --digits are of numbers (.csv, .json)"
        )
    require_matplotlib()
    picture = make()
    save_figure(picture, output, "dark" if theme == "dark" else "light")
    for line in picture.sentences:
        note(line)


def read_data(
    loss: str | None,
    plugin: Sequence[str] | None,
    files: Sequence[str] | None,
    texts: dict[str, Any],
    *,
    sliced: bool,
) -> "tuple[Spec, Data, Options]":
    """Read one loss, where its inputs are, and how they are read.

    Raises
    ------
    UsageError
        For no loss.
    """
    from lossctl.cli.compute import read_specs
    from lossctl.cli.data_options import data_of, read_slices
    from lossctl.core.options import Options

    cli.load_plugins(plugin)
    (spec,) = read_specs(None if loss is None else [loss])
    if not sliced:
        return spec, *read_whole(spec, files, texts)
    data = data_of([spec], files, texts, read_slices(texts))
    return spec, data, Options(**cli.read_shared(texts))


def read_whole(
    spec: "Spec", files: Sequence[str] | None, texts: dict[str, Any]
) -> "tuple[Data, Options]":
    """Read where the inputs of a picture of all rows are, and how they are read."""
    from lossctl.cli.data_options import data_of
    from lossctl.core.options import Options

    return data_of([spec], files, texts), Options(**cli.read_shared(texts))
