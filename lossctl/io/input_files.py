"""Open what the user named: files, members, columns, standard input; give each input a source."""

import io
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Self

from lossctl.core.errors import DataError, UsageError
from lossctl.core.lazy import record
from lossctl.core.spelling import did_you_mean, option, some_of, visible
from lossctl.core.urls import URL, is_url, is_web, without_secrets
from lossctl.engine.sources import Source
from lossctl.io.file_places import FilePlace, file_place
from lossctl.io.npy import NpyFile
from lossctl.io.opening import ColumnFile, PartPlaces, TableOptions, open_file, open_stream, typed

if TYPE_CHECKING:  # files of arrays need neither
    from lossctl.io.align import Ids
    from lossctl.io.spill import Store
    from lossctl.io.table_columns import Chosen, Header

STDIN = "-"
STDIN_FILE = "/dev/stdin"  # what the shell makes of -::COLUMN, which would be an option
DESCRIPTOR = re.compile(r"/dev/fd/\d+$|/proc/(self|\d+)/fd/\d+$")
IN_QUERY = re.compile(r"[?&#][^*?]*=|[?#].*%")  # the end of a URL, and no pattern of columns
MOST_OPEN = 128  # npy files of one data set that are kept open


class InTable(NamedTuple):
    """Columns of a table: a place to read it from, or a data frame in memory."""

    table: Any
    selector: str


@record()
class Inputs:
    """Open inputs, as a context: leaving it closes files and complains of files that changed.

    Parameters
    ----------
    named
        Input name → ``FILE``, ``FILE::member-or-columns`` or ``-`` for standard input; a pattern
        such as ``part-*.npy`` or a folder of parquet files is one data set. Columns of one table
        are :class:`InTable`; anything but a str or a Path is an array in memory.
    tables
        Options for delimited files.
    stdin_format
        Name of a format that streams may have; found from the first bytes when None.
    room
        Bytes of decoded numbers that are kept in memory before a file is.
    paired
        Whether the rows of all tables belong together, so that another order of their ids is an
        error; else it is noted.
    by_element
        Whether every element is an item of its own, as in label maps: then files of one data set
        may differ in shape.
    """

    named: Mapping[str, Any]
    tables: TableOptions = field(default_factory=TableOptions)
    stdin_format: str | None = None
    room: int | None = None
    paired: bool = True
    by_element: bool = False
    sources: dict[str, Source] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    ids: "Ids | None" = None
    _store: "Store | None" = None
    _files: list[NpyFile | ColumnFile] = field(default_factory=list)
    _open_tables: dict[str, ColumnFile] = field(default_factory=dict)
    _parts: dict[str, tuple[str, Sequence[FilePlace]]] = field(default_factory=dict)

    def store(self) -> "Store":
        """Return where decoded numbers are kept; files of arrays need none."""
        if self._store is None:
            from lossctl.io.spill import Store

            self._store = Store() if self.room is None else Store(self.room)
        return self._store

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
        from_tables: dict[str, tuple[ColumnFile, list[str]]] = {}
        for name, place in self.named.items():
            if not isinstance(place, str | Path | InTable):
                from lossctl.engine.given import as_source

                self.sources[name] = as_source(place, name)
                continue
            opened, selector = self._open_named(place, name)
            if isinstance(opened, ColumnFile):
                chosen = _columns(opened, selector, self.tables.id_column)
                from_tables[name] = (opened, chosen.names)
                for note in (getattr(opened, "note", None), chosen.note):
                    if note is not None and note not in self.notes:
                        self.notes.append(note)
            else:
                self.sources[name] = opened
        if self._parts:
            from lossctl.io.multi_file import laid_alike, require_pairs

            require_pairs(self._parts)
            if self.by_element:
                self.sources = laid_alike(self.sources)
        self._require_tables_where_said(from_tables)
        if from_tables:
            self._read_tables(from_tables)

    def _require_tables_where_said(self, from_tables: Mapping[str, Any]) -> None:
        """Refuse options of tables that would do nothing."""
        others = [name for name in self.sources if name not in from_tables]
        if self.tables.id_column is not None and others:
            raise UsageError(
                f"{option('id')}: aligns tables by a column, but {others[0]} are not from a table"
            )
        for name in ("header", "delimiter", "decimal"):
            if not from_tables and getattr(self.tables, name) is not None:
                raise UsageError(f"{option(name)}: is for tables; none was given")

    def _open_named(
        self, place: "str | Path | InTable", name: str
    ) -> tuple[Source | ColumnFile, str | None]:
        """Open where an input is; return it with the member or columns chosen there."""
        if isinstance(place, InTable):
            table, selector = place
            if not isinstance(table, str | Path):
                from lossctl.io.table_columns import Frame

                key = f"frame {id(table)}"
                frame = self._open_tables.setdefault(key, Frame(table))
                return frame, selector
            opened = self._open_place(str(table), selector, name)
            if not isinstance(opened, ColumnFile):
                raise UsageError(f"{option('table')}: {visible(str(table))} has no named columns")
            return opened, selector
        text, chosen = split_selector(str(place))
        return self._open_place(text, chosen, name), chosen

    def _open_place(self, place: str, selector: str | None, name: str) -> Source | ColumnFile:
        place = STDIN if place == STDIN_FILE else place
        if place in self._open_tables:
            return self._open_tables[place]
        if not place:
            raise UsageError(f"the file of {name} has an empty name")
        if place != STDIN and is_regular(place):
            opened = self._open_file(file_place(place), selector, name)
        elif place != STDIN:
            opened = self._open_several(place, selector, name)
        else:
            opened = self._open_stream(place, selector, name)
        if isinstance(opened, ColumnFile):
            self._open_tables[place] = opened
        return opened

    def _open_file(
        self, place: FilePlace, selector: str | None, name: str, *, keep_open: bool = True
    ) -> Source | ColumnFile:
        opened = open_file(
            place, selector, name, options=self.tables, store=self.store, keep_open=keep_open
        )
        if isinstance(opened, PartPlaces):
            whole = self._open_parts(opened.places, opened.label, None, name, opened.require_rows)
            opened.require_whole(whole)
            return whole
        if isinstance(opened, (NpyFile, ColumnFile)):
            self._files.append(opened)
        return opened

    def _open_several(self, place: str, selector: str | None, name: str) -> Source | ColumnFile:
        """Open the files of a pattern or a folder as one data set; what is neither is a pipe."""
        from lossctl.io.multi_file import is_pattern, matching, parts_of_folder

        if is_pattern(place) and not _exists(place):
            paths: Sequence[FilePlace] = matching(place)
            self._parts[name] = (place, paths)
        elif _is_folder(place):
            paths = parts_of_folder(Path(place))
        else:
            return self._open_stream(place, selector, name)
        return self._open_parts(paths, visible(without_secrets(place)), selector, name)

    def _open_parts(
        self,
        paths: Sequence[FilePlace],
        label: str,
        selector: str | None,
        name: str,
        check: Callable[[int, Source | ColumnFile], None] | None = None,
    ) -> Source | ColumnFile:
        """Open files as one data set; `check` is called with the number of each and what it is."""
        from lossctl.io.multi_file import JoinedColumns, joined

        keep = len(paths) <= MOST_OPEN
        first = self._open_file(paths[0], selector, name, keep_open=keep)
        if check is not None:
            check(0, first)
        if len(paths) == 1:
            return first
        if isinstance(first, ColumnFile):

            def open_part(path: FilePlace) -> Source | ColumnFile:
                return self._open_file(path, selector, name)

            return JoinedColumns(paths, label, open_part, first)
        parts = [first]
        for number, path in enumerate(paths[1:], 1):
            part = self._open_file(path, selector, name, keep_open=keep)
            if check is not None:
                check(number, part)
            if isinstance(part, ColumnFile):
                raise DataError(f"{part.label}: is a table, but {first.label} is not")
            parts.append(part)
        return joined(parts, label, by_element=self.by_element)

    def _open_stream(self, place: str, selector: str | None, name: str) -> Source | ColumnFile:
        """Read standard input, or a pipe given as a file name."""
        label, form = ("stdin", self.stdin_format) if place == STDIN else (visible(place), None)
        stream: IO[bytes]
        if label in self.store().archives:  # another member of it
            stream = io.BytesIO(self.store().archives[label])
        elif place != STDIN:
            stream = _open_pipe(place)
        else:
            if STDIN in self._open_tables or any(
                source.label == "stdin" for source in self.sources.values()
            ):
                raise UsageError("standard input can be read once; give the other input as a file")
            stream = sys.stdin.buffer
        return open_stream(
            stream, selector, name, label=label, form=form, options=self.tables, store=self.store
        )

    def _read_tables(self, chosen: Mapping[str, tuple[ColumnFile, list[str]]]) -> None:
        """Read every table once, with all the columns asked of it."""
        from lossctl.io.align import align, id_column, orders_of, require_one_order

        selector = self.tables.id_column
        orders = {} if selector is not None else orders_of(chosen.values())
        for table in self._open_tables.values():
            names = [
                column for file, columns in chosen.values() if file is table for column in columns
            ]
            texts = [] if selector is None else [id_column(table, selector)]
            watched = orders.get(id(table), {})
            table.load(list(dict.fromkeys(names)), texts, self.store(), watched)
        for name, (table, columns) in chosen.items():
            self.sources[name] = table.source(columns)
        self.notes += require_one_order(orders, paired=self.paired)
        if selector is not None:
            tables = {name: table for name, (table, _) in chosen.items()}
            self.ids, notes = align(self.sources, tables, selector)
            self.notes += notes

    def _close(self, *, check: bool) -> None:
        errors = []
        for file in self._files:
            try:
                file.close()
            except (DataError, OSError) as error:
                errors.append(error)
        if self._store is not None:
            self._store.close()
        if check and errors:
            raise errors[0]


def split_selector(text: str) -> tuple[str, str | None]:
    """Split ``FILE::SELECTOR``; a file whose very name holds ``::`` is taken as it is."""
    start = URL.match(text)
    end = start.end() if start else 0  # the address of a host may hold ::
    if "::" not in text[end:] or (start is None and Path(text).exists()):
        return text, None
    place, _, selector = text[end:].rpartition("::")
    if is_web(text) and IN_QUERY.search(selector):  # which no message of a column may show
        raise UsageError(f"{without_secrets(text)}: columns stand behind the query, ?…::COLUMN")
    if not selector:
        shown = without_secrets(text)
        raise UsageError(f"{shown}: a column or member name is missing after ::")
    return text[:end] + place, selector


def is_regular(place: str) -> bool:
    """Whether a place is one file; an open descriptor has no name that says its format."""
    if is_url(place):
        from lossctl.io.multi_file import is_pattern

        return not is_pattern(place)
    return not DESCRIPTOR.match(place) and _holds(Path.is_file, place)


def _is_folder(place: str) -> bool:
    return _holds(Path.is_dir, place)


def _exists(place: str) -> bool:
    return _holds(Path.exists, place)


def _holds(test: Callable[[Path], bool], place: str) -> bool:
    try:
        return test(Path(place))
    except (OSError, ValueError):  # a name no file can have
        return False


def _columns(table: ColumnFile, selector: str | None, ids: str | None) -> "Chosen":
    """Resolve a selector; without one the table must be a single column or numbered scores.

    The column of ids does not count among them.
    """
    from lossctl.io.table_columns import Header

    header = Header.of(table)
    chosen = header.choose(selector)
    names = chosen.names
    if selector is not None:
        return chosen
    if table.whole:
        note = f"{table.label}: scores per label, in this order: {', '.join(names)}"
        return chosen._replace(note=note)
    names = [name for name in names if name != ids]
    if len(names) == 1:
        chosen = header.choose(names[0])
        return chosen._replace(note=chosen.note or _index_note(header))
    if len(names) > 1 and not _numbered(names):
        shown = some_of(names, 8)
        raise UsageError(
            f"{table.label}: has several columns ({shown}); choose with "
            f"{typed(table.label)}::{names[0]} or with {option('table')} and {option('column')}"
        )
    found = header.in_number_order(names)
    return found._replace(note=_index_note(header) or found.note)


def _index_note(header: "Header") -> str | None:
    """Return the note of an index that was saved with the table and is left out."""
    index = header.saved_index()
    what = "the first column, which has no name" if index == [""] else ", ".join(index)
    return f"{header.label}: leaves out {what}: an index saved with the table" if index else None


def _numbered(names: list[str]) -> bool:
    """Whether the names differ in their number only, as p_0, p_1, p_2 do."""
    parts = [re.fullmatch(r"(.*?)(\d+)", name) for name in names]
    return all(parts) and len({part.group(1) for part in parts if part}) == 1


def _open_pipe(place: str) -> IO[bytes]:
    from lossctl.io.multi_file import require_no_url

    if not _exists(place):
        require_no_url(place)
    path = Path(place)
    try:
        if path.exists():
            return path.open("rb", buffering=0)
        near = sorted(str(path.parent / entry.name) for entry in path.parent.iterdir())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"there is no file {place} ({reason})") from None
    file, colon, column = place.rpartition(":")
    if colon and column and Path(file).is_file():
        raise UsageError(f"there is no file {place}; did you mean {file}::{column}?")
    raise UsageError(f"there is no file {place}{did_you_mean(place, near)}")
