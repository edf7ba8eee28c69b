"""--per-item and --gradient: right numbers, whole files or none."""

from pathlib import Path

import numpy as np
import pytest

from tests.cli.expected import BCE_ITEMS, CANCER, DIABETES, PROGRESS, RIDGE, P, T
from tests.cli.run import SAMPLES, Answer, listing, lossctl, process

BINARY = ("compute", str(CANCER / "preds.npy"), str(CANCER / "targets.npy"), "-l", "bce")
VALUES = ("compute", str(DIABETES / "preds.npy"), str(DIABETES / "targets.npy"))


def table(path: Path) -> np.ndarray:
    """Return the values of a table, behind the number of each row where there is one."""
    found = np.genfromtxt(path, delimiter=",", skip_header=1)
    return found if found.ndim == 1 else found[:, 1]


def test_both_as_a_process(tmp_path: Path) -> None:
    done = process(*BINARY, "--per-item", "i.npy", "--gradient", "g.npy", cwd=tmp_path)
    note = "note: bce: read as probabilities: every prediction lies in [0, 1]\n"
    assert (done.code, done.err) == (0, note)
    np.testing.assert_allclose(np.load(tmp_path / "i.npy"), BCE_ITEMS, rtol=1e-12)
    slope = np.where(T == 1, -1.0 / P, 1.0 / (1.0 - P)) / len(T)
    np.testing.assert_allclose(np.load(tmp_path / "g.npy"), slope, rtol=1e-12)
    assert sorted(listing(tmp_path)) == ["g.npy", "i.npy"]
    assert done == lossctl(*BINARY), "the answer is the same"


def test_tables(tmp_path: Path, answer: Answer) -> None:
    assert answer(*BINARY, "--per-item", "i.csv", "--gradient", "g.csv").code == 0
    np.testing.assert_allclose(table(tmp_path / "i.csv"), BCE_ITEMS, rtol=1e-12)
    assert (tmp_path / "i.csv").read_text(encoding="utf-8").startswith("index,value\n0,")
    answer(*BINARY, "--per-item", "i.npy")
    assert table(tmp_path / "i.csv").tolist() == np.load(tmp_path / "i.npy").tolist()
    again = answer("compute", "i.csv::value", "i.npy", "-l", "mse", "--value-only")
    assert float(again.out) == 0.0, "what is written can be read"


def test_a_file_for_each_loss(tmp_path: Path, answer: Answer) -> None:
    two = (*VALUES, "-l", "mse", "-l", "mae")
    assert answer(*two, "--per-item", "{loss}.npy", "--gradient", "slope-{loss}.csv").code == 0
    assert sorted(listing(tmp_path)) == ["mae.npy", "mse.npy", "slope-mae.csv", "slope-mse.csv"]
    gap = RIDGE - PROGRESS
    np.testing.assert_allclose(np.load(tmp_path / "mse.npy"), gap**2, rtol=1e-12)
    np.testing.assert_allclose(np.load(tmp_path / "mae.npy"), np.abs(gap), rtol=1e-12)
    np.testing.assert_allclose(table(tmp_path / "slope-mse.csv"), 2 * gap / len(gap), rtol=1e-12)
    np.testing.assert_allclose(
        table(tmp_path / "slope-mae.csv"), np.sign(gap) / len(gap), rtol=1e-12
    )


@pytest.mark.parametrize("reduction", ["sum", "none"])
def test_gradient_of_sums_and_items(reduction: str, tmp_path: Path, answer: Answer) -> None:
    gap = RIDGE - PROGRESS
    done = answer(
        *VALUES, "-l", "mse", "--reduction", reduction, "--gradient", "g.npy", "--per-item", "i.npy"
    )
    assert done.code == 0, done
    np.testing.assert_allclose(np.load(tmp_path / "g.npy"), 2 * gap, rtol=1e-12)
    np.testing.assert_allclose(np.load(tmp_path / "i.npy"), gap**2, rtol=1e-12)


def test_class_scores_keep_their_shape(tmp_path: Path, answer: Answer) -> None:
    files = (
        str(SAMPLES / "segmentation/class_logits.npy"),
        str(SAMPLES / "segmentation/class_targets.npy"),
    )
    args = ("compute", *files, "-l", "ce", "--ignore-index", "255", "--precision", "double")
    assert (
        answer(*args, "--per-item", "i.npy", "--gradient", "g.npy", "--reduction", "sum").code == 0
    )
    z, t = np.load(files[0]).astype(float), np.load(files[1])
    kept = t != 255
    chance = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    hot = np.eye(3)[np.where(kept, t, 0)].transpose(0, 3, 1, 2)
    items = np.where(kept, -np.log((chance * hot).sum(axis=1)), 0.0)
    np.testing.assert_allclose(np.load(tmp_path / "i.npy"), items, rtol=1e-9, atol=1e-12)
    slope = np.where(kept[:, None], chance - hot, 0.0)
    np.testing.assert_allclose(np.load(tmp_path / "g.npy"), slope, rtol=1e-9, atol=1e-12)


def test_float32_stays_float32(tmp_path: Path, answer: Answer) -> None:
    files = (str(SAMPLES / "digits/logits.npy"), str(SAMPLES / "digits/targets.npy"))
    answer("compute", *files, "-l", "ce", "--per-item", "i.npy", "--gradient", "g.npy")
    assert np.load(tmp_path / "i.npy").dtype == np.float32
    assert np.load(tmp_path / "g.npy").dtype == np.float32
    assert np.load(tmp_path / "g.npy").shape == (1797, 10)


def test_a_fault_in_the_last_item_leaves_nothing(tmp_path: Path, answer: Answer) -> None:
    p = np.zeros(300_000)
    np.save(tmp_path / "t.npy", p)
    p[-1] = np.nan
    np.save(tmp_path / "p.npy", p)
    (tmp_path / "i.npy").write_bytes(b"old")
    before = listing(tmp_path)
    args = ("compute", "p.npy", "t.npy", "-l", "mse", "-l", "mae")
    done = answer(*args[:5], "--per-item", "i.npy", "--gradient", "g.npy", "-o", "o.json")
    assert (done.code, done.out) == (3, "")
    assert "299999" in done.err
    assert listing(tmp_path) == before
    assert answer(*args, "--per-item", "{loss}.csv", "--gradient", "{loss}.npy").code == 3
    assert listing(tmp_path) == before


def test_a_bad_gradient_name_is_found_before_anything_is_written(
    tmp_path: Path, answer: Answer
) -> None:
    (tmp_path / "i.npy").write_bytes(b"old")
    done = answer(*BINARY, "--per-item", "i.npy", "--gradient", "none/g.npy")
    assert done.code == 2
    assert (tmp_path / "i.npy").read_bytes() == b"old"
    done = answer(*BINARY, "--per-item", "i.npy", "-o", "none/x.json")
    assert done.code == 2
    assert (tmp_path / "i.npy").read_bytes() == b"old"
