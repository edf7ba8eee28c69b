"""Lines that are alike but for their numbers, read as the columns that they are.

Compiled loops, where there are any, read such lines of JSON or csv fastest: the numbers that stand
between what all lines have, rounded correctly. What they refuse is left to others.

Without them, a line of JSON that ``json.dumps`` wrote of a few numbers has the keys, marks and
spaces of the first line at the same places. Where that holds for every line of a piece, which a few
counts of bytes tell, what is left is a table of numbers, and pyarrow parses it at ten times the
speed of a JSON parser. Anything else (another key, null, NaN, text, a number that JSON would not
have) is no such piece, and is parsed as JSON, which also finds the words for what is wrong.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.sources import EXACT_INTEGERS
from lossctl.io.pyarrow_compat import arrow, part_of_arrow, values_of
from lossctl.kernels.numeric.primitives import NATIVE

LEAST = 1 << 16  # bytes: pyarrow takes as long to import as this takes to be parsed as JSON
OF_NUMBERS = b"0123456789.eE+-"
NUMBER = re.compile(rb":[ \t]*(-?[0-9][0-9.eE+-]*)")
PLAIN_KEY = re.compile(r'[^"\\:,\x00-\x1f]+')
TO_CELLS = bytes.maketrans(b":", b",")  # keys become cells of their own, which nobody reads
DROPPED = bytes(set(range(256)) - set(OF_NUMBERS + b",:\n"))
COMMA, MINUS, PLUS, POINT, ZERO, NINE, EXPONENT = b",-+.09e"
TO_LOWER = 0x20

NUMBER_CELL, CHECKED_CELL, ANY_CELL = b"ncs"  # what a line holds between two literals
LEAST_POWER, GREATEST_POWER = -342, 308  # of ten, that float64 has with digits before it
ROUNDED_UP = -27  # 5^27 fits into a word
WORD = 64

Column = tuple[Array, str]

LOOP: Any = getattr(NATIVE, "number_lines", None)


def columns_of_lines(text: bytes, literals: tuple[bytes, ...], cells: bytes) -> list[Column] | None:
    """Return the numbers of lines of text by compiled loops, as `list_cells.numbers_of` does.

    Parameters
    ----------
    text
        Whole lines.
    literals
        What stands before, between and behind the cells of every line.
    cells
        For each cell `NUMBER_CELL`, `CHECKED_CELL` for a number that is not returned, or `ANY_CELL`
        for one that is not looked at but for quotes and line ends.

    Returns
    -------
    A column for each `NUMBER_CELL`; None where there are no loops, or a line is not like that.
    """
    found = None if LOOP is None else LOOP(text, literals, cells, _powers_of_five())
    if found is None:
        return None
    columns = []
    for data, is_whole in found:
        array = np.frombuffer(data)
        columns.append((array.astype(np.int64), "whole") if is_whole else (array, "real"))
    return columns


@cache
def _powers_of_five() -> bytes:
    """Return the leading 128 bits of 5^n in two words each, rounded up for -28 < n < 0."""
    words = []
    for power in range(LEAST_POWER, GREATEST_POWER + 1):
        five = 5 ** abs(power)
        size = five.bit_length()
        if power < 0:
            leading = (1 << (size + 2 * WORD - 1)) // five + (power >= ROUNDED_UP)
        else:
            leading = five << 2 * WORD - size if size <= 2 * WORD else five >> size - 2 * WORD
        words += [leading >> WORD, leading & (1 << WORD) - 1]
    return np.array(words, np.uint64).tobytes()


class NumberLines:
    """Lines of numbers under the keys of a first line, in its spelling."""

    def __init__(self, line: bytes, first: Mapping[str, Any]) -> None:
        """Take the first line, and what it holds."""
        self._literals = (*_split_at_numbers(line),)
        self._keys = (*first,)
        self._places = {name: 2 * number + 1 for number, name in enumerate(first)}
        self._head, *self._between, self._tail = self._literals
        self._joint = self._tail + b"\n" + self._head
        self._marks = sum(len(part) - len(_cells(part)) for part in self._literals)

    def columns(self, text: bytes, count: int, names: Sequence[str]) -> dict[str, Column] | None:
        """Return the numbers of some keys in so many lines, as `list_cells.numbers_of` does.

        None where some line is not like the first, or holds what must be looked at as JSON.
        """
        kinds = bytes(NUMBER_CELL if key in names else CHECKED_CELL for key in self._keys)
        found = columns_of_lines(text, self._literals, kinds)
        if found is not None:
            return dict(zip([key for key in self._keys if key in names], found, strict=True))
        if find_spec("pyarrow") is None:
            return None
        cells = _cells(text)
        is_alike = (
            len(text) - len(cells) == count * self._marks
            and text.startswith(self._head)
            and text.endswith(self._tail)
            and text.count(self._joint) == count - 1
            and all(text.count(part) == count for part in self._between)
        )
        if not is_alike or not _are_numbers_of_json(cells):
            return None
        first = cells.partition(b"\n")[0].split(b",")
        types = {name: first[self._places[name]].lstrip(b"-").isdigit() for name in names}
        columns = self._parsed(cells, types)
        if columns is None and any(types.values()):  # some are whole only in the first line
            columns = self._parsed(cells, self._whole_columns(cells, types))
        return columns

    def _whole_columns(self, cells: bytes, types: Mapping[str, bool]) -> dict[str, bool]:
        return {
            name: whole and self._parsed(cells, {name: True}) is not None
            for name, whole in types.items()
        }

    def _parsed(self, cells: bytes, types: Mapping[str, bool]) -> dict[str, Column] | None:
        """Parse columns, those that are whole as integers; None where that cannot be."""
        pa, reader = arrow(), part_of_arrow("csv")
        names = {name: str(self._places[name]) for name in types}
        try:
            table = reader.read_csv(
                pa.BufferReader(cells),
                read_options=reader.ReadOptions(
                    use_threads=False,
                    block_size=len(cells) + 1,
                    column_names=[str(number) for number in range(2 * len(self._places))],
                ),
                parse_options=reader.ParseOptions(quote_char=False, ignore_empty_lines=False),
                convert_options=reader.ConvertOptions(
                    column_types={
                        names[name]: pa.int64() if whole else pa.float64()
                        for name, whole in types.items()
                    },
                    include_columns=list(names.values()),
                    null_values=[],
                ),
            )
        except (pa.ArrowException, ValueError):
            return None
        columns = {}
        for name, whole in types.items():
            if table.column(names[name]).num_chunks != 1:
                return None
            array, nulls = values_of(table.column(names[name]).chunk(0))
            beyond = array.max() >= EXACT_INTEGERS or array.min() <= -EXACT_INTEGERS
            if nulls is not None or beyond:  # an integer that float64 may not hold?
                return None
            columns[name] = (array, "whole" if whole else "real")
        return columns


def number_lines(line: bytes, first: Any, names: Sequence[str]) -> NumberLines | None:
    """Return a reader for lines like the first; None where they are more than a few numbers."""
    if not isinstance(first, dict) or not first:
        return None
    if LOOP is None and find_spec("pyarrow") is None:
        return None
    plain = all(PLAIN_KEY.fullmatch(key) for key in first)
    if not plain or any(type(value) not in {int, float} for value in first.values()):
        return None
    if any(name not in first for name in names) or len(_split_at_numbers(line)) != len(first) + 1:
        return None
    return NumberLines(line, first)


def _split_at_numbers(line: bytes) -> list[bytes]:
    """Return what stands around the numbers of a line."""
    parts, at = [], 0
    for match in NUMBER.finditer(line):
        parts.append(line[at : match.start(1)])
        at = match.end(1)
    return [*parts, line[at:]]


def _cells(text: bytes) -> bytes:
    """Return the letters of numbers, with commas around what they were in."""
    return text.translate(TO_CELLS, DROPPED)


def _are_numbers_of_json(cells: bytes) -> bool:
    """Whether numbers have no leading zero or plus, and digits around every point.

    Of letters that numbers have; what is no number at all pyarrow refuses. −0 is an integer in
    JSON, which has one zero, and may stand among floats.
    """
    letters = np.frombuffer(b",," + cells + b",", np.uint8)
    digit = letters - ZERO <= NINE - ZERO  # of unsigned numbers: less than 0 is much more
    point = letters[1:-1] == POINT
    if (point > (digit[:-2] & digit[2:])).any():
        return False
    leading = (letters[:-2] == COMMA) & (letters[1:-1] == ZERO) & digit[2:]
    if leading.any():
        return False
    if b",-0" in cells:
        negative = (letters[:-3] == COMMA) & (letters[1:-2] == MINUS) & (letters[2:-1] == ZERO)
        after = letters[3:]
        if (negative & (after != POINT) & ((after | TO_LOWER) != EXPONENT)).any():
            return False
    plus = letters[1:] == PLUS if b"+" in cells else np.zeros(1, np.bool_)
    return not (plus.any() and (plus & ((letters[:-1] | TO_LOWER) != EXPONENT)).any())
