"""Malformed parquet, feather, JSON lines and compressed files, and parts that do not fit."""

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import zstandard

from tests.io._case import DATA, USAGE, Case, npy, packed, text

MSE = ("-l", "mse")
VALUES = [1.0, 2.0, 3.0, 4.0]
LINES = text(*(f'{{"p": {n}, "t": {n}.5}}' for n in range(1, 5)))


def parquet(columns: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()


def feather(columns: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    pyarrow.feather.write_feather(pa.table(columns), stream, **options)
    return stream.getvalue()


def one(name: str, file: str, content: bytes, *words: str, code: int = DATA) -> Case:
    """Make a case that reads p and t of one file."""
    args = ("compute", f"{file}::p", f"{file}::t", *MSE)
    return Case(f"{file}: {name}", args, code, (file, *words), {file: content})


def damaged() -> Iterator[Case]:
    whole = {"p.parquet": parquet({"p": VALUES * 50, "t": VALUES * 50}), "p.feather": feather(
        {"p": VALUES * 50, "t": VALUES * 50})}  # fmt: skip
    for file, content in whole.items():
        for cut in (4, 8, 12, len(content) // 2, len(content) - 1, len(content) - 8):
            yield one(f"cut to {cut} of {len(content)} bytes", file, content[:cut])
        yield one("a corrupt footer", file, content[:-60] + b"\xff" * 50 + content[-10:])
        yield one("text instead", file, text("p,t", "1,2"))
    yield one("empty", "p.parquet", b"")
    checked = parquet({"p": VALUES, "t": VALUES}, write_page_checksum=True, compression="none")
    at = checked.index(b"\x00\x00\x00\x00\x00\x00\xf0?")
    yield one("a wrong page checksum", "p.parquet", checked[:at] + b"\x01" + checked[at + 1 :])
    yield one("version 1", "p.feather", b"FEA1" + b"\0" * 60 + b"FEA1", "version")


UNFIT: dict[str, tuple[Any, str]] = {
    "text": (["a", "b"], "row 1, column 'p': 'a' is not a number"),
    "a dictionary": (pa.array(["1", "b"]).dictionary_encode(), "row 2, column 'p': 'b' is not"),
    "dates": ([dt.date(2026, 1, 1)] * 2, "date"),
    "timestamps": ([dt.datetime(2026, 1, 1)] * 2, "timestamp"),
    "structs": ([{"a": 1}, {"a": 2}], "struct"),
    "nothing but nulls": (pa.nulls(2), "null"),
    "ragged lists": ([[1.0, 2.0], [1.0]], "row 2"),
    "a null list": ([[1.0, 2.0], None], "row 2"),
    "lists of text": ([["a"], ["b"]], "string"),
    "nulls among integers": (pa.array([1, None]), "NaN in the predictions at data row 2"),
    "nulls among truth values": (pa.array([None, True]), "NaN in the predictions at data row 1"),
    "nulls among floats": (pa.array([1.0, None]), "NaN in the predictions"),
}


def types() -> Iterator[Case]:
    for name, (values, word) in UNFIT.items():
        target = [1.0, 2.0]
        table = {"p": values, "t": [target, target] if "list" in name else target}
        yield one(name, "p.parquet", parquet(table), word)
        yield one(name, "p.feather", feather(table), word)
    good = parquet({"p": VALUES, "t": VALUES})
    args = ("compute", "p.parquet::q", "p.parquet::t", *MSE)
    yield Case("parquet: no such column", args, USAGE, ("'q'", "'p'"), {"p.parquet": good})
    twice = pa.Table.from_arrays([pa.array(VALUES)] * 3, names=["p", "p", "t"])
    yield one("two columns of one name", "p.parquet", parquet(twice), "'p'")


def lines() -> Iterator[Case]:
    first = '{"p": 1, "t": 2}'
    bad = {
        "cut inside": (LINES[:-5], "line 4"),
        "a missing key": (text(first, '{"p": 1}'), "line 2"),
        "a key in the first only": (text(first, '{"p": 1, "q": 3}'), "line 2 has no 't'", "p, q"),
        "a key twice": (text(first, '{"p": 1, "t": 2, "p": 3}'), "line 2", "'p'", "twice"),
        "a key twice at first": (text('{"p": 1, "p": 2, "t": 3}'), "line 1", "twice"),
        "text": (text(first, '{"p": "1.5", "t": 2}'), "line 2", "1.5"),
        "an object": (text(first, '{"p": {}, "t": 2}'), "line 2"),
        "a list among numbers": (text(first, '{"p": [1], "t": 2}'), "line 2"),
        "ragged lists": (text('{"p":[1,2],"t":[1,2]}', '{"p":[1],"t":[1,2]}'), "line 2"),
        "lists inside ragged": (text('{"p":[[1],[2]],"t":1}', '{"p":[[1],[2,3]],"t":1}'), "line 2"),
        "a truth value among numbers": (text(first, '{"p": true, "t": 2}'), "line 2"),
        "null": (text(first, '{"p": null, "t": 2}'), "NaN", "line 2"),
        "beyond 2^53": (text(first, '{"p": 9007199254740993, "t": 2}'), "line 2", "2^53"),
        "a blank line": (text(first, "", first), "line 2", "blank"),
        "a blank line first": (text("", first), "line 1"),
        "an array": (text(first, "[1, 2]"), "line 2"),
        "two objects on a line": (text(first, first + "," + first), "line 2"),
        "one object on two lines": (text(first, '{"p": 1,', '"t": 2}'), "line 2"),
        "a comment": (text(first, "# done"), "line 2"),
        "Latin-1": (text(first) + '{"p": 1, "tä": 2}\n'.encode("latin-1"), "line 2", "UTF-8"),
        "deep nesting": (text(first, "[" * 100_000), "line 2"),
        "nothing": (b"", "empty"),
        "white space": (b" \n \n", "empty"),
    }
    for name, (content, *words) in bad.items():
        yield one(name, "p.jsonl", content, *words)


def compressed() -> Iterator[Case]:
    table = text("p,t", *["1,2"] * 500)
    for file, content in (("p.csv.zst", table), ("p.jsonl.zst", LINES)):
        whole = zstandard.compress(content)
        for cut in (0, 3, len(whole) // 2, len(whole) - 1):
            yield one(f"cut to {cut} of {len(whole)} bytes", file, whole[:cut])
        yield one("plain", file, content)
        yield one("noise after", file, whole + b"noise")
    yield one("gzip cut", "p.jsonl.gz", packed(LINES)[:-3])
    array = npy([1.0] * 1000)
    for file, content in (
        ("p.npy.gz", packed(array)[:-9]),
        ("p.npy.zst", zstandard.compress(array)[:-2]),
        ("p.npy.gz", packed(array[:-8])),
        ("p.npy.zst", zstandard.compress(array + b"more")),
        ("p.npy.zst", array[4:]),
    ):
        args = ("compute", file, "t.npy", *MSE)
        name = f"{file}: damaged, {len(content)} bytes"
        yield Case(name, args, DATA, (file,), {file: content, "t.npy": array})


def parts() -> Iterator[Case]:
    def case(name: str, files: dict[str, bytes], *words: str, code: int = DATA) -> Case:
        return Case(f"parts: {name}", ("compute", "p-*", "t-*", *MSE), code, words, files)

    two = {"t-1.npy": npy([1.0, 2.0]), "t-2.npy": npy([3.0])}
    yield case("none match", {}, "p-*", code=USAGE)
    near = {"p_1.npy": npy([1.0])}
    args = ("compute", "p-?.npy", "p_1.npy", *MSE)
    yield Case("parts: a near name", args, USAGE, ("did you mean p_1.npy",), near)
    yield case("another type", two | {"p-1.npy": npy([1.0, 2.0]), "p-2.npy": npy([3])}, "p-2.npy")
    yield case("another shape", two | {"p-1.npy": npy([[1.0]]), "p-2.npy": npy([3.0])}, "p-2.npy")
    yield case("one is missing", two | {"p-1.npy": npy([1.0, 2.0, 3.0])}, "1 files", "2")
    wrong = {"p-2.npy": npy([1.0, 2.0]), "p-3.npy": npy([3.0])}
    yield case("other names", two | wrong, "p-2.npy", "t-1.npy")
    cut = {"p-1.npy": npy([1.0, 2.0]), "p-2.npy": npy([3.0])[:-1]}
    yield case("one is cut", two | cut, "p-2.npy")
    hole = {"p-1.npy": npy([1.0, 2.0]), "p-2.npy": npy([float("nan")])}
    yield case("NaN", two | hole, "item 0 of p-2.npy")
    args = ("compute", "p-*.csv::p", "p-*.csv::t", *MSE)
    for name, second, *words in (
        ("another header", text("p,q", "1,2"), "p-2.csv"),
        ("text", text("p,t", "1,2", "x,3"), "p-2.csv", "row 2"),
        ("NaN", text("p,t", "1,2", ",3"), "row 2 of p-2.csv"),
    ):
        files = {"p-1.csv": text("p,t", "1,2"), "p-2.csv": second}
        yield Case(f"parts: csv, {name}", args, DATA, tuple(words), files)
    args = ("compute", "p-*.parquet::p", "p-*.parquet::t", *MSE)
    files = {
        "p-1.parquet": parquet({"p": [1.0], "t": [2.0]}),
        "p-2.parquet": parquet({"p": [1], "t": [2.0]}),
    }
    yield Case("parts: parquet of mixed types", args, DATA, ("p-2.parquet", "int64"), files)
    folder = {"d/": b"", "d/a.parquet": files["p-1.parquet"], "d/b.csv": text("p,t", "1,2")}
    yield Case(
        "parts: a mixed folder", ("compute", "d::p", "d::t", *MSE), USAGE, ("b.csv",), folder
    )


def cases() -> Iterator[Case]:
    for part in (damaged, types, lines, compressed, parts):
        yield from part()
