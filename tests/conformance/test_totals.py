"""Law: the total of a loss that stores no items has the bits of the sum of its items."""

import numpy as np
import pytest

from lossctl.api import compute, value_and_gradient
from lossctl.engine.bind import layout
from lossctl.engine.reduce import block_runs, statistics
from lossctl.kernels.numeric import primitives
from lossctl.losses import catalogue
from tests.conformance.cases import Case, draw, each_case, run, slope, with_measured

ROWS = 1203  # sums of 512 numbers, and a rest
MEANS = {"mse", "mae", "rmse", "huber", "smooth_l1", "bce_with_logits"}
DEVIANCES = {"brier", "gamma_deviance", "msle", "nll", "poisson_deviance", "soft_margin"}
OVERLAPS = {"dice", "jaccard", "tversky", "focal_tversky"}


@each_case("items", "pooled")
def test_a_total_has_the_bits_of_the_sum_of_items(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    if all(form.totals is None for form in case.loss.forms):
        pytest.skip("it has no total of its own")
    case = with_measured(case)
    arrays = draw(case, ROWS)
    turned = [np.asfortranarray(array) for array in arrays]
    found = [run(case, given).value for given in (arrays, turned)]
    monkeypatch.setattr(statistics, "_totals_alone", lambda *_: None)
    assert found == [run(case, given).value for given in (arrays, turned)]


@each_case("items", "pooled")
def test_runs_of_blocks_have_the_bits_of_blocks(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    if all(form.totals is None for form in case.loss.forms):
        pytest.skip("it has no total of its own")
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 272)
    monkeypatch.setattr(block_runs, "RUNS_OF_A_THREAD", 1)
    case = with_measured(case)
    arrays = draw(case, ROWS)
    found = [run(case, arrays, threads=threads) for threads in (1, 2)]
    monkeypatch.setattr(block_runs, "_sums_runs", lambda *_: False)
    assert found == [run(case, arrays, threads=threads) for threads in (1, 2)]


@each_case("items")
def test_gradients_of_runs_have_the_bits_of_blocks(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not any(form.has_slopes for form in case.loss.forms):
        pytest.skip("its totals have no slopes")
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 272)
    monkeypatch.setattr(block_runs, "RUNS_OF_A_THREAD", 1)
    case = with_measured(case)
    arrays = draw(case, ROWS)
    found = [slope(case, arrays, threads=threads) for threads in (1, 2)]
    monkeypatch.setattr(block_runs, "_sums_runs", lambda *_: False)
    for gradient in found:
        np.testing.assert_array_equal(gradient, slope(case, arrays))


def test_which_losses_have_totals() -> None:
    found = {loss.id for loss in catalogue.every_loss() if any(form.totals for form in loss.forms)}
    by_loops = set() if primitives.NATIVE is None else OVERLAPS
    assert found == MEANS | DEVIANCES | by_loops | {"cross_entropy", "focal"}


@pytest.mark.parametrize("loss", sorted(MEANS))
def test_totals_are_used(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the law would hold items against themselves."""
    made, taken = catalogue.get(loss).forms[0], []
    totals = statistics._totals_alone
    monkeypatch.setattr(
        statistics, "_totals_alone", lambda *given: taken.append(totals(*given)) or taken[-1]
    )
    assert made.totals is not None
    value = compute(loss, np.array([0.5, -2.0, 3.0]), np.array([1.0, 0.0, 1.0])).value
    assert taken[-1] is not None
    assert np.isfinite(value)


@pytest.mark.skipif(primitives.NATIVE is None, reason="no loops are compiled, or used")
@pytest.mark.parametrize("loss", sorted(MEANS | OVERLAPS | {"cross_entropy", "focal"}))
def test_runs_are_used(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 272)
    monkeypatch.setattr(block_runs, "RUNS_OF_A_THREAD", 1)
    summed, sum_run = [], block_runs.run_totals
    monkeypatch.setattr(
        block_runs, "run_totals", lambda *own: summed.append(sum_run(*own)) or summed[-1]
    )
    random = np.random.default_rng(0)
    scores = random.normal(size=(600, 2) if loss == "cross_entropy" else 600)
    result = compute(loss, scores, random.integers(0, 2, 600), threads=1, input=kind(loss))
    assert result.items == 600
    blocks = [4, 1] if loss == "cross_entropy" else [2, 1]  # and a shorter one at the end
    assert [len(run) for run in summed] == blocks


@pytest.mark.skipif(primitives.NATIVE is None, reason="no loops are compiled, or used")
@pytest.mark.parametrize("loss", sorted(MEANS - {"rmse"} | DEVIANCES - {"nll"} | {"focal"}))
def test_runs_write_gradients(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 272)
    written, sum_run = [], block_runs.run_totals
    monkeypatch.setattr(
        block_runs, "run_totals", lambda *own: written.append(sum_run(*own)) or written[-1]
    )
    random = np.random.default_rng(0)
    given = random.random(600) + 0.5, random.integers(0, 2, 600) + (loss == "gamma_deviance")
    targets = 2 * given[1] - 1 if loss == "soft_margin" else given[1]
    predictions = given[0] / 2 if loss == "brier" else given[0]
    value_and_gradient(loss, predictions, targets, threads=1, input=kind(loss))
    assert written
    assert None not in written


def kind(loss: str) -> str:
    return "logits" if loss in OVERLAPS | {"bce_with_logits", "cross_entropy", "focal"} else "auto"
