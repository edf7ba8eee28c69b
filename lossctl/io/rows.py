"""Check in one fast pass that every line of a table has as many cells as its header."""

from collections.abc import Callable
from typing import IO

import numpy as np

CHUNK = 1 << 24
QUOTE, LINE_END = b'"', ord("\n")


def rows_are_full(open_text: Callable[[], IO[str]], delimiter: str, width: int) -> bool:
    """Whether every line surely has `width` cells.

    Delimiters are counted between line ends, in bytes. False means that a closer look is needed: a
    line has another number, is blank, or the table has quotes, which may hide both.
    """
    mark = delimiter.encode()
    if len(mark) > 1:
        return False
    rest = b""
    with open_text() as stream:
        raw = stream.buffer  # type: ignore[attr-defined]
        while chunk := raw.read(CHUNK):
            if QUOTE in chunk:
                return False
            lines, end, rest = (rest + chunk).rpartition(b"\n")
            if end and not _lines_are_full(lines + end, mark[0], width):
                return False
    return not rest or _lines_are_full(rest + b"\n", mark[0], width)


def _lines_are_full(text: bytes, mark: int, width: int) -> bool:
    letters = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(letters == LINE_END)
    if width == 1:
        return not (letters == mark).any() and bool((np.diff(ends, prepend=-1) > 2).all())
    marks = np.flatnonzero(letters == mark)
    before = np.searchsorted(marks, ends)
    return bool((np.diff(before, prepend=0) == width - 1).all())
