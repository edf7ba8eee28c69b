"""Figures of pictures by Matplotlib: PNG, SVG or PDF, the same bytes in every run."""

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.spelling import number, shortened, visible
from lossctl.pictures.picture import Panel, Picture, Surface, Trace
from lossctl.report.pictures.matrix_figure import draw_matrix, size_of
from lossctl.report.pictures.palette import PALETTES, Palette, Theme

SUFFIXES = (".png", ".svg", ".pdf")
SIZE = (5.6, 4.2)  # inches of one panel
ROW, AROUND_ROWS = 0.28, 1.1  # inches of a row with a name, and above and below all
LEAST_ROWS = 3
RESOLUTION = 150  # dots an inch
PAD = 0.08  # inches around panels, and so at the edge
ROOM = 0.04  # of an axis, beside the data
HANDLE, LETTER = 0.75, 0.078  # inches of a sign and of a letter in a legend
LONGEST = 60  # letters of a name in a legend
LONGEST_ROW = 32  # letters of the name of a row
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
            _contour(figure, (down, across, panels - 1), picture.surface, colours)
            _in_space(figure, (down, across, panels), picture.surface, colours)
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
            at = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.16)}
        owner = figure if len(groups) == 1 else group[0]
        owner.legend(named.values(), named.keys(), ncols=columns, frameon=False, **at)


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
    for trace, at in zip(panel.traces, panel.colours(), strict=True):
        _trace(axes, trace, colours, at)
    if panel.x.log:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter("")
    left, right = panel.range_of("x")
    beside = ROOM * (right - left) if panel.y.names else 0.0
    axes.set_xlim(left - beside * (panel.x.low is None), right + beside * (panel.x.high is None))
    if panel.x.whole:
        axes.xaxis.set_major_locator(_few_ticks(whole=True))
    axes.set_xlabel(_harmless(panel.x.label))
    axes.set_ylabel(_harmless(panel.y.label))
    axes.set_title(_harmless(panel.title), fontsize=10)
    low, high = panel.range_of("y")
    if panel.y.names:
        names = [_harmless(name, LONGEST_ROW) for name in panel.y.names]
        axes.set_yticks(range(len(names)), names, fontsize=9)
        axes.set_ylim(high, low)
        return
    room = ROOM * (high - low)
    is_fixed = (panel.y.low is not None, panel.y.high is not None)
    axes.set_ylim(low - room * (not is_fixed[0]), high + room * (not is_fixed[1]))


def _trace(axes: Any, trace: Trace, colours: Palette, at: int) -> None:
    colour = colours.traces[at % len(colours.traces)]
    name = _harmless(trace.name)
    name = name if not name.startswith("_") else f" {name}"  # Matplotlib would leave it out
    if trace.style == "band":
        axes.fill_between(trace.x, trace.y, trace.upper, color=colour, alpha=0.22, lw=0, label=name)
    elif trace.style == "bars":
        widths = np.asarray(trace.upper) - trace.x
        axes.bar(
            trace.x, trace.y, widths, align="edge", color=colour, alpha=0.55, edgecolor=colour,
            linewidth=0.5, label=name,
        )  # fmt: skip
    elif trace.style == "points":
        axes.plot(trace.x, trace.y, "o", ms=3, color=colour, label=name)
    elif trace.style == "marks":
        axes.plot(
            trace.x, trace.y, MARKS[at % len(MARKS)], ms=6.5, color=colour, label=name,
            mec=colours.background, mew=0.8, zorder=4, clip_on=False,
        )  # fmt: skip
    elif trace.style == "spans":
        axes.hlines(trace.y, trace.x, trace.upper, color=colour, lw=2.2, zorder=3)
    elif trace.style == "dashed":
        axes.plot(trace.x, trace.y, color=colours.text, lw=1, ls=(0, (4, 3)), label=name)
    else:
        how = "steps-post" if trace.style == "steps" else "default"
        dash = DASHES[at % len(DASHES)]
        axes.plot(trace.x, trace.y, color=colour, lw=1.8, ls=dash, drawstyle=how, label=name)


def _top(surface: Surface) -> float:
    """Return the highest value that still shows the valley and the marks."""
    values = surface.values[np.isfinite(surface.values)]
    low, top = float(values.min()), float(np.quantile(values, 0.9))
    marks = [mark.value for mark in surface.marks if np.isfinite(mark.value)]
    top = max([top, *(low + 1.3 * (mark - low) for mark in marks)])
    return top if top > low else low + 1.0


MARKERS = (("X", "#d55e00", 11.0), ("o", "#ffffff", 7.5), ("P", "#56b4e9", 9.0))


def _contour(figure: Any, place: Sequence[int], surface: Surface, colours: Palette) -> None:
    axes = figure.add_subplot(*place)
    values = np.ma.masked_invalid(surface.values)
    levels = np.linspace(float(values.min()), _top(surface), 17)
    grid = (surface.xs, surface.ys, values)
    filled = axes.contourf(*grid, levels=levels, cmap=colours.surface, extend="max")
    axes.contour(*grid, levels=levels[::2], colors=colours.background, linewidths=0.6)
    for (marker, colour, size), mark in zip(MARKERS, surface.marks, strict=False):
        axes.plot(
            [mark.x], [mark.y], marker, ms=size, mfc=colour, mec="#000000", mew=1.2, ls="none",
            label=_harmless(f"{mark.name}: {number(mark.value, 4)}"), clip_on=False, zorder=5,
        )  # fmt: skip
    axes.set_xlabel(_harmless(surface.x.label))
    axes.set_ylabel(_harmless(surface.y.label))
    axes.set_title("seen from above", fontsize=10)
    axes.grid(visible=False)
    bar = figure.colorbar(filled, ax=axes, format="%.3g")
    bar.set_label(_harmless(surface.label))


def _in_space(figure: Any, place: Sequence[int], surface: Surface, colours: Palette) -> None:
    axes = figure.add_subplot(*place, projection="3d")
    top = _top(surface)
    values = np.minimum(np.where(np.isfinite(surface.values), surface.values, np.nan), top)
    xs, ys = np.meshgrid(surface.xs, surface.ys)
    axes.plot_surface(xs, ys, values, cmap=colours.surface, lw=0, alpha=0.85)
    for (marker, colour, size), mark in zip(MARKERS, surface.marks, strict=False):
        axes.plot(
            [mark.x], [mark.y], [min(mark.value, top)], marker, ms=size, mfc=colour,
            mec="#000000", mew=1.2, ls="none", zorder=10,
        )  # fmt: skip
    names = [axis.label.partition(" ")[0] for axis in (surface.x, surface.y)]
    axes.set_xlabel(_harmless(names[0]))
    axes.set_ylabel(_harmless(names[1]))
    axes.set_zlabel(_harmless(surface.label, 24), labelpad=8)
    axes.tick_params(labelsize=8)
    axes.set_title("as a surface", fontsize=10)
    axes.view_init(elev=32, azim=-60)
    axes.set_box_aspect(None, zoom=0.82)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color(colours.background)
        axis.set_major_locator(_few_ticks())


def _few_ticks(*, whole: bool = False) -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(9, integer=True) if whole else MaxNLocator(4)
