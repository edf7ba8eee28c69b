"""Text labels where logs hold them: in paths, beside scores by label, in lists, in csv dialects."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import lossctl
from lossctl.core.errors import DataError

ANIMALS = ["cat", "dog", "eel"]
LABELS = ["eel", "cat", "dog", "cat", "eel", "dog"]
SCORES = np.random.default_rng(5).dirichlet([1, 1, 1], len(LABELS))
MEAN = float(-np.log(SCORES[np.arange(len(LABELS)), [ANIMALS.index(w) for w in LABELS]]).mean())


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def record(number: int) -> dict[str, Any]:
    """What a pipeline logs of an item: the scores of all labels, in an order of its own."""
    order = np.random.default_rng(number).permutation(3)
    pairs = [{"label": ANIMALS[n], "score": SCORES[number, n]} for n in order]
    label = LABELS[number]
    return {"label": label, "scores": pairs, "gold": {"name": label, "all": [[label], []]}}


RECORDS = [record(number) for number in range(len(LABELS))]
LOGS: dict[str, str] = {
    "lines.jsonl": "\n".join(map(json.dumps, RECORDS)),
    "array.json": json.dumps(RECORDS),
    "indented.json": json.dumps(RECORDS, indent=1),
}


@pytest.mark.parametrize("path", ["label", "gold.name", "gold.all[0][0]"])
@pytest.mark.parametrize("name", LOGS)
def test_labels_beside_scores_by_label(name: str, path: str) -> None:
    Path(name).write_text(LOGS[name])
    result = lossctl.compute("cross_entropy", f"{name}::scores", f"{name}::{path}")
    assert result.value == pytest.approx(MEAN, rel=1e-15)
    assert any("cat 0, dog 1, eel 2, by the names" in note for note in result.notes)


COLUMNS: dict[str, tuple[str, str]] = {
    "records": ("t.json::y", json.dumps([{"y": word} for word in LABELS])),
    "columns": ("t.json::y", json.dumps({"y": LABELS, "n": [1, 2]})),
    "bare": ("t.json", json.dumps(LABELS)),
    "bare lines": ("t.jsonl", "\n".join(map(json.dumps, LABELS))),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_labels_in_documents(kind: str) -> None:
    place, content = COLUMNS[kind]
    Path(place.partition("::")[0]).write_text(content)
    assert lossctl.compute("cross_entropy", SCORES, place).value == pytest.approx(MEAN, rel=1e-15)
    with pytest.raises(DataError, match=r"(line|record) 1, key .*: 'eel' is not a number"):
        lossctl.compute("mse", np.zeros(len(LABELS)), place)


def table(delimiter: str) -> str:
    """A table with decimal commas, a comment, words, and the scores as lists too."""
    head = ["word", *(f"p_{word}" for word in ANIMALS), "list"]
    rows = [
        [label, *(f"{p!r}".replace(".", ",") for p in row.tolist()), json.dumps(row.tolist())]
        for label, row in zip(LABELS, SCORES, strict=True)
    ]
    lines = [delimiter.join(row) for row in [head, *rows]]
    return "\n".join(["# of the last run", *lines])


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_words_beside_decimal_commas(delimiter: str, threads: int) -> None:
    Path("t.csv").write_text(table(delimiter))
    for scores in ("t.csv::p_*", "t.csv::list"):
        result = lossctl.compute(
            "cross_entropy", scores, "t.csv::word", decimal=",", threads=threads
        )
        assert result.value == pytest.approx(MEAN, rel=1e-15)


def test_words_between_white_space() -> None:
    rows = [f"{w}  {' '.join(map(repr, s.tolist()))}" for w, s in zip(LABELS, SCORES, strict=True)]
    Path("t.txt").write_text("\n".join(["word  p_cat p_dog   p_eel", *rows]))
    result = lossctl.compute("cross_entropy", "t.txt::p_*", "t.txt::word")
    assert result.value == pytest.approx(MEAN, rel=1e-15)


@pytest.mark.parametrize(
    ("cells", "decimal", "message"),
    [
        (["0,5", "0,25"], None, "data row 1, column 'p': '0,5' is not a number (a decimal comma? "),
        (["0,5", "n/a"], ",", "data row 2, column 'p': 'n/a' is not a number"),
        (["0,5", "0.25"], ",", "data row 2, column 'p': '0.25' is not a number (a decimal point"),
        (["1,5", "1.000,5"], ",", "data row 2, column 'p': '1.000,5' is not a number (a thousands"),
    ],
)
def test_the_cell_that_is_no_number_is_named(
    cells: list[str], decimal: str | None, message: str
) -> None:
    Path("t.csv").write_text("\n".join(["p;t", *(f"{cell};1" for cell in cells)]))
    with pytest.raises(DataError, match=re.escape(message)):
        lossctl.compute("mse", "t.csv::p", "t.csv::t", decimal=decimal)


LENGTHS = [2, 4, 1, 3]
TAGS = ["B", "I", "O"]
CODES = [np.random.default_rng(n).integers(0, 3, n) for n in LENGTHS]
TOKENS = [np.random.default_rng(n).dirichlet([1, 1, 1], n) for n in LENGTHS]
OF_TOKENS = float(
    -np.log(np.concatenate([p[np.arange(len(c)), c] for p, c in zip(TOKENS, CODES, strict=True)]))
    .mean()
)  # fmt: skip


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_tags_in_lists_that_differ_in_length(kind: str) -> None:
    rows = [
        {"tags": [TAGS[n] for n in codes], "probs": scores.tolist()}
        for codes, scores in zip(CODES, TOKENS, strict=True)
    ]
    if kind == "jsonl":
        Path("t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    else:
        lines = [f"{row['tags']}|{row['probs']}" for row in rows]
        Path("t.csv").write_text("\n".join(["tags|probs", *lines]))
    result = lossctl.compute("cross_entropy", f"t.{kind}::probs", f"t.{kind}::tags", nan="omit")
    assert result.value == pytest.approx(OF_TOKENS, rel=1e-15)


def test_text_among_numbers_is_named_by_its_row_in_lists_of_any_length() -> None:
    rows = [[1.0, 2.0]] * 70_000 + [[3.0]] * 10_000 + [["x", "y", "z"]]
    Path("t.jsonl").write_text("\n".join(json.dumps({"a": row}) for row in rows))
    with pytest.raises(DataError, match="line 80001, key 'a': 'x' is not a number"):
        lossctl.compute("mse", "t.jsonl::a", "t.jsonl::a", nan="omit")


@pytest.mark.parametrize(
    "kind", [pa.int32(), pa.decimal128(6, 1), pa.dictionary(pa.int8(), pa.float64())]
)
def test_lists_in_parquet_hold_what_columns_hold(kind: Any) -> None:
    lists = [[1, None], [4, 2, 3]]
    cells = [number for one in lists for number in one]
    if pa.types.is_decimal(kind):
        cells = [None if number is None else Decimal(number) for number in cells]
    values = pa.array(cells, getattr(kind, "value_type", kind))
    values = values.dictionary_encode() if pa.types.is_dictionary(kind) else values
    pq.write_table(pa.table({"p": pa.ListArray.from_arrays([0, 2, 5], values)}), "t.parquet")
    Path("t.jsonl").write_text('{"t": [0, 0]}\n{"t": [0, 0, 0]}\n')
    result = lossctl.compute("mse", "t.parquet::p", "t.jsonl::t", nan="omit")
    assert result.value == np.mean(np.square([1, 4, 2, 3]))


def test_an_id_that_some_records_lack_is_no_error() -> None:
    one, two = [{"id": 1, "v": 0.5}, {"v": 1.0}], [{"id": 1, "v": 1.0}, {"id": 2, "v": 1.0}]
    for name, rows in {"a.jsonl": one, "b.jsonl": two}.items():
        Path(name).write_text("\n".join(map(json.dumps, rows)))
    assert lossctl.compute("mse", "a.jsonl::v", "b.jsonl::v").value == np.mean([0.25, 0.0])
