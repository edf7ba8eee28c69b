"""The same numbers give the same bits, from any format, in any pieces, with any threads."""

import gzip
import io
import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
import zstandard

import lossctl
from lossctl.core.errors import DataError, UsageError
from lossctl.io import arrow, csv_cells, csv_rows, jsonl
from lossctl.io.input_files import Inputs
from lossctl.io.multi_file import matching
from lossctl.io.opening import TableOptions
from lossctl.io.output_places import PerItem, check_outputs
from lossctl.losses.catalogue import get
from tests.exhaustive import rest
from tests.io._case import text

COUNT = 3001
RANDOM = np.random.default_rng(3)
P = RANDOM.normal(size=COUNT) * 10.0 ** RANDOM.integers(-20, 20, COUNT)
T = RANDOM.normal(size=COUNT)
LABELS = RANDOM.integers(0, 3, COUNT)
SCORES = RANDOM.normal(size=(COUNT, 3))
NAMES = ("p", "t", "label", "s_0", "s_1", "s_2")


def as_csv(delimiter: str = ",", quote: str = "") -> bytes:
    rows_ = zip(P.tolist(), T.tolist(), LABELS.tolist(), *SCORES.T.tolist(), strict=True)
    lines = (delimiter.join(f"{quote}{cell!r}{quote}" for cell in row) for row in rows_)
    return text(delimiter.join(NAMES), *lines)


def as_lines() -> bytes:
    keys = ("p", "t", "label", "scores")
    rows_ = zip(P.tolist(), T.tolist(), LABELS.tolist(), SCORES.tolist(), strict=True)
    return text(*(json.dumps(dict(zip(keys, row, strict=True))) for row in rows_))


def as_arrow() -> Any:
    fixed = pa.FixedSizeListArray.from_arrays(pa.array(SCORES.ravel()), 3)
    flat = dict(zip(NAMES, (P, T, LABELS, *SCORES.T), strict=True))
    return pa.table(flat | {"scores": fixed, "lists": pa.array(SCORES.tolist())})


def as_parquet(**options: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(as_arrow(), stream, **options)
    return stream.getvalue()


def as_feather(**options: Any) -> bytes:
    stream = io.BytesIO()
    pyarrow.feather.write_feather(as_arrow(), stream, **options)
    return stream.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    "a.csv": as_csv,
    "a.tsv": lambda: as_csv("\t"),
    "quoted.csv": lambda: as_csv(quote='"'),
    "crlf.csv": lambda: as_csv().replace(b"\n", b"\r\n"),
    "a.csv.gz": lambda: gzip.compress(as_csv()),
    "a.csv.zst": lambda: zstandard.compress(as_csv()),
    "a.jsonl": as_lines,
    "a.jsonl.zst": lambda: zstandard.compress(as_lines()),
    "a.parquet": lambda: as_parquet(row_group_size=700),
    "one-group.parquet": as_parquet,
    "plain.parquet": lambda: as_parquet(use_dictionary=False, compression="none"),
    "a.feather": lambda: as_feather(chunksize=900),
    "plain.feather": lambda: as_feather(compression="uncompressed"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write every file once."""
    place = tmp_path_factory.mktemp("formats")
    for name, content in FILES.items():
        (place / name).write_bytes(content())
    return place


def read(path: Path | str, selector: str, room: int = 1 << 26, threads: int | None = None) -> Any:
    named = {"predictions": f"{path}::{selector}"}
    with Inputs(named, TableOptions(threads=threads), room=room) as inputs:
        source = inputs.sources["predictions"]
        size = int(np.prod(source.shape))
        parts = [source.read(at, min(at + 1237, size)) for at in range(0, size, 1237)]
        return np.concatenate(parts).reshape(source.shape)


@pytest.fixture(params=[1 << 21, 5000, 300], ids=["whole", "pieces", "small"])
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Read text in pieces of this many bytes."""
    monkeypatch.setattr(csv_rows, "PIECE", request.param)
    monkeypatch.setattr(jsonl, "PIECE", request.param)
    return request.param


@pytest.fixture(params=[True, False], ids=["pyarrow", "pandas"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse text with and without pyarrow."""
    if not request.param:
        monkeypatch.setattr(csv_cells, "find_spec", lambda _: None)


TEXTS = [
    (rest if piece == 300 and name != "a.csv" else pytest.param)(name, piece, id=f"{name}-{piece}")
    for name in ("a.csv", "a.tsv", "quoted.csv", "crlf.csv", "a.csv.gz", "a.csv.zst")
    for piece in (1 << 21, 5000, 300)
]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("name", "piece"), TEXTS)
def test_text_is_exact(
    name: str, piece: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "PIECE", piece)
    assert read(folder / name, "p").tobytes() == P.tobytes()
    labels = read(folder / name, "label", room=0)
    assert labels.dtype == np.int64
    assert (labels == LABELS).all()
    assert read(folder / name, "s_*", room=0, threads=1).tobytes() == SCORES.tobytes()


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.zst"])
def test_lines_are_exact(name: str, folder: Path) -> None:
    assert read(folder / name, "p").tobytes() == P.tobytes()
    assert read(folder / name, "scores", room=0).tobytes() == SCORES.tobytes()
    assert read(folder / name, "label").dtype == np.int64


@pytest.mark.parametrize("largest", [1 << 25, 0], ids=["on demand", "stored"])
@pytest.mark.parametrize("name", [name for name in FILES if "parquet" in name or "feather" in name])
def test_typed_columns_are_exact(
    name: str, largest: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrow, "LARGEST_GROUP", largest)
    monkeypatch.setattr(arrow, "KEPT", 1000)
    assert read(folder / name, "p").tobytes() == P.tobytes()
    for selector in ("s_*", "scores", "lists", "s_0:s_2"):
        assert read(folder / name, selector, room=0).tobytes() == SCORES.tobytes(), selector


@pytest.fixture(scope="module")
def values() -> dict[str, float]:
    """Compute the losses from arrays in memory."""
    return {
        "mse": lossctl.compute("mse", P, T).value,
        "cross_entropy": lossctl.compute("cross_entropy", SCORES, LABELS).value,
    }


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("name", FILES)
def test_losses_have_the_same_bits(
    name: str, threads: int, folder: Path, values: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "PIECE", 20_000)
    monkeypatch.setattr(arrow, "KEPT", 1000)
    monkeypatch.setattr("lossctl.engine.bind.layout.BLOCK_ELEMENTS", 512)
    wanted = {
        "mse": lossctl.compute("mse", P, T).value,
        "cross_entropy": lossctl.compute("cross_entropy", SCORES, LABELS).value,
    }
    assert wanted == pytest.approx(values, rel=1e-12)
    scores = "scores" if "jsonl" in name else "s_*"
    for loss, columns in {"mse": ("p", "t"), "cross_entropy": (scores, "label")}.items():
        named = {
            "predictions": f"{folder / name}::{columns[0]}",
            "targets": f"{folder / name}::{columns[1]}",
        }
        with Inputs(named, TableOptions(threads=threads)) as inputs:
            found = lossctl.compute(loss, *inputs.sources.values(), threads=threads)
        assert found.value == wanted[loss], (loss, name)


def test_parts_are_one_data_set(tmp_path: Path) -> None:
    ends = [0, 1, 700, 701, 1500, COUNT]
    table = as_arrow()
    (tmp_path / "d").mkdir()
    for number, (start, stop) in enumerate(itertools.pairwise(ends)):
        name = f"{number * 3}"  # 0, 3, 6, 9, 12: not the order of the alphabet
        np.save(tmp_path / f"s-{name}.npy", SCORES[start:stop])
        lines = (
            f"{p!r},{t}" for p, t in zip(P[start:stop].tolist(), range(start, stop), strict=True)
        )
        (tmp_path / f"c-{name}.csv").write_bytes(text("p,n", *lines))
        pq.write_table(table.slice(start, stop - start), tmp_path / "d" / f"part-{name}.parquet")
    with Inputs({"predictions": str(tmp_path / "s-*.npy")}) as inputs:
        source = inputs.sources["predictions"]
        assert source.shape == SCORES.shape
        assert source.read(5, 4000).tobytes() == SCORES.ravel()[5:4000].tobytes()
        assert source.where((1499, 2)) == f"item [798, 2] of {tmp_path / 's-9.npy'}"
    assert read(tmp_path / "c-*.csv", "p").tobytes() == P.tobytes()
    assert read(tmp_path / "c-*.csv", "n").tolist() == list(range(COUNT))
    assert read(tmp_path / "d", "scores").tobytes() == SCORES.tobytes()
    assert read(tmp_path / "d" / "*.parquet", "p").tobytes() == P.tobytes()
    assert [path.name for path in matching(str(tmp_path / "s-?.npy"))] == [
        f"s-{number}.npy" for number in (0, 3, 6, 9)
    ]


@pytest.mark.parametrize("missing", ["pyarrow", "zstandard"])
def test_without_an_extra_it_is_named(missing: str, folder: Path) -> None:
    file = {"pyarrow": "a.parquet", "zstandard": "a.csv.zst"}[missing]
    probe = (
        f"import sys; sys.modules[{missing!r}] = None; from lossctl.cli.main import run; "
        f"sys.exit(run(['compute', {file + '::p'!r}, {file + '::t'!r}, '-l', 'mse']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, cwd=folder, check=False
    )
    extra = {"pyarrow": "lossctl[arrow]", "zstandard": "lossctl[zst]"}[missing]
    if missing == "zstandard" and sys.version_info >= (3, 14):
        pytest.skip("Python has its own")
    assert (done.returncode, extra in done.stderr) == (2, True), done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_csv_needs_no_pyarrow(folder: Path, values: dict[str, float]) -> None:
    probe = (
        "import sys; sys.modules['pyarrow'] = None; from lossctl.cli.main import run; "
        "sys.exit(run('compute a.csv::p a.csv::t -l mse --value-only'.split()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, cwd=folder, check=False
    )
    (note,) = done.stderr.splitlines()
    assert note.endswith("(LC201 rows-unrelated)")  # as these columns are
    assert (done.returncode, done.stdout.strip()) == (0, repr(values["mse"]))


def test_parts_are_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("p-1.npy", "p-2.npy"):
        np.save(name, np.arange(3.0))
    named = {"predictions": "p-*.npy", "targets": "p-*.npy"}
    with pytest.raises(UsageError, match=r"p-2\.npy would overwrite"):
        check_outputs(named, [get("mse")], {}, PerItem("p-2.npy"))


def test_very_many_parts_need_no_open_files(tmp_path: Path) -> None:
    for number in range(140):
        np.save(tmp_path / f"p-{number}.npy", np.full(3, float(number)))
    with Inputs({"predictions": str(tmp_path / "p-*.npy")}) as inputs:
        found = inputs.sources["predictions"].read(0, 420)
    assert found.tolist() == np.repeat(np.arange(140.0), 3).tolist()


def test_integers_and_floats_of_text_are_floats(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_bytes(text("p", "1", "2"))
    (tmp_path / "2.csv").write_bytes(text("p", "0.5"))
    assert read(tmp_path / "[12].csv", "p").tolist() == [1.0, 2.0, 0.5]


@pytest.mark.usefixtures("pieces", "parser")
def test_a_late_float_makes_all_floats(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(text("p,t", *["1,7"] * 900, "1.5,7"))
    assert read(tmp_path / "a.csv", "p").dtype == np.float64
    assert read(tmp_path / "a.csv", "t").dtype == np.int64


@pytest.mark.usefixtures("pieces", "parser")
def test_the_row_of_a_late_mistake(tmp_path: Path) -> None:
    good = ["1,2"] * 700
    for late, words in {"x,2": "'x'", "1": "1 cells", "": "blank", '"1"": ""x",2': "not a"}.items():
        (tmp_path / "a.csv").write_bytes(text("p,t", *good, late, *good))
        with pytest.raises(DataError, match=rf"row 701.*{words}"):
            read(tmp_path / "a.csv", "p")


@pytest.mark.usefixtures("pieces", "parser")
def test_line_ends_inside_quotes(tmp_path: Path) -> None:
    cells_ = [f'{n},"a\n\n""b,{n}\r\n"' for n in range(800)]
    (tmp_path / "a.csv").write_bytes(text("p,note", *cells_))
    assert read(tmp_path / "a.csv", "p").tolist() == list(range(800))


@pytest.mark.parametrize("word", ["inf", "-inf", "Infinity", "nan", "", "1e400", "-0.0", "1e-400"])
def test_both_parsers_read_special_cells_alike(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_bytes(text("p,t", "0.5,1", f"{word},2"))
    fast = read(tmp_path / "a.csv", "p")
    monkeypatch.setattr(csv_cells, "find_spec", lambda _: None)
    assert fast.tobytes() == read(tmp_path / "a.csv", "p").tobytes()
    assert repr(float(fast[1])) == repr(float(word or "nan"))


def test_hexadecimal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(text("p,t", "1,1", "0x10,2"))
    with pytest.raises(DataError, match="0x10"):
        read(tmp_path / "a.csv", "p")


def test_truth_values_and_numbers_do_not_mix(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(csv_rows, "PIECE", 100)
    (tmp_path / "a.csv").write_bytes(text("p,t", *["True,1"] * 50, *["1,1"] * 50))
    with pytest.raises(DataError, match="True"):
        read(tmp_path / "a.csv", "p")


@pytest.mark.parametrize(
    "dtype", ["float16", "float32", "int8", "uint8", "int32", "uint64", "bool"]
)
def test_parquet_keeps_types(dtype: str, tmp_path: Path) -> None:
    wanted = (np.arange(1000) % 2).astype(dtype)
    pq.write_table(pa.table({"p": wanted}).slice(3), tmp_path / "a.parquet", row_group_size=333)
    found = read(tmp_path / "a.parquet", "p")
    assert found.dtype == wanted.dtype
    assert found.tolist() == wanted[3:].tolist()


def test_nulls_are_nan(tmp_path: Path) -> None:
    pq.write_table(pa.table({"p": [1.5, None, 2.5]}), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", "p").tolist() == pytest.approx(
        [1.5, np.nan, 2.5], nan_ok=True
    )


def test_a_group_shorter_than_it_says_is_an_error(folder: Path, monkeypatch: Any) -> None:
    groups = arrow.ParquetGroups(folder / "a.parquet", "a.parquet")
    whole = groups.decode
    monkeypatch.setattr(groups, "decode", lambda *args: whole(*args).slice(1))
    file = arrow.ArrowFile(groups, "a.parquet")
    with Inputs({}) as inputs:
        file.load(["p"], [], inputs.store)
    with pytest.raises(DataError, match=r"row group 0 holds 699 rows, its metadata says 700"):
        file.source(["p"]).read(0, 10)


def test_ids_of_typed_files(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a", "b", "c"], "p": [1.0, 2.0, 3.0]}), tmp_path / "a.parquet")
    (tmp_path / "b.jsonl").write_bytes(
        text(*(f'{{"id":"{i}","t":{n}}}' for n, i in enumerate("cab")))
    )
    named = {"predictions": f"{tmp_path}/a.parquet::p", "targets": f"{tmp_path}/b.jsonl::t"}
    with Inputs(named, TableOptions(id_column="id")) as inputs:
        assert inputs.sources["targets"].read(0, 3).tolist() == [1, 2, 0]
        assert inputs.sources["targets"].where((2,)) == "line 1 (id 'c')"
