"""Members of npz archives, decoded once after their headers are checked."""

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO

from lossctl.core.errors import DataError, LossctlError, UsageError
from lossctl.core.spelling import did_you_mean
from lossctl.engine.sources import Source
from lossctl.io.npy import read_stream
from lossctl.io.opening import Opening, typed

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
MOST_DEFLATE_SAVES = 1100  # deflate shrinks by 1032 at the very most; more is a lying directory


def read_npz(stream: IO[bytes], opening: Opening) -> Source:
    """Read one member of an archive in a stream, which is held in memory whole."""
    content = opening.store.archives.setdefault(opening.label, stream.read())
    return open_npz(io.BytesIO(content), opening)


def open_npz(file: Path | IO[bytes], opening: Opening) -> Source:
    """Read the member that is selected; else the only one, or the one called like the input."""
    label = opening.label
    try:
        with zipfile.ZipFile(file) as archive:
            member = _member(archive, opening.selector, opening.wanted, label)
            info = archive.getinfo(member)
            if info.file_size > MOST_DEFLATE_SAVES * max(info.compress_size, 1):
                raise DataError(
                    f"{label}: {member} claims {info.file_size} bytes; the file is damaged"
                )
            with archive.open(info) as stream:
                name = f"{label}::{member.removesuffix('.npy')}"
                return read_stream(stream, info.file_size, name, opening.store)
    except LossctlError:
        raise
    except (*UNREADABLE, OSError, ValueError) as error:
        raise DataError(f"{label}: not a readable npz archive ({error})") from None


def _member(archive: zipfile.ZipFile, key: str | None, wanted: str, label: str) -> str:
    names = {name.removesuffix(".npy"): name for name in archive.namelist()}
    if not names:
        raise DataError(f"{label}: the archive is empty")
    if key is None:
        if len(names) > 1 and wanted not in names:
            example = f"{typed(label)}::{next(iter(names))}"
            raise UsageError(f"{label}: holds {', '.join(names)}; say which with {example}")
        return names[wanted] if wanted in names else next(iter(names.values()))
    if key not in names:
        hint = did_you_mean(key, names)
        raise UsageError(f"{label}: has no array {key!r}; it holds {', '.join(names)}{hint}")
    return names[key]
