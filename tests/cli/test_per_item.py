"""--per-item: every format holds the same values, numbers and ids, and reads back the same."""

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import lossctl
from lossctl.core.errors import UsageError
from lossctl.io import spooled_sink
from tests.cli.run import Answer, listing

NAMES = ["plain", "=1+1", "@SUM(A1)", "+x", "::error::no", "a,b", 'say "hi"', "-0.5", "é", "'=1"]
OLD = np.array([0.5, 2.5, 1.0, 4.0, 2.0, 3.5, 1.5, 0.0, 2.0, 3.0])
NEW = np.array([0.9, 2.1, 1.2, 3.0, 2.2, 3.1, 1.9, 0.5, 1.0, 3.5])
TRUE = np.array([1.0, 2.0, 1.0, 3.0, 2.5, 3.0, 2.0, 0.0, 1.0, 4.0])
SUFFIXES = ["csv", "jsonl", "parquet", "npy"]


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    with (tmp_path / "t.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "old", "new", "y"])
        writer.writerows(zip(NAMES, OLD, NEW, TRUE, strict=True))
    return tmp_path


def of(model: str) -> tuple[str, ...]:
    columns = ("--column", f"predictions={model}", "--column", "targets=y")
    return ("compute", "--table", "t.csv", *columns, "--id", "id", "-l", "mse")


def rows_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return found


@pytest.mark.parametrize("suffix", SUFFIXES[:-1])
def test_numbers_ids_and_values(suffix: str, tables: Path, answer: Answer) -> None:
    done = answer(*of("old"), "--per-item", f"i.{suffix}")
    assert done.code == 0, done
    rows = rows_of(tables / f"i.{suffix}")
    assert [int(row["index"]) for row in rows] == list(range(10))
    assert [float(row["value"]) for row in rows] == ((OLD - TRUE) ** 2).tolist()
    spelled = {"=1+1": "'=1+1", "@SUM(A1)": "'@SUM(A1)", "+x": "'+x"} if suffix == "csv" else {}
    wanted = [spelled.get(name, name) for name in NAMES[:-1]]
    assert [row["id"] for row in rows][:-1] == wanted
    assert list(rows[0]) == ["index", "id", "value"]


def test_no_cell_of_csv_is_a_formula_and_no_line_a_command(tables: Path, answer: Answer) -> None:
    assert answer(*of("old"), "--per-item", "i.csv").code == 0
    lines = (tables / "i.csv").read_text("utf-8").splitlines()
    assert not [line for line in lines if line.lstrip().startswith(("::", "##["))]
    for row in rows_of(tables / "i.csv"):
        if row["id"][0] in "=+-@":
            assert math.isfinite(float(row["id"])), "a number is no formula"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_compares_the_same(suffix: str, tables: Path, answer: Answer) -> None:
    """Items that were written give the very numbers of the comparison of predictions."""
    for model in ("old", "new"):
        assert answer(*of(model), "--per-item", f"{model}.{suffix}").code == 0
    place = "" if suffix == "npy" else "::value"
    ids = () if suffix == "npy" else ("--id", "id")
    files = [f"{model}.{suffix}{place}" for model in ("old", "new")]
    done = answer("compare", "--items", *files, *ids, "-f", "json")
    assert done.code == 0, done
    (items,) = json.loads(done.out)["comparisons"]
    direct = lossctl.compare(OLD, NEW, targets=TRUE, loss="mse", names=["old", "new"])
    predictions = direct.comparisons[0].to_dict()
    assert {**items, "loss": "mse"} == predictions


def test_formula_ids_align_with_where_they_are_from(tables: Path, answer: Answer) -> None:
    """An apostrophe that keeps a spreadsheet from computing is no part of the id."""
    assert answer(*of("old"), "--per-item", "i.csv").code == 0
    rows = (tables / "i.csv").read_text("utf-8").splitlines()
    (tables / "i.csv").write_text("\n".join([rows[0], *rows[:0:-1]]) + "\n", "utf-8")
    args = ("compute", "i.csv::value", "t.csv::y", "--id", "id", "-l", "mae", "--value-only")
    done = answer(*args)
    assert done.code == 0, done
    assert float(done.out) == pytest.approx(np.abs((OLD - TRUE) ** 2 - TRUE).mean(), rel=1e-15)
    assert "aligned by id" in done.err


def test_standard_output(tables: Path, answer: Answer) -> None:
    answer(*of("old"), "--per-item", "i.csv")
    answer(*of("old"), "--per-item", "i.jsonl")
    value = f"{((OLD - TRUE) ** 2).mean():.6g} (mean of 10 items)"
    done = answer(*of("old"), "--per-item", "-")
    assert (done.code, done.out) == (0, (tables / "i.csv").read_text("utf-8"))
    assert f"note: mse: {value}" in done.err
    done = answer(*of("old"), "--per-item", "-", "--per-item-format", "jsonl", "-o", "r.json")
    assert (done.code, done.out) == (0, (tables / "i.jsonl").read_text("utf-8"))
    assert json.loads((tables / "r.json").read_text())["results"][0]["items"] == 10


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--per-item", "-", "-f", "json"), "-o FILE"),
        (("--per-item", "-", "--value-only"), "-o FILE"),
        (("--per-item", "-", "-l", "mae"), "several losses would write"),
        (("--per-item", "-", "--per-item-format", "cvs"), "did you mean csv?"),
        (("--per-item-format", "csv"), "--per-item-format: is said of --per-item"),
        (("--per-item", "i.xyz"), "name it .npy, .csv, .jsonl or .parquet"),
    ],
)
def test_mistakes(args: tuple[str, ...], message: str, tables: Path, answer: Answer) -> None:
    before = listing(tables)
    done = answer(*of("old"), *args)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert listing(tables) == before


def test_a_failed_gate_still_prints_the_items(tables: Path, answer: Answer) -> None:
    done = answer(*of("old"), "--per-item", "-", "--fail-over", "0.1")
    assert done.code == 1
    assert len(done.out.splitlines()) == 11
    assert tables.exists()


def test_json_is_strict(tmp_path: Path) -> None:
    predictions = np.array([1.0, math.nan, 3.0])
    place = tmp_path / "i.jsonl"
    lossctl.compute("mse", predictions, np.zeros(3), nan="propagate", per_item=place)
    lines = place.read_text().splitlines()
    assert lines == ['{"index": 0, "value": 1.0}', '{"index": 1, "value": null}',
                     '{"index": 2, "value": 9.0}']  # fmt: skip


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_memory_does_not_bound_a_table(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes where values are kept in a file, from any number of threads."""
    rng = np.random.default_rng(3)
    p, t = rng.normal(size=(2, 140_001, 2)).astype(np.float32)  # two blocks
    contents = []
    for held, threads in ((1 << 30, 1), (0, 1), (0, 3)):
        monkeypatch.setattr(spooled_sink, "HELD", held)
        place = tmp_path / f"{held}-{threads}.{suffix}"
        lossctl.compute("mse", p, t, per_item=place, threads=threads)
        contents.append(place.read_bytes())
    assert contents[0] == contents[1] == contents[2]
    values = np.array(
        [row["value"] for row in rows_of(place)]
        if suffix != "csv"
        else [[row["value_0"], row["value_1"]] for row in rows_of(place)],
        float,
    )
    np.testing.assert_allclose(values, (p.astype(float) - t) ** 2, rtol=1e-6)


@pytest.mark.parametrize("suffix", ["npy", "csv"])
def test_items_that_overflow_are_written_wide(suffix: str, tmp_path: Path) -> None:
    p, t = np.array([1e30, 1.0], np.float32), np.zeros(2, np.float32)
    place = tmp_path / f"i.{suffix}"
    lossctl.compute("mse", p, t, per_item=place)
    found = np.load(place) if suffix == "npy" else [float(r["value"]) for r in rows_of(place)]
    np.testing.assert_allclose(found, [float(np.float32(1e30)) ** 2, 1.0], rtol=1e-15)


def test_a_stream_of_python() -> None:
    stream = io.BytesIO()
    lossctl.compute("mae", [1.0, 2.0], [0.0, 0.0], per_item=stream)
    assert stream.getvalue() == b"index,value\n0,1.0\n1,2.0\n"
    stream = io.BytesIO()
    lossctl.compute("mae", [1.0, 2.0], [0.0, 0.0], per_item=stream, per_item_format="npy")
    assert np.load(io.BytesIO(stream.getvalue())).tolist() == [1.0, 2.0]
    with pytest.raises(UsageError, match="must be one of npy, csv, jsonl, parquet"):
        lossctl.compute("mae", [1.0], [0.0], per_item=stream, per_item_format="tsv")
