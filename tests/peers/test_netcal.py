"""Recalibrators and lines of `calibrate` beside those of netcal; .ci/long installs it."""

import warnings
from typing import Any

import numpy as np
import pytest

import lossctl
from tests.peers._inputs import simplex

with warnings.catch_warnings():  # of what it imports beside what is compared
    warnings.simplefilter("ignore")
    scaling = pytest.importorskip("netcal.scaling")
    binning = pytest.importorskip("netcal.binning")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]


@pytest.fixture
def binary(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw probabilities that are too extreme, and labels."""
    z = rng.normal(0.0, 1.5, 600)
    return 1 / (1 + np.exp(-2.0 * z - 0.5)), (rng.random(600) < 1 / (1 + np.exp(-z))).astype(int)


def recalibrated(p: np.ndarray, y: np.ndarray, method: str) -> np.ndarray:
    """Fit a map to all rows, and apply it to them."""
    found = lossctl.calibrate(p, y, recalibrate=method).recalibrator
    assert found is not None
    return found.apply(np.log(p) if p.ndim > 1 else np.log(p / (1 - p)))


@pytest.mark.parametrize(
    ("method", "theirs"),
    [("temperature", scaling.TemperatureScaling), ("isotonic", binning.IsotonicRegression)],
)
def test_maps_of_one_probability(method: str, theirs: Any, binary: Any) -> None:
    p, y = binary
    peer = theirs()
    peer.fit(p, y)
    np.testing.assert_allclose(recalibrated(p, y, method), peer.transform(p), atol=2e-5)


def test_the_temperature_of_classes(rng: np.random.Generator) -> None:
    p = simplex(rng, 600, 3, "float64")
    true = p**0.5 / (p**0.5).sum(axis=1, keepdims=True)
    y = (rng.random((600, 1)) > true.cumsum(axis=1)[:, :2]).sum(axis=1)
    peer = scaling.TemperatureScaling()
    peer.fit(p, y)
    np.testing.assert_allclose(recalibrated(p, y, "temperature"), peer.transform(p), atol=2e-5)


def test_the_line_through_the_log_odds(binary: Any) -> None:
    """Logistic calibration of netcal: the slope and the shift that `calibrate` reports."""
    p, y = binary
    peer = scaling.LogisticCalibration()
    peer.fit(p, y)
    line = lossctl.calibrate(p, y).classes[0].line
    assert line is not None
    odds = line.slope * np.log(p / (1 - p)) + line.shift
    np.testing.assert_allclose(1 / (1 + np.exp(-odds)), peer.transform(p), atol=2e-5)
