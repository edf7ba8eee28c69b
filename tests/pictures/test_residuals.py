"""Residuals: numbers by hand, what is said, what is left out."""

import json
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import lossctl as package
from tests.cli.run import SAMPLES, lossctl


def saved(folder: Path, p: list[float], t: list[float]) -> list[Path]:
    np.save(folder / "p.npy", np.array(p))
    np.save(folder / "t.npy", np.array(t))
    return [folder / "p.npy", folder / "t.npy"]


def test_numbers_by_hand(tmp_path: Path) -> None:
    files = saved(tmp_path, [1.0, 2.0, 4.0, 3.0], [0.0, 2.0, 3.0, 3.0])
    picture = json.loads(lossctl("plot", "residuals", *files, "-f", "json").out)
    assert not list(Draft202012Validator(package.schema("picture")).iter_errors(picture))
    assert picture["columns"]["residual"] == [1.0, 0.0, 1.0, 0.0]
    facts = picture["facts"]
    assert (facts["mean"], facts["median"], facts["mean_absolute"]) == (0.5, 0.5, 0.5)
    assert facts["standard_deviation"] == 0.5
    assert picture["sentences"][0].startswith("mean residual 0.5 (standard error 0.25)")
    assert "too high on average" in picture["sentences"][1]


def test_what_is_not_finite_is_left_out(tmp_path: Path) -> None:
    files = saved(tmp_path, [1.0, np.nan, 3.0], [1.0, 2.0, 3.0])
    assert lossctl("plot", "residuals", *files).code == 3
    done = lossctl("plot", "residuals", *files, "--nan", "omit")
    assert done.code == 0
    assert "1 item without a finite number left out" in done.out


def test_many_items_are_thinned_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lossctl.pictures.residuals.MOST_POINTS", 100)
    found = package.plot(
        "residuals", *(str(SAMPLES / "diabetes" / f"{n}.npy") for n in ("preds", "targets"))
    )
    assert len(found.to_dict()["columns"]["residual"]) <= 100
    assert "of 442 items" in found.sentences[-1]
    p, t = (np.load(SAMPLES / "diabetes" / f"{n}.npy") for n in ("preds", "targets"))
    assert found.facts["mean"] == pytest.approx(float((p - t).mean()))


def test_shapes_that_do_not_fit(tmp_path: Path) -> None:
    files = saved(tmp_path, [1.0, 2.0], [1.0, 2.0, 3.0])
    assert lossctl("plot", "residuals", *files).code == 3
    assert lossctl("plot", "residuals", files[0]).code == 2
