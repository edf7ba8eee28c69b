"""`--id`: a reorder is repaired and noted, anything else is an error; ids label rows."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from tests.cli.expected import DIABETES, MSE, PROGRESS, RIDGE
from tests.cli.run import Answer, lossctl

ARGS = ("compute", "one.csv::p", "two.csv::t", "--id", "id", "--loss", "mse", "--value-only")
NAMES = [f"row {number}" for number in range(len(RIDGE))]


def write(path: Path, column: str, ids: list[str], values: np.ndarray) -> None:
    rows = (f"{name},{value!r}\n" for name, value in zip(ids, values.tolist(), strict=True))
    path.write_text(f"id,{column}\n" + "".join(rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write predictions in order and targets in another."""
    order = np.random.default_rng(0).permutation(len(RIDGE))
    write(tmp_path / "one.csv", "p", NAMES, RIDGE)
    write(tmp_path / "two.csv", "t", [NAMES[at] for at in order], PROGRESS[order])
    return tmp_path


def test_a_reorder_is_repaired(folder: Path) -> None:
    done = lossctl(*ARGS, cwd=folder)
    assert done.code == 0, done
    assert float(done.out) == pytest.approx(MSE, rel=1e-13)
    assert done.err.startswith("note: mse: two.csv: ")
    assert "442" in done.err
    assert "id" in done.err


def test_ids_in_another_order_ask_for_the_option(folder: Path) -> None:
    done = lossctl(*(word for word in ARGS if word not in {"--id", "id"}), cwd=folder)
    assert done.code == 3, done
    assert "--id id" in done.err


def test_the_same_order_says_nothing(folder: Path) -> None:
    write(folder / "two.csv", "t", NAMES, PROGRESS)
    done = lossctl(*ARGS, cwd=folder)
    assert (done.code, done.err) == (0, "")
    assert float(done.out) == pytest.approx(MSE, rel=1e-13)


def test_weights_are_aligned_too(folder: Path) -> None:
    weights = np.arange(1.0, len(RIDGE) + 1.0)
    write(folder / "three.csv", "w", NAMES[::-1], weights[::-1])
    done = lossctl(*ARGS, "--weights", "three.csv::w", cwd=folder)
    squares = (RIDGE - PROGRESS) ** 2
    wanted = math.fsum(weights * squares) / math.fsum(weights)
    assert done.code == 0, done
    assert float(done.out) == pytest.approx(wanted, rel=1e-13)


def test_two_inputs_of_the_reordered_table_are_both_aligned(folder: Path) -> None:
    order = np.arange(len(RIDGE))[::-1]
    rows = (f"{NAMES[at]},{float(PROGRESS[at])!r},{at + 1}\n" for at in order)
    (folder / "two.csv").write_text("id,t,w\n" + "".join(rows), encoding="utf-8")
    done = lossctl(*ARGS, "--weights", "two.csv::w", cwd=folder)
    weights = np.arange(1.0, len(RIDGE) + 1.0)
    wanted = math.fsum(weights * (RIDGE - PROGRESS) ** 2) / math.fsum(weights)
    assert done.code == 0, done
    assert float(done.out) == pytest.approx(wanted, rel=1e-13)


def test_class_columns_are_aligned(folder: Path) -> None:
    (folder / "one.csv").write_text("id,c_0,c_1\na,0.9,0.1\nb,0.2,0.8\n", encoding="utf-8")
    (folder / "two.csv").write_text("id,t\nb,1\na,0\n", encoding="utf-8")
    args = (
        "compute",
        "one.csv::c_*",
        "two.csv::t",
        "--id",
        "id",
        "-l",
        "cross_entropy",
        "--value-only",
    )
    done = lossctl(*args, cwd=folder)
    assert done.code == 0, done
    assert float(done.out) == pytest.approx(-(math.log(0.9) + math.log(0.8)) / 2, rel=1e-13)


def test_missing_and_repeated_ids_are_counted(folder: Path) -> None:
    write(folder / "two.csv", "t", NAMES[:-2], PROGRESS[:-2])
    missing = lossctl(*ARGS, cwd=folder)
    assert (missing.code, missing.out) == (3, "")
    assert "2 only in one.csv" in missing.err
    write(folder / "two.csv", "t", [*NAMES[:-2], NAMES[0], NAMES[1]], PROGRESS)
    repeated = lossctl(*ARGS, cwd=folder)
    assert (repeated.code, repeated.out) == (3, "")
    assert "two.csv: 2 ids" in repeated.err


def test_ids_are_text(folder: Path) -> None:
    ids = ["1.10", "1.1", "1", "01", "1e0", "12345678901234567890", "12345678901234567891"]
    values = np.arange(float(len(ids)))
    write(folder / "one.csv", "p", ids, values)
    write(folder / "two.csv", "t", ids[::-1], values[::-1])
    done = lossctl(*ARGS, cwd=folder)
    assert (done.code, done.out) == (0, "0.0\n"), done


def test_an_npy_file_has_no_ids(folder: Path) -> None:
    done = lossctl(
        "compute", "one.csv::p", DIABETES / "targets.npy", "--id", "id", "-l", "mse", cwd=folder
    )
    assert done.code == 2, done
    assert "--id" in done.err


SCORES = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.3, 0.5]])
ONE = ("compute", "--table", "t.csv", "--column", "predictions=p_*", "--column", "targets=y")
ONE_LOSS = (*ONE, "-l", "cross_entropy")
CE = [-math.log(0.7), -math.log(0.6), -math.log(0.5)]
ROWS = ["a", "b,c", "\u00e9\x1b"]


def one_table(path: Path, ids: list[str] = ROWS) -> None:
    """Write class scores, labels and ids in one table."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["name", "p_0", "p_1", "p_2", "y", "g"])
        for number, (name, row) in enumerate(zip(ids, SCORES.tolist(), strict=True)):
            writer.writerow([name, *row, number, number // 2])


def written(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


READ = "note: cross_entropy: read as probabilities: rows lie in [0, 1] and sum to 1\n"


def test_ids_of_one_table_label_what_is_written(tmp_path: Path, answer: Answer) -> None:
    one_table(tmp_path / "t.csv")
    outputs = ("--per-item", "i.csv", "--gradient", "g.csv")
    done = answer(*ONE_LOSS, "--id", "name", *outputs)
    assert (done.code, done.err) == (0, READ)
    head, *items = written(tmp_path / "i.csv")
    assert head == ["index", "name", "value"]
    assert [row[:2] for row in items] == [["0", ROWS[0]], ["1", ROWS[1]], ["2", "\u00e9\\x1b"]]
    assert [float(row[2]) for row in items] == pytest.approx(CE, rel=1e-12)
    head, *slopes = written(tmp_path / "g.csv")
    assert head == ["name", "value_0", "value_1", "value_2"]
    assert [row[0] for row in slopes] == [*ROWS[:2], "\u00e9\\x1b"]
    found = np.array([row[1:] for row in slopes], float)
    np.testing.assert_allclose(found, -np.eye(3) / SCORES / 3, rtol=1e-12)
    done = answer(
        "compute", "i.csv::value", "i.csv::value", "--id", "name", "-l", "mse", "--value-only"
    )
    assert (done.out, done.err) == ("0.0\n", ""), "what is written can be read"


def test_ids_of_aligned_tables_label_what_is_written(folder: Path) -> None:
    outputs = ("--per-item", "i.csv", "--gradient", "g.csv")
    args = ("compute", "two.csv::t", "one.csv::p", "--id", "id", "-l", "mse")
    assert lossctl(*args, *outputs, cwd=folder).code == 0
    order = [row[0] for row in written(folder / "two.csv")[1:]]
    gap = dict(zip(NAMES, (PROGRESS - RIDGE).tolist(), strict=True))
    for name, value in (("i", lambda gap: gap**2), ("g", lambda gap: 2 * gap / len(NAMES))):
        head, *rows = written(folder / f"{name}.csv")
        assert head == [*(["index"] if name == "i" else []), "id", "value"]
        assert [row[-2] for row in rows] == order
        found = {row[-2]: float(row[-1]) for row in rows}
        assert found == pytest.approx({name: value(one) for name, one in gap.items()}, rel=1e-12)


def test_a_file_that_holds_no_ids_is_noted(tmp_path: Path, answer: Answer) -> None:
    one_table(tmp_path / "t.csv")
    done = answer(*ONE_LOSS, "--id", "name", "--per-item", "i.npy", "--gradient", "g.npy")
    assert done.code == 0
    for name in ("i.npy", "g.npy"):
        assert f"{name} cannot hold ids" in done.err
    assert "name it .csv" in done.err
    done = answer(*ONE_LOSS, "--per-item", "i.npy")
    assert done.err == READ, "without --id there is nothing to say of ids"


@pytest.mark.parametrize(
    "args",
    [
        ("-l", "cross_entropy", "--class-axis", "0"),
        ("-l", "cross_entropy", "--class-axis", "-2"),
        ("-l", "dice", "--average", "macro"),
    ],
)
def test_values_that_are_not_those_of_rows_get_no_ids(
    args: tuple[str, ...], tmp_path: Path, answer: Answer
) -> None:
    one_table(tmp_path / "t.csv")
    done = answer(*ONE, *args, "--input", "probabilities", "--id", "name", "--per-item", "i.csv")
    assert done.code == 0, done
    assert "values per item do not belong to the rows" in done.err
    assert written(tmp_path / "i.csv")[0] == ["index", "value"]


def test_values_of_named_groups_get_no_ids(tmp_path: Path, answer: Answer) -> None:
    rows = ["name,p,y,g", "a,0.5,1,7", "b,1.5,2,3", "c,0.1,1,5"]
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    args = ("compute", "--table", "t.csv", "--column", "predictions=p", "--column", "targets=y")
    more = ("-l", "listnet", "--group", "g", "--id", "name", "--per-item", "i.csv")
    done = answer(*args, *more)
    assert (done.code, "do not belong to the rows" in done.err) == (0, True), done
    assert written(tmp_path / "i.csv")[0] == ["index", "value"]


def test_ids_of_one_table_are_checked(tmp_path: Path, answer: Answer) -> None:
    one_table(tmp_path / "t.csv", ["a", "a", "b"])
    done = answer(*ONE_LOSS, "--id", "name")
    assert (done.code, done.out) == (3, "")
    assert "t.csv: 1 id is in several rows, such as 'a'" in done.err
    one_table(tmp_path / "t.csv", ["a", "", "b"])
    done = answer(*ONE_LOSS, "--id", "name")
    assert (done.code, "1 rows have no name, the first is data row 2" in done.err) == (3, True)
    done = answer(*ONE_LOSS, "--id", "p_*")
    assert (done.code, "'p_*' are 3 columns" in done.err) == (2, True), done
    done = answer(*ONE_LOSS, "--id", "nam")
    assert (done.code, "did you mean name" in done.err) == (2, True), done


def test_messages_name_the_id(tmp_path: Path, answer: Answer) -> None:
    one_table(tmp_path / "t.csv")
    text = (tmp_path / "t.csv").read_text(encoding="utf-8").replace("0.5,2,1", "nan,2,1")
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    done = answer(*ONE_LOSS, "--id", "name")
    assert done.code == 3
    assert "data row 3 (name '\u00e9\\x1b')" in done.err
    (tmp_path / "c.yaml").write_text(
        "version: 1\ndata: {t: {file: t.csv, columns: [p_0, p_1], id: name}}\n"
        'rules: [{formula: "p_0 -> p_1", name: r}]\n'
    )
    done = answer("run", "c.yaml")
    assert "worst data row 1 (name 'a')" in done.out, done
