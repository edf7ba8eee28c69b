"""Sketches of pictures in a terminal: panels in braille dots, surfaces in shades."""

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.spelling import number, visible
from lossctl.pictures.picture import Panel, Picture, Surface, Trace
from lossctl.report.formats import Display, aligned, all_folded, bold, painted
from lossctl.report.pictures.palette import TERMINAL
from lossctl.report.pictures.terminal_rows import draw_matrix, draw_rows, signs_of
from lossctl.report.terminal_plot import HEIGHT, WIDTH, canvas, dot, framed, join

PATTERNS = ((1, "────"), (2, "┄┄┄┄"), (3, "· · "), (5, "·   "))  # columns a dot, and its legend
SHADES = " ░▒▓█"
GRID = (17, 51)  # rows and columns of a surface
ALONE = 4  # curves that are told apart by their dots


def as_sketch(picture: Picture, display: Display) -> str:
    """Draw a picture with letters, and say below it what it shows."""
    parts = [bold(visible(picture.title), colour=display.colour)]
    for panel in picture.panels:
        drawn = draw_rows if panel.y.names else _panel
        parts += ["", *drawn(panel, colour=display.colour)]
    if picture.surface is not None:
        parts += ["", *_surface(picture.surface)]
    if picture.matrix is not None:
        parts += ["", *draw_matrix(picture.matrix, display.width)]
    if picture.sentences:
        parts += ["", *all_folded(map(visible, picture.sentences), display.width)]
    return "\n".join(parts)


def as_numbers_only(picture: Picture, display: Display) -> str:
    """Say what a picture shows where no letters can draw it: the facts, and what they say."""
    facts = [
        [visible(name), number(value, display.digits)]
        for name, value in picture.facts.items()
        if isinstance(value, float | int)
    ]
    lines = aligned(("fact", "value"), facts, ("value",)) if facts else []
    said = all_folded(map(visible, picture.sentences), display.width)
    return "\n".join([visible(picture.title), "", *lines, *([""] if lines else []), *said])


def _panel(panel: Panel, *, colour: bool) -> list[str]:
    x, y = panel.range_of("x"), panel.range_of("y")
    lines = [visible(": ".join(filter(None, (panel.title, panel.y.label))))]
    beside = {"band", "marks", "open"}
    shown = [trace for trace in panel.traces if trace.style not in beside and trace.name]
    marks = signs_of(panel)
    bands = [trace for trace in panel.traces if trace.style == "band"]
    groups = [shown] if len(shown) <= ALONE else [[trace] for trace in shown]
    for group in groups:
        cells = canvas()
        for band in bands:
            _band(cells, band, x, y)
        legend = []
        for at, trace in enumerate(group):
            every, sign = PATTERNS[at % len(PATTERNS)]
            if trace.style == "points":
                _points(cells, trace, x, y)
                sign = "•   "
            elif trace.style == "bars":
                _bars(cells, trace, x, y)
                sign = "▇▇▇▇"
            else:
                every = max(every, 2) if trace.style == "dashed" else every
                join(cells, _levels(_resampled(trace, x), y), every)
            style = TERMINAL[(shown.index(trace)) % len(TERMINAL)]
            legend.append(f"{painted(sign, style, colour=colour)} {visible(trace.name)}")
        for sign, mark in marks:
            _mark(cells, mark, sign, x, y)
        lines += framed(cells, x, y, visible(panel.x.label))
        if len(shown) > 1 or bands or marks:
            lines += [f"  {entry}" for entry in legend]
    lines += [f"  (dots between) {visible(band.name)}" for band in bands]
    lines += [f"  {sign}    {visible(mark.name)}" for sign, mark in marks]
    return lines


def _mark(
    cells: list[list[int]], trace: Trace, sign: str, x: tuple[float, float], y: tuple[float, float]
) -> None:
    """Put a letter in the place of the dots at each point."""
    columns = (trace.x - x[0]) / (x[1] - x[0]) * (2 * WIDTH - 1)
    for column, level in zip(columns.tolist(), _levels(trace.y, y), strict=True):
        if level is not None and 0 <= column <= 2 * WIDTH - 1:
            cells[HEIGHT - 1 - level // 4][round(column) // 2] = ord(sign)


def _resampled(trace: Trace, x: tuple[float, float]) -> Array:
    """Return the height of a trace at each column of dots; NaN outside it, and in its gaps."""
    columns = np.linspace(*x, 2 * WIDTH)
    good = np.isfinite(trace.x) & np.isfinite(trace.y)
    if not good.any():
        return np.full(columns.shape, np.nan)
    xs, ys = trace.x[good], trace.y[good]
    if trace.style == "steps":
        at = np.clip(np.searchsorted(xs, columns, side="right") - 1, 0, len(xs) - 1)
        heights = ys[at]
    else:
        heights = np.interp(columns, xs, ys)
    half = 0.5 * (x[1] - x[0]) / (2 * WIDTH)
    outside = (columns < xs[0] - half) | (columns > xs[-1] + half)
    places = np.flatnonzero(good)
    for before in np.flatnonzero(np.diff(places) > 1).tolist():
        outside |= (columns > xs[before] + half) & (columns < xs[before + 1] - half)
    return np.where(outside, np.nan, heights)


def _levels(heights: Array, y: tuple[float, float]) -> list[int | None]:
    top = 4 * HEIGHT - 1
    scaled = (heights - y[0]) / (y[1] - y[0]) * top
    return [
        None if not np.isfinite(value) else int(np.clip(round(value), 0, top))
        for value in scaled.tolist()
    ]


def _band(
    cells: list[list[int]], trace: Trace, x: tuple[float, float], y: tuple[float, float]
) -> None:
    upper = trace._replace(y=trace.y if trace.upper is None else trace.upper, upper=None)
    lows, highs = (_levels(_resampled(one, x), y) for one in (trace, upper))
    for column in range(0, 2 * WIDTH, 4):
        low, high = lows[column], highs[column]
        if low is not None and high is not None:
            for level in range(low, high + 1, 3):
                dot(cells, column, level)


def _points(
    cells: list[list[int]], trace: Trace, x: tuple[float, float], y: tuple[float, float]
) -> None:
    columns = (trace.x - x[0]) / (x[1] - x[0]) * (2 * WIDTH - 1)
    for column, level in zip(columns.tolist(), _levels(trace.y, y), strict=True):
        if level is not None and 0 <= column <= 2 * WIDTH - 1:
            dot(cells, round(column), level)


def _bars(
    cells: list[list[int]], trace: Trace, x: tuple[float, float], y: tuple[float, float]
) -> None:
    edges = np.linspace(*x, 2 * WIDTH)
    at = np.searchsorted(trace.x, edges, side="right") - 1
    heights = np.where(at >= 0, trace.y[np.maximum(at, 0)], np.nan)
    for column, level in enumerate(_levels(heights, y)):
        for each in range(0 if level is None or heights[column] == 0.0 else level + 1):
            dot(cells, column, each)


def _surface(surface: Surface) -> list[str]:
    """Draw values as shades, the least the lightest, and the marks as letters."""
    rows, columns = GRID
    at_x = np.rint(np.linspace(0, len(surface.xs) - 1, columns)).astype(int)
    at_y = np.rint(np.linspace(len(surface.ys) - 1, 0, rows)).astype(int)
    values = surface.values[np.ix_(at_y, at_x)]
    finite = np.sort(values[np.isfinite(values)], axis=None)
    places = np.searchsorted(finite, values) / max(finite.size, 1)  # by rank: the valley shows
    shades = np.clip((places * len(SHADES)).astype(int), 0, len(SHADES) - 1)
    lines = [[SHADES[shade] for shade in row] for row in shades.tolist()]
    signs = []
    for sign, mark in zip("×o+", surface.marks, strict=False):
        row = int(np.argmin(np.abs(surface.ys[at_y] - mark.y)))
        column = int(np.argmin(np.abs(surface.xs[at_x] - mark.x)))
        lines[row][column] = sign
        signs.append(f"  {sign} {visible(mark.name)}: {number(mark.value)}")
    ends = [f"{surface.ys[-1]:.3g}", *[""] * (rows - 2), f"{surface.ys[0]:.3g}"]
    margin = max(map(len, ends))
    drawn = [f"{end:>{margin}} ┤{''.join(line)}" for end, line in zip(ends, lines, strict=True)]
    low, high = f"{surface.xs[0]:.3g}", f"{surface.xs[-1]:.3g}"
    return [
        visible(f"{surface.label}, the lightest the least; up: {surface.y.label}"),
        *[line.rstrip() for line in drawn],
        " " * (margin + 1) + "└" + "─" * columns,
        " " * (margin + 2) + low + high.rjust(columns - len(low)),
        " " * (margin + 2) + visible(surface.x.label),
        *signs,
    ]
