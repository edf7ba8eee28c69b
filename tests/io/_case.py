"""What a malformed input is: files, arguments, the exit code and the words of the message."""

import gzip
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

USAGE, DATA = 2, 3


@dataclass(frozen=True)
class Case:
    """One run of the command line that must fail.

    Attributes
    ----------
    name
        Name of the case, unique in the corpus.
    args
        Arguments; file names are relative to the folder the files are written to.
    code
        The exit code demanded.
    words
        Words the message must hold, in any case of letters: the file or the option above all.
    files
        Content by name; a name that ends in ``/`` is a folder.
    stdin
        Bytes of standard input.
    """

    name: str
    args: tuple[str, ...]
    code: int
    words: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    stdin: bytes | None = None

    def write(self, folder: Path) -> None:
        """Write the files."""
        for name, content in self.files.items():
            if name.endswith("/"):
                (folder / name).mkdir(parents=True)
            else:
                (folder / name).write_bytes(content)


def npy(array: Any, **options: Any) -> bytes:
    """Return the bytes of an npy file as NumPy writes it."""
    stream = io.BytesIO()
    np.save(stream, np.asarray(array), **options)
    return stream.getvalue()


def text(*lines: str) -> bytes:
    """Return lines as the bytes of a text file."""
    return ("\n".join(lines) + "\n").encode()


def packed(content: bytes) -> bytes:
    """Compress with gzip, always to the same bytes."""
    return gzip.compress(content, mtime=0)


def unique(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Return the cases; two of one name are a mistake of the corpus."""
    found = tuple(cases)
    names = [case.name for case in found]
    assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1]
    return found


PAIR = {"p.npy": npy([1.0, 2.0, 3.0, 4.0]), "t.npy": npy([1.5, 2.5, 3.5, 4.5])}
