"""Law: the total of a loss that stores no items has the bits of the sum of its items."""

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.engine.bind import layout
from lossctl.engine.reduce import block_runs, statistics
from lossctl.kernels.numeric import primitives
from lossctl.losses import catalogue
from lossctl.losses.builders import elementwise
from tests.conformance.cases import Case, draw, each_case, run, with_measured

ROWS = 1203  # sums of 512 numbers, and a rest
MEANS = {"mse", "mae", "rmse", "huber", "smooth_l1", "bce_with_logits"}
DEVIANCES = {"brier", "gamma_deviance", "msle", "nll", "poisson_deviance", "soft_margin"}
OVERLAPS = {"dice", "jaccard", "tversky", "focal_tversky"}


@pytest.fixture
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pieces that are summed without loops be smaller than the data of a test."""
    for module in (primitives, elementwise):
        monkeypatch.setattr(module, "SUMMED", 1600)


@pytest.mark.usefixtures("_small_pieces")
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


def test_which_losses_have_totals() -> None:
    found = {loss.id for loss in catalogue.every_loss() if any(form.totals for form in loss.forms)}
    summed = MEANS | DEVIANCES | OVERLAPS | {"cross_entropy", "focal"}
    if primitives.NATIVE is not None:
        assert found == summed
    else:  # all losses of single items are summed by pieces
        assert found >= summed | {"log_cosh", "bce", "hinge", "tweedie_deviance"}


@pytest.mark.parametrize("loss", sorted(MEANS))
def test_totals_are_used(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the law would hold items against themselves."""
    made, taken = catalogue.get(loss).forms[0], []
    totals = statistics._totals_alone
    monkeypatch.setattr(
        statistics, "_totals_alone", lambda *given: taken.append(totals(*given)) or taken[-1]
    )
    assert made.totals is not None
    monkeypatch.setattr(elementwise, "SUMMED", 8)
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


def kind(loss: str) -> str:
    return "auto" if loss in MEANS - {"bce_with_logits"} else "logits"
