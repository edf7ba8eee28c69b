"""One entry of the table is a format: files, streams, errors, help and documents know it."""

import gzip
import io
import json
import math
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from lossctl.io import file_formats, row_groups
from lossctl.io.file_formats import FORMATS, FileFormat
from lossctl.io.input_files import Inputs
from tests.cli.run import Outcome, inside, start
from tests.io._case import npy, text

ROOT = Path(__file__).parents[2]
P, T = [0.5, -1.25, 3.0], [1.0, 0.0, 2.5]
MSE = math.fsum((p - t) ** 2 for p, t in zip(P, T, strict=True)) / 3


def as_npz(values: list[float]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x.npy", npy(values))
    return stream.getvalue()


def as_safetensors(values: list[float]) -> bytes:
    place = {"dtype": "F64", "shape": [len(values)], "data_offsets": [0, 8 * len(values)]}
    header = json.dumps({"x": place}).encode()
    return len(header).to_bytes(8, "little") + header + np.array(values, "<f8").tobytes()


def as_arrow(write: Callable[[Any, Any], None]) -> Callable[[list[float]], bytes]:
    def content(values: list[float]) -> bytes:
        stream = io.BytesIO()
        write(pa.table({"x": values}), stream)
        return stream.getvalue()

    return content


def as_parts(values: list[float]) -> bytes:
    """Write a file for each number into the folder at hand; return the manifest."""
    parts = []
    for value in values:
        Path(f"part{value}.npy").write_bytes(npy([value]))
        parts.append({"file": f"part{value}.npy", "rows": 1})
    said = {"format": "lossctl parts", "schema_version": 1, "shape": [len(values)], "dtype": "<f8"}
    return json.dumps(said | {"parts": parts}).encode()


WRITERS: dict[str, Callable[[list[float]], bytes]] = {
    "npy": npy,
    "parts": as_parts,
    "npz": as_npz,
    "csv": lambda values: text("x", *map(str, values)),
    "tsv": lambda values: text("x\ty", *(f"{value}\t1" for value in values)),
    "jsonl": lambda values: text(*(f'{{"x": {value}}}' for value in values)),
    "safetensors": as_safetensors,
    "parquet": as_arrow(pq.write_table),
    "feather": as_arrow(pyarrow.feather.write_feather),
}
EVERY = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Give a function that runs lossctl in an empty folder, with bytes on standard input."""
    monkeypatch.chdir(tmp_path)
    return lambda *args, stdin=b"": inside([*map(str, args)], monkeypatch, capsys, stdin)


@EVERY
def test_names_and_marks_are_its_own(form: FileFormat) -> None:
    others = [other for other in FORMATS if other is not form]
    assert form.name not in {other.name for other in others}
    assert not set(form.suffixes) & {s for other in others for s in other.suffixes}
    for mark in form.magic:
        assert 0 < len(mark) <= file_formats.LONGEST_MAGIC
        assert file_formats.by_magic(b"\1" * form.magic_at + mark + b"\0" * 8) is form
    assert form.streams or form.open
    for place in filter(None, (form.streams, form.open, form.write)):
        assert callable(file_formats.load(place))


@EVERY
def test_every_door_reads_the_same_numbers(form: FileFormat, shell: Callable[..., Outcome]) -> None:
    column = "::x" if form.name not in {"npy", "parts"} else ""
    suffixes = [*form.suffixes]
    for number, suffix in enumerate(suffixes):
        Path(f"p{number}{suffix}").write_bytes(WRITERS[form.name](P))
        Path(f"t{number}{suffix}").write_bytes(WRITERS[form.name](T))
    doors = [(f"p{n}{suffix}{column}", b"", ()) for n, suffix in enumerate(suffixes)]
    if form.packed:
        Path(f"q{form.suffixes[0]}.gz").write_bytes(gzip.compress(WRITERS[form.name](P)))
        doors.append((f"q{form.suffixes[0]}.gz{column}", b"", ()))
    if form.magic:
        Path("unnamed").write_bytes(WRITERS[form.name](P))
        doors.append((f"unnamed{column}", b"", ()))
    if form.streams:
        content = WRITERS[form.name](P)
        for stdin in (content, gzip.compress(content)):
            doors.append((f"-{column}", stdin, ("--stdin-format", form.name)))
            doors.append((f"-{column}", stdin, ()))
    for place, stdin, more in doors:
        args = ("compute", place, f"t0{form.suffixes[0]}{column}", "-l", "mse", "--value-only")
        done = shell(*args, *more, stdin=stdin)
        assert (done.code, done.err, float(done.out)) == (0, "", MSE), place


@pytest.mark.parametrize("name", ["csv", "jsonl"])
def test_standard_input_may_be_a_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(WRITERS[name](P))
    np.save(tmp_path / "t.npy", T)
    args = ("compute", "-::x", tmp_path / "t.npy", "-l", "mse", "--value-only")
    with (tmp_path / "p").open("rb") as stream:
        process = start(*args, stdin=stream)
        out, err = process.communicate(timeout=30)
    assert (out.decode(), err) == (f"{MSE!r}\n", b"")


@EVERY
def test_what_a_format_does_not_do_is_said(form: FileFormat, shell: Callable[..., Outcome]) -> None:
    content = WRITERS[form.name](P)
    Path("t.npy").write_bytes(npy(T))
    if not form.packed:
        Path(f"p{form.suffixes[0]}.gz").write_bytes(gzip.compress(content))
        done = shell("compute", f"p{form.suffixes[0]}.gz::x", "t.npy", "-l", "mse")
        assert (done.code, ".gz" in done.err, form.name in done.err) == (2, True, True), done
    if not form.streams:
        done = shell("compute", "-::x", "t.npy", "-l", "mse", stdin=content)
        assert (done.code, f"{form.name} is read from files" in done.err) == (2, True), done
        done = shell("compute", "-", "t.npy", "-l", "mse", "--stdin-format", form.name)
        assert (done.code, "--stdin-format must be one of" in done.err) == (2, True), done
    if not form.is_table and form.name not in {"npz", "safetensors"}:  # which hold several arrays
        Path(f"p{form.suffixes[0]}").write_bytes(content)
        done = shell("compute", f"p{form.suffixes[0]}::x", "t.npy", "-l", "mse")
        assert (done.code, "drop ::x" in done.err) == (2, True), done


@pytest.mark.parametrize("form", [f for f in FORMATS if f.is_table], ids=lambda f: f.name)
def test_an_id_column_may_be_an_input(form: FileFormat, shell: Callable[..., Outcome]) -> None:
    """Ids are text, so a column of ids that is also an input is read in both ways."""
    name = f"a{form.suffixes[0]}"
    Path(name).write_bytes(WRITERS[form.name]([7, 3, 5]))
    args = ("compute", "--table", name, "--column", "predictions=x", "--column", "targets=x")
    done = shell(*args, "--id", "x", "-l", "mse", "--per-item", "i.csv", "--value-only")
    assert (done.code, done.out, done.err) == (0, "0.0\n", "")
    assert Path("i.csv").read_text() == "index,x,value\n0,7,0.0\n1,3,0.0\n2,5,0.0\n"


MODULE = '''
"""Numbers, one a line."""

import math

import numpy as np

from lossctl.engine.sources import ArraySource


def read_numbers(stream, opening):
    opening.refuse_selector()
    return ArraySource(np.array([float(word) for word in stream.read().split()]), opening.label)


def write_numbers(stream, values, labels):
    numbers = values.read(0, math.prod(values.shape))
    stream.write("".join(f"{float(number)!r}\\n" for number in numbers).encode())
'''
NUMBERS = FileFormat(
    "num",
    (".num",),
    streams="number_lines:read_numbers",
    write="number_lines:write_numbers",
    packed=True,
    spelled="`p.num`",
    notes="numbers, one a line",
)


@pytest.fixture
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a format by one entry and one module."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "number_lines.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path / "code")
    monkeypatch.setattr(file_formats, "FORMATS", [*FORMATS, NUMBERS])
    monkeypatch.delitem(sys.modules, "number_lines", raising=False)


def lines(values: list[float]) -> bytes:
    return text(*map(str, values))


@pytest.mark.usefixtures("registered")
def test_one_entry_is_enough(shell: Callable[..., Outcome]) -> None:
    Path("p.num").write_bytes(lines(P))
    Path("t.num").write_bytes(lines(T))
    Path("p.num.gz").write_bytes(gzip.compress(lines(P)))
    args = ("t.num", "-l", "mse", "--value-only")
    for place in ("p.num", "p.num.gz"):
        assert shell("compute", place, *args).out == f"{MSE!r}\n"
    assert shell("compute", "-", *args, "--stdin-format", "num", stdin=lines(P)).out == f"{MSE!r}\n"
    Path("c.yaml").write_text(
        "version: 1\ndata: {p: p.num, t: t.num}\n"
        "supervised: {loss: mse, predictions: p, targets: t}\n"
    )
    assert float(shell("run", "c.yaml", "--value-only").out) == MSE
    Path("p-1.num").write_bytes(lines(P[:1]))
    Path("p-2.num").write_bytes(lines(P[1:]))
    assert shell("compute", "p-*.num", *args).out == f"{MSE!r}\n"


@pytest.mark.usefixtures("registered")
def test_one_entry_is_written_and_named_in_errors(shell: Callable[..., Outcome]) -> None:
    Path("p.num").write_bytes(lines(P))
    Path("t.num").write_bytes(lines(T))
    Path("p.xyz").write_bytes(lines(P))
    done = shell("compute", "p.num", "t.num", "-l", "mse", "--per-item", "items.num")
    assert done.code == 0, done
    items = [float(word) for word in Path("items.num").read_text().split()]
    assert items == [(p - t) ** 2 for p, t in zip(P, T, strict=True)]
    done = shell("compute", "p.xyz", "t.num", "-l", "mse")
    assert (done.code, "are read (npy, csv, tsv, jsonl and num also" in done.err) == (2, True)
    done = shell("compute", "p.num", "t.num", "-l", "mse", "--per-item", "items.xyz")
    assert (done.code, "name it .npy, .csv, .jsonl, .parquet or .num" in done.err) == (2, True), (
        done
    )
    done = shell("compute", "p.num::x", "t.num", "-l", "mse")
    assert (done.code, "num files hold one array; drop ::x" in done.err) == (2, True), done


def test_a_member_called_like_the_input_needs_no_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", predictions=P, other=T)
    with Inputs({"predictions": str(tmp_path / "a.npz")}) as inputs:
        assert inputs.sources["predictions"].read(0, 3).tolist() == P


def nested_columns(path: Path) -> list[str]:
    """Write columns whose paths within the file are alike, in two groups; return their names."""
    columns = {
        "a": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
        "a.b": P,
        "s": [{"x": value, "y": {"z": [value]}} for value in P],
        "s.x": T,
        "sx": T,
    }
    pq.write_table(pa.table(columns), path, row_group_size=2)
    return list(columns)


def test_parquet_is_read_as_by_its_module(tmp_path: Path) -> None:
    names = nested_columns(path := tmp_path / "t.parquet")
    with pq.ParquetFile(path) as public, row_groups._ParquetFile(str(path), None) as own:
        assert own.schema_arrow == public.schema_arrow
        assert own.metadata == public.metadata
        for some in ([name] for name in names):
            for number in range(2):
                groups = [
                    file.read_row_group(number, some, use_threads=False) for file in (own, public)
                ]
                assert groups[0] == groups[1]
            batches = [
                list(file.iter_batches(2, columns=some, use_threads=False))
                for file in (own, public)
            ]
            assert batches[0] == batches[1]


def test_parquet_is_read_by_another_pyarrow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    nested_columns(path := tmp_path / "t.parquet")
    monkeypatch.setattr(row_groups, "READER", ("read_pages",))
    row_groups._parquet_file.cache_clear()
    request.addfinalizer(row_groups._parquet_file.cache_clear)
    assert row_groups._parquet_file() is pq.ParquetFile
    groups = row_groups.ParquetGroups(path, "t")
    assert groups.decode(1, ["a"]).column("a").to_pylist() == [[5.0, 6.0]]
    assert [batch.num_rows for batch in groups.batches(["sx"])] == [3]


def test_the_documents_show_every_format() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs/files.py", "--check"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
