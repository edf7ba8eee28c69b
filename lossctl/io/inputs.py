"""Open what the user named: files, members, columns, standard input; give each input a source."""

import io
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lossctl.core.errors import DataError, UsageError
from lossctl.core.spelling import did_you_mean, visible
from lossctl.engine.sources import Source
from lossctl.io.npy import MAGIC, NpyFile, open_npy, read_stream
from lossctl.io.npz import read_npz
from lossctl.io.table import Table, open_table, table_from_bytes

TABLE_SUFFIXES = {".csv", ".tsv", ".txt"}
STDIN_FORMATS = ("npy", "npz", "csv", "tsv")
STDIN = "-"
ZIP_MAGIC = b"PK\x03\x04"


@dataclass(frozen=True)
class TableOptions:
    """How tables are read: whether they have a header, their delimiter, their id column."""

    header: bool = True
    delimiter: str | None = None
    id_column: str | None = None


@dataclass
class Inputs:
    """Open inputs, as a context: leaving it closes files and complains of files that changed.

    Parameters
    ----------
    named
        Input name → ``FILE``, ``FILE::member-or-columns`` or ``-`` for standard input.
    tables
        Options for delimited files.
    stdin_format
        npy, npz, csv or tsv; found from the first bytes when None.
    """

    named: Mapping[str, str]
    tables: TableOptions = field(default_factory=TableOptions)
    stdin_format: str | None = None
    sources: dict[str, Source] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _files: list[NpyFile] = field(default_factory=list)
    _open_tables: dict[str, Table] = field(default_factory=dict)

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._close(check=False)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close(check=error is None)

    def _open(self) -> None:
        from_tables: dict[str, tuple[Table, list[str]]] = {}
        for name, text in self.named.items():
            place, selector = split_selector(text)
            opened = self._open_place(place, selector, name)
            if isinstance(opened, Table):
                from_tables[name] = (opened, _columns(opened, selector))
            else:
                self.sources[name] = opened
        self._require_tables_where_said(from_tables)
        if from_tables:
            self._read_tables(from_tables)

    def _require_tables_where_said(self, from_tables: Mapping[str, Any]) -> None:
        """Refuse options of tables that would do nothing."""
        others = [name for name in self.sources if name not in from_tables]
        if self.tables.id_column is not None and others:
            raise UsageError(f"--id aligns tables by a column, but {others[0]} come from no table")
        if not from_tables and (self.tables.delimiter is not None or not self.tables.header):
            raise UsageError("--delimiter and --no-header are for tables; none was given")

    def _open_place(self, place: str, selector: str | None, name: str) -> Source | Table:
        if place in self._open_tables:
            return self._open_tables[place]
        if not place:
            raise UsageError(f"the file of {name} has an empty name")
        if place == STDIN or not _is_regular(place):
            opened = self._open_bytes(place, selector, name)
        else:
            opened = self._open_file(Path(place), selector, name)
        if isinstance(opened, Table):
            self._open_tables[place] = opened
        elif isinstance(opened, NpyFile):
            self._files.append(opened)
        return opened

    def _open_file(self, path: Path, selector: str | None, name: str) -> Source | Table:
        label = visible(str(path))
        try:
            with path.open("rb") as stream:
                start = stream.read(8)
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from None
        if start[:4] == ZIP_MAGIC:
            return read_npz(path, selector, name, label)
        if start[:6] == MAGIC or path.suffix == ".npy":
            _refuse_selector(selector, label)
            return open_npy(path, label)
        if path.suffix == ".npz":
            raise DataError(f"{label}: not an npz archive (it starts with {start[:4]!r})")
        packed = path.suffix == ".gz"
        suffix = Path(path.stem).suffix if packed else path.suffix
        if suffix not in TABLE_SUFFIXES:
            raise UsageError(
                f"cannot read {path}: its format is not known; "
                "npy, npz, csv and tsv (also .csv.gz, .tsv.gz) are"
            )
        return open_table(path, label, header=self.tables.header, delimiter=self.tables.delimiter)

    def _open_bytes(self, place: str, selector: str | None, name: str) -> Source | Table:
        """Read standard input, or a pipe given as a file name, whole."""
        if place == STDIN:
            if STDIN in self._open_tables or any(
                source.label == "stdin" for source in self.sources.values()
            ):
                raise UsageError("standard input can be read once; give the other input as a file")
            data, label, form = sys.stdin.buffer.read(), "stdin", self.stdin_format
        else:
            data, label, form = _read_pipe(place), visible(place), None
        if not data:
            raise DataError(f"{label}: is empty")
        if form == "npy" or (form is None and data[:6] == MAGIC):
            _refuse_selector(selector, label)
            return read_stream(io.BytesIO(data), len(data), label)
        if form == "npz" or (form is None and data[:4] == ZIP_MAGIC):
            return read_npz(io.BytesIO(data), selector, name, label)
        delimiter = "\t" if form == "tsv" else self.tables.delimiter
        return table_from_bytes(data, label, header=self.tables.header, delimiter=delimiter)

    def _read_tables(self, wanted: Mapping[str, tuple[Table, list[str]]]) -> None:
        """Read every table once, with all the columns asked of it."""
        id_column = self.tables.id_column
        for table in self._open_tables.values():
            names = [
                column for one, columns in wanted.values() if one is table for column in columns
            ]
            extra = table.resolve(id_column) if id_column is not None else []
            table.load(list(dict.fromkeys(names + extra)), extra)
        for name, (table, columns) in wanted.items():
            self.sources[name] = table.source(columns, flat=True)
        if id_column is not None:
            from lossctl.io.align import align

            tables = {name: table for name, (table, _) in wanted.items()}
            self.notes += align(self.sources, tables, id_column)

    def _close(self, *, check: bool) -> None:
        errors = []
        for file in self._files:
            try:
                file.close()
            except DataError as error:
                errors.append(error)
        if check and errors:
            raise errors[0]


def split_selector(text: str) -> tuple[str, str | None]:
    """Split ``FILE::SELECTOR``; a file whose very name holds ``::`` is taken as it is."""
    if "::" not in text or Path(text).exists():
        return text, None
    place, _, selector = text.rpartition("::")
    if not selector:
        raise UsageError(f"{text}: a column or member name is missing after ::")
    return place, selector


def _is_regular(place: str) -> bool:
    try:
        return Path(place).is_file()
    except (OSError, ValueError):  # a name no file can have
        return False


def _columns(table: Table, selector: str | None) -> list[str]:
    """Resolve a selector; without one the table must be a single column or numbered scores."""
    names = table.resolve(selector)
    if selector is None and len(names) > 1 and not _numbered(names):
        shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
        raise UsageError(
            f"{table.label}: has several columns ({shown}); choose with {table.label}::{names[0]} "
            "or --table and --column"
        )
    return names


def _numbered(names: list[str]) -> bool:
    """Whether the names differ in their number only, as p_0, p_1, p_2 do."""
    parts = [re.fullmatch(r"(.*?)(\d+)", name) for name in names]
    return all(parts) and len({part.group(1) for part in parts if part}) == 1


def _refuse_selector(selector: str | None, label: str) -> None:
    if selector is not None:
        raise UsageError(f"{label}: an npy file holds one array; drop ::{selector}")


def _read_pipe(place: str) -> bytes:
    path = Path(place)
    try:
        if path.exists() and not path.is_dir():
            return path.read_bytes()
        if path.is_dir():
            raise UsageError(f"cannot read {place}: it is a folder")
        near = sorted(str(path.parent / entry.name) for entry in path.parent.iterdir())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"there is no file {place} ({reason})") from None
    raise UsageError(f"there is no file {place}{did_you_mean(place, near)}")
