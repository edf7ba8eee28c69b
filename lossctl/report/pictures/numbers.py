"""The numbers of a picture in the formats of output."""

from typing import Any

from lossctl.core.result import strict
from lossctl.core.spelling import csv_cell, number
from lossctl.pictures.picture import Picture
from lossctl.report.formats import (
    Display,
    csv_table,
    finite_cell,
    json_document,
    json_lines,
    markdown_table,
    tabbed,
)


def as_numbers(picture: Picture, form: str, display: Display) -> str:
    """Write the numbers of a picture as plain, csv, json, jsonl or markdown.

    `plain` and csv have the columns of the picture; markdown has what it says before them.
    """
    header = list(picture.columns)
    if form == "json":
        return json_document(picture.to_dict())
    if form == "jsonl":
        return json_lines(strict(dict(zip(header, row, strict=True))) for row in picture.rows())
    if form == "csv":
        return csv_table(header, [[_exact(cell) for cell in row] for row in picture.rows()])
    rows = [[_shown(cell, display.digits) for cell in row] for row in picture.rows()]
    if form == "plain":
        return tabbed(rows)
    right = [name for name, values in picture.columns.items() if not isinstance(values[0], str)]
    return "\n".join(markdown_table(header, rows, right))


def _exact(cell: Any) -> Any:
    if isinstance(cell, int):
        return cell
    return csv_cell(cell) if isinstance(cell, str) else finite_cell(cell)


def _shown(cell: Any, digits: int) -> str:
    return cell if isinstance(cell, str) else number(cell, digits)
