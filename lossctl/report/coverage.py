"""Render how true forecast distributions are: table, plain, json, jsonl, csv, markdown."""

import math
from collections.abc import Sequence
from typing import Any

from lossctl.core.outcome import Outcome, Summary
from lossctl.core.spelling import markdown_text, number, visible
from lossctl.forecasts import COVERAGE, ForecastCalibration
from lossctl.report.formats import (
    PLAIN,
    Display,
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

TITLE = "lossctl calibrate"


def render(found: ForecastCalibration, form: str, display: Display = PLAIN) -> str:
    """Render a calibration of forecasts in one of the formats of results.

    plain and csv have a row for each quantile and interval; jsonl one object each.
    """
    if form == "json":
        return json_document(found.to_dict())
    if form == "jsonl":
        data = found.to_dict()
        version = {"schema_version": data["schema_version"]}
        return json_lines(
            {**version, "of": of.removesuffix("s"), **one}
            for of in ("quantiles", "intervals")
            for one in data[of]
        )
    if form == "csv":
        return csv_table(COVERAGE, [[kind, *map(finite_cell, n)] for kind, *n in found.rows()])
    if form == "plain":
        return tabbed((kind, *map(_exact, numbers)) for kind, *numbers in found.rows())
    tables, said = tables_of(found, display.digits), _said(found, display)
    if form == "markdown":
        lines = [line for one in tables for line in (*markdown_table(*one[:3]), "")]
        return "\n".join([*lines, *(f"- {markdown_text(line)}" for line in said)])
    lines = [
        line for t in tables for line in (*fitted(t, display.width, colour=display.colour), "")
    ]
    return "\n".join([*lines, *all_folded(map(visible, said), display.width)])


def tables_of(found: ForecastCalibration, digits: int) -> list[Table]:
    """Return the score, then the coverage of quantiles and intervals."""
    pit = found.transform
    numbers = (found.score, found.coverage_error, pit.mean, pit.spread)
    score = [[*(number(each, digits) for each in numbers), number(pit.p_value, 2)]]
    names = (found.measure, "coverage error", "mean PIT", "PIT variance", "p")
    percent = f"{100.0 * found.confidence:.12g} % interval"
    rows = [
        [
            kind,
            number(nominal, 4),
            number(observed, min(digits, 4)),
            f"{number(low, 3)} to {number(high, 3)}",
            "" if width is None else number(width, min(digits, 4)),
        ]
        for kind, nominal, observed, low, high, width in found.rows()
    ]
    header = ("of", "nominal", "covered", percent, "mean width")
    return [
        Table(names, score, names),
        Table(header, rows, ("nominal", "covered", "mean width")),
    ]


def summary_of(found: ForecastCalibration) -> Summary:
    """Return the gates as outcomes for CI systems."""
    outcomes: list[Outcome] = [gate.outcome for gate in found.gates]
    return Summary(TITLE, outcomes, render(found, "markdown"))


def _said(found: ForecastCalibration, display: Display) -> Sequence[str]:
    return [*found.sentences(), *(gate.sentence(display.digits) for gate in found.gates)]


def _exact(value: Any) -> str:
    return exact(math.nan if value is None else value)
