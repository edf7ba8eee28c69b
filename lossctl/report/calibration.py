"""Render how well probabilities are calibrated: table, plain, json, jsonl, csv, markdown."""

import math
from collections.abc import Callable, Sequence

from lossctl.calibrating import Calibration
from lossctl.calibration.measure import ClassCalibration
from lossctl.core.outcome import Outcome, Summary
from lossctl.core.spelling import markdown_text, number, visible
from lossctl.report.formats import (
    BAD,
    BOLD,
    GOOD,
    PLAIN,
    Display,
    Styled,
    Table,
    all_folded,
    csv_table,
    exact,
    finite_cell,
    fitted,
    json_document,
    json_lines,
    markdown_table,
    tabbed,
)

PARTS = ("value", "miscalibration", "discrimination", "uncertainty")
SCORES_HEADER = ("class", "score", *PARTS)
LINES_HEADER = ("class", "share", "mean p", "slope", "slope interval", "shift", "p")
LONG = ("slope_low", "slope_high", "shift", "shift_low", "shift_high", "p_value")
CSV_HEADER = ("class", "rows", "share", "mean_probability", "score", *PARTS, "slope", *LONG)
ALL = "all"
TITLE = "lossctl calibrate"


def render(found: Calibration, form: str, display: Display = PLAIN) -> str:
    """Render a calibration in one of the formats of results."""
    if form in ROUNDED_RENDERERS:
        return ROUNDED_RENDERERS[form](found, display)
    return EXACT_RENDERERS[form](found)


def as_json(found: Calibration) -> str:
    """One strict JSON document."""
    return json_document(found.to_dict())


def as_jsonl(found: Calibration) -> str:
    """One JSON object a class."""
    data = found.to_dict()
    version = {"schema_version": data["schema_version"]}
    return json_lines(version | each for each in data["classes"])


def as_plain(found: Calibration) -> str:
    """Class, score, value and its parts, a tab between, with all digits."""
    return tabbed(
        (name, score, *map(exact, parts))
        for name, scores in _scores(found)
        for score, parts in scores.items()
    )


def as_csv(found: Calibration) -> str:
    """One row for each class and score."""
    rows = []
    for one in found.classes:
        limits = one.limits(found.confidence)
        slope, shift = (limits[name] or (math.nan, math.nan) for name in ("slope", "shift"))
        line = (math.nan, math.nan) if one.line is None else one.line[:2]
        numbers = (line[0], *slope, line[1], *shift, one.band.p_value)
        rows += [
            [
                one.name,
                one.rows,
                *map(finite_cell, (one.rate, one.mean)),
                name,
                *map(finite_cell, parts),
                *map(finite_cell, numbers),
            ]
            for name, parts in one.scores.items()
        ]
    return csv_table(CSV_HEADER, rows)


def as_table(found: Calibration, display: Display = PLAIN) -> str:
    """Scores and their parts, slopes and shifts, then what they say."""
    lines: list[str] = []
    for table in tables_of(found, display.digits):
        lines += [*fitted(table, display.width, colour=display.colour), ""]
    lines += all_folded(map(visible, found.sentences()), display.width)
    lines += all_folded(
        (visible(gate.sentence(display.digits)) for gate in found.gates), display.width
    )
    return "\n".join(lines)


def as_markdown(found: Calibration, display: Display = PLAIN) -> str:
    """The tables, and what they say as a list."""
    lines: list[str] = []
    for table in tables_of(found, display.digits):
        lines += [*markdown_table(table.header, table.rows, table.right), ""]
    said = [*found.sentences(), *(gate.sentence(display.digits) for gate in found.gates)]
    return "\n".join([*lines, *(f"- {markdown_text(line)}" for line in said)])


def tables_of(found: Calibration, digits: int) -> list[Table]:
    """Return the table of scores, and that of slopes and shifts."""
    rows = [
        [Styled(name, BOLD), score, *(_shown(value, digits) for value in parts)]
        for name, scores in _scores(found)
        for score, parts in scores.items()
    ]
    lines = [_line(one, found, digits) for one in found.classes]
    alone = len(found.classes) == 1
    return [
        _without_class(Table(SCORES_HEADER, rows, PARTS), alone=alone),
        _without_class(
            Table(LINES_HEADER, lines, ("share", "mean p", "slope", "shift", "p")),
            alone=alone,
        ),
    ]


def _without_class(table: Table, *, alone: bool) -> Table:
    """Leave out the name of a class where there is one."""
    if not alone:
        return table
    return Table(table.header[1:], [row[1:] for row in table.rows], table.right)


def _scores(found: Calibration) -> Sequence[tuple[str, dict[str, Sequence[float]]]]:
    every = [(one.name, dict(one.scores)) for one in found.classes]
    if len(found.classes) > 1:
        every = [(ALL, found.scores), *every]
    return every  # type: ignore[return-value]


def _line(one: ClassCalibration, found: Calibration, digits: int) -> list[str]:
    limits = one.limits(found.confidence)["slope"]
    slope = "" if one.line is None else number(one.line.slope, min(digits, 4))
    shift = "" if one.line is None else number(one.line.shift, min(digits, 4))
    band = "" if limits is None else f"{number(limits[0], 3)} to {number(limits[1], 3)}"
    p = number(one.band.p_value, 2)
    style = GOOD if one.band.p_value >= 0.05 else BAD
    shares = [number(one.rate, min(digits, 4)), number(one.mean, min(digits, 4))]
    return [Styled(one.name, BOLD), *shares, slope, band, shift, Styled(p, style)]


def _shown(value: float, digits: int) -> str:
    return "" if math.isnan(value) else number(value, digits)


def summary_of(found: Calibration) -> Summary:
    """Return the gates as outcomes for CI systems."""
    outcomes: list[Outcome] = [gate.outcome for gate in found.gates]
    return Summary(TITLE, outcomes, as_markdown(found))


EXACT_RENDERERS: dict[str, Callable[[Calibration], str]] = {
    "plain": as_plain,
    "json": as_json,
    "jsonl": as_jsonl,
    "csv": as_csv,
}
ROUNDED_RENDERERS: dict[str, Callable[[Calibration, Display], str]] = {
    "table": as_table,
    "markdown": as_markdown,
}
