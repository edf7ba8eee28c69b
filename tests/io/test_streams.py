"""Streams: compressed frames in a row, broken ones, and streams that give little at a time."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import zstandard

from lossctl.io.streams import Resumed, ZstdStream, read_full


def frames() -> Iterator[bytes]:
    yield zstandard.compress(b"a" * 3_000_000)
    yield zstandard.compress(b"ab" * 1000) + zstandard.compress(b"") + zstandard.compress(b"cd")


@pytest.mark.parametrize("content", list(frames()), ids=["a bomb", "several frames"])
def test_zstandard(content: bytes) -> None:
    wanted = zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True).read()
    assert ZstdStream(io.BytesIO(content)).readall() == wanted
    with pytest.raises(EOFError):
        ZstdStream(io.BytesIO(content[:-1])).readall()


class Dripping(io.RawIOBase):
    """A stream that gives one byte at a time, as a pipe may."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002 - one byte whatever is asked
        byte, self.content = self.content[:1], self.content[1:]
        return byte


def test_streams_that_give_little() -> None:
    stream: Any = Resumed(b"abc", Dripping(b"defgh"))  # type: ignore[arg-type]
    assert [read_full(stream, 2), stream.read(4), stream.read(9), stream.read(1)] == [
        b"ab", b"cdef", b"gh", b"",
    ]  # fmt: skip
