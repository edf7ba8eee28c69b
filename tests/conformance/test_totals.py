"""Law: the total of a loss that stores no items has the bits of the sum of its items."""

import math
import weakref

import numpy as np
import pytest

from lossctl.api import compute, value_and_gradient
from lossctl.core.errors import DataError
from lossctl.engine.bind import layout
from lossctl.engine.reduce import block_runs, statistics
from lossctl.kernels.numeric import primitives
from lossctl.losses import catalogue
from lossctl.losses.builders import elementwise
from tests.conformance.cases import Case, draw, each_case, run, slope, with_measured

ROWS = 1203  # sums of 512 numbers, and a rest
MEANS = {"mse", "mae", "rmse", "huber", "smooth_l1", "bce_with_logits"}
DEVIANCES = {"brier", "gamma_deviance", "msle", "nll", "poisson_deviance", "soft_margin"}
SIGNED = {"hinge", "squared_hinge", "hinge_embedding", "margin_ranking"}
OTHERS = {"bce", "crps_quantile", "gaussian_nll", "log_cosh", "mape", "poisson_nll", "quantile"}
CLASS_ROWS = {"cross_entropy", "kl_divergence", "multi_margin"}
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
    monkeypatch.setattr(block_runs, "SHARE_OF_A_THREAD", 1.0)
    case = with_measured(case)
    arrays = draw(case, ROWS)
    found = [run(case, arrays, threads=threads) for threads in (1, 2)]
    for way in ("_sums_runs", "sums_first"):
        monkeypatch.setattr(block_runs, way, lambda *_: None)
        assert found == [run(case, arrays, threads=threads) for threads in (1, 2)]


@each_case("items")
def test_gradients_of_runs_have_the_bits_of_blocks(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not any(form.has_slopes for form in case.loss.forms):
        pytest.skip("its totals have no slopes")
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 272)
    case = with_measured(case)
    arrays = draw(case, ROWS)
    found = [slope(case, arrays, threads=threads) for threads in (1, 2)]
    monkeypatch.setattr(block_runs, "_sums_runs", lambda *_: False)
    for gradient in found:
        np.testing.assert_array_equal(gradient, slope(case, arrays))


def test_which_losses_have_totals() -> None:
    found = {loss.id for loss in catalogue.every_loss() if any(form.totals for form in loss.forms)}
    means = MEANS | DEVIANCES | SIGNED | OTHERS | {"tweedie_deviance"}
    summed = means | OVERLAPS | CLASS_ROWS | {"focal"}
    if primitives.NATIVE is not None:
        assert found == summed
    else:  # all losses of single items are summed by pieces
        assert found >= summed


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
@pytest.mark.parametrize("loss", sorted(MEANS | OVERLAPS | CLASS_ROWS | {"focal"}))
def test_runs_are_used(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 272)
    monkeypatch.setattr(block_runs, "SHARE_OF_A_THREAD", 1.0)
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


@pytest.mark.parametrize("loss", sorted(SIGNED))
@pytest.mark.parametrize("wrong", [0.5, 0.0, -2.0, np.nan, np.inf])
def test_runs_find_what_is_no_sign(
    loss: str, wrong: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 272)
    random = np.random.default_rng(0)
    inputs = [random.random(1203) for _ in catalogue.get(loss).inputs[1:]]
    signs = np.where(random.random(1203) < 0.5, 1.0, -1.0)
    signs[700] = wrong
    with pytest.raises(DataError, match=r"targets (hold both 0 and -1|.*700)"):
        compute(loss, *inputs, signs, threads=1)


def test_runs_count_what_items_count(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    p, t = np.round(random.random((2, 1203)), 1)
    for loss, targets in (("bce", t), ("mape", t - 0.5)):
        found = []
        for elements in (272, 1 << 20):
            monkeypatch.setattr(layout, "BLOCK_ELEMENTS", elements)
            found.append(compute(loss, p, targets, threads=1))
        assert found[0].notes == found[1].notes
        assert found[0].value == pytest.approx(found[1].value, rel=1e-15)
        monkeypatch.setattr(statistics, "_totals_alone", lambda *_: None)
        assert compute(loss, p, targets).notes == found[0].notes
        monkeypatch.undo()
        assert any("clipped" in note or "divides" in note for note in found[0].notes), found[
            0
        ].notes


@pytest.mark.parametrize("loss", ["cross_entropy", "nll", "multi_margin", "poly1"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("of_classes", [np.int8, np.int32, np.uint64, np.float32, np.float64])
def test_runs_take_classes_of_any_type(
    loss: str, dtype: type, of_classes: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 272)
    random = np.random.default_rng(0)
    scores = np.log(random.dirichlet(np.full(5, 2.0), 600)).astype(dtype)
    classes = random.integers(0, 5, 600)
    found = compute(loss, scores, classes.astype(of_classes), threads=1, input=kind(loss))
    wanted = compute(loss, scores, classes, threads=1, input=kind(loss)).value
    assert found.value == pytest.approx(wanted, rel=1e-7)  # of float64 classes all is float64


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("blocks", [1, 2, 7, 38, 39, 381])
def test_threads_end_together(blocks: int, threads: int) -> None:
    """Also those that begin later, by up to half of the work: each takes the next run in turn."""
    runs = block_runs.runs_of(blocks, threads)
    assert [number for run in runs for number in range(*run)] == list(range(blocks))
    assert max(stop - start for start, stop in runs) <= block_runs.MOST_BLOCKS
    for late in (0.0, 0.1, 0.5):
        ends = [late * blocks / threads * number / threads for number in range(threads)]
        for start, stop in runs:
            first = ends.index(min(ends))
            ends[first] += stop - start
        assert max(ends) - min(ends) <= max(1.0, late * blocks / threads)
    many = 4 * math.ceil(math.log2(blocks + 1)) + blocks // block_runs.MOST_BLOCKS / threads
    assert len(runs) <= threads * many


@pytest.mark.skipif(primitives.NATIVE is None, reason="no loops are compiled, or used")
@pytest.mark.parametrize(("label", "blocks"), [(1.0, 3), (2.0, 1)])
def test_blocks_are_summed_first_while_none_is_changed(
    label: float, blocks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 272)
    monkeypatch.setattr(block_runs, "_sums_runs", lambda *_: False)
    summed, sums = [], block_runs._sums
    monkeypatch.setattr(block_runs, "_sums", lambda *own: summed.append(sums(*own)) or summed[-1])
    targets = np.resize([0.0, label], 600)
    options = {"ignore_index": 2, "threads": 1, "input": "logits"}
    result = compute("bce_with_logits", np.linspace(-3.0, 3.0, 600), targets, **options)
    assert result.items == (600 if label == 1.0 else 300)
    assert len(summed) == blocks


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


@pytest.mark.skipif(primitives.NATIVE is None, reason="no loops are compiled, or used")
@pytest.mark.parametrize("spoilt", ["nothing", "sum", "target", "clipped", "hard", "block", "nan"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("loss", "kind"),
    [("cross_entropy", "probabilities"), ("kl_divergence", "logits"), ("cross_entropy", "auto")],
)
def test_runs_find_of_rows_what_blocks_find(
    loss: str, kind: str, dtype: type, spoilt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 272)
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
    if spoilt == "block" and targets.ndim == 2:  # one of several is read as classes
        targets[:60] = np.eye(5, dtype=dtype)[random.integers(0, 5, 60)]
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


def test_nothing_but_its_caller_holds_a_gradient() -> None:
    slopes = value_and_gradient("mse", *np.ones((2, 600_000), np.float32), threads=1)[1]
    held = weakref.ref(slopes["predictions"])
    del slopes
    assert held() is None


def kind(loss: str) -> str:
    return "logits" if loss in OVERLAPS | {"bce_with_logits", "cross_entropy", "focal"} else "auto"
