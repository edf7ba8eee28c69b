"""Law: the total of a loss that stores no items has the bits of the sum of its items."""

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.core.errors import DataError
from lossctl.engine.bind import layout
from lossctl.engine.reduce import block_runs, statistics
from lossctl.kernels.numeric import primitives
from lossctl.losses import catalogue
from tests.conformance.cases import Case, draw, each_case, run, with_measured

ROWS = 1203  # sums of 512 numbers, and a rest
MEANS = {"mse", "mae", "rmse", "huber", "smooth_l1", "bce_with_logits"}
DEVIANCES = {"brier", "gamma_deviance", "msle", "nll", "poisson_deviance", "soft_margin"}
CLASS_ROWS = {"cross_entropy", "kl_divergence", "multi_margin"}
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


def test_which_losses_have_totals() -> None:
    found = {loss.id for loss in catalogue.every_loss() if any(form.totals for form in loss.forms)}
    by_loops = set() if primitives.NATIVE is None else OVERLAPS
    assert found == MEANS | DEVIANCES | by_loops | CLASS_ROWS | {"focal"}


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
@pytest.mark.parametrize("loss", sorted(MEANS | OVERLAPS | CLASS_ROWS | {"focal"}))
def test_runs_are_used(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 272)
    monkeypatch.setattr(block_runs, "RUNS_OF_A_THREAD", 1)
    summed, sum_run = [], block_runs.run_totals
    monkeypatch.setattr(
        block_runs, "run_totals", lambda *own: summed.append(sum_run(*own)) or summed[-1]
    )
    random = np.random.default_rng(0)
    scores = random.normal(size=(600, 2) if loss in CLASS_ROWS else 600)
    result = compute(loss, scores, random.integers(0, 2, 600), threads=1, input=kind(loss))
    assert result.items == 600
    blocks = [4, 1] if loss in CLASS_ROWS else [2, 1]  # and a shorter one at the end
    assert [len(run) for run in summed] == blocks


@pytest.mark.skipif(primitives.NATIVE is None, reason="no loops are compiled, or used")
@pytest.mark.parametrize("spoilt", ["nothing", "sum", "target", "clipped", "hard", "nan"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("loss", "kind"),
    [("cross_entropy", "probabilities"), ("kl_divergence", "logits"), ("cross_entropy", "auto")],
)
def test_runs_find_of_rows_what_blocks_find(
    loss: str, kind: str, dtype: type, spoilt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 272)
    monkeypatch.setattr(block_runs, "RUNS_OF_A_THREAD", 1)
    random = np.random.default_rng(0)
    rows, soft = random.dirichlet(np.full(5, 2.0), (2, 600)).astype(dtype)
    targets = soft if loss == "kl_divergence" else random.integers(0, 5, 600)
    if spoilt == "sum":
        rows[450] *= 1.0015
    if spoilt == "target":
        targets[450] = 7
    if spoilt == "clipped":
        rows[50:450, targets[450] if targets.ndim == 1 else 2] = 1e-12
    if spoilt == "hard" and targets.ndim == 2:
        targets = np.eye(5, dtype=dtype)[random.integers(0, 5, 600)]
    if spoilt == "nan":
        rows[450, 1] = np.nan
    scores = np.log(rows) if kind == "logits" else rows

    def answer() -> object:
        try:
            return compute(loss, scores, targets, threads=1, input=kind)
        except DataError as error:
            return str(error)

    found = answer()
    monkeypatch.setattr(block_runs, "_sums_runs", lambda *_: False)
    assert found == answer()


def kind(loss: str) -> str:
    return "auto" if loss in MEANS - {"bce_with_logits"} else "logits"
