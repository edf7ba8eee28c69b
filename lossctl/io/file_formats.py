"""The file formats, one entry each: how files are recognised, opened, read as streams and written.

Opening, standard input, folders, help, errors and the table in the documents are made from this
table, which imports nothing heavy: `--help` reads it. A new format is an entry
here and a module of its own with the functions that the entry names.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from lossctl.core.errors import UsageError
from lossctl.core.lazy import record
from lossctl.core.spelling import did_you_mean, option

if TYPE_CHECKING:
    from lossctl.io.file_places import FilePlace


@record(frozen=True)
class FileFormat:
    """A file format.

    Functions are named as ``module:function`` and imported when they are first needed.

    Attributes
    ----------
    name
        What messages and ``--stdin-format`` call it.
    suffixes
        Suffixes of its files; the first is the one that is written.
    magic
        What its files begin with, whatever they are called; empty for text.
    magic_at
        Where that stands, in bytes from the start.
    first
        What its text may begin with, which a stream is recognised by.
    streams
        ``read(stream, opening)`` of a stream that is read forwards once, a file or standard input;
        None for a format that is read from files only.
    open
        ``open(place, opening)`` of an uncompressed file; None for one that is read as a stream.
    write
        ``write(stream, values, labels)`` of a source and what stands before its rows; None for a
        format that is not written.
    is_table
        Whether it holds named columns.
    packed
        Whether it may be compressed, with ``.gz`` or ``.zst`` after its suffix.
    folders
        Whether a folder of such files is one data set.
    extra
        The extra of lossctl that it needs.
    spelled, notes
        How its arrays are named on the command line, and what else the documents say of it.
    """

    name: str
    suffixes: tuple[str, ...]
    magic: tuple[bytes, ...] = ()
    magic_at: int = 0
    first: tuple[bytes, ...] = ()
    streams: str | None = None
    open: str | None = None
    write: str | None = None
    is_table: bool = False
    packed: bool = False
    folders: bool = False
    extra: str | None = None
    spelled: str = ""
    notes: str = ""


TABLES: dict[str, Any] = {"is_table": True, "packed": True}
FORMATS: list[FileFormat] = [
    FileFormat(
        "npy",
        (".npy",),
        magic=(b"\x93NUMPY",),
        streams="lossctl.io.npy:read_npy",
        open="lossctl.io.npy:open_npy",
        write="lossctl.io.npy:write_npy",
        packed=True,
        spelled="`preds.npy`",
        notes="read block by block, any byte order",
    ),
    FileFormat(
        "npz",
        (".npz",),
        magic=(b"PK\x03\x04",),
        streams="lossctl.io.npy:read_npz",
        open="lossctl.io.npy:open_npz",
        spelled="`data.npz::preds`",
        notes="the member name may be omitted when it is the only one or equals the input's name",
    ),
    FileFormat(
        "csv",
        (".csv", ".txt"),
        streams="lossctl.io.csv_table:read_csv",
        write="lossctl.io.item_tables:write_csv",
        spelled="`scores.csv::p`, `scores.csv::p_*`, `scores.csv::p_0:p_9`, `scores.csv::a,b`",
        notes="one column is (N,), several are (N, C)",
        **TABLES,
    ),
    FileFormat(
        "tsv",
        (".tsv",),
        streams="lossctl.io.csv_table:read_tsv",
        spelled="`scores.tsv::p`",
        notes="CSV separated by tabs",
        **TABLES,
    ),
    FileFormat(
        "jsonl",
        (".jsonl", ".ndjson", ".json"),
        first=(b"{", b"["),
        streams="lossctl.io.jsonl:read_jsonl",
        write="lossctl.io.item_tables:write_jsonl",
        spelled="`scores.jsonl::p`, `log.jsonl::out.scores`, `log.jsonl::resps[0]`",
        notes="JSON lines, or an array of records, lists, numbers; lists of one length are (N, C)",
        **TABLES,
    ),
    FileFormat(
        "safetensors",
        (".safetensors",),
        magic=(b"\0\0\0\0{",),
        magic_at=4,  # the upper half of the header's length, and the header
        open="lossctl.io.safetensors:open_safetensors",
        spelled="`out.safetensors::logits`",
        notes="read block by block; bfloat16 as float32",
    ),
    FileFormat(
        "parquet",
        (".parquet", ".pq"),
        magic=(b"PAR1",),
        open="lossctl.io.arrow:open_parquet",
        write="lossctl.io.item_tables:write_parquet",
        is_table=True,
        folders=True,
        extra="arrow",
        spelled="`scores.parquet::p_*`, `scores.parquet::scores`",
        notes="a column of lists of one length is (N, C)",
    ),
    FileFormat(
        "feather",
        (".feather", ".arrow", ".ipc"),
        magic=(b"ARROW1", b"FEA1"),
        open="lossctl.io.arrow:open_feather",
        is_table=True,
        extra="arrow",
        spelled="`scores.feather::p`",
        notes="version 2, the Arrow IPC file format",
    ),
    FileFormat(
        "parts",
        (".parts",),
        magic=(b'{"format": "lossctl part',),
        open="lossctl.io.part_files:open_parts",
        spelled="`items.parts`",
        notes="the manifest of npy files that a cluster wrote, read as one array",
    ),
]
TEXT = "csv"  # what a stream is that begins like no other format
LONGEST_MAGIC = 24
PACKED_SUFFIXES = (".gz", ".zst")  # what may follow the suffix of a format that may be compressed


def names(is_meant: Callable[[FileFormat], Any] = lambda _: True) -> tuple[str, ...]:
    """Return the names of the formats of which something is true, in the order of the table."""
    return tuple(form.name for form in FORMATS if is_meant(form))


def stream_formats() -> tuple[str, ...]:
    """Return the formats that standard input may have."""
    return names(lambda form: form.streams)


def stream_form(name: str) -> FileFormat:
    """Return the format of a stream by its name.

    Raises
    ------
    UsageError
        For a name that is none, with the nearest one.
    """
    known = stream_formats()
    if name not in known:
        hint = did_you_mean(name, known)
        raise UsageError(f"must be one of {', '.join(known)}, got {name!r}{hint}")
    return next(form for form in FORMATS if form.name == name)


def packing_of(path: "FilePlace | PurePath") -> tuple[str, str]:
    """Return the suffix of a file without its compression, and that of its compression or ''."""
    if path.suffix in PACKED_SUFFIXES:
        return PurePath(path.stem).suffix, path.suffix
    return path.suffix, ""


def by_suffix(suffix: str) -> FileFormat | None:
    """Return the format of a suffix."""
    return next((form for form in FORMATS if suffix in form.suffixes), None)


def by_magic(start: bytes) -> FileFormat | None:
    """Return the format that files with this beginning have, whatever they are called."""
    return next((f for f in FORMATS if f.magic and start.startswith(f.magic, f.magic_at)), None)


def by_text(start: bytes) -> FileFormat:
    """Return the format of a stream of text."""
    start = start.lstrip()
    matching = (form for form in FORMATS if form.first and start.startswith(form.first))
    return next(matching, stream_form(TEXT))


def written_suffixes() -> tuple[str, ...]:
    """Return the suffixes of arrays that are written."""
    return tuple(form.suffixes[0] for form in FORMATS if form.write)


def written_form(name: str) -> FileFormat:
    """Return the format of values that are written, by its name.

    Raises
    ------
    UsageError
        For a name that is none, with the nearest one.
    """
    known = names(lambda form: form.write)
    if name not in known:
        hint = did_you_mean(name, known)
        raise UsageError(
            f"{option('per_item_format')}: must be one of {', '.join(known)}, got {name!r}{hint}"
        )
    return next(form for form in FORMATS if form.name == name)


def load(place: str) -> Callable[..., Any]:
    """Import a function named as ``module:function``."""
    module, _, function = place.partition(":")
    loaded: Callable[..., Any] = getattr(import_module(module), function)
    return loaded
