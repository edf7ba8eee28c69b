"""Labels that are text: read alike through every door, as the class of a column or as 0 and 1.

Expected values are sums of logarithms written out here; scikit-learn's order is that of ``sorted``.
"""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather
from pyarrow import parquet as pq

import lossctl
from lossctl.core.errors import DataError, UsageError

WORDS = ["cat", "dog", "bird", "dog"]
NAMES = ["p_cat", "p_dog", "p_bird"]  # not sorted
ROWS = np.array([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.3, 0.1, 0.6], [0.2, 0.7, 0.1]])
BY_NAME = -math.log(0.5 * 0.8 * 0.6 * 0.7) / 4
SORTED = -math.log(0.3 * 0.1 * 0.3 * 0.1) / 4  # columns taken as bird, cat, dog
SCORES = np.array([0.9, 0.2, 0.6])
ANSWERS = ["yes", "no", "yes"]
YES = -math.log(0.9 * 0.8 * 0.6) / 3
NO = -math.log(0.1 * 0.2 * 0.4) / 3


def frame(labels: Any = WORDS) -> pd.DataFrame:
    return pd.DataFrame(dict(zip(NAMES, ROWS.T, strict=True)) | {"y": labels})


def as_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path.with_suffix(".csv"), index=False)


def as_jsonl(table: pd.DataFrame, path: Path) -> None:
    lines = [json.dumps(row) for row in table.to_dict("records")]
    path.with_suffix(".jsonl").write_text("\n".join(lines) + "\n")


def as_parquet(table: pd.DataFrame, path: Path) -> None:
    pq.write_table(pa.Table.from_pandas(table), path.with_suffix(".parquet"), row_group_size=2)


def as_dictionary(table: pd.DataFrame, path: Path) -> None:
    as_parquet(table.astype({"y": "category"}), path)


def as_feather(table: pd.DataFrame, path: Path) -> None:
    feather.write_feather(pa.Table.from_pandas(table), str(path.with_suffix(".feather")))


WRITERS: list[Callable[[pd.DataFrame, Path], None]] = [
    as_csv, as_jsonl, as_parquet, as_dictionary, as_feather,
]  # fmt: skip


@pytest.mark.parametrize("write", WRITERS)
def test_columns_name_the_classes(write: Callable[..., None], tmp_path: Path) -> None:
    write(frame(), tmp_path / "t")
    (file,) = tmp_path.iterdir()
    result = lossctl.compute("cross_entropy", f"{file}::p_*", f"{file}::y")
    assert result.value == pytest.approx(BY_NAME, rel=1e-15)
    assert result.notes == (
        "targets: labels are cat 0, dog 1, bird 2, by the names of the score columns",
    )
    numbers = lossctl.compute("cross_entropy", ROWS, [0, 1, 2, 1], context=True)
    assert (result.value, result.signature) == (numbers.value, numbers.signature)
    assert result.data["targets"] == numbers.data["targets"]


def arrays(folder: Path) -> dict[str, Any]:
    np.save(folder / "y.npy", np.array(WORDS))
    np.savez(folder / "y.npz", y=np.array(WORDS))
    np.save(folder / "bytes.npy", np.array(WORDS, "S"))
    return {
        "list": WORDS, "array": np.array(WORDS), "objects": np.array(WORDS, object),
        "series": pd.Series(WORDS), "category": pd.Series(WORDS, dtype="category"),
        "other order": pd.Series(pd.Categorical(WORDS, ["dog", "cat", "bird"], ordered=True)),
        "string": pd.Series(WORDS, dtype="string"), "arrow": pa.array(WORDS),
        "npy": folder / "y.npy", "npz": folder / "y.npz", "bytes": folder / "bytes.npy",
    }  # fmt: skip


def test_labels_without_names_are_sorted(tmp_path: Path) -> None:
    results = {
        name: lossctl.compute("cross_entropy", ROWS, y) for name, y in arrays(tmp_path).items()
    }
    for name, result in results.items():
        assert result.value == pytest.approx(SORTED, rel=1e-15), name
        assert result.notes == (
            "targets: labels are bird 0, cat 1, dog 2, sorted (class_names sets another order)",
        ), name
        assert result.signature == results["list"].signature, name


def test_class_names_give_the_order(tmp_path: Path) -> None:
    names = ["cat", "dog", "bird"]
    for name, y in arrays(tmp_path).items():
        result = lossctl.compute("cross_entropy", ROWS, y, class_names=names)
        assert result.value == pytest.approx(BY_NAME, rel=1e-15), name
        assert "class_names:[cat,dog,bird]" in result.signature
        assert not result.notes
    as_csv(frame(), tmp_path / "t")
    place = f"{tmp_path}/t.csv"
    reversed_names = ["bird", "dog", "cat"]  # an option outweighs the names of the columns
    result = lossctl.compute(
        "cross_entropy", f"{place}::p_*", f"{place}::y", class_names=reversed_names
    )
    assert result.value == pytest.approx(-math.log(0.2 * 0.8 * 0.3 * 0.7) / 4, rel=1e-15)
    (note,) = result.notes  # in silence every score would be that of another class
    assert note.startswith(
        "the columns of the scores are 'p_cat', 'p_dog', 'p_bird', another order"
    )


def shell(*words: str) -> Any:
    """Run a command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "lossctl", *words], capture_output=True, text=True, check=False
    )


def test_the_shell_takes_both_options(tmp_path: Path) -> None:
    as_csv(frame(), tmp_path / "t")
    pd.DataFrame({"p": SCORES, "y": ANSWERS}).to_csv(tmp_path / "b.csv", index=False)
    t, b = f"{tmp_path}/t.csv", f"{tmp_path}/b.csv"
    ask = (
        "compute",
        f"{t}::p_*",
        f"{t}::y",
        "-l",
        "cross_entropy",
        "--value-only",
        "--class-names",
    )
    assert float(shell(*ask, "cat,dog,bird").stdout) == pytest.approx(BY_NAME)
    ask = ("compute", f"{b}::p", f"{b}::y", "-l", "bce", "--value-only")
    assert float(shell(*ask, "--positive", "yes").stdout) == pytest.approx(YES)
    refused = shell(*ask)
    assert refused.returncode == 2
    assert "'no' or 'yes'" in refused.stderr
    assert "--positive" in refused.stderr


def test_names_of_columns_in_other_spellings() -> None:
    for names in (["cat", "dog", "bird"], ["cat_prob", "dog_prob", "bird_prob"],
                  ["P(Cat)", "P(Dog)", "P(Bird)"], ["p_CAT", "p_DOG", "p_BIRD"]):  # fmt: skip
        scores = pd.DataFrame(ROWS, columns=names)
        assert lossctl.compute("cross_entropy", scores, WORDS).value == pytest.approx(BY_NAME), (
            names
        )
    scores = pd.DataFrame(ROWS, columns=["p_car", "p_cat", "p_cab"])
    labels = ["cat", "car", "cab", "cat"]  # all begin alike beyond what is cut off
    expected = -math.log(0.3 * 0.1 * 0.6 * 0.7) / 4
    assert lossctl.compute("cross_entropy", scores, labels).value == pytest.approx(expected)


def test_columns_with_numbers_name_nothing() -> None:
    scores = pd.DataFrame(ROWS, columns=["p_0", "p_1", "p_2"])
    assert lossctl.compute("cross_entropy", scores, WORDS).value == pytest.approx(SORTED)


def test_an_unknown_label_is_named_with_its_place(tmp_path: Path) -> None:
    as_csv(frame(["cat", "dog", "fish", "dog"]), tmp_path / "t")
    place = f"{tmp_path}/t.csv"
    with pytest.raises(DataError, match=r"data row 3, column 'y': the label 'fish' is in no class"):
        lossctl.compute("cross_entropy", f"{place}::p_*", f"{place}::y")
    with pytest.raises(DataError, match=r"item 2: the label 'bird' is in no class.* 'cat', 'dog'"):
        lossctl.compute("cross_entropy", ROWS, WORDS, class_names=["cat", "dog", "ox"])
    with pytest.raises(UsageError, match="class_names: 2 names for 3 classes"):
        lossctl.compute("cross_entropy", ROWS, WORDS, class_names=["cat", "dog"])
    with pytest.raises(DataError, match=r"2 labels .*for 3 classes of scores.*class_names"):
        lossctl.compute("cross_entropy", ROWS, ["cat", "dog", "dog", "cat"])


@pytest.mark.parametrize(
    ("loss", "scores", "yes", "no"),
    [
        ("bce", SCORES, YES, NO),
        ("bce_with_logits", [2.0, -1.0, 0.5], None, None),
        ("focal", SCORES, None, None),
        ("brier", SCORES, (0.01 + 0.04 + 0.16) / 3, (0.81 + 0.64 + 0.36) / 3),
        ("hinge", [2.0, -1.0, 0.5], (0 + 0 + 0.5) / 3, (3 + 2 + 1.5) / 3),
        ("soft_margin", [2.0, -1.0, 0.5], None, None),
        ("dice", SCORES, None, None),
    ],
)
def test_one_of_two_labels_is_positive(loss: str, scores: Any, yes: Any, no: Any) -> None:
    for answer, expected, ones in (("yes", yes, [1, 0, 1]), ("no", no, [0, 1, 0])):
        result = lossctl.compute(loss, scores, ANSWERS, positive=answer)
        assert result.value == lossctl.compute(loss, scores, ones).value
        assert expected is None or result.value == pytest.approx(expected)
        assert f"positive:{answer}" in result.signature
    with pytest.raises(UsageError, match=r"which label is positive, 'no' or 'yes'.*positive="):
        lossctl.compute(loss, scores, ANSWERS)
    with pytest.raises(UsageError, match="'ja' is not a label of targets"):
        lossctl.compute(loss, scores, ANSWERS, positive="ja")


def test_what_two_labels_cannot_be() -> None:
    with pytest.raises(DataError, match="reads two labels here, targets hold 3"):
        lossctl.compute("bce", SCORES, ["a", "b", "c"], positive="a")
    with pytest.raises(UsageError, match="positive: bce takes none where the targets are numbers"):
        lossctl.compute("bce", SCORES, [1, 0, 1], positive="yes")
    with pytest.raises(UsageError, match="positive: is for one score per item"):
        lossctl.compute("cross_entropy", ROWS, WORDS, positive="cat")
    assert lossctl.compute("bce", SCORES, ["no"] * 3, positive="yes").value == pytest.approx(
        -math.log(0.1 * 0.8 * 0.4) / 3
    )


def test_an_input_called_positive_stays_one() -> None:
    points = [[0.0, 0.0]], [[1.0, 0.0]], [[4.0, 0.0]]
    value = lossctl.compute("triplet", anchor=points[0], positive=points[1], negative=points[2])
    assert value.value == lossctl.compute("triplet", *points).value


def test_label_maps_and_sequences_of_text() -> None:
    words = np.array([["cat", "dog"], ["dog", "cat"]])
    scores = np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.3, 0.7], [0.6, 0.4]]])  # (N, T, C)
    expected = -math.log(0.9 * 0.8 * 0.7 * 0.6) / 4
    options = {"input": "probabilities", "class_axis": -1}
    assert lossctl.compute("cross_entropy", scores, words, **options).value == pytest.approx(
        expected
    )
    assert (
        lossctl.compute(
            "dice",
            scores.swapaxes(1, 2),
            words,
            average="macro",
            input="probabilities",
            class_axis=1,
        ).value
        == lossctl.compute(
            "dice",
            scores.swapaxes(1, 2),
            [[0, 1], [1, 0]],
            average="macro",
            input="probabilities",
            class_axis=1,
        ).value
    )


def test_identities_may_be_text() -> None:
    points = np.random.default_rng(0).normal(size=(6, 3))
    labels = [0, 1, 0, 1, 2, 2]
    names = np.array(["b", "a", "c"])[labels]
    for loss in ("supervised_contrastive", "circle", "multi_similarity"):
        expected = lossctl.compute(loss, points, labels).value
        assert lossctl.compute(loss, points, names).value == pytest.approx(expected, rel=1e-12)
    scores = np.tanh(np.random.default_rng(1).normal(size=(6, 3)))
    expected = lossctl.compute("arcface", scores, [1, 0, 1, 0, 2, 2]).value
    assert lossctl.compute("arcface", scores, names).value == expected


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_groups_may_be_text(suffix: str, tmp_path: Path) -> None:
    table = pd.DataFrame({"p": [0.2, 1.0, 0.7, 0.1, 0.3], "t": [1.0, 0.0, 1.0, 0.0, 1.0],
                          "q": ["b", "a", "b", "a", "b"]})  # fmt: skip
    {".csv": as_csv, ".jsonl": as_jsonl, ".parquet": as_parquet}[suffix](table, tmp_path / "t")
    place = f"{tmp_path}/t{suffix}"
    expected = lossctl.compute("listnet", table.p, table.t, group=[1, 0, 1, 0, 1])
    result = lossctl.compute("listnet", f"{place}::p", f"{place}::t", group=f"{place}::q")
    assert result.value == expected.value
    assert lossctl.compute("listnet", table.p, table.t, group=table.q).value == expected.value


def test_missing_labels_follow_the_rules_of_nan(tmp_path: Path) -> None:
    expected = -math.log(0.5 * 0.6 * 0.7) / 3
    gap: list[Any] = ["cat", None, "bird", "dog"]
    for write in WRITERS:
        for old in tmp_path.iterdir():
            old.unlink()
        write(frame(gap), tmp_path / "t")
        (file,) = tmp_path.iterdir()
        pair = f"{file}::p_*", f"{file}::y"
        assert lossctl.compute("cross_entropy", *pair, nan="omit").value == pytest.approx(expected)
        with pytest.raises(DataError, match=r"NaN in the targets at (data row|line) 2"):
            lossctl.compute("cross_entropy", *pair)
    names = ["cat", "dog", "bird"]
    for labels in (gap, pd.Series(gap, dtype="category"), pd.Series(gap, dtype="string")):
        result = lossctl.compute("cross_entropy", ROWS, labels, nan="omit", class_names=names)
        assert result.value == pytest.approx(expected)


def test_text_among_numbers_is_an_error_with_its_place(tmp_path: Path) -> None:
    for labels in (["0", "NA", "1", "2"], ["NA", "0", "1", "2"]):
        as_csv(frame(labels), tmp_path / "t")
        place, row = f"{tmp_path}/t.csv", labels.index("NA") + 1
        with pytest.raises(DataError, match=f"data row {row}, column 'y': 'NA' is not a number"):
            lossctl.compute("mse", f"{place}::p_cat", f"{place}::y")
    with pytest.raises(DataError, match="'cat' is not a number"):
        lossctl.compute("mse", [1.0, 2.0], ["cat", "dog"])
    with pytest.raises(DataError, match="'a' is not a number"):
        lossctl.compute("bce", SCORES, ANSWERS, weights=["a", "b", "a"], positive="yes")
    with pytest.raises(DataError, match="'yes' is not a number"):
        lossctl.compute("bce", ANSWERS, [1, 0, 1])


def test_numbers_in_text_are_numbers() -> None:
    assert lossctl.compute(
        "cross_entropy", ROWS, np.array(["0", "1", "2", "1"])
    ).value == pytest.approx(BY_NAME)
    assert lossctl.compute(
        "bce", SCORES, np.array(["True", "False", "True"])
    ).value == pytest.approx(YES)
    assert lossctl.compute("mse", np.array(["1.5", "2"]), [1.5, 4.0]).value == 2.0
    many = np.full((12, 12), 1 / 12)
    with pytest.raises(DataError, match=r"another order as text.*class_names"):
        lossctl.compute("cross_entropy", many, [str(n) for n in range(12)])
    names = [str(n) for n in range(12)]
    assert lossctl.compute("cross_entropy", many, names, class_names=names).value == pytest.approx(
        math.log(12)
    )
    assert lossctl.compute("bce", SCORES, ["2", "1", "2"], positive=2).value == pytest.approx(YES)


def test_parts_of_a_data_set_share_their_labels(tmp_path: Path) -> None:
    for number in range(2):
        rows = slice(2 * number, 2 * number + 2)
        frame()[rows].to_csv(tmp_path / f"t-{number}.csv", index=False)
        np.save(tmp_path / f"y-{number}.npy", np.array(WORDS[rows]))
    result = lossctl.compute("cross_entropy", f"{tmp_path}/t-*.csv::p_*", f"{tmp_path}/t-*.csv::y")
    assert result.value == pytest.approx(BY_NAME)
    result = lossctl.compute("cross_entropy", ROWS, f"{tmp_path}/y-*.npy")
    assert result.value == pytest.approx(SORTED)


def test_ids_align_text(tmp_path: Path) -> None:
    frame().assign(id=[1, 2, 3, 4]).to_csv(tmp_path / "p.csv", index=False)
    frame().assign(id=[1, 2, 3, 4])[::-1].to_csv(tmp_path / "y.csv", index=False)
    result = lossctl.compute(
        "cross_entropy", f"{tmp_path}/p.csv::p_*", f"{tmp_path}/y.csv::y", id="id"
    )
    assert result.value == pytest.approx(BY_NAME)


def test_a_configuration_reads_them(tmp_path: Path) -> None:
    as_csv(frame(), tmp_path / "t")
    document = {
        "version": 1,
        "data": {"p": {"file": f"{tmp_path}/t.csv", "columns": "p_*"},
                 "y": f"{tmp_path}/t.csv::y",
                 "half": {"file": f"{tmp_path}/t.csv", "columns": "p_*", "rows": "0:2"},
                 "two": {"file": f"{tmp_path}/t.csv", "columns": "y", "rows": "0:2"}},
        "supervised": [
            {"loss": "cross_entropy", "predictions": "p", "targets": "y"},
            {"loss": "cross_entropy", "name": "named", "predictions": "p", "targets": "y",
             "reading": {"class_names": ["bird", "dog", "cat"]}},
            {"loss": "cross_entropy", "name": "half", "predictions": "half", "targets": "two"},
        ],
    }  # fmt: skip
    (result,) = lossctl.run(document)
    raw = [component.raw for component in result.components]
    other = -math.log(0.2 * 0.8 * 0.3 * 0.7) / 4
    assert raw == pytest.approx([BY_NAME, other, -math.log(0.5 * 0.8) / 2])


def test_a_pickled_array_says_the_line_that_converts_it(tmp_path: Path) -> None:
    file = tmp_path / "y.npy"
    np.save(file, np.array(WORDS, object), allow_pickle=True)
    with pytest.raises(DataError, match="pickled") as refused:
        lossctl.compute("cross_entropy", ROWS, file)
    line = str(refused.value).rpartition(": ")[2]
    exec(line, {"np": np, "file": file})  # noqa: S102 - the advice is followed
    assert lossctl.compute("cross_entropy", ROWS, file).value == pytest.approx(SORTED)


def test_more_text_than_a_piece_holds(tmp_path: Path) -> None:
    """Labels in many pieces, of which the first hold only some, or nothing."""
    count = 400_000
    words = np.array(["alpha", "beta", "gamma"])[np.arange(count) % 3]
    words[: count // 2] = "alpha"
    scores = np.array([0.5, 0.25, 0.25])
    rows = np.broadcast_to(scores, (count, 3))
    table = pd.DataFrame(rows, columns=["alpha", "beta", "gamma"]).assign(y=words)
    table.to_csv(tmp_path / "t.csv", index=False)
    expected = -np.log(scores[np.searchsorted(["alpha", "beta", "gamma"], words)]).mean()
    file = f"{tmp_path}/t.csv"
    for threads in (1, 3):
        pair = f"{file}::alpha:gamma", f"{file}::y"
        assert lossctl.compute("cross_entropy", *pair, threads=threads).value == pytest.approx(
            expected
        )
    table.assign(y=np.where(np.arange(count) < count // 2, "", words)).to_csv(file, index=False)
    result = lossctl.compute("cross_entropy", *pair, nan="omit")
    assert result.omitted == count // 2


def test_recommend_reads_text(tmp_path: Path) -> None:
    as_csv(frame(), tmp_path / "t")
    place = f"{tmp_path}/t.csv"
    found = lossctl.recommend(
        targets=f"{place}::y", predictions=f"{place}::p_*", task="classification", no_input=True
    )
    assert found.to_dict()["answers"]["classes"] == "multiclass"
    two = lossctl.recommend(
        targets=ANSWERS, predictions=SCORES, task="classification", no_input=True
    )
    assert two.options["positive"] == "yes"
    assert "--positive yes" in two.command


def test_an_unknown_label_is_placed_once(tmp_path: Path) -> None:
    """By the row and the column of the file, neither of them twice."""
    path = tmp_path / "labels.csv"
    path.write_text("label\na\nmaybe\nc\n")
    scores = np.log([[0.2, 0.5, 0.3], [0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    with pytest.raises(DataError) as caught:
        lossctl.compute("cross_entropy", scores, path, class_names=["a", "b", "c"])
    assert f"{path}: data row 2, column 'label': the label 'maybe' is in no class" in str(
        caught.value
    )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_unknown_label_of_many_files_is_placed_once(kind: str, tmp_path: Path) -> None:
    for number, words in enumerate((["a", "b"], ["maybe"])):
        frame, path = pd.DataFrame({"label": words}), tmp_path / f"{number}.{kind}"
        frame.to_csv(path, index=False) if kind == "csv" else frame.to_parquet(path)
    with pytest.raises(DataError) as caught:
        lossctl.compute(
            "cross_entropy", -np.eye(3), tmp_path / f"*.{kind}", class_names=["a", "b", "c"]
        )
    place = f"data row 1 of {tmp_path / f'1.{kind}'}, column 'label': the label 'maybe'"
    assert place in str(caught.value)
