"""The columns of tables: chosen, read as one array, or in a frame."""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import did_you_mean, first_and_last, option, some_of
from lossctl.engine.arrays import as_array
from lossctl.engine.given import array_source
from lossctl.engine.sources import ArraySource, Source
from lossctl.engine.text_labels import Coder, Text, as_texts
from lossctl.io.name_numbers import (
    RUN,
    SIGNED_RUN,
    by_number,
    is_unexpected,
    numbers_in,
    with_numbers,
)
from lossctl.io.opening import ColumnFile
from lossctl.io.spill import Series, Store

SAVED_INDEX = re.compile(r"Unnamed: 0(\.\d+)*|__index_level_\d+__")


class Chosen(NamedTuple):
    """Columns that were chosen, and a note of them where it helps."""

    names: list[str]
    note: str | None


class Header(NamedTuple):
    """The names of the columns of a table, and what messages call it."""

    label: str
    names: tuple[str, ...]
    table: ColumnFile | None = None  # what knows the columns that a name stands for

    @classmethod
    def of(cls, table: ColumnFile) -> "Header":
        """Return the header of a table."""
        return cls(table.label, table.names, table)

    def choose(self, selector: str | None) -> Chosen:
        """Return the columns a selector stands for, with a note of them where it helps.

        A selector is a name, ``first:last``, a glob (``p_*``) or several of these with commas;
        None stands for every column. Whole numbers under the wildcards of a glob are ordered by
        value, what differs in text keeps the file's order. A range between names that differ in
        one number takes the numbers, any other the columns from one to the other. An index that
        was saved with the table is taken by its name only.
        """
        parts: list[list[str]] = []  # what patterns and ranges took
        if selector is None:
            names = [name for name in self.names if name not in self.saved_index()]
            if "" in names:
                raise DataError(
                    f"{self.label}: column {names.index('') + 1} has no name (an index saved with "
                    "the table?); choose columns by name"
                )
        elif self._has(selector):
            names = self._expanded(selector)
        else:
            names = []
            for part in map(str.strip, selector.split(",")):
                taken = self._expanded(part) if self._has(part) else self._part(part)
                names += taken
                if not self._has(part):
                    parts.append(taken)
        for name in names:
            if self.names.count(name) > 1:
                raise DataError(
                    f"{self.label}: {self.names.count(name)} columns are called {name!r}; "
                    "rename them"
                )
            if names.count(name) > 1:
                raise UsageError(f"{self.label}: {selector} takes column {name!r} twice")
        note = self._echo(str(selector), names, parts)
        if note is None and selector is not None and names != [selector] and not parts:
            note = self._by_label(selector, names)
        return Chosen(names, note)

    def _has(self, name: str) -> bool:
        return name in self.names or (self.table is not None and self.table.has(name))

    def _expanded(self, name: str) -> list[str]:
        """Return the columns that a name stands for: several where it holds scores by label."""
        return [name] if self.table is None else self.table.expand(name)

    def _by_label(self, selector: str, names: list[str]) -> str | None:
        """Return a note of the labels whose scores were taken, in order, where they were."""
        if self._expanded(selector) != names:
            return None
        labels = [name.removeprefix(f"{selector}.") for name in names]
        shown = first_and_last(labels)
        return f"{self.label}: {selector} holds scores per label, in this order: {shown}"

    def saved_index(self) -> list[str]:
        """Return the columns that are an index saved with the table; none where no other is left.

        pandas calls a column without a name ``Unnamed: 0`` when it reads a table again.
        """
        first = [""] if self.names[:1] == ("",) else []
        index = first + [name for name in self.names if SAVED_INDEX.fullmatch(name)]
        return index if len(index) < len(self.names) else []

    def in_number_order(self, names: list[str]) -> Chosen:
        """Return columns whose names differ in their last number, ordered by it if it is whole."""
        split = {name: numbers_in(name) for name in names}
        if len({stem for stem, _ in split.values()}) == 1:
            names = sorted(names, key=lambda name: split[name][1])
        return Chosen(names, self._echo("it", names, [names]))

    def _part(self, part: str) -> list[str]:
        columns = self.names
        if (taken := self._range(part)) is not None:
            return taken
        index = self.saved_index()
        matches = [n for n in columns if fnmatch.fnmatchcase(n, part) and n not in index]
        if not matches:
            raise self._unknown(part)
        return by_number(matches, part)

    def _unknown(self, part: str, use: str = "") -> UsageError:
        columns = self.names
        hint = did_you_mean(part, columns)
        shown = some_of(map(repr, columns))
        if columns == tuple(map(str, range(len(columns)))):
            shown += ", by number, since it has no header"
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
        (stem, low), (other, high) = numbers_in(first, run), numbers_in(last, run)
        places = [n for n, pair in enumerate(zip(low, high, strict=False)) if len({*pair}) > 1]
        held: dict[tuple[int, ...], list[str]] = {}
        for name in dict.fromkeys(self.names):
            if (found := numbers_in(name, run))[0] == stem:
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
                    f"{self.label}: {first}:{last} takes every number in between, but there is no "
                    f"column {with_numbers(first, numbers, run)!r}; name the columns, or choose by "
                    "a pattern"
                )
            if len(names) > 1:
                raise UsageError(
                    f"{self.label}: {first}:{last} could take {names[0]!r} or {names[1]!r}, which "
                    "have the same number; name the columns"
                )
            taken += names
        return taken

    def _backwards(self, first: str, last: str) -> UsageError:
        return UsageError(
            f"{self.label}: {first}:{last} is in descending order; write {last}:{first}"
        )

    def _echo(self, selector: str, names: list[str], parts: list[list[str]]) -> str | None:
        """Return a note of the columns taken, where one might expect others or another order."""
        at = {name: number for number, name in enumerate(self.names)}
        moved = any([at[name] for name in part] != sorted(at[n] for n in part) for part in parts)
        if not moved and not any(map(is_unexpected, parts)):
            return None
        order = ", ordered by their numbers" if moved else ""
        return (
            f"{self.label}: {selector} takes {len(names)} columns{order}: {first_and_last(names)}"
        )


def choose(table: ColumnFile, selector: str | None) -> Chosen:
    """Return the columns of a table that a selector stands for, as :meth:`Header.choose` does."""
    return Header.of(table).choose(selector)


class TableColumn(NamedTuple):
    """A column: its name, its elements row by row, and the shape of what stands in a row.

    Of text the elements are codes, and `coder` has the words they stand for.
    """

    name: str
    series: Series
    item_shape: tuple[int, ...] = ()
    coder: Coder | None = None
    lengths: Array | None = None  # of the lists of the rows, where they differ

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
        """Take one column (1-D when `flat`), or several that hold one number per row."""
        self.label, self.columns, self._row = label, tuple(columns), row
        nested = [column.name for column in columns if column.item_shape]
        if nested and len(columns) > 1:
            raise UsageError(f"{label}: column {nested[0]!r} holds lists; choose only that column")
        self._single = len(columns) == 1 and (flat or bool(nested))
        self.names = () if self._single else tuple(column.name for column in columns)
        inner = columns[0].item_shape if self._single else (len(columns),)
        self.shape: tuple[int, ...] = (columns[0].rows, *inner)
        self.dtype: np.dtype[Any] = np.result_type(*(column.series.dtype for column in columns))
        self.lengths = columns[0].lengths
        self.nan_message = None if self.lengths is None else self._of_lists(self.lengths)

    def _of_lists(self, lengths: Array) -> str:
        """Return what is said of the NaN behind shorter lists, where NaN may not be."""
        short, long = int((lengths < lengths.max()).argmax()), int(lengths.argmax())
        return (
            f"{self.columns[0].name!r} holds lists of different lengths ({lengths[short]} in "
            f"{self._row} {short + 1}, {lengths[long]} in {self._row} {long + 1}), with NaN after "
            f"the shorter ones; leave these out with {option('nan', 'omit')}"
        )

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
    decimal: str | None = None,
) -> Source:
    """Return columns as one array of numbers, or a single column of text.

    `decimal` is what stands before the decimals of numbers, where they are written as text.

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
                decimal=decimal,
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
