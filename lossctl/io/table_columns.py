"""The columns of tables: chosen, read as one array, or in a frame."""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import did_you_mean, some_of
from lossctl.engine.arrays import array_source, as_array
from lossctl.engine.sources import ArraySource, Source
from lossctl.engine.text_labels import Coder, Text, as_texts
from lossctl.io.opening import ColumnFile
from lossctl.io.spill import Series, Store

HANDFUL = 6  # columns that need no echo when a pattern takes them
SHOWN = 12  # columns that a note shows
WILD = re.compile(r"(\*|\?|\[!?\]?[^\]]*\])")
# runs of digits and points: 7 and 7.0 are whole numbers, 0.05 and 1.2.3 are text
RUN = re.compile(r"(\d+(?:\.\d+)*)", re.ASCII)
SIGNED_RUN = re.compile(r"(-?\d+(?:\.\d+)*)", re.ASCII)
WHOLE = re.compile(r"(-?)(\d{1,18})(\.0+)?", re.ASCII)


class Chosen(NamedTuple):
    """Columns that were chosen, and a note of them where it helps."""

    names: list[str]
    note: str | None


class Header(NamedTuple):
    """The names of the columns of a table, and what messages call it."""

    label: str
    names: tuple[str, ...]

    def choose(self, selector: str | None) -> Chosen:
        """Return the columns a selector stands for, with a note of them where it helps.

        A selector is a name, ``first:last``, a glob (``p_*``) or several of these with commas;
        None stands for every column. Whole numbers under the wildcards of a glob are ordered by
        value, what differs in text keeps the file's order. A range between names that differ in
        one number takes the numbers, any other the columns from one to the other.
        """
        parts: list[list[str]] = []  # what patterns and ranges took
        if selector is None:
            names = list(self.names)
            if "" in names:
                raise DataError(
                    f"{self.label}: column {names.index('') + 1} has no name (an index saved with "
                    "the table?); choose columns by name"
                )
        elif selector in self.names:
            names = [selector]
        else:
            names = []
            for part in map(str.strip, selector.split(",")):
                taken = [part] if part in self.names else self._part(part)
                names += taken
                if part not in self.names:
                    parts.append(taken)
        for name in names:
            if self.names.count(name) > 1:
                raise DataError(
                    f"{self.label}: {self.names.count(name)} columns are called {name!r}; "
                    "rename them"
                )
            if names.count(name) > 1:
                raise UsageError(f"{self.label}: {selector} takes column {name!r} twice")
        return Chosen(names, self._echo(str(selector), names, parts))

    def in_number_order(self, names: list[str]) -> Chosen:
        """Return columns whose names differ in their last number, ordered by it if it is whole."""
        split = {name: _numbers_in(name) for name in names}
        if len({stem for stem, _ in split.values()}) == 1:
            names = sorted(names, key=lambda name: split[name][1])
        return Chosen(names, self._echo("it", names, [names]))

    def _part(self, part: str) -> list[str]:
        columns = self.names
        if (taken := self._range(part)) is not None:
            return taken
        matches = [name for name in columns if fnmatch.fnmatchcase(name, part)]
        if not matches:
            raise self._unknown(part)
        return _by_number(matches, part)

    def _unknown(self, part: str, use: str = "") -> UsageError:
        columns = self.names
        hint = did_you_mean(part, columns)
        shown = some_of(map(repr, columns))
        return UsageError(f"{self.label}: no column {part!r}{use}; it has {shown}{hint}")

    def _range(self, part: str) -> list[str] | None:
        """Return the columns of a range; None where it is none, or both ends are unknown."""
        columns = self.names
        first, colon, last = part.partition(":")
        if not colon:
            return None
        for run in (RUN, SIGNED_RUN):
            if (taken := self._between(first, last, run)) is not None:
                return taken
        known = [name for name in (first, last) if name in columns]
        if len(known) == 1:
            raise self._unknown(last if known == [first] else first, f" for {part}")
        if not known:
            return None
        at, end = columns.index(first), columns.index(last)
        if at > end:
            raise self._backwards(first, last)
        return list(columns[at : end + 1])

    def _between(self, first: str, last: str, run: re.Pattern[str]) -> list[str] | None:
        """Return the columns between two that differ in one number; None for other names."""
        (stem, low), (other, high) = _numbers_in(first, run), _numbers_in(last, run)
        places = [n for n, pair in enumerate(zip(low, high, strict=False)) if len({*pair}) > 1]
        held: dict[tuple[int, ...], list[str]] = {}
        for name in dict.fromkeys(self.names):
            if (found := _numbers_in(name, run))[0] == stem:
                held.setdefault(found[1], []).append(name)
        if stem != other or len(places) != 1 or not held:
            return None
        if low > high:
            raise self._backwards(first, last)
        (place,), taken = places, []
        for number in range(low[place], high[place] + 1):
            numbers = (*low[:place], number, *low[place + 1 :])
            names = held.get(numbers, [])
            if not names:
                raise UsageError(
                    f"{self.label}: {first}:{last} takes every number between, but there is no "
                    f"column {_with_numbers(first, numbers, run)!r}; name the columns, or choose "
                    "by a pattern"
                )
            if len(names) > 1:
                raise UsageError(
                    f"{self.label}: {first}:{last} could take {names[0]!r} or {names[1]!r}, which "
                    "have the same number; name the columns"
                )
            taken += names
        return taken

    def _backwards(self, first: str, last: str) -> UsageError:
        return UsageError(f"{self.label}: {first}:{last} runs backwards; write {last}:{first}")

    def _echo(self, selector: str, names: list[str], parts: list[list[str]]) -> str | None:
        """Return a note of the columns taken, where one might expect others or another order."""
        at = {name: number for number, name in enumerate(self.names)}
        moved = any([at[name] for name in part] != sorted(at[n] for n in part) for part in parts)
        if not moved and not any(map(_unexpected, parts)):
            return None
        shown = names if len(names) <= SHOWN else [*names[: SHOWN - 2], "…", names[-1]]
        order = ", ordered by their numbers" if moved else ""
        return f"{self.label}: {selector} takes {len(names)} columns{order}: {', '.join(shown)}"


def choose(table: ColumnFile, selector: str | None) -> Chosen:
    """Return the columns of a table that a selector stands for, as :meth:`Header.choose` does."""
    return Header(table.label, table.names).choose(selector)


def _numbers_in(
    name: str, run: re.Pattern[str] = RUN
) -> tuple[tuple[str | None, ...], tuple[int, ...]]:
    """Return the text of a name, with None where whole numbers stand, and those numbers."""
    parts = run.split(name)
    found = [WHOLE.fullmatch(part) if n % 2 else None for n, part in enumerate(parts)]
    stem = tuple(None if whole else part for part, whole in zip(parts, found, strict=True))
    return stem, tuple(int(whole[1] + whole[2]) for whole in found if whole)


def _with_numbers(name: str, numbers: Sequence[int], run: re.Pattern[str]) -> str:
    """Return a name with other numbers, padded as those it has."""
    parts, values = run.split(name), iter(numbers)
    for n in range(1, len(parts), 2):
        if whole := WHOLE.fullmatch(parts[n]):
            parts[n] = f"{next(values):0{len(whole[2])}d}{whole[3] or ''}"
    return "".join(parts)


def _by_number(names: list[str], pattern: str) -> list[str]:
    """Order names whose wildcards stand for whole numbers by these.

    Names that differ in text keep their places; those alike but for numbers change places among
    themselves. Numbers beside text under a wildcard (``p*``) count when none is missing.
    """
    wild = [wild_text(pattern, name) for name in names]
    values = [text for texts in wild for text in texts if WHOLE.fullmatch(text)]
    signs = {text.startswith("-") for text in values}  # all with one: it is a separator
    run = SIGNED_RUN if len(signs) > 1 else RUN
    split = [_numbers_in(name, run) for name in names]
    alike: dict[tuple[str | None, ...], list[int]] = {}
    for place, (stem, _) in enumerate(split):
        alike.setdefault(stem, []).append(place)
    ordered = list(names)
    for places in alike.values():
        bare = all(wild[at] and all(map(_is_bare, wild[at])) for at in places)
        if bare or _gapless([split[at][1] for at in places]):
            by_value = sorted(places, key=lambda at: split[at][1])
            for place, at in zip(places, by_value, strict=True):
                ordered[place] = names[at]
    return ordered


def _is_bare(text: str) -> bool:
    """Whether what a wildcard stands for is a whole number, or has no digit."""
    return WHOLE.fullmatch(text) is not None or RUN.search(text) is None


def _gapless(numbers: Sequence[tuple[int, ...]]) -> bool:
    """Whether numbers count from 0 or 1 at each place where they differ."""
    for column in map(set, zip(*numbers, strict=True)):
        if len(column) > 1 and (
            min(column) not in {0, 1} or len(column) <= max(column) - min(column)
        ):
            return False
    return len(set(numbers)) == len(numbers)


def _unexpected(names: Sequence[str]) -> bool:
    """Whether names are many and no plain count, or numbered ones among others."""
    split = [_numbers_in(name) for name in names]
    stems = [stem for stem, _ in split]
    if len(set(stems)) == 1:
        return len(names) > HANDFUL and not _gapless([numbers for _, numbers in split])
    return len(names) > HANDFUL or len(set(stems)) < len(stems)


def wild_text(pattern: str, name: str) -> tuple[str, ...]:
    """Return what the wildcards of a pattern stand for in a name; empty where it does not fit."""
    tokens = WILD.split(pattern)
    regex = [f"({_wild(t)})" if n % 2 else re.escape(t) for n, t in enumerate(tokens)]
    matched = re.fullmatch("".join(regex), name, re.DOTALL)
    return matched.groups() if matched and fnmatch.fnmatchcase(name, pattern) else ()


def _wild(letter: str) -> str:
    # which letters a bracket allows is fnmatch's business; it stands for one
    return ".*" if letter == "*" else "."


class TableColumn(NamedTuple):
    """A column: its name, its elements row by row, and the shape of what stands in a row.

    Of text the elements are codes, and `coder` has the words they stand for.
    """

    name: str
    series: Series
    item_shape: tuple[int, ...] = ()
    coder: Coder | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.series.length // max(prod(self.item_shape), 1)


class ColumnSource:
    """Columns as one array: (rows,) or (rows, columns); (rows, …) for a column of lists."""

    def __init__(
        self,
        label: str,
        columns: Sequence[TableColumn],
        *,
        flat: bool = True,
        row: str = "data row",
    ) -> None:
        """Take one column (1-D when `flat`), or several that hold one number a row."""
        self.label, self.columns, self._row = label, tuple(columns), row
        nested = [column.name for column in columns if column.item_shape]
        if nested and len(columns) > 1:
            raise UsageError(f"{label}: column {nested[0]!r} holds lists; choose it alone")
        self._single = len(columns) == 1 and (flat or bool(nested))
        self.names = () if self._single else tuple(column.name for column in columns)
        inner = columns[0].item_shape if self._single else (len(columns),)
        self.shape: tuple[int, ...] = (columns[0].rows, *inner)
        self.dtype: np.dtype[Any] = np.result_type(*(column.series.dtype for column in columns))

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened array."""
        if self._single:
            return self.columns[0].series.read(start, stop)
        width = len(self.columns)
        first, last = start // width, -(-stop // width)
        block = np.empty((last - first, width), self.dtype)
        for number, column in enumerate(self.columns):
            block[:, number] = column.series.read(first, last)
        return block.reshape(-1)[start - first * width : stop - first * width]

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its row, counted from 1, and its column."""
        if not index:
            return "the only row"
        place = f"{self._row} {index[0] + 1}"
        if len(index) == 1:
            return place
        if self._single:
            entry = ", ".join(map(str, index[1:]))
            return f"{place}, entry {entry} of {self.columns[0].name!r}"
        return f"{place}, column {self.columns[index[1]].name!r}"


def column_source(
    label: str,
    columns: Sequence[TableColumn],
    *,
    flat: bool = True,
    row: str = "data row",
    kind: str = "column",
) -> Source:
    """Return columns as one array of numbers, or a single column of text.

    Raises
    ------
    DataError
        When one of several columns holds text.
    """
    source = ColumnSource(label, columns, flat=flat, row=row)
    for column in columns:
        if column.coder is not None:
            codes = source if len(columns) == 1 else ColumnSource(label, [column], row=row)
            text = Text(
                codes,
                column.coder.words,
                some_missing=column.coder.some_missing,
                column=f"{kind} {column.name!r}",
            )
            if len(columns) == 1:
                return text
            raise text.no_numbers()
    return source


class Frame(ColumnFile):
    """A frame of pandas or polars, a pyarrow table, or a mapping of names to columns."""

    typed = True

    def __init__(self, table: Any, label: str = "table") -> None:
        """Take the frame as it is; columns become arrays when they are asked for."""
        if hasattr(table, "collect_schema") and hasattr(table, "collect"):
            raise DataError(f"{label}: a lazy frame holds no values yet; give table.collect()")
        names = table.column_names if hasattr(table, "column_names") else None
        if names is None:
            names = list(table if isinstance(table, Mapping) else getattr(table, "columns", ()))
        if not names:
            kind = type(table).__name__
            raise DataError(f"{label}: a {kind} has no named columns; give a file or a data frame")
        self.label, self.names, self._table = label, tuple(map(str, names)), table
        self._keys = dict(zip(self.names, names, strict=True))

    def load(
        self,
        names: Sequence[str],
        texts: Sequence[str],
        store: Store,
        watched: Any = {},  # noqa: B006 - never changed
    ) -> None:
        """Do nothing: the columns are in memory."""

    def source(self, names: Sequence[str], *, flat: bool = True) -> Source:
        """Return columns as an array, 1-D when `flat` and there is only one."""
        columns = [
            array_source(self._table[self._keys[name]], f"column {name!r}") for name in names
        ]
        if len(columns) == 1 and (flat or len(columns[0].shape) > 1):
            return columns[0]
        arrays = [column.read(0, prod(column.shape)).reshape(column.shape) for column in columns]
        return ArraySource(np.stack(arrays, axis=1), f"columns {some_of(names)}", names)

    def text(self, name: str) -> Array:
        """Return a column as text, missing cells as empty strings."""
        column = as_array(self._table[self._keys[name]], f"column {name!r}")
        return np.asarray(as_texts(column.astype(object)), dtype=str)
