"""Models that are right are not accused, and neither is the sample data."""

import json
from contextlib import suppress
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


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("size", [2, 5, 12, 30, 100])
@pytest.mark.parametrize("loss", [None, "mse", "poisson_nll:log_input=false"])
def test_counts_are_no_labels(seed: int, size: int, loss: str | None) -> None:
    generator = np.random.default_rng(seed)
    rates = np.exp(0.5 * generator.normal(size=size))
    counts = generator.poisson(rates)
    if loss == "mse" and set(counts) <= {0, 1}:  # which are labels as well
        counts[0] = 2
    found = lossctl.check(rates, counts, loss=loss, ignore=["LC202"]).findings
    assert not [each.code for each in found if each.severity != "info"]


def test_few_items_have_no_sure_error() -> None:
    """Two items that are alike have a standard error of nearly 0."""
    assert not lossctl.check([0.47, 0.53], [1, 0], loss="bce").findings


@pytest.mark.parametrize("seed", [5, 6, 10, 14])
def test_compute_says_nothing_of_the_order_of_constant_rows(tmp_path: Path, seed: int) -> None:
    """Rows that are all alike fit those of every row alike, but for rounding."""
    generator = np.random.default_rng(seed)
    shares = generator.dirichlet(np.ones(5))
    targets = generator.integers(0, 5, size=400)
    np.save(tmp_path / "p.npy", np.tile(shares, (400, 1)))
    np.save(tmp_path / "t.npy", targets)
    result = lossctl.compute("cross_entropy", tmp_path / "p.npy", tmp_path / "t.npy")
    assert not [note for note in result.notes if "LC201" in note]


LARGE = np.tile([1e308, -1e308, 1e308, 0.0, 1.0], 20)
WIDE = np.random.default_rng(0).integers(0, 2**64 - 1, 100, dtype=np.uint64)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("targets", [LARGE, np.tile([np.inf, 1, 2, 3, 4], 20), WIDE])
@pytest.mark.parametrize("predictions", [LARGE, np.linspace(0, 1, 100), WIDE])
@pytest.mark.parametrize("loss", [None, "mse"])
def test_numbers_near_the_end_of_their_types(
    predictions: np.ndarray, targets: np.ndarray, loss: str | None
) -> None:
    with suppress(lossctl.DataError):  # integers that no float64 holds
        json.dumps(lossctl.check(predictions, targets, loss=loss).to_dict(), allow_nan=False)


def test_numbers_1_and_2_that_are_predicted_as_such() -> None:
    generator = np.random.default_rng(1)
    targets = generator.integers(1, 3, 60)
    assert not lossctl.check(targets + generator.normal(0, 0.3, 60), targets).findings
    from_one = lossctl.check(generator.random(60), targets)
    assert from_one.findings[0].code == "LC301"
