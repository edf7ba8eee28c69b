"""Models that are right are not accused, and neither is the sample data."""

from pathlib import Path

import numpy as np
import pytest

import lossctl
from tests.checks.clean import DRESSES, clean
from tests.exhaustive import rest

SAMPLES = Path(__file__).parents[2] / "sample_data"
FEW, MANY = 40, 400  # simulated models of each dress


def grave(case_seed: int, dress: str) -> list[str]:
    case = clean(np.random.default_rng(case_seed), dress)
    report = lossctl.check(case.predictions, case.targets, loss=case.loss, **case.options)
    return [each.code for each in report.findings if each.severity != "info"]


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("count", [FEW, rest(MANY, id="many")])
def test_models_that_are_right(dress: str, count: int) -> None:
    found = {seed: codes for seed in range(count) if (codes := grave(seed, dress))}
    assert not found


@pytest.mark.parametrize("loss", [None, "bce"])
def test_boolean_labels(loss: str | None) -> None:
    generator = np.random.default_rng(0)
    p = generator.random(200)
    drawn = generator.random(200) < p
    one, other = (lossctl.check(p, t, loss=loss).to_dict() for t in (drawn, drawn.astype(int)))
    assert one == other


def test_small_integers_over_their_whole_range() -> None:
    targets = np.arange(-128, 128).astype(np.int8)
    predictions = targets + np.random.default_rng(0).normal(0, 9.0, len(targets))
    assert not lossctl.check(predictions, targets, loss="mse").findings


def test_one_number_and_one_distribution() -> None:
    assert not lossctl.check(np.array(3.25), np.array(3.0), loss="mse").findings
    scores, truth = np.array([0.5, 0.25, 0.25]), np.array([1.0, 0.0, 0.0])
    assert not lossctl.check(scores, truth, loss="cross_entropy").findings
