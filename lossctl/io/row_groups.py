"""The row groups of parquet and feather files: their lengths, and each decoded by itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from lossctl.core.errors import DataError, LossctlError
from lossctl.io.pyarrow_compat import arrow, part_of_arrow

BATCH_ROWS = 1 << 17


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


class ParquetGroups:
    """Row groups of a parquet file; the file is opened anew for every group."""

    def __init__(self, path: Path, label: str, *, threaded: bool = True) -> None:
        self._path, self.label, self._threaded = path, label, threaded
        with readable(label, "parquet"):
            file = self._file()
            self.metadata, self.schema = file.metadata, file.schema_arrow
            count = self.metadata.num_row_groups
            self.lengths = [self.metadata.row_group(n).num_rows for n in range(count)]
        if min(self.lengths, default=0) < 0 or sum(self.lengths) != self.metadata.num_rows:
            raise DataError(
                f"{label}: its row groups hold {sum(self.lengths)} rows, its metadata says "
                f"{self.metadata.num_rows}; the file is damaged"
            )

    def _file(self, metadata: Any = None) -> Any:
        return part_of_arrow("parquet").ParquetFile(
            self._path,
            metadata=metadata,
            memory_map=False,  # a file truncated while it is mapped kills the process
            buffer_size=1 << 20,
            page_checksum_verification=True,
        )

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


class FeatherGroups:
    """Record batches of a feather file (version 2, the Arrow IPC file format)."""

    metadata = None  # of row groups

    def __init__(self, path: Path, label: str, *, threaded: bool = True) -> None:
        self._path, self.label, self._threaded = path, label, threaded
        with readable(label, "feather"), self._file() as reader:
            self.schema = reader.schema
            self._count = reader.num_record_batches
        self.lengths: list[int] = []

    def measure(self, name: str) -> None:
        """Find the lengths of the batches, which only the batches know, by decoding one column."""
        with readable(self.label, "feather"), self._file([name]) as reader:
            for number in range(self._count):
                self.lengths.append(reader.get_batch(number).num_rows)

    def _file(self, names: Sequence[str] = ()) -> Any:
        pa, ipc = arrow(), part_of_arrow("ipc")
        fields = [self.schema.get_field_index(name) for name in names]
        options = ipc.IpcReadOptions(included_fields=fields, use_threads=self._threaded)
        return ipc.open_file(pa.OSFile(str(self._path)), options=options)

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
