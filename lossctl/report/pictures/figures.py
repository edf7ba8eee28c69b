"""Figures of pictures by Matplotlib: PNG, SVG or PDF, the same bytes in every run."""

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import shortened, visible
from lossctl.pictures.picture import Axis, Panel, Picture, Trace
from lossctl.report.pictures.axis_ticks import set_numbers, with_power
from lossctl.report.pictures.matrix_figure import draw_matrix, size_of
from lossctl.report.pictures.palette import PALETTES, Palette, Theme, mixed
from lossctl.report.pictures.surface_figure import draw_surface

SUFFIXES = (".png", ".svg", ".pdf")
SIZE = (5.6, 4.2)  # inches of one panel
ROW, AROUND_ROWS = 0.28, 1.1  # inches of a row with a name, and above and below all
LEAST_ROWS = 3
RESOLUTION = 150  # dots an inch
PAD = 0.08  # inches around panels, and so at the edge
HANDLE, LETTER = 0.75, 0.078  # inches of a sign and of a letter in a legend
BELOW = 0.55  # inches: the numbers and the label of an axis
LONGEST = 60  # letters of a name in a legend
NARROW = 0.07  # inches of a letter in the label of an axis
LONGEST_ROW, LONGEST_COLUMN = 32, 18  # letters of the name of a row, of a column
MOST_COLUMNS = 12  # names below an axis
FEW_POINTS = 12  # of a curve, each of which is seen
BAR = 0.55  # of the colour of a bar, the rest being that of the page
MARKS = ("o", "s", "D", "^", "v", "P", "X", "p")
NO_DATES: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": "lossctl"},
    ".pdf": {"CreationDate": None, "Creator": "lossctl", "Producer": None},
}
DASHES: Sequence[Any] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))


def settings(colours: Palette) -> dict[str, Any]:
    """Return the settings of a theme; names from the data are never read as mathematics."""
    ink = ("text.color", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color")
    faces = ("figure.facecolor", "axes.facecolor", "savefig.facecolor", "legend.facecolor")
    return {
        **dict.fromkeys(ink, colours.text),
        **dict.fromkeys(faces, colours.background),
        "axes.edgecolor": colours.text,
        "grid.color": colours.grid,
        "axes.grid": True,
        "axes.axisbelow": True,  # nothing crosses what is drawn
        "grid.linewidth": 0.6,
        "font.family": "DejaVu Sans",  # it comes with Matplotlib
        "font.size": 10.0,
        "text.usetex": False,
        "text.parse_math": False,
        "axes.formatter.use_mathtext": False,
        "svg.hashsalt": "lossctl",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
        "figure.dpi": RESOLUTION,
        "savefig.dpi": RESOLUTION,
    }


def require_matplotlib() -> Any:
    """Return Matplotlib.

    Raises
    ------
    UsageError
        When it is not installed, with what to install.
    """
    try:
        import matplotlib as mpl
    except ImportError:
        raise UsageError(
            "figures need Matplotlib: pip install 'lossctl[plot]'; without an output file the "
            "picture is sketched in the terminal"
        ) from None
    return mpl


def as_figure(picture: Picture, suffix: str, theme: Theme = "light") -> bytes:
    """Draw a picture in the format of a suffix."""
    mpl = require_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    colours = PALETTES[theme]
    with mpl.rc_context(settings(colours)):
        panels = len(picture.panels) + (2 if picture.surface is not None else 0)
        across = min(max(panels, 1), 3)
        down = max(-(-panels // across), 1)
        width, height = _size(picture, across, down)
        space = ConstrainedLayoutEngine(w_pad=PAD, h_pad=PAD)
        figure = Figure(figsize=(width, height + 0.6), layout=space)
        FigureCanvasAgg(figure)
        for at, panel in enumerate(picture.panels):
            _panel(figure.add_subplot(down, across, at + 1), panel, colours)
        if picture.surface is not None:
            places = [(down, across, panels - 1), (down, across, panels)]
            draw_surface(figure, places, picture.surface, colours)
        if picture.matrix is not None:
            draw_matrix(figure, picture.matrix, colours)
        figure.suptitle(_harmless(picture.title, int(10 * width)), fontsize=12)
        _legend(figure, picture)
        stream = io.BytesIO()
        with warnings.catch_warnings():  # letters that no font here has are boxes
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
            figure.savefig(stream, format=suffix.removeprefix("."), metadata=NO_DATES[suffix])
    return stream.getvalue()


def _size(picture: Picture, across: int, down: int) -> tuple[float, float]:
    """Return width and height in inches; panels of rows are as high as these need."""
    if picture.matrix is not None:
        return size_of(picture.matrix)
    high = max((_height(panel) for panel in picture.panels), default=SIZE[1])
    return SIZE[0] * across, high * down


def _height(panel: Panel) -> float:
    return ROW * max(len(panel.y.names), LEAST_ROWS) + AROUND_ROWS if panel.y.names else SIZE[1]


def save_figure(picture: Picture, path: Path, theme: Theme = "light") -> None:
    """Write a figure to a file, all of it or nothing."""
    from lossctl.io.write import replacing

    drawn = as_figure(picture, path.suffix.lower(), theme)
    with replacing(path) as stream:
        stream.write(drawn)


def _harmless(text: str, most: int = LONGEST) -> str:
    return shortened(visible(text), most)


def _legend(figure: Any, picture: Picture) -> None:
    """Name the traces below the panels, each name once: over data it would hide some.

    Where one colour means different things in different panels, each has names of its own.
    """
    groups = [[axes] for axes in figure.axes] if _differ(picture.panels) else [figure.axes]
    for group in groups:
        named: dict[str, Any] = {}
        for axes in group:
            for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
                named.setdefault(name, handle)
        if len(named) < 2:
            continue
        width = figure.get_figwidth() if len(groups) == 1 else SIZE[0]
        room = int(width / (HANDLE + LETTER * max(map(len, named))))
        columns = max(min(len(named), 2 * max(len(picture.panels), 1), room), 1)
        at: dict[str, Any] = {"loc": "outside lower center"}
        if len(groups) > 1:
            at = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0), "borderaxespad": 0.0}
            at["bbox_transform"] = group[0].transAxes + _down(figure, group[0])
        owner = figure if len(groups) == 1 else group[0]
        owner.legend(named.values(), named.keys(), ncols=columns, frameon=False, **at)


def _down(figure: Any, axes: Any) -> Any:
    """Return the way from the lower end of a panel to below its numbers or names and its label."""
    from matplotlib.transforms import ScaledTranslation

    slanted = max((len(label.get_text()) for label in axes.get_xticklabels()), default=0)
    is_slanted = any(label.get_rotation() for label in axes.get_xticklabels())
    lower = BELOW + (0.5 * LETTER * slanted if is_slanted else 0.0)
    return ScaledTranslation(0.0, -lower, figure.dpi_scale_trans)


def _differ(panels: Sequence[Panel]) -> bool:
    """Whether one colour and style has different names in different panels."""
    names: dict[Any, str] = {}
    for panel in panels:
        for trace, colour in zip(panel.traces, panel.colours(), strict=True):
            own = trace.style not in {"band", "dashed", "spans"} and trace.name
            if own and names.setdefault((trace.style, colour), trace.name) != trace.name:
                return True
    return False


def _panel(axes: Any, panel: Panel, colours: Palette) -> None:
    is_crossed = any(trace.style == "bars" for trace in panel.traces)
    signed = {trace.name for trace in panel.traces if trace.style in {"marks", "open"}}
    for trace, at in zip(panel.traces, panel.colours(), strict=True):
        is_named = trace.style != "spans" or trace.name not in signed
        _trace(axes, trace if is_named else trace._replace(name=""), colours, at, is_crossed)
    if panel.x.log:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter("")
    axes.set_xlim(*panel.limits("x"))
    axes.set_ylim(*panel.limits("y")[:: -1 if panel.y.names else 1])
    beside = min(max(map(len, panel.y.names), default=0), LONGEST_ROW)
    wide, high = SIZE[0] - LETTER * beside, SIZE[1]
    _name_axis(axes.xaxis, panel.x, panel.limits("x"), int(wide / NARROW))
    _name_axis(axes.yaxis, panel.y, panel.limits("y"), int(high / NARROW))
    axes.set_title(_harmless(panel.title), fontsize=10)


def _name_axis(axis: Any, drawn: Axis, limits: tuple[float, float], most: int) -> None:
    """Put numbers or names beside an axis, and what it shows in at most so many letters."""
    if not (drawn.names or drawn.log or drawn.whole):
        set_numbers(axis, limits, drawn.label, most=most)
        return
    axis.set_label_text(with_power(drawn.label, 0, most))
    if drawn.whole:
        axis.set_major_locator(_whole_numbers())
    if drawn.names and axis.axis_name == "y":
        names = [_harmless(name, LONGEST_ROW) for name in drawn.names]
        axis.set_ticks(range(len(names)), names, fontsize=9)
    elif drawn.names:
        names = [_harmless(name, LONGEST_COLUMN) for name in drawn.names]
        places = range(0, len(names), -(-len(names) // MOST_COLUMNS))
        slanted = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}
        axis.set_ticks(places, [names[at] for at in places], fontsize=9, **slanted)


def _trace(axes: Any, trace: Trace, colours: Palette, at: int, outlined: bool) -> None:  # noqa: FBT001
    colour = colours.traces[at % len(colours.traces)]
    sign = MARKS[at % len(MARKS)]
    name = _harmless(trace.name)
    name = name if not name.startswith("_") else f" {name}"  # Matplotlib would leave it out
    if trace.style == "band":
        # on bars a colour that shines through would be neither its own nor theirs
        how = {"fc": "none", "ec": colour, "lw": 1.4}
        how = how if outlined else {"fc": colour, "lw": 0, "alpha": 0.22}
        axes.fill_between(trace.x, trace.y, trace.upper, label=name, **how)
    elif trace.style == "bars":
        widths = np.asarray(trace.upper) - trace.x
        axes.bar(
            trace.x, trace.y, widths, align="edge", edgecolor=colour, linewidth=0.5, label=name,
            color=mixed(colour, colours.background, BAR),
        )  # fmt: skip
    elif trace.style == "points":
        axes.plot(trace.x, trace.y, "o", ms=3, color=colour, label=name)
    elif trace.style == "marks":
        axes.plot(
            trace.x, trace.y, sign, ms=6.5, color=colour, label=name,
            mec=colours.background, mew=0.8, zorder=4, ls="none",
        )  # fmt: skip
    elif trace.style == "open":
        axes.plot(trace.x, trace.y, sign, ms=9, mfc="none", mec=colour, mew=1.4, label=name)
    elif trace.style == "spans":
        axes.hlines(trace.y, trace.x, trace.upper, color=colour, lw=2.2, zorder=3, label=name)
    elif trace.style == "dashed":
        axes.plot(trace.x, trace.y, color=colours.text, lw=1, ls=(0, (4, 3)), label=name)
    else:
        joined = "steps-post" if trace.style == "steps" else "default"
        dash, dots = DASHES[at % len(DASHES)], _seen_as_dots(trace)
        axes.plot(
            trace.x, trace.y, color=colour, lw=1.8, ls=dash, drawstyle=joined, label=name,
            marker="o" if dots else None, ms=3.5, markevery=dots or None,
        )  # fmt: skip


def _seen_as_dots(trace: Trace) -> list[int]:
    """Return the places of a curve that are dots: all of few, and those with no neighbour."""
    good = np.isfinite(trace.x) & np.isfinite(trace.y)
    if trace.style == "steps":
        return []
    if np.count_nonzero(good) <= FEW_POINTS:
        return [int(at) for at in np.flatnonzero(good)]
    beside: Array = np.concatenate([[False], good, [False]])
    return [int(at) for at in np.flatnonzero(good & ~beside[:-2] & ~beside[2:])]


def _whole_numbers() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(9, integer=True)
