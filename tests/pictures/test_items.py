"""Where a loss comes from: shares by hand, slices, what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

import lossctl as package
from tests.cli.run import SAMPLES, lossctl

BINARY = [SAMPLES / "breast_cancer" / name for name in ("preds.npy", "targets.npy")]


@pytest.fixture
def four(tmp_path: Path) -> list[Path]:
    """Return predictions and targets with the squared errors 1, 4, 9 and 16."""
    np.save(tmp_path / "p.npy", np.array([1.0, 2.0, 3.0, 4.0]))
    np.save(tmp_path / "t.npy", np.zeros(4))
    return [tmp_path / "p.npy", tmp_path / "t.npy"]


def test_shares_by_hand(four: list[Path]) -> None:
    picture = json.loads(lossctl("plot", "items", *four, "-l", "mse", "-f", "json").out)
    columns = picture["columns"]
    at = {x: n for n, x in enumerate(columns["share_of_items"])}
    assert [columns["share_of_loss"][at[x]] for x in (0.0, 0.25, 0.5, 1.0)] == pytest.approx(
        [0.0, 16 / 30, 25 / 30, 1.0]
    )
    assert [columns["loss"][at[x]] for x in (0.25, 0.5, 0.75, 1.0)] == [16.0, 9.0, 4.0, 1.0]
    assert (picture["facts"]["sum"], picture["facts"]["mean"]) == (30.0, 7.5)
    assert picture["sentences"][0].startswith("the 1 worst item carries 53.3 % of mse")


def test_slices_by_class_and_by_column(four: list[Path]) -> None:
    done = lossctl("plot", "items", *BINARY, "-l", "bce", "--by-class", "-f", "json")
    picture = json.loads(done.out)
    p, y = (np.load(file).astype(float) for file in BINARY)
    own = -np.where(y == 1, np.log(np.maximum(p, 1e-10)), np.log(np.maximum(1 - p, 1e-10)))
    part = 100 * own[y == 1].sum() / own.sum()
    assert f"class 1: 37.3 % of the items, {part:.3g} % of the loss" in "\n".join(
        picture["sentences"]
    )
    assert set(picture["columns"]["slice"]) == {"all", "class 0", "class 1"}
    np.save(four[0].parent / "g.npy", np.array([1, 1, 2, 2]))
    column = f"half={four[0].parent / 'g.npy'}"
    text = lossctl("plot", "items", *four, "-l", "mse", "--by", column).out
    assert "half 2: 50 % of the items, 83.3 % of the loss, mean 12.5" in text
    bins = lossctl("plot", "items", *four, "-l", "mse", "--by", column, "--by-class")
    assert bins.code == 2


def test_ignored_items_and_pixels() -> None:
    folder = SAMPLES / "segmentation"
    files = [folder / "class_logits.npy", folder / "class_targets.npy"]
    done = lossctl(
        "plot", "items", *files, "-l", "cross_entropy", "--ignore-index", "255", "-f", "json"
    )
    facts = json.loads(done.out)["facts"]
    assert facts["items"] == int((np.load(files[1]) != 255).sum())
    value = json.loads(
        lossctl("compute", *files, "-l", "cross_entropy", "--ignore-index", "255", "-f", "json").out
    )
    value = value.get("value", value.get("results", [{}])[0].get("value"))
    assert facts["mean"] == pytest.approx(value, rel=1e-6)


def test_what_has_no_items(four: list[Path]) -> None:
    assert lossctl("plot", "items", *four, "-l", "rmse").code == 2
    assert lossctl("plot", "items", *four).code == 2
    done = lossctl("plot", "items", *four, "-l", "mse", "--reduction", "sum")
    assert "items have a loss each" in done.err


def test_losses_below_zero_have_no_shares(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.array([0.0, 1.0]))
    np.save(tmp_path / "t.npy", np.array([0.0, 1.0]))
    files = [tmp_path / "p.npy", tmp_path / "t.npy"]
    text = lossctl("plot", "items", *files, "-l", "mse").out
    assert "shares of it mean nothing" in text


def test_more_than_a_few_slices_have_a_row_each() -> None:
    values = np.arange(1.0, 2501.0)
    place = np.array([f"{k:02d}" for k in range(25)])[np.arange(2500) % 25]
    found = package.plot("items", np.zeros(2500), np.sqrt(values), loss="mse", by={"place": place})
    losses, shares = found.picture.panels
    assert list(losses.y.names[:2]) == ["place 24", "place 23"]  # most of the loss first
    assert losses.y.names[-1] == "5 others"
    middle = next(trace for trace in losses.traces if trace.name == "median")
    assert middle.x[0] == pytest.approx(np.median(values[place == "24"]))
    rest = np.isin(place, ["00", "01", "02", "03", "04"])
    assert middle.x[-1] == pytest.approx(np.median(values[rest]))
    marks = next(trace for trace in shares.traces if trace.style == "marks")
    assert marks.x[-1] == pytest.approx(values[rest].sum() / values.sum())
    assert marks.x.sum() == pytest.approx(1.0)


def test_items_without_a_finite_loss_are_named(four: list[Path]) -> None:
    np.save(four[0], np.array([1.0, np.inf, 3.0, 4.0]))
    picture = json.loads(lossctl("plot", "items", *four, "-l", "mse", "-f", "json").out)
    assert (picture["facts"]["items"], picture["facts"]["sum"]) == (3, 26.0)
    assert picture["sentences"][-1] == "1 item without a finite loss left out"
