"""Cells that hold numbers, text, or lists of either that may differ in length, as one array.

A column of lists keeps the numbers of its rows one after the other. Where the lists differ in
length it is read as rows of the longest, filled with NaN behind the shorter ones (`PaddedSeries`).
"""

import ast
import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.engine.arrays import is_missing
from lossctl.engine.sources import EXACT_INTEGERS
from lossctl.io.gathered import Gathered

SHORTEST = 80  # letters of a cell that a message shows
WRAPPED = re.compile(r"\b(?:np\.\w+|numpy\.\w+|array|tensor)\(([^()]*?)(?:,\s*dtype=[\w.]+)?\)")
GAP = re.compile(r"(?<=[^\s\[(,])\s+(?=[^\s\]),])")
WORDS = {"nan": "None", "NaN": "None", "null": "None", "inf": "1e999", "Infinity": "1e999"}
WORD = re.compile(r"\b(nan|NaN|null|inf|Infinity)\b")


def numbers_of(cells: list[Any], column: Gathered, before: int) -> tuple[Array, str]:
    """Return the values of cells as numbers or text, and their sort, which `column.add` takes.

    The first cells settle the shape of what stands in a row, but for the length of the list.
    `before` is the number of rows before these.
    """
    cells, rows = _flattened(cells, column, before)
    kinds = set(map(type, cells))
    if not kinds:
        return np.empty(0), "empty"
    if str in kinds and all(type(cell) is str or is_missing(cell) for cell in cells):
        return np.array([cell if type(cell) is str else "" for cell in cells], object), "text"
    if kinds == {bool}:
        return np.array(cells, np.bool_), "truth"
    if kinds == {int} and max(cells) <= EXACT_INTEGERS and min(cells) >= -EXACT_INTEGERS:
        return np.array(cells, np.int64), "whole"
    if kinds <= {int, float}:
        _require_exact(cells, column, rows)
        return np.array(cells, np.float64), "real"
    return _with_nulls(cells, column, rows)


class _Rows:
    """Which row, counted from 0, holds an element of cells that were lists."""

    def __init__(self, before: int, inner: int, lengths: Array | None) -> None:
        self._before, self._inner = before, max(inner, 1)
        self._ends = None if lengths is None else np.cumsum(lengths)

    def __call__(self, number: int) -> int:
        entry = number // self._inner
        if self._ends is None:
            return self._before + entry
        return self._before + int(np.searchsorted(self._ends, entry, side="right"))


def _flattened(cells: list[Any], column: Gathered, before: int) -> tuple[list[Any], _Rows]:
    """Return the elements of lists one after the other, and the row of each."""
    if column.item_shape is None:
        first = cells[0]
        if type(first) is list and not first:  # an empty list does not say what it would hold
            first = next((cell for cell in cells if cell and type(cell) is list), first)
        column.item_shape = _shape(first)
    shape = column.item_shape
    if not shape:
        return cells, _Rows(before, 1, None)
    wrong = next((n for n, cell in enumerate(cells) if type(cell) is not list), None)
    if wrong is not None:
        raise problem(before + wrong, column, "not a list", cells[wrong])
    lengths = np.array([len(cell) for cell in cells], np.int64)
    column.see_lengths(lengths, before)
    cells, inner, rows = [entry for cell in cells for entry in cell], 1, _Rows(before, 1, lengths)
    for length in shape[1:]:
        for number, cell in enumerate(cells):
            if type(cell) is not list or len(cell) != length:
                raise problem(rows(number), column, f"not a list of length {length}", cell)
        cells = [entry for cell in cells for entry in cell]
        inner *= max(length, 1)
        rows = _Rows(before, inner, lengths)
    return cells, rows


def _with_nulls(cells: list[Any], column: Gathered, rows: _Rows) -> tuple[Array, str]:
    """Return values among which some are null, NaN as numbers; anything else is an error."""
    for number, cell in enumerate(cells):
        if cell is not None and type(cell) not in {bool, int, float}:
            raise problem(rows(number), column, "not a number", cell)
    _require_exact(cells, column, rows)
    array = np.array([np.nan if cell is None else cell for cell in cells], np.float64)
    kinds = set(map(type, cells)) - {type(None)}
    if bool in kinds and len(kinds) > 1:
        at = next(n for n, c in enumerate(cells) if type(c) is bool)
        what = "a truth value among numbers"
        if len(shape := column.item_shape or ()) > 1:  # pairs, as [log-probability, is_greedy]
            place = next((n for n, c in enumerate(cells[: shape[-1]]) if type(c) is not bool), 0)
            what += f"; {column.name}[*][{place}] takes entry {place} of each inner list"
        raise problem(rows(at), column, what, cells[at])
    if not kinds:
        return array, "empty"
    return array, "truth+empty" if kinds == {bool} else "real"


def _require_exact(cells: list[Any], column: Gathered, rows: _Rows) -> None:
    for number, cell in enumerate(cells):
        if type(cell) is int and abs(cell) > EXACT_INTEGERS:
            raise DataError(
                f"{_place(rows(number), column)}: {cell} is beyond 2^53, where float64 cannot hold "
                "every integer; subtract a common offset first"
            )


def problem(row: int, column: Gathered, what: str, cell: Any) -> DataError:
    """Return the error of a cell in a row, counted from 0."""
    shown = json.dumps(cell, ensure_ascii=False)
    shown = shown if len(shown) <= SHORTEST else shown[:SHORTEST] + "…"
    return DataError(f"{_place(row, column)}: {shown} is {what}")


def _place(row: int, column: Gathered) -> str:
    return f"{column.label}: {column.row} {row + 1}, {column.kind} {column.name!r}"


def _shape(cell: Any) -> tuple[int, ...]:
    shape: tuple[int, ...] = ()
    while isinstance(cell, list):
        shape += (len(cell),)
        cell = cell[0] if cell else None
    return shape


# Lists written into cells of text


def is_list(text: str) -> bool:
    """Whether a cell holds a list, as Python or JSON writes it."""
    text = text.strip()
    return text[:1] in {"[", "("} and text[-1:] in {"]", ")"}


def parse_lists(texts: Sequence[str], name: str, label: str, before: int) -> list[Any]:
    """Return the lists that cells hold: of JSON, of Python, or of NumPy, without commas."""
    try:
        found = json.loads(f"[{','.join(texts)}]")
    except (ValueError, RecursionError):
        found = []
    if len(found) == len(texts) and all(type(entry) is list for entry in found):
        return list(found)
    return [
        _parse_list(text, f"{label}: data row {before + n}, column {name!r}")
        for n, text in enumerate(texts, start=1)
    ]


def _parse_list(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    shown = repr(text if len(text) <= SHORTEST else text[:SHORTEST] + "…")
    if "..." in text:
        raise DataError(f"{place}: {shown} was shortened when it was written; save all its numbers")
    plain = WRAPPED.sub(r"\1", WRAPPED.sub(r"\1", text))
    if not any(quote in plain for quote in "'\""):
        plain = WORD.sub(lambda match: WORDS[match[1]], GAP.sub(",", plain))
    try:
        return _listed(ast.literal_eval(plain.strip()))
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        raise DataError(f"{place}: {shown} is not a list of numbers") from None


def _listed(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_listed(entry) for entry in value]
    return value
