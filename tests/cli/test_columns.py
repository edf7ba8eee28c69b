"""Columns by wildcards and ranges: numbers are in order of value, whatever order the file has."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lossctl as package
from lossctl.core.errors import UsageError
from lossctl.io.input_files import Inputs, InTable
from tests.cli.run import lossctl, process

CLASSES = 12
RNG = np.random.default_rng(4)
SHARES = RNG.dirichlet(np.ones(CLASSES), 48)
LABELS = np.arange(48) % CLASSES
COSTS = -np.log(SHARES[np.arange(48), LABELS])
TEXTS = sorted(range(CLASSES), key=str)  # 0, 1, 10, 11, 2, …: as texts are sorted
FORMATS = ("csv", "tsv", "csv.gz", "jsonl", "parquet", "feather")
SELECTORS = ("p_*", "p_0:p_11", "p*", "p_[0-9]*", "p_0:p_5,p_6:p_11", "p_0:p_10,p_1[1-9]")
TAKEN = ", ".join(f"p_{number}" for number in range(CLASSES))
LOSS = ("--loss", "cross_entropy", "--value-only")


def frame(order: Sequence[int] = TEXTS) -> pd.DataFrame:
    """Give scores with the columns in this order, then labels."""
    table = pd.DataFrame({f"p_{number}": SHARES[:, number] for number in order})
    return table.assign(label=LABELS)


def save(table: pd.DataFrame, path: Path) -> Path:
    """Write a table as pandas does, in the format of the suffix."""
    match path.suffix:
        case ".tsv":
            table.to_csv(path, sep="\t", index=False)
        case ".jsonl":
            table.to_json(path, orient="records", lines=True, double_precision=15)
        case ".parquet":
            pytest.importorskip("pyarrow")
            table.to_parquet(path)
        case ".feather":
            pytest.importorskip("pyarrow")
            table.to_feather(path)
        case _:
            table.to_csv(path, index=False)
    return path


def taken(names: str, selector: str) -> tuple[str, list[str]]:
    """Return the columns a selector takes, in order, and the notes; each column holds its place."""
    columns = names.split()
    table = {name: np.array([float(place)]) for place, name in enumerate(columns)}
    with Inputs({"x": InTable(table, selector)}) as inputs:
        places = inputs.sources["x"].read(0, len(columns))
        return " ".join(columns[int(place)] for place in places), inputs.notes


def refusal(names: str, selector: str) -> str:
    """Return the message with which a selector is refused."""
    with pytest.raises(UsageError) as error:
        taken(names, selector)
    return str(error.value)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_by_both_doors(suffix: str, tmp_path: Path) -> None:
    path = save(frame(), tmp_path / f"s.{suffix}")
    for selector in SELECTORS:
        done = lossctl("compute", f"{path}::{selector}", f"{path}::label", *LOSS)
        assert (done.code, float(done.out)) == (0, pytest.approx(COSTS.mean(), rel=1e-12)), selector
        assert done.err.endswith(
            f"{selector} takes 12 columns, ordered by their numbers: {TAKEN}\n"
        )
        for places in (
            {"predictions": f"{path}::{selector}", "targets": f"{path}::label"},
            {"table": path, "column": {"predictions": selector, "targets": "label"}},
        ):
            result = package.compute("cross_entropy", **places)
            assert result.value == pytest.approx(COSTS.mean(), rel=1e-12), selector
            assert [note for note in result.notes if TAKEN in note], selector


@pytest.mark.parametrize("order", [TEXTS, TEXTS[::-1], list(RNG.permutation(CLASSES))], ids=str)
def test_frames_in_memory(order: list[int]) -> None:
    for table in (frame(order), dict(frame(order)), frame(order).rename(columns=str)):
        for selector in SELECTORS:
            column = {"predictions": selector, "targets": "label"}
            result = package.compute("cross_entropy", table=table, column=column)
            assert result.value == pytest.approx(COSTS.mean(), rel=1e-12), selector
            assert [note for note in result.notes if TAKEN in note], selector


def test_columns_that_are_numbers() -> None:
    table = frame().rename(columns=lambda name: int(name[2:]) if name != "label" else name)
    for selector in ("[0-9]*", "0:11"):
        column = {"predictions": selector, "targets": "label"}
        result = package.compute("cross_entropy", table=table, column=column)
        assert result.value == pytest.approx(COSTS.mean(), rel=1e-12), selector


def test_several_files_and_a_pipe(tmp_path: Path) -> None:
    for part in (0, 1):
        save(frame().iloc[24 * part : 24 * part + 24], tmp_path / f"part-{part}.csv")
    done = lossctl("compute", "part-*.csv::p_*", "part-*.csv::label", *LOSS, cwd=tmp_path)
    assert (done.code, float(done.out)) == (0, pytest.approx(COSTS.mean(), rel=1e-12))
    assert TAKEN in done.err
    np.save(tmp_path / "y.npy", LABELS)
    alone = frame().drop(columns="label").to_csv(index=False).encode()
    for place in ("-", "-::p_*"):
        piped = process("compute", place, "y.npy", *LOSS, cwd=tmp_path, stdin=alone)
        assert (piped.code, float(piped.out)) == (0, pytest.approx(COSTS.mean(), rel=1e-12))
        assert TAKEN in piped.err


def test_a_table_taken_whole(tmp_path: Path) -> None:
    path = save(frame().drop(columns="label").assign(row=range(48)), tmp_path / "s.csv")
    save(frame()[["label"]].assign(row=range(48)), tmp_path / "y.csv")
    done = lossctl("compute", path, tmp_path / "y.csv", "--id", "row", *LOSS)
    assert (done.code, float(done.out)) == (0, pytest.approx(COSTS.mean(), rel=1e-12))
    assert TAKEN in done.err


def test_the_order_of_the_numbers_says_nothing(tmp_path: Path) -> None:
    path = save(frame(range(CLASSES)), tmp_path / "s.csv")
    for selector in SELECTORS:
        done = lossctl("compute", f"{path}::{selector}", f"{path}::label", *LOSS)
        assert (done.code, done.err) == (0, ""), selector
        assert float(done.out) == pytest.approx(COSTS.mean(), rel=1e-12)


@pytest.mark.parametrize("selector", SELECTORS)
def test_values_of_items_and_gradients(selector: str, tmp_path: Path) -> None:
    scores = np.log(SHARES) + 3.0
    table = frame()
    for number in range(CLASSES):
        table[f"p_{number}"] = scores[:, number]
    path = save(table, tmp_path / "s.csv")
    items, slopes = tmp_path / "i.npy", tmp_path / "g.npy"
    files = ("--per-item", items, "--gradient", slopes)
    done = lossctl("compute", f"{path}::{selector}", f"{path}::label", *LOSS, *files)
    assert done.code == 0, done
    assert np.load(items) == pytest.approx(COSTS, rel=1e-12)
    wanted = (SHARES - np.eye(CLASSES)[LABELS]) / 48
    np.testing.assert_allclose(np.load(slopes), wanted, rtol=1e-11, atol=1e-15)
    found = package.gradient(
        "cross_entropy", table=path, column={"predictions": selector, "targets": "label"}
    )
    np.testing.assert_allclose(found["predictions"], wanted, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("suffix", FORMATS)
def test_data_of_a_configuration(suffix: str, tmp_path: Path) -> None:
    save(frame(), tmp_path / f"s.{suffix}")
    for scores in (
        f"'s.{suffix}::p_*'",
        f"s.{suffix}::p_0:p_11",
        f"{{file: s.{suffix}, columns: [p_*]}}",
        f"{{file: s.{suffix}, columns: ['p_0:p_11'], rows: '0:48'}}",
    ):
        text = (
            f"version: 1\ndata: {{predictions: {scores}, targets: 's.{suffix}::label'}}\n"
            "supervised: {loss: cross_entropy}\n"
        )
        (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
        done = lossctl("run", "c.yaml", "--format", "json", cwd=tmp_path)
        assert done.code == 0, done
        found = json.loads(done.out)
        assert found["total"] == pytest.approx(COSTS.mean(), rel=1e-12), scores
        assert [note for note in found["notes"] if TAKEN in note], scores
        (result,) = package.run(tmp_path / "c.yaml")
        assert result.total == pytest.approx(COSTS.mean(), rel=1e-12)
        assert [note for note in result.notes if TAKEN in note], scores


@pytest.mark.parametrize("suffix", FORMATS)
def test_recommend(suffix: str, tmp_path: Path) -> None:
    labels = np.arange(1200) % CLASSES  # enough rows for steps after training to be measured
    sharp = 0.5 * np.eye(CLASSES)[labels] + 0.5 * RNG.dirichlet(np.ones(CLASSES), 1200)
    table = pd.concat([frame()] * 25, ignore_index=True)
    for number in range(CLASSES):
        table[f"p_{number}"] = sharp[:, number]
    path = save(table, tmp_path / f"s.{suffix}")
    wanted = -np.log(sharp[np.arange(1200), labels]).mean()
    asked = ("--targets", f"{path}::label", "--predictions", f"{path}::p_*", "--no-input")
    done = lossctl("recommend", *asked, "--format", "json")
    assert done.code == 0, done
    found = json.loads(done.out)
    assert found["post_hoc"][0]["measured"]["before"] == pytest.approx(wanted, rel=1e-12)
    assert [note for note in found["notes"] if TAKEN in note]
    advice = package.recommend(targets=f"{path}::label", predictions=f"{path}::p_0:p_11")
    assert [note for note in advice.measured.notes if TAKEN in note]


@pytest.mark.parametrize(
    ("names", "selector", "wanted"),
    [
        ("p_cat p_dog p_bird", "p_*", "p_cat p_dog p_bird"),
        ("p_b p_a p_10 p_c p_9", "p_*", "p_b p_a p_9 p_c p_10"),
        ("p_0 p_1 p_10 p_2 p_mean", "p_*", "p_0 p_1 p_2 p_10 p_mean"),
        ("0_p 1_p 10_p 2_p", "*_p", "0_p 1_p 2_p 10_p"),
        ("p_00 p_01 p_10 p_02", "p_*", "p_00 p_01 p_02 p_10"),
        ("p_0.0 p_1.0 p_10.0 p_2.0", "p_*", "p_0.0 p_1.0 p_2.0 p_10.0"),
        ("q_0.9 q_0.05 q_0.5", "q_*", "q_0.9 q_0.05 q_0.5"),
        ("p_1 p_10 p_100 p_11 p_2", "p_1*", "p_1 p_10 p_11 p_100"),
        ("p_-1 p_-2 p_0 p_1 p_10 p_2", "p_*", "p_-2 p_-1 p_0 p_1 p_2 p_10"),
        ("p-1 p-10 p-2", "p*", "p-1 p-2 p-10"),
        ("x_0_1 x_0_10 x_0_2 x_1_1 x_1_0", "x_*_*", "x_0_1 x_0_2 x_0_10 x_1_0 x_1_1"),
        ("a_1 a_10 a_2 b_1 b_10 b_2", "*_*", "a_1 a_2 a_10 b_1 b_2 b_10"),
        ("a_10 b_10 a_2 b_2", "*_*", "a_2 b_2 a_10 b_10"),
        ("resnet101_p resnet50_p", "*_p", "resnet101_p resnet50_p"),
        ("p_²  p_1 p_0", "p_*", "p_² p_0 p_1"),
        ("p_" + "9" * 30 + " p_1 p_0", "p_*", "p_" + "9" * 30 + " p_0 p_1"),
        ("p_2 p_0 y p_1 p_3", "p_0:p_2", "p_0 p_1 p_2"),
        ("p_2 p_0 y p_1 p_3", "p_0,p_2:p_3,y", "p_0 p_2 p_3 y"),
        ("0_p 1_p 10_p 2_p", "1_p:2_p", "1_p 2_p"),
        ("p_08 p_10 p_09", "p_08:p_10", "p_08 p_09 p_10"),
        ("p_-1 p_-2 p_0 p_1", "p_-2:p_1", "p_-2 p_-1 p_0 p_1"),
        ("b a c x1 y5 z", "a:x1", "a c x1"),
        ("b a c x1 z y5", "x1:y5", "x1 z y5"),
        ("q_0.9 q_0.05 q_0.5", "q_0.9:q_0.5", "q_0.9 q_0.05 q_0.5"),
        ("p_1 p_0", "p_1:p_1", "p_1"),
        ("p_* p_1 p_0", "p_*", "p_*"),
        ("p[0] p[10] p[1] p[2]", "p[[]*[]]", "p[0] p[1] p[2] p[10]"),
    ],
)
def test_which_columns(names: str, selector: str, wanted: str) -> None:
    assert taken(names, selector)[0] == wanted


@pytest.mark.parametrize(
    ("names", "selector", "words"),
    [
        ("p_0 p_1 p_10 p_11 p_2", "p_0:p_11", "no column 'p_3'"),
        ("p_0 p_1 p_2", "p_0:p_11", "no column 'p_3'"),
        ("p_1 p_2 p_3", "p_0:p_3", "no column 'p_0'"),
        ("p_08 p_10", "p_08:p_10", "no column 'p_09'"),
        ("p_0 p_1", "p_0:p_999999999999999999", "no column 'p_2'"),
        ("p_-1 p_1", "p_-1:p_1", "no column 'p_0'"),
        ("p_2 p_1 p_0", "p_2:p_0", "p_2:p_0 is in descending order; write p_0:p_2"),
        ("a b c", "c:a", "c:a is in descending order; write a:c"),
        ("alpha beta", "alpha:bet", "no column 'bet'"),
        ("alpha beta", "x:y", "no column 'x:y'"),
        ("p_0 p_1 p_01", "p_0:p_1", "'p_1' or 'p_01', which have the same number"),
        ("p_0 p_1 p_2", "p_*,p_1", "takes column 'p_1' twice"),
    ],
)
def test_which_columns_are_refused(names: str, selector: str, words: str) -> None:
    assert words in refusal(names, selector)


def test_the_advice_for_missing_numbers_can_be_followed() -> None:
    names = "p_0 p_10 p_20"
    assert "choose by a pattern" in refusal(names, "p_0:p_20")
    assert taken(names, "p_*")[0] == names


@pytest.mark.parametrize(
    ("names", "selector", "echoed"),
    [
        ("p_0 p_1 p_2", "p_*", False),
        (" ".join(f"p_{n}" for n in range(40)), "p_*", False),
        (" ".join(f"p_{n}" for n in range(1, 40)), "p_1:p_39", False),
        ("p_cat p_dog p_bird", "p_*", False),
        ("p_1 p_0", "p_1,p_0", False),
        ("p_1 p_0", "p_*", True),
        ("p_0 p_1 p_mean", "p_*", True),
        ("p_a p_b p_c p_d p_e p_f p_g p_h", "p_*", True),
        ("a b c d e f g h", "a:h", True),
        ("a b c d e f g h", "a,b,c,d,e,f,g,h", False),
        ("p_0 p_5 p_10 p_15 p_20 p_25 p_30 p_35", "p_*", True),
    ],
)
def test_what_is_echoed(names: str, selector: str, echoed: bool) -> None:
    notes = taken(names, selector)[1]
    assert [
        ", ".join(sorted(names.split())) == ", ".join(sorted(note.split(": ")[-1].split(", ")))
        for note in notes
    ] == [True] * echoed


def test_an_echo_of_many_is_short() -> None:
    names = " ".join(f"p_{number}" for number in sorted(range(1000), key=str))
    (note,) = taken(names, "p_*")[1]
    assert note.endswith("p_8, p_9, …, p_999")
    assert "1000 columns" in note
