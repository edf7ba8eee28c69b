"""The row groups of parquet and feather files: their lengths, and each decoded by itself."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

from lossctl.core.errors import DataError, LossctlError
from lossctl.io.file_places import FilePlace, OpenFile, open_place
from lossctl.io.pyarrow_compat import arrow, part_of_arrow

BATCH_ROWS = 1 << 17
BUFFER = 1 << 17  # bytes
READER = ("open", "close", "column_paths", "schema_arrow", "read_row_group", "iter_batches")
TAIL = 8  # bytes at the end of a parquet file: the length of its metadata, and its mark


class RowGroups(Protocol):
    """The row groups of a file."""

    @property
    def lengths(self) -> Sequence[int]:
        """Rows of each group."""
        ...

    def decode(self, number: int, names: Sequence[str]) -> Any:
        """Return columns of a group as an Arrow table or record batch."""
        ...

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        """Yield columns of the whole file in record batches, in order."""
        ...

    def has_nulls(self, name: str) -> bool:
        """Whether some entry of a column is null."""
        ...


@contextmanager
def readable(label: str, form: str) -> Iterator[None]:
    """Turn what pyarrow raises for a damaged file into one error."""
    pa = arrow()
    try:
        yield
    except LossctlError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, IndexError, MemoryError) as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise DataError(f"{label}: not a readable {form} file ({reason})") from None


@contextmanager
def _opened(place: FilePlace, label: str) -> Iterator[Any]:
    """Open what pyarrow reads: the name of a file of this machine, which it opens by itself."""
    if isinstance(place, Path):
        yield str(place)
        return
    file = open_place(place, label)
    try:
        yield file.stream()
        file.close_unchanged()
    finally:
        file.close()


class _ParquetFile:
    """What is used of `pyarrow.parquet.ParquetFile`, without its module.

    That takes the time of a small file to import: it knows the file systems of several clouds.
    """

    def __init__(self, source: Any, metadata: Any, **options: Any) -> None:
        self._reader = part_of_arrow("_parquet").ParquetReader()
        self._own = isinstance(source, str)
        try:
            self._reader.open(source, metadata=metadata, arrow_extensions_enabled=True, **options)
        except TypeError:  # a version that knows of none
            self._reader.open(source, metadata=metadata, **options)
        self.metadata, self.schema_arrow = self._reader.metadata, self._reader.schema_arrow

    def __enter__(self) -> "_ParquetFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self._own:
            self._reader.close()

    def _leaves(self, columns: Sequence[str]) -> list[int]:
        """Return the numbers of columns as they are stored: of lists, of what is in them."""
        paths = [set(accumulate(path, "{}.{}".format)) for path in self._reader.column_paths]
        return [n for name in columns for n, path in enumerate(paths) if name in path]

    def read_row_group(self, number: int, columns: Sequence[str], *, use_threads: bool) -> Any:
        """Decode columns of a group."""
        return self._reader.read_row_group(
            number, column_indices=self._leaves(columns), use_threads=use_threads
        )

    def iter_batches(self, rows: int, columns: Sequence[str], *, use_threads: bool) -> Any:
        """Decode columns of all groups in batches."""
        return self._reader.iter_batches(
            rows,
            row_groups=range(self.metadata.num_row_groups),
            column_indices=self._leaves(columns),
            use_threads=use_threads,
        )


@cache
def _parquet_file() -> Any:
    """Return what opens a parquet file; the public class where pyarrow is another inside."""
    try:
        reader = part_of_arrow("_parquet").ParquetReader
    except (ImportError, AttributeError):
        return part_of_arrow("parquet").ParquetFile
    is_known = all(hasattr(reader, name) for name in READER)
    return _ParquetFile if is_known else part_of_arrow("parquet").ParquetFile


class ParquetGroups:
    """Row groups of a parquet file; the file is opened anew for every group."""

    def __init__(self, place: FilePlace, label: str, *, threaded: bool = True) -> None:
        self._place, self.label, self._threaded = place, label, threaded
        metadata = None if isinstance(place, Path) else _metadata(place, label)
        with readable(label, "parquet"), self._file(metadata) as file:
            self.metadata, self.schema = file.metadata, file.schema_arrow
            count = self.metadata.num_row_groups
            self.lengths = [self.metadata.row_group(n).num_rows for n in range(count)]
        if min(self.lengths, default=0) < 0 or sum(self.lengths) != self.metadata.num_rows:
            raise DataError(
                f"{label}: its row groups hold {sum(self.lengths)} rows, its metadata says "
                f"{self.metadata.num_rows}; the file is damaged"
            )

    @contextmanager
    def _file(self, metadata: Any) -> Iterator[Any]:
        # what is decoded next lies in the caches; at a URL, each column of a group is one request
        reading = {"buffer_size": BUFFER, "pre_buffer": False}
        with (
            _opened(self._place, self.label) as file,
            _parquet_file()(  # not mapped: a file truncated meanwhile kills the process
                file,
                metadata=metadata,
                page_checksum_verification=True,
                **(reading if isinstance(file, str) else {}),
            ) as reader,
        ):
            yield reader

    def decode(self, number: int, names: Sequence[str]) -> Any:
        """Decode columns of a group."""
        with readable(self.label, "parquet"), self._file(self.metadata) as file:
            return file.read_row_group(number, columns=list(names), use_threads=self._threaded)

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        """Decode the file in batches."""
        with readable(self.label, "parquet"), self._file(self.metadata) as file:
            yield from file.iter_batches(
                BATCH_ROWS, columns=list(names), use_threads=self._threaded
            )

    def has_nulls(self, name: str) -> bool:
        """Ask the statistics of the groups, and the column itself where they have none."""
        for number in range(self.metadata.num_row_groups):
            group = self.metadata.row_group(number)
            for place in range(group.num_columns):
                column = group.column(place)
                if column.path_in_schema != name:
                    continue
                counted = column.statistics
                if counted is None or not counted.has_null_count:
                    return _some_null(self.batches([name]))
                if counted.null_count:
                    return True
                break
            else:  # the leaves of lists have paths of their own
                return _some_null(self.batches([name]))
        return False


def _metadata(place: FilePlace, label: str) -> Any:
    """Read the metadata at the end of a parquet file, and not the 64 KB that pyarrow takes there.

    Returns
    -------
    The metadata; None where the end is none, which the reader says better.
    """
    file: OpenFile = open_place(place, label)
    stream = file.stream()
    stream.seek(max(file.size - TAIL, 0))
    tail = stream.read(TAIL)
    length = int.from_bytes(tail[:4], "little")
    if not 0 < length <= file.size - TAIL:
        return None
    stream.seek(file.size - TAIL - length)
    end = io.BytesIO(stream.read(length) + tail)
    with readable(label, "parquet"):
        return part_of_arrow("parquet").read_metadata(end)


class FeatherGroups:
    """Record batches of a feather file (version 2, the Arrow IPC file format)."""

    metadata = None  # of row groups

    def __init__(self, place: FilePlace, label: str, *, threaded: bool = True) -> None:
        self._place, self.label, self._threaded = place, label, threaded
        self.schema: Any = None
        with readable(label, "feather"), self._file() as reader:
            self.schema = reader.schema
            self._count = reader.num_record_batches
        self.lengths: list[int] = []

    def measure(self, name: str) -> None:
        """Find the lengths of the batches, which only the batches know, by decoding one column."""
        with readable(self.label, "feather"), self._file([name]) as reader:
            for number in range(self._count):
                self.lengths.append(reader.get_batch(number).num_rows)

    @contextmanager
    def _file(self, names: Sequence[str] = ()) -> Iterator[Any]:
        pa, ipc = arrow(), part_of_arrow("ipc")
        fields = [self.schema.get_field_index(name) for name in names]
        options = ipc.IpcReadOptions(included_fields=fields, use_threads=self._threaded)
        with _opened(self._place, self.label) as file:
            readable_file = pa.OSFile(file) if isinstance(file, str) else pa.PythonFile(file)
            with ipc.open_file(readable_file, options=options) as reader:
                yield reader

    def decode(self, number: int, names: Sequence[str]) -> Any:
        """Decode columns of a batch."""
        with readable(self.label, "feather"), self._file(names) as reader:
            batch = reader.get_batch(number)
            batch.validate()
            return batch

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        """Decode the file batch by batch."""
        for number in range(self._count):
            yield self.decode(number, names)

    def has_nulls(self, name: str) -> bool:
        """Look at the column."""
        return _some_null(self.batches([name]))


def _some_null(batches: Iterator[Any]) -> bool:
    """Whether a column of numbers, or of lists of them, holds a null."""
    for batch in batches:
        column = batch.column(0)
        while is_list(column.type) and not column.null_count:
            column = column.flatten()
        if column.null_count and not is_list(column.type):  # a list that is null is an error
            return True
    return False


def is_list(kind: Any) -> bool:
    """Whether a type is that of lists."""
    return str(kind).startswith(("list<", "large_list<", "fixed_size_list<"))
