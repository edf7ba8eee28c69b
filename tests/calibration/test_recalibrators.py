"""Maps of probabilities: against scikit-learn, kept in files, applied to what was fitted."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

import lossctl as package
from lossctl.calibration.recalibrators import METHODS, Method, Recalibrator, fit, log_odds
from lossctl.core.errors import DataError, UsageError
from tests.cli.run import lossctl


def rows(count: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return logits that are twice too large, (n, C), and labels of the true ones."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0.0, 1.0, (count, classes))
    labels = (z + rng.gumbel(size=z.shape)).argmax(axis=1)
    return 2.0 * z, np.eye(classes)[labels]


def test_the_temperature_of_logits_that_are_twice_too_large_is_two() -> None:
    z, truth = rows(20_000, 3, 1)
    found = fit("temperature", z, truth, np.ones(len(z)), joint=True)
    assert found.values["temperature"] == pytest.approx(2.0, rel=0.03)
    p = np.exp(z / found.values["temperature"])
    np.testing.assert_allclose(found.apply(z), p / p.sum(axis=1, keepdims=True), rtol=1e-12)


def test_isotonic_is_that_of_scikit_learn() -> None:
    z, truth = rows(400, 2, 2)
    one, y = z[:, 1] - z[:, 0], truth[:, 1]
    found = fit("isotonic", one, y, np.ones(400), joint=False)
    p = 1 / (1 + np.exp(-one))
    theirs = IsotonicRegression(out_of_bounds="clip").fit(p, y)
    new = np.linspace(-6.0, 6.0, 301)
    np.testing.assert_allclose(found.apply(new), theirs.predict(1 / (1 + np.exp(-new))), atol=1e-12)


def test_isotonic_of_classes_is_that_of_scikit_learn() -> None:
    z, truth = rows(500, 4, 3)
    p = np.exp(z)
    p /= p.sum(axis=1, keepdims=True)

    class Fixed:
        """A classifier whose probabilities are its inputs."""

        classes_ = np.arange(4)
        _estimator_type = "classifier"

        def fit(self, *_: Any) -> "Fixed":
            return self

        def predict_proba(self, x: np.ndarray) -> np.ndarray:
            return x

        def predict(self, x: np.ndarray) -> np.ndarray:
            return x.argmax(axis=1)

        def __sklearn_tags__(self) -> Any:
            return LogisticRegression().__sklearn_tags__()

        def __sklearn_is_fitted__(self) -> bool:
            return True

    theirs = CalibratedClassifierCV(FrozenEstimator(Fixed()), method="isotonic", ensemble=False)
    expected = theirs.fit(p, truth.argmax(axis=1)).predict_proba(p)
    found = fit("isotonic", np.log(p), truth, np.ones(500), joint=True).apply(np.log(p))
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_platt_undoes_a_slope_and_a_shift() -> None:
    rng = np.random.default_rng(4)
    z = rng.normal(size=20_000)
    y = (rng.random(20_000) < 1 / (1 + np.exp(-z))) * 1.0
    found = fit("platt", 3.0 * z - 1.0, y, np.ones(len(z)), joint=False)
    assert found.values["slope"][0] == pytest.approx(1 / 3, rel=0.05)
    assert found.values["shift"][0] == pytest.approx(1 / 3, abs=0.06)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("joint", [True, False])
def test_a_map_survives_its_file(method: Method, joint: bool) -> None:
    z, truth = rows(120, 3, 5)
    found = fit(method, z, truth, np.ones(120), joint=joint)
    again = Recalibrator.from_dict(json.loads(json.dumps(found.to_dict())))
    np.testing.assert_array_equal(again.apply(z), found.apply(z))
    sums = again.apply(z).sum(axis=1)
    assert np.allclose(sums, 1.0) == joint
    with pytest.raises(UsageError, match="3 classes"):
        again.apply(z[:, :2])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("joint", [True, False])
def test_a_map_takes_lists_and_none(method: Method, joint: bool) -> None:
    z, truth = rows(120, 3, 5)
    of_rows = fit(method, z, truth, np.ones(120), joint=joint)
    of_items = fit(method, z[:, 0], truth[:, 0], np.ones(120), joint=False)
    for found, given in ((of_rows, z), (of_items, z[:, 0])):
        np.testing.assert_array_equal(found.apply(given.tolist()), found.apply(given))
        assert found.apply(given[:0]).shape == given[:0].shape
        with pytest.raises(DataError, match="must be numbers"):
            found.apply(["a"])


def table(path: Path, scores: dict[str, np.ndarray], labels: Sequence[str]) -> tuple[str, str]:
    """Write a table of scores and labels; return where both are."""
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*(f"score_{name}" for name in scores), "class"])
        writer.writerows(zip(*(column.tolist() for column in scores.values()), labels, strict=True))
    return f"{path}::score_*", f"{path}::class"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("classes", [("cat", "dog", "fox"), ("no", "yes")])
def test_classes_of_a_map_go_by_their_names(
    method: str, classes: tuple[str, ...], tmp_path: Path
) -> None:
    """What is written for each class is the same in whichever order the columns stand."""
    z, truth = rows(300, len(classes), 6)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    labels = [classes[k] for k in truth.argmax(axis=1)]
    scores = dict(zip(classes, p.T, strict=True))
    first = table(tmp_path / "a.csv", scores, labels)
    turned = table(tmp_path / "b.csv", dict(reversed(scores.items())), labels)
    other = table(tmp_path / "c.csv", {"elk": p[:, 0], **dict(list(scores.items())[1:])}, labels)
    kept, out = tmp_path / "map.json", [tmp_path / f"{k}.npy" for k in range(3)]
    fits = ("--recalibrate", method, "--save", kept)
    assert lossctl("calibrate", *first, *fits, "--recalibrated", out[0]).code == 0
    applied = lossctl("calibrate", *turned, "--apply", kept, "--recalibrated", out[1])
    alone = lossctl("calibrate", turned[0], "--apply", kept, "--recalibrated", out[2])
    assert (applied.code, alone.code, alone.err) == (0, 0, ""), applied.err
    for path in out[1:]:
        np.testing.assert_allclose(np.load(path)[:, ::-1], np.load(out[0]), atol=1e-12)
    refused = lossctl("calibrate", other[0], "--apply", kept, "--recalibrated", out[1])
    assert refused.code == 2
    assert f"is of the classes {', '.join(classes)}, the predictions of elk, " in refused.err
    np.save(tmp_path / "p.npy", p)
    unnamed = lossctl("calibrate", tmp_path / "p.npy", "--apply", kept, "--recalibrated", out[2])
    assert "do not name their classes" in unnamed.err
    np.testing.assert_allclose(np.load(out[2]), np.load(out[0]), atol=1e-12)


def test_a_map_of_one_probability_is_of_no_rows_of_classes(tmp_path: Path) -> None:
    z, truth = rows(80, 4, 7)
    for name, array in (("z", z), ("y", truth.argmax(axis=1)), ("rows", 1.0 * (z > 0.0))):
        np.save(tmp_path / f"{name}.npy", array)
    kept, out = tmp_path / "map.json", tmp_path / "out.npy"
    kept.write_text(json.dumps(VALID))
    for targets in ((), ("y.npy",), ("rows.npy",)):
        files = [tmp_path / name for name in ("z.npy", *targets)]
        done = lossctl("calibrate", *files, "--apply", kept, "--recalibrated", out)
        assert (done.code, out.exists()) == (2 if targets else 3, False), done
        assert "the recalibrator is of one probability per item, " in done.err
        assert "4 classes" in done.err


VALID: dict[str, Any] = {
    "schema_version": 1,
    "recalibrator": "isotonic",
    "columns": 0,
    "joint": False,
    "values": {"scores": [[0.1, 0.9]], "calibrated": [[0.2, 0.7]]},
    "rows": 10,
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"recalibrator": "beta"}, "is no recalibrator"),
        ({"schema_version": 2}, "version 2"),
        ({"columns": -1}, "needs columns"),
        ({"joint": "yes"}, "needs columns"),
        ({"values": []}, "needs the values"),
        ({"values": {"scores": [[0.9, 0.1]], "calibrated": [[0.2, 0.7]]}}, "rising"),
        ({"values": {"scores": [[0.1, 0.9]], "calibrated": [[0.2, 1.7]]}}, "rising"),
        ({"values": {"scores": [[0.1]], "calibrated": [[0.2, 0.7]]}}, "rising"),
        ({"values": {"scores": [[0.1, "x"]], "calibrated": [[0.2, 0.7]]}}, "must be numbers"),
        ({"values": {"scores": [], "calibrated": []}}, "needs 1"),
        ({"classes": ["yes"]}, "needs 2 different classes"),
        ({"classes": ["yes", "yes"]}, "needs 2 different classes"),
        ({"recalibrator": "temperature", "values": {"temperature": 0.0}}, "above 0"),
        ({"recalibrator": "temperature", "values": {"temperature": float("nan")}}, "finite"),
    ],
)
def test_files_that_are_no_map(change: dict[str, Any], said: str) -> None:
    assert Recalibrator.from_dict(VALID)
    with pytest.raises(ValueError, match=said):
        Recalibrator.from_dict(VALID | change)


def test_log_odds_of_certain_probabilities_are_finite() -> None:
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
    assert log_odds(np.array([0.75]))[0] == pytest.approx(np.log(3.0))


def test_a_temperature_beyond_its_range_is_not_fitted(tmp_path: Path) -> None:
    z = np.linspace(-2.0, 2.0, 200)
    files = [tmp_path / "z.npy", tmp_path / "y.npy"]
    np.save(files[0], z)
    np.save(files[1], (z > 0.0).astype(int))
    kept = tmp_path / "map.json"
    done = lossctl("calibrate", *files, "--recalibrate", "temperature", "--save", kept)
    assert (done.code, kept.exists()) == (2, False)
    assert "temperature is not fitted: the best is beyond its range, 0.05 to 20" in done.err


def test_a_fold_that_fits_no_temperature_measures_no_gain() -> None:
    """One row decides whether a cut separates: the folds without it fit nothing."""
    z = np.r_[np.linspace(-3.0, -1.0, 60), np.linspace(1.0, 3.0, 60)]
    y = (z > 0.0).astype(int)
    y[0] = 1
    found = package.calibrate(z, y, recalibrate="temperature")
    assert found.recalibrator is not None
    assert found.improvements == ()
    assert "some folds do not fit the map" in "".join(found.notes)
