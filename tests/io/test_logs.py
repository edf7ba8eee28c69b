"""Logs as they are saved: pipelines, nested records, lists in cells, comments, decimals, marks."""

import gzip
import io
import json
import math
import pickle
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
import scipy.io
import scipy.sparse

import lossctl
from lossctl.core.errors import DataError, UsageError
from tests.cli.run import inside
from tests.io._case import text

P, Y = (0.9, 0.2, 0.7), (1, 0, 1)
BCE = -(math.log(0.9) + math.log(0.8) + math.log(0.7)) / 3
ROWS = [(1 - p, p) for p in P]
"""The score of NEG and that of POS, so the cross-entropy of the rows is BCE."""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("y.npy", Y)


def saved(name: str, content: str | bytes) -> str:
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def value(predictions: str, loss: str = "bce", targets: Any = "y.npy", **options: Any) -> float:
    return float(lossctl.compute(loss, predictions, targets, **options).value)


def pairs(row: Sequence[float], *, turned: bool) -> list[dict[str, Any]]:
    """What a pipeline says of one item: the best label first."""
    found = [{"label": "NEG", "score": row[0]}, {"label": "POS", "score": row[1]}]
    return found[::-1] if turned else found


ITEMS = [pairs(row, turned=row[1] > 0.5) for row in ROWS]
PIPELINES: dict[str, str] = {
    "array.json": json.dumps(ITEMS),
    "indented.json": json.dumps(ITEMS, indent=2),
    "lines.jsonl": "\n".join(map(json.dumps, ITEMS)),
    "lines.json": "\n".join(map(json.dumps, ITEMS)) + "\n",
}


@pytest.mark.parametrize("name", PIPELINES)
def test_scores_go_to_columns_by_label(name: str) -> None:
    saved(name, PIPELINES[name])
    result = lossctl.compute("cross_entropy", name, "y.npy")
    assert result.value == pytest.approx(BCE, rel=1e-15)
    assert any("per label, in this order: NEG, POS" in note for note in result.notes)
    assert value(f"{name}::POS") == pytest.approx(BCE, rel=1e-15)


def record(number: int) -> dict[str, Any]:
    """One line of a log: keys that nobody asks for differ by line."""
    more = {"seed": 1} if number else {"error": None, "note": "first"}
    best = ROWS[number][1] > 0.5
    return {
        "out": {"scores": list(ROWS[number]), "p": P[number], "all": ITEMS[number]},
        "resps": [[P[number], "yes"], ["no"]],
        "metrics": [{"loss": 0}, {"loss": 0}, {"loss": P[number]}],
        "zero": {"labels": ["a", "b"][:: -1 if best else 1], "scores": sorted(ROWS[number])[::-1]},
        "dotted.key": P[number],
        **more,
    }


RECORDS = [record(number) for number in range(3)]
SHAPES = {
    "log.jsonl": "\n".join(map(json.dumps, RECORDS)),
    "log.json": json.dumps(RECORDS, indent=1),
    "short.json": json.dumps(RECORDS),
}
PATHS = ("out.p", "resps[0][0]", "resps[-2][0]", "metrics[2].loss", "dotted.key", "out.scores[1]")
LISTS = ("out.scores", "out.all", "out.scores[0],out.scores[1]")


@pytest.mark.parametrize("name", SHAPES)
def test_nested_records_are_read_by_paths(name: str) -> None:
    saved(name, SHAPES[name])
    for path in (*PATHS, "out.all.POS", "zero.scores.b"):
        expected = [
            dict(zip(r["zero"]["labels"], r["zero"]["scores"], strict=True)) for r in RECORDS
        ]
        p = [entry["b"] for entry in expected] if path.startswith("zero") else P
        mse = sum((a - b) ** 2 for a, b in zip(p, Y, strict=True)) / 3
        assert value(f"{name}::{path}", "mse") == pytest.approx(mse, rel=1e-14), path
    for path in LISTS:
        assert value(f"{name}::{path}", "cross_entropy") == pytest.approx(BCE, rel=1e-15), path
    zero = lossctl.compute("cross_entropy", f"{name}::zero.scores", "y.npy")
    by_label = [dict(zip(r["zero"]["labels"], r["zero"]["scores"], strict=True)) for r in RECORDS]
    truth = [entry["ab"[y]] for entry, y in zip(by_label, Y, strict=True)]
    assert zero.value == pytest.approx(-sum(map(math.log, truth)) / 3, rel=1e-14)


REFUSED: dict[str, tuple[str, Any, str]] = {
    "a label is missing": (
        "p.json::POS",
        [ITEMS[0], ITEMS[1][:1]],
        "record 2 has no score for 'POS'",
    ),
    "a label too many": (
        "p.json::POS",
        [ITEMS[0], [*ITEMS[1], {"label": "NEUTRAL", "score": 0}]],
        "record 2 has a score for 'NEUTRAL'",
    ),
    "a label twice": ("p.json::POS", [ITEMS[0], ITEMS[1] + ITEMS[1][:1]], "two scores for 'NEG'"),
    "the best label only": (
        "p.json::score",
        [ITEMS[0][0], ITEMS[1][0]],
        "each score belongs to the label of its own record",
    ),
    "a key that is not there": (
        "p.json::a.b",
        [{"a": {"b": 1}}, {"a": {}}],
        "record 2 has no 'a.b'",
    ),
    "an index beyond": ("p.json::a[1]", [{"a": [1, 2]}, {"a": [1]}], "record 2 has no 'a[1]'"),
    "another kind": ("p.json::p", [{"p": 1}, [1]], "record 2: a list instead of an object"),
    "text": ("p.json::p", [{"p": 1}, {"p": "1"}], "record 2, key 'p': \"1\" is not a number"),
    "text alone": ("p.json", ["a", "b", "c"], "record 1, key 'value': 'a' is not a number"),
    "nothing": ("p.json", [], "null"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_column_is_refused_by_its_place(name: str) -> None:
    place, content, words = REFUSED[name]
    saved("p.json", json.dumps(content))
    with pytest.raises(DataError, match=re.escape(words)):
        value(place)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[{"p": 1} {"p": 2}]', "no comma or ] after record 1"),
        ('[{"p": 1}, ]', "record 2: not JSON (Expecting value, at character 1 of it)"),
        ('[{"p": 1},\n\n {"p" 2}]', "record 2: not JSON (Expecting ':' delimiter, at character 6"),
        ('{"p": [1,\n 2],\n "q": [1 2]}', "p.json: line 3, column 10: not a JSON object (Exp"),
        ('[{"p": 1}] 3', "text follows the array"),
        ('[{"p": 1}, {"p": 2, "p": 3}]', "record 2: the key 'p' is given twice"),
        ('[{"p": 1},\n{"p": 2}', "no comma or ] after record 2"),
        ('{"p": {"0": 1, "1": 2}, "q": {"1": 1, "0": 2}}', "'q' has different rows"),
        ('{"p": 3}', "'p' is not a list of numbers"),
    ],
)
def test_damaged_documents(content: str, words: str) -> None:
    saved("p.json", content)
    with pytest.raises(DataError, match=re.escape(words)):
        value("p.json::p")


def test_documents_of_columns_and_of_bare_numbers() -> None:
    columns = {"p": P, "y": Y, "rows": [{"q": p} for p in P]}
    saved("d.json", json.dumps(columns, indent=1))
    assert value("d.json::p", targets="d.json::y") == pytest.approx(BCE, rel=1e-15)
    assert value("d.json::rows.q", targets="d.json::y") == pytest.approx(BCE, rel=1e-15)
    frame = {"p": dict(enumerate(P)), "y": dict(enumerate(Y))}  # what DataFrame.to_json writes
    saved("f.json", json.dumps(frame))
    assert value("f.json::p", targets="f.json::y") == pytest.approx(BCE, rel=1e-15)
    data = [list(row) for row in zip(P, Y, strict=True)]
    saved("s.json", json.dumps({"columns": ["p", "y"], "index": [0, 1, 2], "data": data}))
    assert value("s.json::p", targets="s.json::y") == pytest.approx(BCE, rel=1e-15)
    saved("n.json", json.dumps(P))
    saved("n.jsonl", "\n".join(map(str, P)))
    saved("l.json", json.dumps(ROWS))
    saved("l.jsonl", "\n".join(json.dumps(row) for row in ROWS))
    assert value("n.json") == value("n.jsonl") == pytest.approx(BCE, rel=1e-15)
    assert value("l.json", "cross_entropy") == pytest.approx(BCE, rel=1e-15)
    assert value("l.jsonl", "cross_entropy") == pytest.approx(BCE, rel=1e-15)


def test_an_array_longer_than_a_piece_is_read_in_pieces() -> None:
    """2.6 MB of records: numbers and texts are cut wherever a piece ends."""
    p = np.random.default_rng(1).uniform(size=30_000)
    records = [{"p": float(x), "text": 'é\\"[{' * (n % 9)} for n, x in enumerate(p)]
    for name, indent in (("a.json", None), ("b.json", 1)):
        saved(name, json.dumps(records, indent=indent, ensure_ascii=False))
        assert value(f"{name}::p", "mse", np.zeros(30_000)) == lossctl.losses.mse(p, p * 0)
    saved("c.json", json.dumps(p.tolist()))
    assert value("c.json", "mse", np.zeros(30_000)) == lossctl.losses.mse(p, p * 0)


# Lists that differ in length

SCORES, LABELS = [[0.1, 0.9, 0.5], [0.3], [0.6, 0.2]], [[0, 1, 1], [1], [0, 0]]
MASK = [[1, 1, 0], [1], [0, 1]]
TOKENS = [[[0.1, 0.9], [0.8, 0.2], [0.5, 0.5]], [[0.3, 0.7]], [[0.4, 0.6], [0.25, 0.75]]]


def as_csv(columns: Mapping[str, Any]) -> bytes:
    rows = zip(*columns.values(), strict=True)
    return text(";".join(columns), *(";".join(map(json.dumps, row)) for row in rows))


def as_jsonl(columns: Mapping[str, Any]) -> bytes:
    rows = zip(*columns.values(), strict=True)
    return text(*(json.dumps(dict(zip(columns, row, strict=True))) for row in rows))


def as_arrow(write: Any, **options: Any) -> Any:
    def content(columns: Mapping[str, Any]) -> bytes:
        stream = io.BytesIO()
        write(pa.table(dict(columns)), stream, **options)
        return stream.getvalue()

    return content


TABLES: dict[str, Any] = {
    "t.csv": as_csv,
    "t.jsonl": as_jsonl,
    "t.json": lambda columns: json.dumps(columns).encode(),
    "t.parquet": as_arrow(pq.write_table),
    "groups.parquet": as_arrow(pq.write_table, row_group_size=1),
    "t.feather": as_arrow(pyarrow.feather.write_feather),
}


@pytest.mark.parametrize("name", TABLES)
def test_lists_of_differing_length(name: str) -> None:
    columns = {"p": SCORES, "y": LABELS, "w": MASK, "tokens": TOKENS, "n": [1, 2, 3]}
    saved(name, TABLES[name](columns))
    flat = [
        (p, y, w)
        for row in zip(SCORES, LABELS, MASK, strict=True)
        for p, y, w in zip(*row, strict=True)
    ]
    both = {"predictions": "p", "targets": "y"}
    mse = math.fsum((p - y) ** 2 for p, y, _ in flat) / 6
    result = lossctl.compute("mse", table=name, column=both, nan="omit")
    assert (result.value, result.items) == (pytest.approx(mse, rel=1e-15), 6)
    masked = math.fsum((p - y) ** 2 * w for p, y, w in flat) / 4
    result = lossctl.compute("mse", table=name, column={**both, "weights": "w"})
    assert result.value == pytest.approx(masked, rel=1e-15)
    truth = [
        row[y]
        for rows, ys in zip(TOKENS, LABELS, strict=True)
        for row, y in zip(rows, ys, strict=True)
    ]
    tokens = {"predictions": "tokens", "targets": "y"}
    for loss, gamma, alpha in (("cross_entropy", 0, 1), ("focal", 2, 0.25)):
        result = lossctl.compute(loss, table=name, column=tokens, nan="omit", class_axis=-1)
        expected = -math.fsum((1 - p) ** gamma * math.log(p) for p in truth) / 6 * alpha
        assert result.value == pytest.approx(expected, rel=1e-12), loss
    pairs_of_lists = [
        (0.1, [0.9, 0.5]),
    ]
    ranked = lossctl.compute("ranknet", table=name, column=both, nan="omit")
    low, high = pairs_of_lists[0]
    assert ranked.value == pytest.approx(
        sum(math.log1p(math.exp(low - p)) for p in high) / 2, rel=1e-12
    )
    with pytest.raises(DataError, match=r"\(1 in (line|data row|record|row) 2, 3 in .*nan='omit'"):
        lossctl.compute("mse", table=name, column=both)
    with pytest.raises(DataError, match="give the targets as lists"):
        lossctl.compute("mse", table=name, column={**both, "targets": "n"}, nan="omit")


@pytest.mark.parametrize("name", TABLES)
def test_lists_of_a_row_are_of_one_length(name: str) -> None:
    saved(name, TABLES[name]({"p": SCORES, "y": [[0, 1, 1], [1, 0], [0]]}))
    both = {"predictions": "p", "targets": "y"}
    with pytest.raises(DataError, match=r"2: 2 targets, but 1 predictions"):
        lossctl.compute("mse", table=name, column=both, nan="omit")
    saved("c.yaml", f"""
version: 1
data: {{p: "{name}::p", y: "{name}::y"}}
supervised: {{loss: mse, predictions: p, targets: y, reading: {{nan: omit}}}}
""")  # fmt: skip
    with pytest.raises(DataError, match=r"2: 2 targets, but 1 predictions"):
        lossctl.run("c.yaml")


def test_lists_beside_ids_keep_their_lengths() -> None:
    one = as_jsonl({"id": ["a", "b", "c"], "p": SCORES})
    saved("one.jsonl", one)
    saved("two.jsonl", as_jsonl({"id": ["c", "a", "b"], "y": [LABELS[2], LABELS[0], LABELS[1]]}))
    result = lossctl.compute("mse", "one.jsonl::p", "two.jsonl::y", id="id", nan="omit")
    flat = [(p, y) for row in zip(SCORES, LABELS, strict=True) for p, y in zip(*row, strict=True)]
    assert result.value == pytest.approx(math.fsum((p - y) ** 2 for p, y in flat) / 6, rel=1e-15)
    saved("two.jsonl", as_jsonl({"id": ["c", "a", "b"], "y": LABELS}))
    with pytest.raises(DataError, match="1 targets, but 3 predictions"):
        lossctl.compute("mse", "one.jsonl::p", "two.jsonl::y", id="id", nan="omit")


# Text


def numpy_text(**options: Any) -> str:
    stream = io.StringIO()
    np.savetxt(stream, np.column_stack([P, Y]), **options)
    return stream.getvalue()


TEXTS: dict[str, str | bytes] = {
    "savetxt.csv": numpy_text(delimiter=",", header="p,y"),
    "savetxt.txt": numpy_text(header="p y"),
    "plain.txt": numpy_text(header="p y", comments=""),
    "aligned.txt": "   p        y\n"
    + "".join(f" {p:<8g}   {y}  \n" for p, y in zip(P, Y, strict=True)),
    "notes.csv": "# model 3\n# p is the score, y the label\np,y\n0.9,1\n0.2,0\n0.7,1\n",
    "quoted.csv": '"p","y"\n"0.9","1"\n"0.2","0"\n"0.7","1"\n',
    "utf16.csv": "p,y\n0.9,1\n0.2,0\n0.7,1\n".encode("utf-16"),
    "big_endian.csv": b"\xfe\xff" + "p;y\n0.9;1\n0.2;0\n0.7;1\n".encode("utf-16-be"),
    "utf16.jsonl": '{"p":0.9,"y":1}\n{"p":0.2,"y":0}\n{"p":0.7,"y":1}\n'.encode("utf-16"),
    "mark.csv": "\ufeffp,y\r\n0.9,1\r\n0.2,0\r\n0.7,1\r\n",
    "packed.csv": gzip.compress(b"p,y\n0.9,1\n0.2,0\n0.7,1\n"),
    "packed.jsonl": gzip.compress(b'{"p":0.9,"y":1}\n{"p":0.2,"y":0}\n{"p":0.7,"y":1}\n'),
    "spaces.csv": "p,y\n 0.9, 1\n 0.2, 0\n 0.7, 1\n",
    "index.csv": ",p,y\n0,0.9,1\n1,0.2,0\n2,0.7,1\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_tables_as_programs_write_them(name: str) -> None:
    saved(name, TEXTS[name])
    table = {"predictions": "p", "targets": "y"}
    assert lossctl.compute("bce", table=name, column=table).value == pytest.approx(BCE, rel=1e-15)


@pytest.mark.parametrize("name", TEXTS)
def test_standard_input_reads_them_too(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = TEXTS[name]
    stdin = content if isinstance(content, bytes) else content.encode()
    args = ["compute", "--table", "-", "--column", "predictions=p", "--column", "targets=y"]
    done = inside([*args, "-l", "bce", "--value-only"], monkeypatch, capsys, stdin)
    assert (done.code, done.err) == (0, "")
    assert float(done.out) == pytest.approx(BCE, rel=1e-15)


def test_a_packed_array_under_another_name() -> None:
    np.save("p.npy", P)
    Path("q.npy").write_bytes(gzip.compress(Path("p.npy").read_bytes()))
    Path("q.csv").write_bytes(Path("q.npy").read_bytes())
    assert value("q.npy") == value("q.csv") == pytest.approx(BCE, rel=1e-15)


def test_numbers_without_a_header_are_data() -> None:
    saved("p.txt", numpy_text())
    for said in ({}, {"header": False}):
        result = lossctl.compute("bce", "p.txt::0", "p.txt::1", **said)
        assert result.value == pytest.approx(BCE, rel=1e-15)
        assert any("the first line is read as data" in note for note in result.notes) is (not said)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("0,1\n0.25,0.5\n", [[0.25, 0.5]]),  # columns that a data frame numbered
        ("2019,2020\n0.25,0.5\n", [[0.25, 0.5]]),
        ("0.0,1.0\n0.25,0.5\n", [[0.0, 1.0], [0.25, 0.5]]),
        ("3,1\n2,4\n", [[3, 1], [2, 4]]),
        ("7\n5\n", [[7], [5]]),
        ("1e-3\n5\n", [[1e-3], [5]]),
        ("-1\n0\n", [[-1], [0]]),
    ],
)
def test_what_a_first_line_of_numbers_is(text: str, rows: list[list[float]]) -> None:
    saved("p.csv", text)
    given = np.array(rows, dtype=float)
    given = given[:, 0] if given.shape[1] == 1 else given
    assert lossctl.compute("mse", "p.csv", given).value == 0.0


@pytest.mark.parametrize("text", ["0\n0.25\n", "0\n1\n0\n", "0,1\n1,0\n", "0,1,2\n", "1,2\n3,4\n"])
def test_a_first_line_that_may_be_either_asks(text: str) -> None:
    saved("p.csv", text)
    rows = [list(map(float, line.split(","))) for line in text.split()]
    given = np.array(rows) if "," in text else np.array(rows)[:, 0]
    with pytest.raises(DataError, match="header=True or header=False"):
        lossctl.compute("mse", "p.csv", given)
    assert lossctl.compute("mse", "p.csv", given, header=False).value == 0.0
    if len(given) > 1:
        assert lossctl.compute("mse", "p.csv", given[1:], header=True).value == 0.0


def test_a_header_of_numbers_is_no_row_behind_a_comment() -> None:
    saved("p.csv", "# run,17,3\nid,0,1\na,0.1,0.9\nb,0.8,0.2\nc,0.3,0.7\n")
    assert value("p.csv::0:1", "cross_entropy") == pytest.approx(BCE, rel=1e-15)


INDICES = {
    "": ",p_0,p_1\n0,0.1,0.9\n1,0.8,0.2\n2,0.3,0.7\n",
    "Unnamed: 0": "Unnamed: 0,p_0,p_1\n0,0.1,0.9\n1,0.8,0.2\n2,0.3,0.7\n",
    "Unnamed: 0.1": "Unnamed: 0.1,Unnamed: 0,0,1\n0,0,0.1,0.9\n1,1,0.8,0.2\n2,2,0.3,0.7\n",
    "numbers": ",0,1\n0,0.1,0.9\n1,0.8,0.2\n2,0.3,0.7\n",
}


@pytest.mark.parametrize("kind", INDICES)
def test_a_saved_index_is_no_prediction(kind: str) -> None:
    saved("p.csv", INDICES[kind])
    result = lossctl.compute("cross_entropy", "p.csv", "y.npy")
    assert result.value == pytest.approx(BCE, rel=1e-15)
    assert any("an index saved with the table" in note for note in result.notes)
    assert value("p.csv::*", "cross_entropy") == pytest.approx(BCE, rel=1e-15)


def test_a_saved_index_is_read_by_its_name() -> None:
    saved("p.csv", INDICES["Unnamed: 0"])
    assert value("p.csv::Unnamed: 0", "mse", np.arange(3.0)) == 0.0


def test_an_index_of_pandas_in_parquet() -> None:
    pq.write_table(pa.table({"p": P, "__index_level_0__": [5, 6, 7]}), "p.parquet")
    assert value("p.parquet") == pytest.approx(BCE, rel=1e-15)


CELLS = {
    "json": [json.dumps(row) for row in ROWS],
    "python": [str(row) for row in ROWS],
    "numpy": [str(np.array(row)) for row in ROWS],
    "numpy scalars": [str([np.float64(x) for x in row]) for row in ROWS],
    "arrays": [str([np.array(row[0]), np.array(row[1])]) for row in ROWS],
    "pipelines": [str(item) for item in ITEMS],
}


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("threads", [1, 2])
def test_lists_in_cells(kind: str, threads: int) -> None:
    lines = [f'{n},"{cell}",{y}' for n, (cell, y) in enumerate(zip(CELLS[kind], Y, strict=True))]
    if kind == "json":
        assert '"[' in lines[0]
    saved("p.csv", text("id,p,y", *lines))
    column = {"predictions": "p", "targets": "y"}
    result = lossctl.compute("cross_entropy", table="p.csv", column=column, threads=threads)
    assert result.value == pytest.approx(BCE, rel=1e-15)
    place = "p.csv::p.POS" if kind == "pipelines" else "p.csv::p[1]"
    assert value(place) == pytest.approx(BCE, rel=1e-15)
    if kind == "json":
        saved("q.csv", text("id,p,y", *lines * 20_000))  # more than a piece
        result = lossctl.compute("cross_entropy", table="q.csv", column=column, threads=threads)
        assert (result.value, result.items) == (pytest.approx(BCE, rel=1e-13), 60_000)


def test_lists_that_numpy_wrote_with_nan_and_points() -> None:
    saved("p.csv", 'p\n"[0. 1. nan]"\n"[ 1.  2.\n 3.]"\n')
    result = lossctl.compute("mse", "p.csv", np.array([[0.0, 0, 0], [0, 0, 0]]), nan="omit")
    assert result.value == (1 + 1 + 4 + 9) / 5


BAD_CELLS = {
    '"[0.1 0.2 ... 0.9]"': "was shortened",
    '"[0.1, a]"': "not a list of numbers",
    '"0.5"': "is not a list",
    '"[[0.1], [0.2]]"': "not a number",
}


@pytest.mark.parametrize("cell", BAD_CELLS)
def test_cells_that_are_no_list_of_numbers(cell: str) -> None:
    saved("p.csv", f'p\n"[0.1, 0.9]"\n{cell}\n')
    with pytest.raises(DataError, match=f"data row 2, column 'p'.*{BAD_CELLS[cell]}"):
        value("p.csv", "cross_entropy", np.array([0, 1]))


def test_text_that_begins_like_a_list_stays_text() -> None:
    saved("p.csv", "token,p,y\n[UNK],0.9,1\n[PAD],0.2,0\n[CLS],0.7,1\n")
    assert value("p.csv::p", targets="p.csv::y", id="token") == pytest.approx(BCE, rel=1e-15)


# Decimals

COMMAS = {
    "semicolons": "p;y\n0,9;1\n0,2;0\n0,7;1\n",
    "tabs": "p\ty\n0,9\t1\n0,2\t0\n0,7\t1\n",
    "quoted": 'p,y\n"0,9","1"\n"0,2","0"\n"0,7","1"\n',
    "spaces": "p y\n0,9 1\n0,2 0\n0,7 1\n",
    "points where none are needed": "p;y\n9e-1;1\n2E-1;0\n7e-01;1\n",
}


@pytest.mark.parametrize("kind", COMMAS)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_decimal_comma(kind: str, threads: int) -> None:
    saved("p.csv", COMMAS[kind])
    table: dict[str, Any] = {"table": "p.csv", "column": {"predictions": "p", "targets": "y"}}
    result = lossctl.compute("bce", decimal=",", threads=threads, **table)
    assert result.value == pytest.approx(BCE, rel=1e-15)
    saved("c.yaml", """
version: 1
data: {p: {file: "p.csv::p", decimal: ","}, y: {file: "p.csv::y", decimal: ","}}
supervised: {loss: bce, predictions: p, targets: y}
""")  # fmt: skip
    assert lossctl.run("c.yaml")[0].total == pytest.approx(BCE, rel=1e-15)


def test_a_decimal_comma_at_every_door(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    saved("p.csv", COMMAS["semicolons"])
    args = ["compute", "p.csv::p", "p.csv::y", "-l", "bce", "--value-only"]
    done = inside(args, monkeypatch, capsys)
    assert (done.code, "--decimal , reads it" in done.err) == (3, True)
    done = inside([*args, "--decimal", ","], monkeypatch, capsys)
    assert float(done.out) == pytest.approx(BCE, rel=1e-15)
    files = ["--targets", "p.csv::y", "--predictions", "p.csv::p", "--decimal", ","]
    done = inside(["recommend", *files, "--no-input", "--write", "r.yaml"], monkeypatch, capsys)
    assert done.code == 0, done
    assert lossctl.run("r.yaml")[0].total == pytest.approx(BCE, rel=1e-6)
    found = lossctl.recommend(
        targets="p.csv::y", predictions="p.csv::p", decimal=",", no_input=True
    )
    assert "--decimal ," in found.command
    assert "--decimal ," in found.recommend_command
    words = found.command.split()
    done = inside([*words[1:], "--value-only"], monkeypatch, capsys)
    assert float(done.out) == pytest.approx(BCE, rel=1e-6)
    for wrong in (";", "", "comma"):
        with pytest.raises(UsageError, match="decimal: must be one of"):
            lossctl.compute("bce", "p.csv::p", "p.csv::y", decimal=wrong)
    with pytest.raises(UsageError, match="decimal: is for tables"):
        lossctl.compute("bce", "y.npy", "y.npy", decimal=",")
    with pytest.raises(UsageError, match="decimal: is for files"):
        lossctl.compute("bce", [0.5], [1], decimal=",")


def test_tables_that_one_id_aligns_have_one_decimal() -> None:
    saved("p.csv", "id;p\na;0,9\nb;0,2\nc;0,7\n")
    saved("y.csv", "id,y\na,1\nb,0\nc,1\n")
    entries = '{p: {file: "p.csv::p", id: id, decimal: ","}, y: {file: "y.csv::y", id: id%s}}'
    config = "version: 1\ndata: %s\nsupervised: {loss: bce, predictions: p, targets: y}\n"
    saved("c.yaml", config % entries % ', decimal: ","')
    assert lossctl.run("c.yaml")[0].total == pytest.approx(BCE, rel=1e-15)
    saved("c.yaml", config % entries % "")
    with pytest.raises(UsageError, match="the same decimal separator"):
        lossctl.run("c.yaml")


# Files that are something else


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


def sparse() -> bytes:
    stream = io.BytesIO()
    scipy.sparse.save_npz(stream, scipy.sparse.csr_matrix(np.array(P)))
    return stream.getvalue()


def matlab() -> bytes:
    stream = io.BytesIO()
    scipy.io.savemat(stream, {"p": np.array(P)})
    return stream.getvalue()


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
TORCH_2 = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
FOREIGN: dict[str, tuple[str, bytes, str]] = {
    "a tensor": (
        "p.pt",
        zipped(**{"p__data.pkl": b"\x80\x02ctorch._utils\n_r\n."}),
        "v = x",
    ),
    "tensors": ("p.ckpt", zipped(**{"p__data.pkl": b"\x80\x02}q\x00."}), "x.items()"),
    "tensors in a list": ("p.pth", zipped(**{"p__data.pkl": b"\x80\x02]q\x00."}), "torch.cat"),
    "old torch": ("p.pt", TORCH_2 + pickle.dumps(1) * 2 + b"\x80\x02}q\x00.", "x.items()"),
    "HDF5": ("p.h5", b"\x89HDF\r\n\x1a\n" + b"\0" * 40, "h5py.File('p.h5')"),
    "MATLAB 7.3": ("p.mat", b"MATLAB 7.3 MAT-file, Platform" + b" " * 90, "h5py.File('p.mat')"),
    "Excel": ("p.xlsx", zipped(**{"xl__workbook.xml": b"<x/>"}), "pandas.read_excel('p.xlsx')"),
    "old Excel": ("p.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 40, "read_excel('p.xls')"),
    "Git-LFS": ("p.npy", LFS, "git lfs pull --include 'p.npy'"),
    "HTML": ("p.csv", b"\n<!DOCTYPE html><html>", "error page of a download"),
    "XML": ("p.csv", b'<?xml version="1.0"?><Error>', "an XML page"),
    "an archive": ("p.zip", zipped(**{"a.txt": b"x"}), "unzip it"),
    "empty": ("p.pt", b"", "is empty"),
    "empty csv": ("p.csv", b"", "is empty"),
    "quotes in its name": ('a"$(x).pt', zipped(**{"p__data.pkl": b"\x80\x02]."}), "load('FILE'"),
}
BY_US: dict[str, tuple[str, Any]] = {
    "a sparse matrix": ("p.npz", sparse),
    "MATLAB": ("p.mat", matlab),
    "a pickle": ("p.pkl", lambda: pickle.dumps(np.array(P))),
    "a pickle of protocol 2": ("p.pkl", lambda: pickle.dumps(np.array(P), protocol=2)),
    "a pickled list": ("p.pickle", lambda: pickle.dumps(list(P))),
    "a pickled dict": ("p.pkl", lambda: pickle.dumps({"p": np.array(P)})),
    "a pickle named npy": ("p.npy", lambda: pickle.dumps(list(P))),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_files_of_other_programs_are_called_by_name(kind: str) -> None:
    name, content, words = FOREIGN[kind]
    saved(name, content)
    with pytest.raises(DataError, match=re.escape(words)) as caught:
        value(name)
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", BY_US)
def test_the_line_that_converts_a_file_works(kind: str) -> None:
    name, content = BY_US[kind]
    saved(name, content())
    with pytest.raises(DataError, match="python -c") as caught:
        value(name)
    code = re.search(r'python -c "(.*)"$', str(caught.value))
    assert code is not None
    subprocess.run([sys.executable, "-c", code[1]], check=True, timeout=60)
    (written,) = {p.name for p in Path().glob("p*.np*")} - {name, "y.npy"} or {name}
    p = value(f"{written}::p" if kind in {"MATLAB", "a pickled dict"} else written, targets=(
        np.array([Y]) if kind == "a sparse matrix" else "y.npy"))  # fmt: skip
    assert p == pytest.approx(BCE, rel=1e-15)


def test_a_pickle_is_never_run() -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (Path("ran"),)

    for name in ("p.pkl", "p.npz", "p.pt"):
        saved(name, pickle.dumps([Trap()]))
        with pytest.raises(DataError, match="never loaded"):
            value(name)
    assert not Path("ran").exists()


# safetensors


def tensors(entries: Mapping[str, tuple[str, list[int], bytes]], **more: Any) -> bytes:
    """Write tensors as the format says: an 8-byte length, JSON, then the bytes."""
    header: dict[str, Any] = dict(more)
    data = b""
    for name, (kind, shape, content) in entries.items():
        place = [len(data), len(data) + len(content)]
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": place}
        data += content
    return framed(header, data)


def framed(header: Any, data: bytes) -> bytes:
    head = json.dumps(header).encode()
    return len(head).to_bytes(8, "little") + head + data


KINDS = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "i1", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def test_every_type_of_a_tensor() -> None:
    numbers = np.array([[0, 1, 1], [1, 0, 1]])
    content = {k: (k, [2, 3], numbers.astype(d).tobytes()) for k, d in KINDS.items()}
    bf16 = (numbers.astype("<f4").view("<u4") >> 16).astype("<u2")
    content["BF16"] = ("BF16", [2, 3], bf16.tobytes())
    saved("p.safetensors", tensors(content, __metadata__={"format": "np"}))
    for kind in content:
        targets = numbers.astype(float) + 0.5
        assert value(f"p.safetensors::{kind}", "mse", targets) == 0.25, kind


def test_bfloat16_is_the_upper_half_of_float32() -> None:
    wanted = np.array([1.0, -2.5, 0.15625, 3.0e38, -0.0], np.float32)  # 8 bits of fraction do
    data = wanted.view("<u4") >> 16
    saved("p.safetensors", tensors({"x": ("BF16", [5], data.astype("<u2").tobytes())}))
    high = (wanted.view("<u4") & 0xFFFF0000).view("<f4")
    assert value("p.safetensors", "mae", high) == 0.0


def test_the_tensor_of_the_inputs_name_or_the_one_said() -> None:
    entries = {n: ("F64", [3], np.array(v, "<f8").tobytes()) for n, v in
               (("predictions", P), ("targets", Y))}  # fmt: skip
    saved("p.safetensors", tensors(entries))
    assert value("p.safetensors", targets="p.safetensors") == pytest.approx(BCE, rel=1e-15)
    with pytest.raises(UsageError, match="did you mean targets"):
        value("p.safetensors::target")


ONE = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
HOSTILE: dict[str, tuple[bytes, str]] = {
    "a header of 2^60 bytes": ((1 << 60).to_bytes(8, "little") + b"{}", "header says"),
    "a header of 1 GB": ((1 << 30).to_bytes(8, "little") + b"{}", "header says"),
    "cut in the length": (b"\x10\0\0", "truncated"),
    "no JSON": ((4).to_bytes(8, "little") + b"{{{{", "its header is not"),
    "a list": (framed([1], b""), "its header is not"),
    "deep nesting": ((100_000).to_bytes(8, "little") + b"[" * 100_000, "its header is not"),
    "overlap": (framed({"a": ONE, "b": ONE | {"data_offsets": [4, 12]}}, b"\0" * 12), "overlaps"),
    "the same bytes twice": (framed({"a": ONE, "b": ONE}, b"\0" * 8), "overlaps"),
    "a gap": (framed({"a": ONE | {"data_offsets": [4, 12]}}, b"\0" * 12), "gap"),
    "out of range": (framed({"a": ONE}, b"\0" * 7), "its tensors take 8 bytes"),
    "bytes after": (framed({"a": ONE}, b"\0" * 9), "its tensors take 8 bytes"),
    "backwards": (framed({"a": ONE | {"data_offsets": [8, 0]}}, b"\0" * 8), "does not take"),
    "negative": (framed({"a": ONE | {"data_offsets": [-8, 0]}}, b"\0" * 8), "does not take"),
    "three offsets": (framed({"a": ONE | {"data_offsets": [0, 4, 8]}}, b"\0" * 8), "does not take"),
    "another size": (framed({"a": ONE | {"shape": [3]}}, b"\0" * 8), "does not take"),
    "a shape beyond memory": (framed({"a": ONE | {"shape": [1 << 62, 4]}}, b"\0" * 8), "not take"),
    "a negative shape": (framed({"a": ONE | {"shape": [-2]}}, b"\0" * 8), "has the shape"),
    "a shape of text": (framed({"a": ONE | {"shape": "2"}}, b"\0" * 8), "has the shape"),
    "an unknown type": (framed({"a": ONE | {"dtype": "F31"}}, b"\0" * 8), "unknown type"),
    "an entry of text": (framed({"a": "x"}, b""), "unknown type"),
    "no tensor": (framed({"__metadata__": {}}, b""), "no tensor"),
    "eight bits": (framed({"a": ONE | {"dtype": "F8_E4M3", "shape": [8]}}, b"\0" * 8), "F8_E4M3"),
    "a name twice": (
        (2 * len(json.dumps({"a": ONE}))).to_bytes(8, "little")
        + json.dumps({"a": ONE}).encode()[:-1] + b"," + json.dumps({"a": ONE}).encode()[1:]
        + b" " + b"\0" * 8,
        "its header is not",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_headers(kind: str) -> None:
    content, words = HOSTILE[kind]
    saved("p.safetensors", content)
    with pytest.raises(DataError, match=re.escape(words)):
        value("p.safetensors", "mse", np.zeros(2))
