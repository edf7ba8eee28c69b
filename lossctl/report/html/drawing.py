"""Pictures inside an HTML report: SVG whose colours are those of the page, light or dark."""

import math
from collections.abc import Sequence

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.spelling import html_text, number, shortened
from lossctl.pictures.picture import Panel, Trace
from lossctl.report.html.section import Interval

WIDTH, HEIGHT = 460, 300
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 12, 44  # around the data
TICKS = 5
ROW, NAMES, LONGEST = 22, 180, 24  # of intervals: pixels, and letters of a name
MOST_INTERVALS = 40
COLOURS = 8
RADII = {"points": 2.5, "marks": 3.5, "open": 6.0}


def ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers from `low` to `high`."""
    step = 10.0 ** math.floor(math.log10((high - low) / TICKS))
    step *= next((m for m in (1.0, 2.0, 5.0) if (high - low) / (m * step) <= TICKS + 1), 10.0)
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    return [round((first + at) * step, 12) for at in range(count)]


def draw_panel(panel: Panel) -> str:
    """Draw the traces of a panel; the legend below it is text of the page."""
    x, y = panel.limits("x"), panel.limits("y")
    inner_w, inner_h = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def across(values: Array) -> Array:
        return LEFT + (np.asarray(values, float) - x[0]) / (x[1] - x[0]) * inner_w

    def up(values: Array) -> Array:
        clipped = np.clip(np.asarray(values, float), *y)
        return TOP + inner_h - (clipped - y[0]) / (y[1] - y[0]) * inner_h

    parts = [_begin(WIDTH, HEIGHT, f"{panel.title} {panel.y.label} over {panel.x.label}")]
    for at in ticks(*x):
        place = float(across(np.array(at)))
        parts.append(_line(place, TOP, place, TOP + inner_h, "grid"))
        parts.append(_text(place, HEIGHT - BOTTOM + 16, number(at, 3), "middle"))
    for at in ticks(*y):
        place = float(up(np.array(at)))
        parts.append(_line(LEFT, place, LEFT + inner_w, place, "grid"))
        parts.append(_text(LEFT - 6, place + 4, number(at, 3), "end"))
    for trace, kind in zip(panel.traces, _kinds(panel), strict=True):
        parts.append(_trace(trace, across, up, kind, y[0]))
    parts.append(_text(LEFT + inner_w / 2, HEIGHT - 8, shortened(panel.x.label, 60), "middle"))
    rotation = f'transform="rotate(-90 14 {_round(TOP + inner_h / 2)})"'
    label = shortened(panel.y.label, 44)
    parts.append(_text(14, TOP + inner_h / 2, label, "middle", rotation))
    return "".join([*parts, "</svg>"])


def legend(panel: Panel) -> list[tuple[str, str]]:
    """Return the class of the mark and the name of each trace."""
    entries = zip(_kinds(panel), (trace.name for trace in panel.traces), strict=True)
    return list(entries) if len(panel.traces) > 1 else []


def draw_intervals(label: str, rows: Sequence[Interval]) -> str:
    """Draw values with their limits below each other, and the line of 0 if it lies among them."""
    shown = [row for row in rows if np.isfinite([row.low, row.value, row.high]).all()]
    shown = shown[:MOST_INTERVALS]
    if not shown:
        return ""
    low, high = min(row.low for row in shown), max(row.high for row in shown)
    room = 0.06 * ((high - low) or 1.0)
    low, high = low - room, high + room
    height = TOP + ROW * len(shown) + BOTTOM
    inner = WIDTH - NAMES - RIGHT

    def across(value: float) -> float:
        return NAMES + (value - low) / (high - low) * inner

    parts = [_begin(WIDTH, height, f"intervals of {label}")]
    bottom = TOP + ROW * len(shown)
    for at in ticks(low, high):
        parts.append(_line(across(at), TOP, across(at), bottom, "zero" if at == 0.0 else "grid"))
        parts.append(_text(across(at), bottom + 16, number(at, 3), "middle"))
    for at, row in enumerate(shown):
        y = TOP + ROW * (at + 0.5)
        parts.append(_text(NAMES - 8, y + 4, shortened(row.name, LONGEST), "end"))
        parts.append(_line(across(row.low), y, across(row.high), y, "line t0"))
        place = _round(across(row.value))
        parts.append(f'<circle cx="{place}" cy="{_round(y)}" r="4" class="dot t0"/>')
    parts.append(_text(NAMES + inner / 2, height - 8, shortened(label, 60), "middle"))
    return "".join([*parts, "</svg>"])


def _kinds(panel: Panel) -> list[str]:
    """Return the class of each trace: its style and its colour; on bars a band is its outline."""
    styles = {"bars": "bar", "points": "dot", "marks": "dot", "open": "ring", "band": "band"}
    if any(trace.style == "bars" for trace in panel.traces):
        styles["band"] = "edge"
    return [
        "dashed"
        if trace.style == "dashed"
        else f"{styles.get(trace.style, 'line')} t{at % COLOURS}"
        for trace, at in zip(panel.traces, panel.colours(), strict=True)
    ]


def _begin(width: int, height: int, label: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{html_text(label.strip())}">'
    )


def _trace(trace: Trace, across: object, up: object, kind: str, bottom: float) -> str:
    assert callable(across) and callable(up)  # noqa: S101, PT018 - the functions of the panel
    good = np.isfinite(trace.x) & np.isfinite(trace.y)
    xs, ys = across(trace.x[good]), up(trace.y[good])
    if trace.style == "band" and trace.upper is not None:
        upper = up(trace.upper[good])
        points = [*zip(xs, ys, strict=True), *zip(xs[::-1], upper[::-1], strict=True)]
        return f'<polygon points="{_points(points)}" class="{kind}"/>'
    if trace.style == "bars" and trace.upper is not None:
        ends = across(trace.upper[good])
        base = float(up(np.array(max(bottom, 0.0))))
        return "".join(
            f'<rect x="{_round(x)}" y="{_round(y)}" width="{_round(end - x)}" '
            f'height="{_round(max(base - y, 0.0))}" class="{kind}"/>'
            for x, y, end in zip(xs, ys, ends, strict=True)
        )
    if trace.style in RADII:
        radius = RADII[trace.style]
        return "".join(
            f'<circle cx="{_round(x)}" cy="{_round(y)}" r="{radius}" class="{kind}"/>'
            for x, y in zip(xs, ys, strict=True)
        )
    if trace.style == "steps":
        xs, ys = np.repeat(xs, 2)[1:], np.repeat(ys, 2)[:-1]
    return f'<polyline points="{_points(list(zip(xs, ys, strict=True)))}" class="{kind}"/>'


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_round(x)},{_round(y)}" for x, y in points)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    named = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    places = " ".join(f'{name}="{_round(value)}"' for name, value in named.items())
    return f'<line {places} class="{kind}"/>'


def _text(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    return (
        f'<text x="{_round(x)}" y="{_round(y)}" text-anchor="{anchor}" {more}>'
        f"{html_text(text)}</text>"
    )


def _round(value: float) -> str:
    return f"{float(value):.1f}".removesuffix(".0")
