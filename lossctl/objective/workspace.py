"""The data of a configuration: names checked first, tables read once, everything closed again."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from types import TracebackType
from typing import Self

from lossctl.core.errors import LossctlError, Mistakes, UsageError
from lossctl.core.spelling import did_you_mean, visible
from lossctl.core.threads import require_files
from lossctl.core.urls import is_url, url_path
from lossctl.engine.sources import CachedSource, Source, names_of
from lossctl.engine.text_labels import recoded, text_of
from lossctl.io.file_formats import by_suffix, packing_of
from lossctl.io.file_places import file_place
from lossctl.io.input_files import STDIN, Inputs, is_regular, split_selector
from lossctl.io.opening import ColumnFile, TableOptions, open_file
from lossctl.io.spill import Store
from lossctl.io.table_columns import choose
from lossctl.objective.config import DataEntry
from lossctl.objective.derived_sources import (
    ColumnView,
    RowRange,
    nan_advice,
)
from lossctl.objective.yaml_nodes import Place, describe_names, errors_at, placed, refuse

ROWS = re.compile(r"(\d{0,18}):(\d{0,18})\Z", re.ASCII)


@dataclass(frozen=True)
class ColumnReference:
    """Where a column comes from: the array itself, its column by number, or a table's by name."""

    entry: str
    column: int | str | None


class Workspace:
    """Named arrays, and the columns that formulas may use.

    Names are known after :meth:`peek`, values after :meth:`load`.
    """

    def __init__(
        self,
        data: Mapping[str, DataEntry],
        arrays: Mapping[str, Source],
        threads: int | None = None,
    ) -> None:
        """Take entries of a file, or sources already open; `threads` read tables."""
        self.data, self._threads = data, threads
        self.notes = [note for one in arrays.values() if (note := getattr(one, "note", None))]
        self.used: set[str] = set()
        self._in_memory = {name: CachedSource(source) for name, source in arrays.items()}
        self._arrays: dict[str, Source] = dict(self._in_memory)
        self._tables: dict[str, list[str]] = {}
        self._texts_by_entry: dict[str, dict[str, str]] = {}
        self._references: dict[str, list[ColumnReference]] = {}
        self._columns: dict[str, Source] = {}
        self._equalities: dict[str, tuple[str, str]] = {}  # a column and a word, by their variable
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, traceback)

    @property
    def names(self) -> list[str]:
        """Every name under ``data``."""
        return [*self.data, *self._in_memory]

    def require(self, name: str, place: Place, what: str) -> str:
        """Return the name when there is such data."""
        if name not in self.data and name not in self._in_memory:
            hint = did_you_mean(name, self.names)
            known = hint or f"; it has {describe_names(self.names)}"
            refuse(place, f"{what}: there is no data {visible(repr(str(name)))}{known}")
        self.used.add(name)
        return str(name)

    def peek(self, arrays: Iterable[str], *, columns: bool) -> None:
        """Open arrays and look at the headers of tables: those used, or all for columns."""
        direct, mistakes = set(arrays), Mistakes()
        for name, entry in self.data.items():
            if "\n" in name:  # which parts them from names of columns
                refuse(entry.place, f"data.{visible(name)}: a name must be one line")
            if name not in direct and not columns:
                continue
            with mistakes, errors_at(entry.file.place, f"data.{visible(name)}"):
                table = _table_columns(entry)
                if table is None:
                    self._open({name: _text(entry)})
                else:
                    self._tables[name] = table
                    if name in direct:
                        self._texts_by_entry.setdefault(name, {})[name] = _text(entry)
        mistakes.raise_any()
        for name in self.names:
            with mistakes:
                self._register(name)
        mistakes.raise_any()

    def _open(self, named: Mapping[str, str], id_column: str | None = None) -> None:
        decimal = self._decimal_of(named)
        tables = TableOptions(id_column=id_column, threads=self._threads, decimal=decimal)
        require_files(named.values())
        inputs = self._stack.enter_context(Inputs(named, tables, paired=False))
        self.notes += inputs.notes
        for name, source in inputs.sources.items():
            entry = self.data[name.partition("\n")[0]]
            self._arrays[name] = CachedSource(_sliced(source, entry), nan_advice("NaN"))

    def _decimal_of(self, named: Mapping[str, str]) -> str | None:
        """Return what stands before decimals in tables that are read together."""
        first = self.data[next(iter(named)).partition("\n")[0]]
        for key in named:
            entry = self.data[key.partition("\n")[0]]
            if entry.decimal != first.decimal:
                refuse(
                    entry.place,
                    "decimal: tables that are aligned by one id must use the same decimal "
                    "separator",
                )
        return first.decimal

    def _register(self, name: str) -> None:
        """Note the columns that an entry offers to formulas."""
        if name in self._tables:
            names = self._tables[name]
            single = len(names) == 1
            for column in names:
                self._offer(name if single else column, ColumnReference(name, column))
            return
        if name not in self._arrays:
            return
        shape = self._arrays[name].shape
        if len(shape) == 1:
            self._offer(name, ColumnReference(name, None))
        elif len(shape) == 2 and shape[1] <= 10_000:
            for number, column in enumerate(self._column_names(name, shape[1])):
                self._offer(column, ColumnReference(name, number))

    def _column_names(self, name: str, width: int) -> Sequence[str]:
        entry = self.data.get(name)
        if entry is None and (names := names_of(self._in_memory[name])):
            return names if width > 1 else [name]
        if entry is None or not entry.columns:
            return [f"{name}_{number}" for number in range(width)]
        if len(entry.columns) != width:
            problem = f"columns names {len(entry.columns)}, the array has {width}"
            refuse(entry.place, f"data.{visible(name)}: {problem}")
        return [str(column_name) for column_name in entry.columns]

    def _offer(self, column: str, reference: ColumnReference) -> None:
        self._references.setdefault(column, []).append(reference)

    def variable(self, name: str) -> str | None:
        """Return the name of a column that formulas may use, or None.

        Raises
        ------
        UsageError
            When several entries have such a column.
        """
        references = self._references.get(name)
        if references is None:
            if name in self._arrays and len(self._arrays[name].shape) > 1:
                raise UsageError(_too_wide(name, self._arrays[name].shape))
            return None
        if len(references) > 1:
            owners = " and ".join(reference.entry for reference in references)
            raise UsageError(
                f"{name} is a column of {owners}; name the one you mean under data, as FILE::{name}"
            )
        return name

    def known_columns(self) -> list[str]:
        """Every column."""
        return list(self._references)

    def matching(self, pattern: str) -> list[str]:
        """Return the columns of a glob, or of a whole array by its name."""
        if pattern.endswith("*"):
            return [name for name in self._references if fnmatchcase(name, pattern)]
        if pattern in self._references:
            return []
        return [
            name
            for name, references in self._references.items()
            if any(reference.entry == pattern for reference in references)
        ]

    def equality(self, column: str, word: str) -> str:
        """Return the name of a column that is 1 where another holds a word and 0 elsewhere."""
        name = f"{column} == {word!r}"
        self._equalities[name] = (column, word)
        return name

    def want(self, names: Iterable[str]) -> None:
        """Say which columns will be used."""
        for name in {self._equalities.get(name, (name,))[0]: None for name in names}:
            (reference,) = self._references[name]
            self.used.add(reference.entry)
            if isinstance(reference.column, str):
                entry = self.data[reference.entry]
                place, _ = split_selector(_path(entry))
                key = f"{reference.entry}\n{reference.column}"
                self._texts_by_entry.setdefault(reference.entry, {})[key] = (
                    f"{place}::{reference.column}"
                )

    def load(self) -> None:
        """Read the tables: those with an id column together, aligned by it."""
        groups: dict[tuple[str | None, str | None], dict[str, str]] = {}
        for name, texts in self._texts_by_entry.items():
            entry = self.data[name]
            alone = entry.decimal if entry.id is None else None
            group = groups.setdefault((entry.id, alone), {})
            group.update(texts)
        for (id_column, _), named in groups.items():
            first = self.data[next(iter(named)).partition("\n")[0]]
            try:
                self._open(named, id_column)
            except LossctlError as error:
                raise self._error_at_its_table(error, named, first.place, id_column) from None
        for name in self.names:
            if name not in self.used:
                self.notes.append(f"data.{name} is not used")

    def _error_at_its_table(
        self, error: LossctlError, named: Mapping[str, str], place: Place, id_column: str | None
    ) -> LossctlError:
        """Find the table that an error is about by opening each alone."""
        for key, text in named.items():
            name = key.partition("\n")[0]
            if text.startswith(STDIN):
                continue
            try:
                decimal = self.data[name].decimal
                with Inputs({key: text}, TableOptions(id_column=id_column, decimal=decimal)):
                    pass
            except LossctlError as alone:  # the error of the tables together names none of them
                return placed(alone, self.data[name].place, f"data.{visible(name)}: ")
        return placed(error, place)

    def array(self, name: str) -> Source:
        """Return a named array."""
        return self._arrays[name]

    def column(self, name: str) -> Source:
        """Return a column as (N,)."""
        if name in self._equalities:
            return self._equal(*self._equalities[name])
        if name not in self._columns:
            (reference,) = self._references[name]
            if isinstance(reference.column, str):
                source = self._arrays[f"{reference.entry}\n{reference.column}"]
            elif reference.column is None:
                source = self._arrays[reference.entry]
            else:
                source = ColumnView(self._arrays[reference.entry], reference.column, name)
            self._columns[name] = source
        return self._columns[name]

    def _equal(self, column: str, word: str) -> Source:
        text = text_of(self.column(column))
        if text is None:
            text_seen = visible(repr(word))
            raise UsageError(f"{column} holds numbers, but is compared with {text_seen}")
        if word not in text.words:
            hint = did_you_mean(word, text.words) or f"; it holds {describe_names(text.words)}"
            self.notes.append(f"{column} is never {visible(repr(word))}{hint}")
        return recoded(text, {one: float(one == word) for one in text.words})

    def sources(self) -> dict[int, str]:
        """Return the name of every array by its identity; a table's columns are NAME.COLUMN."""
        return {id(source): name.replace("\n", ".") for name, source in self._arrays.items()}


def _too_wide(name: str, shape: tuple[int, ...]) -> str:
    if len(shape) > 2:
        return f"{name} has the shape {shape}; formulas take columns with one value per row"
    return (
        f"{name} has {shape[1]} columns; write one of them, or an aggregate such as max({name}_*)"
    )


def _path(entry: DataEntry) -> str:
    """Return the file of an entry, relative to where it was written."""
    word = entry.file
    if word == STDIN or word.startswith(f"{STDIN}::") or is_url(word) or Path(word).is_absolute():
        return str(word)
    folder = word.place.folder
    return str(word) if folder == Path.cwd() else str(folder / word)


def _text(entry: DataEntry) -> str:
    """Return what names the array to the readers."""
    path = _path(entry)
    named = entry.columns and _is_table(path)
    return f"{path}::{','.join(entry.columns)}" if named else path


def _is_table(text: str) -> bool:
    """Whether a file's name says that it holds named columns."""
    place, _ = split_selector(text)
    suffix, _ = packing_of(PurePath(url_path(place)))
    form = by_suffix(suffix)
    return form is not None and form.is_table


def _table_columns(entry: DataEntry) -> list[str] | None:
    """Return the columns of a table that an entry stands for; None when it is no table."""
    text = _text(entry)
    place, selector = split_selector(text)
    is_file = place != STDIN and is_regular(place)
    if not _is_table(text) or not is_file:
        if entry.id is not None and is_file:
            raise UsageError("id aligns tables by a column, but this is not a table")
        return None
    options = TableOptions(decimal=entry.decimal)
    table = open_file(file_place(place), selector, "", options=options, store=Store)
    if not isinstance(table, ColumnFile):
        return None
    try:
        if entry.id is not None:
            choose(table, entry.id)
        if selector is None:
            return [name for name in table.names if name and name != entry.id]
        return choose(table, selector).names
    finally:
        table.close()


def _sliced(source: Source, entry: DataEntry) -> Source:
    """Apply the rows of an entry."""
    if entry.rows is None:
        return source
    match = ROWS.match(entry.rows)
    if match is None:
        refuse(entry.rows.place, f"rows must be start:stop, got {visible(repr(str(entry.rows)))}")
    count = source.shape[0] if source.shape else 0
    first = int(match[1] or 0)
    last = int(match[2]) if match[2] else count
    if not first < last <= count:
        refuse(entry.rows.place, f"rows {entry.rows} are not within the {count} rows of the data")
    return RowRange(source, first, last)
