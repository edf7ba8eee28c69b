"""The landscape of a loss: optima that are known, values by hand, what it says, what it refuses."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

import lossctl as package
from lossctl.core.errors import DataError, UsageError
from lossctl.core.options import Options
from lossctl.core.spec import parse_spec
from lossctl.data_places import Data
from lossctl.loss_specs import spec_of
from lossctl.pictures.landscape import landscape
from lossctl.pictures.picture import Picture
from tests.cli.run import SAMPLES, lossctl


@pytest.fixture(autouse=True)
def small_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lossctl.pictures.landscape.GRID", (9, 7))


def seen(loss: str, p: Any, t: Any, **options: Any) -> Picture:
    weights = options.pop("weights", None)
    data = Data([p, t], weights=weights)
    return landscape(spec_of(*parse_spec(loss)), data, Options(**options))


def labels(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    z = rng.normal(0.0, 1.5, rows)
    return z, (rng.random(rows) < 1 / (1 + np.exp(-z))) * 1.0


def test_values_are_stretched_about_their_mean() -> None:
    """Predictions 2t + 1 need half the scale: about their mean 2m + 1, then back by m + 1."""
    t = np.array([0.0, 1.0, 2.0, 5.0])
    found = seen("mse", 2 * t + 1, t)
    assert found.facts["scale"] == pytest.approx(0.5, abs=1e-3)
    assert found.facts["shift"] == pytest.approx(-(t.mean() + 1), abs=1e-2)
    assert found.facts["optimum"] == pytest.approx(0.0, abs=1e-4)
    assert found.facts["present"] == pytest.approx(float(np.mean((t + 1) ** 2)))
    surface = found.surface
    assert surface is not None
    centre = float((2 * t + 1).mean())
    for row, shift in enumerate(surface.ys):
        for column, scale in enumerate(surface.xs):
            changed = centre + scale * (2 * t + 1 - centre) + shift
            expected = float(np.mean((changed - t) ** 2))
            assert surface.values[row, column] == pytest.approx(expected)


def test_the_optimum_of_logits_is_the_logistic_regression() -> None:
    z, y = labels(600, 1)
    given = 3.0 * z - 1.0
    theirs = LogisticRegression(C=np.inf, tol=1e-10).fit(given[:, None], y)
    found = seen("bce_with_logits", given, y)
    assert found.facts["scale"] == pytest.approx(theirs.coef_[0, 0], rel=5e-3)
    assert found.facts["shift"] == pytest.approx(theirs.intercept_[0], abs=5e-3)
    best = log_loss(y, theirs.predict_proba(given[:, None]))
    assert found.facts["optimum"] == pytest.approx(best, rel=1e-5)
    as_p = seen("bce", 1 / (1 + np.exp(-given)), y)
    assert as_p.facts["optimum"] == pytest.approx(best, rel=1e-4)
    assert "rescaling alone would help" in found.sentences[1]


def test_classes_are_scaled_and_moved_along_their_shares() -> None:
    rng = np.random.default_rng(2)
    z = rng.normal(size=(800, 3)) + np.log([0.7, 0.2, 0.1])
    t = (z + rng.gumbel(size=z.shape)).argmax(axis=1)
    found = seen("cross_entropy", 2.0 * z, t, input="logits")
    assert found.facts["scale"] == pytest.approx(0.5, rel=0.15)
    assert "would help" in found.sentences[1]
    as_p = np.exp(2.0 * z) / np.exp(2.0 * z).sum(axis=1, keepdims=True)
    again = seen("cross_entropy", as_p, np.eye(3)[t], input="probabilities")
    assert again.facts["optimum"] == pytest.approx(found.facts["optimum"], rel=1e-4)
    assert again.facts["present"] == pytest.approx(found.facts["present"], rel=1e-6)


def test_probabilities_that_are_true_need_no_rescaling() -> None:
    z, y = labels(1500, 3)
    said = seen("bce_with_logits", z, y, input="logits").sentences[1]
    assert "rescaling alone would not help" in said or "within its error" in said


def test_few_rows_say_nothing_of_others() -> None:
    z, y = labels(20, 4)
    assert "fewer than 50 rows" in seen("bce_with_logits", z, y, input="logits").sentences[-1]


def test_weights_are_repetitions() -> None:
    t = np.array([0.0, 1.0, 2.0, 5.0])
    p = np.array([0.5, 1.5, 1.0, 7.0])
    w = np.array([1.0, 3.0, 2.0, 1.0])
    again = np.repeat(np.arange(4), w.astype(int))
    weighted = seen("mse", p, t, weights=w).facts["present"]
    assert weighted == pytest.approx(seen("mse", p[again], t[again]).facts["present"])


def test_masks_and_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lossctl.pictures.landscape.STEPS", 10)
    folder = SAMPLES / "segmentation"
    found = seen("dice", str(folder / "preds.npy"), str(folder / "targets.npy"))
    assert found.facts["optimum"] <= found.facts["present"]
    rng = np.random.default_rng(0)  # more masks than rows of a mask, which are no classes
    masks = (rng.uniform(size=(12, 6, 6)) > 0.6).astype(float)
    shares = np.clip(0.5 * masks + 0.5 * rng.uniform(size=masks.shape), 0.0, 1.0)
    whole = 1.0 - 2.0 * (shares * masks).sum() / (shares + masks).sum()
    assert seen("dice", shares, masks).facts["present"] == pytest.approx(whole)
    monkeypatch.setattr("lossctl.pictures.landscape.MOST_ROWS", 100)
    z, y = labels(999, 5)
    sampled = seen("bce_with_logits", z, y, input="logits")
    assert sampled.facts["rows"] == 100
    assert "of 999 rows 100" in sampled.sentences[-1]


@pytest.mark.parametrize(
    ("loss", "p", "t", "options", "said"),
    [
        ("accuracy_is_none", [0.1], [1.0], {}, "unknown"),
        ("mse", [0.1, 0.2], [1.0, 2.0], {"reduction": "none"}, "one value"),
        ("dice", [0, 1, 1], [0, 1, 0], {"input": "labels"}, "labels"),
    ],
)
def test_what_has_no_landscape(
    loss: str, p: list[float], t: list[float], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        seen(loss, np.array(p), np.array(t), **options)


def test_from_the_shell(tmp_path: Path) -> None:
    files = [SAMPLES / "diabetes" / name for name in ("preds.npy", "targets.npy")]
    done = lossctl("plot", "landscape", *files, "-l", "mse", "-f", "json")
    assert (done.code, done.err) == (0, "")
    picture = json.loads(done.out)
    assert min(picture["columns"]["value"]) >= picture["facts"]["optimum"]
    sketch = lossctl("plot", "landscape", *files, "-l", "mse").out
    assert "present: 2986.82" in sketch
    triplet = SAMPLES / "embeddings"
    inputs = [triplet / f"{name}.npy" for name in ("anchor", "positive", "negative")]
    assert (
        "predictions and targets alone"
        in lossctl("plot", "landscape", *inputs, "-l", "triplet").err
    )
    assert "No such option" in lossctl("plot", "landscape", *files, "-l", "mse", "--by-class").err
    assert "--loss" in lossctl("plot", "landscape", *files).err


def test_no_rows_are_refused_as_by_compute() -> None:
    with pytest.raises(DataError, match="hold no items"):
        seen("mae", np.zeros((0, 3)), np.zeros((0, 3)))


def test_a_least_value_at_the_end_of_the_search_is_no_optimum() -> None:
    """A cut separates these labels: bce falls for every greater scale; these values say nothing."""
    truth = np.arange(40) % 2
    found = package.plot("landscape", truth - 0.5, truth, loss="bce_with_logits")
    assert found.facts["at_end_of_search"] == "yes"
    assert "still falls at scale 20, where the search ends" in found.sentences[1]
    assert found.picture.surface is not None
    assert found.picture.surface.marks[1].name == "least, at the end of the search, scale 20"
    noise = package.plot(
        "landscape", np.tile([1.0, -1.0], 20), np.repeat([0.0, 1.0], 20), loss="mse"
    )
    assert "still falls at scale 0.05" in noise.sentences[1]


def test_constant_predictions_have_no_scale() -> None:
    found = package.plot("landscape", np.full(40, 3.0), np.linspace(0.0, 1.0, 40), loss="mse")
    assert found.facts["scale"] == 1.0
    assert found.facts["shift"] == pytest.approx(-2.5, abs=1e-2)


def test_the_mean_of_huge_predictions_does_not_overflow() -> None:
    found = package.plot("landscape", np.full(40, 1e308), np.linspace(0.0, 1.0, 40), loss="mae")
    assert found.facts["scale"] == 1.0
    assert found.facts["present"] == pytest.approx(1e308)


def test_what_is_infinite_has_no_landscape() -> None:
    t = np.array([0.0, 1.0, 2.0, 5.0])
    p = np.array([0.0, np.inf, 2.0, np.inf])
    with pytest.raises(DataError, match=r"predictions: 2 infinite values, the first at item 1;"):
        seen("mse", p, t)
    with pytest.raises(DataError, match="targets: 2 infinite values"):
        seen("mse", t, p)
    nowhere = np.array([np.nan, 1.0, 2.0, 3.0])
    with pytest.raises(DataError, match="mse: is finite at no scale and shift"):
        seen("mse", nowhere, t, nan="propagate")


def test_a_logit_of_minus_infinity_is_a_class_that_cannot_be() -> None:
    """The third class never occurs and has no share: the landscape is that of the others."""
    rng = np.random.default_rng(5)
    z = rng.normal(size=(40, 3))
    y = rng.integers(0, 2, 40)
    z[:, 2] = -np.inf
    found = seen("cross_entropy", z, y)
    assert found.facts["present"] == pytest.approx(
        log_loss(y, np.exp(z) / np.exp(z).sum(1)[:, None], labels=[0, 1, 2])
    )
