"""Sketches in a terminal of what has named rows: spans with marks, and matrices of counts."""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.spelling import number, shortened_distinct, visible
from lossctl.pictures.picture import Matrix, Panel, Trace
from lossctl.report.formats import aligned, columns_of, painted
from lossctl.report.pictures.palette import TERMINAL

Columns: TypeAlias = list[int | None]
WIDTH = 52  # characters between the ends of the axis
LONGEST = 28  # letters of the name of a row
LONGEST_CLASS = 10  # letters of a class above a column
SIGNS = "●■◆▲▼✚✖⬟"
OPEN = "○□◇△▽✢×⬠"  # of open marks
GUIDES = {"dashed": "┊", "band": "╎"}  # up and down, at the ends of a band
ORDER = ("spans", "band", "dashed", "open", "marks")  # what is drawn over what
SHADES = "·░▒▓█"  # nothing, and more and more of the row
STEPS = (0.05, 0.25, 0.6)  # shares at which shades grow
USUAL = 80  # columns, where there is no terminal


def draw_rows(panel: Panel, *, colour: bool) -> list[str]:
    """Draw the spans and marks of a panel, a line each row; lines up and down help the eye."""
    names = shortened_distinct([visible(name) for name in panel.y.names], LONGEST)
    margin = max(map(columns_of, names))
    x = panel.range_of("x")
    cells = [[" "] * WIDTH for _ in names]
    signs: dict[str, str] = {}
    drawn = zip(panel.traces, panel.colours(), strict=True)
    for trace, at in sorted(drawn, key=lambda one: ORDER.index(one[0].style)):
        if trace.style in GUIDES:
            signs[trace.name] = GUIDES[trace.style]
            for row in cells:
                _set(row, _columns(trace.x, x, log=panel.x.log), GUIDES[trace.style])
        else:
            sign = painted(_sign(trace, at), TERMINAL[at % len(TERMINAL)], colour=colour)
            signs[trace.name] = sign
            _row_trace(cells, trace, sign, partial(_columns, x=x, log=panel.x.log))
    lines = [visible(panel.title)] if panel.title else []
    lines += [
        f"{_right(name, margin)} ┤{''.join(row)}" for name, row in zip(names, cells, strict=True)
    ]
    low, high = (number(end, 3) for end in x)
    lines += [
        " " * (margin + 1) + "└" + "─" * WIDTH,
        " " * (margin + 2) + low + high.rjust(WIDTH - len(low)),
        " " * (margin + 2) + visible(panel.x.label),
    ]
    beside = {"", *panel.y.names}  # what a row says need not be said again
    lines += [f"  {sign} {visible(name)}" for name, sign in signs.items() if name not in beside]
    return [line.rstrip() for line in lines]


def _right(name: str, margin: int) -> str:
    return " " * (margin - columns_of(name)) + name


def signs_of(panel: Panel) -> list[tuple[str, Trace]]:
    """Return the marks of a panel, each with its letter, which is the shape in a figure."""
    placed = zip(panel.traces, panel.colours(), strict=True)
    return [(_sign(trace, at), trace) for trace, at in placed if trace.style in {"marks", "open"}]


def _sign(trace: Trace, at: int) -> str:
    if trace.style == "spans":
        return "─"
    return (OPEN if trace.style == "open" else SIGNS)[at % len(SIGNS)]


def _row_trace(
    cells: Sequence[list[str]], trace: Trace, sign: str, columns: Callable[[Array], Columns]
) -> None:
    starts = columns(trace.x)
    stops = columns(trace.x if trace.upper is None else trace.upper)
    for row, start, stop in zip(trace.y.astype(int).tolist(), starts, stops, strict=True):
        if start is None or stop is None:
            continue
        if trace.style == "spans":
            _set(cells[row], range(min(start, stop), max(start, stop) + 1), "─")
        else:
            _set(cells[row], [start], sign)


def _set(row: list[str], columns: Iterable[int | None], sign: str) -> None:
    for column in columns:
        if column is not None:
            row[column] = sign


def _columns(values: Array, x: tuple[float, float], *, log: bool) -> Columns:
    if log:
        values, x = np.log(values), (math.log(x[0]), math.log(x[1]))
    places = (np.asarray(values, float) - x[0]) / (x[1] - x[0]) * (WIDTH - 1)
    return [
        int(np.clip(round(place), 0, WIDTH - 1)) if np.isfinite(place) else None
        for place in places.tolist()
    ]


def draw_matrix(matrix: Matrix, width: int | None) -> list[str]:
    """Write the counts as a table, or where that is too wide a shade for each of them."""
    names = shortened_distinct([visible(name) for name in matrix.rows.names], LONGEST_CLASS)
    counts = [[number(count, 6) for count in row] for row in matrix.counts.tolist()]
    corner = "true ↓ predicted →"
    rows = [[name, *row] for name, row in zip(names, counts, strict=True)]
    table = aligned([corner, *names], rows, names)
    if max(map(columns_of, table)) <= (width or USUAL):
        return table
    shades = np.searchsorted(STEPS, matrix.shades, side="right") + 1
    shades[matrix.counts == 0.0] = 0
    names = shortened_distinct([visible(name) for name in matrix.rows.names], LONGEST)
    margin = max(map(columns_of, names))
    lines = [
        f"{' ' * (margin - columns_of(name))}{name} ┤"
        + " ".join(SHADES[shade] * 2 for shade in row)
        for name, row in zip(names, shades.tolist(), strict=True)
    ]
    limits = ["none", *(f"< {100.0 * step:g} %" for step in STEPS), "more"]
    scale = ", ".join(f"{shade} {said}" for shade, said in zip(SHADES, limits, strict=True))
    return [
        f"{matrix.rows.label} down, {matrix.columns.label} across in the same order",
        *lines,
        f"  {scale}, of the true class",
    ]
