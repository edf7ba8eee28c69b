"""`--id`: a reorder is repaired and told; anything else is an error."""

import math
from pathlib import Path

import numpy as np
import pytest

from tests.cli.expected import DIABETES, MSE, PROGRESS, RIDGE
from tests.cli.run import lossctl

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


def test_without_ids_rows_are_taken_as_they_come(folder: Path) -> None:
    done = lossctl(*(word for word in ARGS if word not in {"--id", "id"}), cwd=folder)
    assert float(done.out) != pytest.approx(MSE, rel=1e-3)


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
