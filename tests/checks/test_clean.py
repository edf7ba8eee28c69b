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
