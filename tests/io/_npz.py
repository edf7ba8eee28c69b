"""Malformed npz archives: cut, damaged, encrypted, lying about sizes, or without the member."""

import io
import zipfile
from collections.abc import Iterator, Mapping

import numpy as np

from tests.io._case import DATA, PAIR, USAGE, Case, npy

MEMBERS = {"predictions.npy": npy([1.0, 2.0, 3.0, 4.0]), "other.npy": npy([0.0] * 4)}
FLAGS, METHOD, CRC, COMPRESSED, SIZE = 8, 10, 16, 20, 24  # offsets in a central directory entry


def archive(members: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip archive, always the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as file:
        for name, content in members.items():
            file.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, method)
    return stream.getvalue()


def patched(content: bytes, offset: int, new: bytes, magic: bytes = b"PK\x01\x02") -> bytes:
    """Overwrite bytes of the first entry with this magic."""
    at = content.index(magic) + offset
    return content[:at] + new + content[at + len(new) :]


STORED = archive(MEMBERS)
DEFLATED = archive(MEMBERS, zipfile.ZIP_DEFLATED)


def bad(name: str, content: bytes, *words: str, file: str = "a.npz", code: int = DATA) -> Case:
    """Make a case whose predictions come from this archive."""
    args = ("compute", file, "t.npy", "--loss", "mse")
    stored = file.partition("::")[0]
    return Case(f"npz: {name}", args, code, (stored, *words), PAIR | {stored: content})


def damaged() -> Iterator[Case]:
    size = len(STORED)
    for cut in (0, 2, 4, 20, 30, 60, size // 2, size - 60, size - 22, size - 10, size - 1):
        yield bad(f"cut to {cut} of {size} bytes", STORED[:cut])
    flipped = bytearray(STORED)
    flipped[STORED.index(b"\x93NUMPY") + 130] ^= 0xFF
    yield bad("a flipped byte", bytes(flipped))
    deflated = bytearray(DEFLATED)
    start = 30 + len("predictions.npy")
    deflated[start : start + 12] = b"\xff" * 12
    yield bad("a broken deflate stream", bytes(deflated))
    yield bad("a wrong checksum", patched(STORED, CRC, b"\1\2\3\4"))
    both = patched(patched(STORED, FLAGS, b"\1\0"), 6, b"\1\0", b"PK\x03\x04")
    yield bad("encrypted", both)
    yield bad(
        "an unknown compression",
        patched(patched(STORED, METHOD, b"\x63\0"), 8, b"\x63\0", b"PK\x03\x04"),
    )
    yield bad("a directory far beyond the end", STORED[:-6] + b"\xff\xff\xff\x7f" + STORED[-2:])
    yield bad("noise after the magic", b"PK\x03\x04" + bytes(range(256)))


def lying() -> Iterator[Case]:
    yield bad("a member that claims 4 GiB", patched(DEFLATED, SIZE, b"\xfe\xff\xff\xff"))
    yield bad("a member that claims less than it holds", patched(DEFLATED, SIZE, b"\x10\0\0\0"))
    huge = np.lib.format.MAGIC_PREFIX + b"\1\0"
    fields = b"{'descr': '<f8', 'fortran_order': False, 'shape': (2147483648,), }\n"
    claims = huge + len(fields).to_bytes(2, "little") + fields + b"\0" * 32
    yield bad("a member whose header asks for 16 GiB", archive({"predictions.npy": claims}))
    packed = archive({"predictions.npy": claims}, zipfile.ZIP_DEFLATED)
    yield bad("both sizes of a member lie", patched(packed, SIZE, b"\0\0\0\x80"))
    yield bad("a member cut short", archive({"predictions.npy": MEMBERS["predictions.npy"][:-5]}))
    yield bad(
        "bytes after a member", archive({"predictions.npy": MEMBERS["predictions.npy"] + b"xy"})
    )


def members() -> Iterator[Case]:
    yield bad("no members", archive({}), file="a.npz")
    yield bad("a text file as member", archive({"predictions.txt": b"1.0\n2.0\n"}))
    yield bad("an empty member", archive({"predictions.npy": b""}))
    objects = npy(np.array([None, 1], dtype=object), allow_pickle=True)
    yield bad("a member of objects", archive({"predictions.npy": objects}), "object")
    yield bad("an archive inside", archive({"predictions.npy": STORED}))
    yield bad("complex numbers", archive({"predictions.npy": npy([1j] * 4)}))
    two = archive({"a.npy": npy([1.0]), "b.npy": npy([2.0])})
    yield bad("which member", two, "a", "b", code=USAGE)
    wrong = "a.npz::predictoins"
    yield bad("a misspelled member", STORED, "did you mean predictions", file=wrong, code=USAGE)
    yield bad("a member that is not there", STORED, "zzz", "other", file="a.npz::zzz", code=USAGE)
    yield bad("no name after the colons", STORED, "::", file="a.npz::", code=USAGE)
    yield bad("text named npz", b"a,b\n1,2\n")
    yield bad("pickle named npz", b"\x80\x04K\x01.")


def cases() -> Iterator[Case]:
    yield from damaged()
    yield from lying()
    yield from members()
