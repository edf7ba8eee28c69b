"""What predictions and targets are taken for, and what is said where a loss has no value."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import lossctl
from lossctl.checks import registry
from lossctl.core.errors import DataError
from tests.checks.models import Array, classes
from tests.cli.run import lossctl as run_lossctl


def quantiles(rows: int = 2000) -> tuple[Array, Array]:
    """Return five quantiles of a forecast, and what came."""
    rng = np.random.default_rng(0)
    targets = rng.normal(size=rows)
    middle = targets + 0.5 * rng.normal(size=rows)
    return middle[:, None] + 0.5 * np.array([-1.28, -0.52, 0.0, 0.52, 1.28]), targets


def test_targets_with_fractions_are_no_classes() -> None:
    predictions, targets = quantiles()
    report = lossctl.check(predictions, targets)
    assert report.findings == []
    assert report.description["task"] == "regression"
    assert report.description["predictions"].startswith("5 numbers for each target")


def test_several_numbers_for_each_target_name_the_losses_that_fit() -> None:
    predictions, targets = quantiles()
    predictions[::50] = predictions[::50, ::-1]  # where a model lets them cross
    members = np.random.default_rng(1).permuted(predictions, axis=1)
    for several, loss in (
        (predictions, "crps_quantile"),
        (predictions[:, [0, -1]], "interval"),
        (members, "crps_ensemble"),
    ):
        report = lossctl.check(several, targets)
        assert report.fitting[0] == loss
        assert report.findings == []


@pytest.mark.parametrize("loss", ["quantile", "crps_quantile", "crps_ensemble"])
def test_several_numbers_for_each_target_are_compared_with_those_of_other_rows(loss: str) -> None:
    predictions, targets = quantiles()
    if loss != "crps_ensemble":
        loss += ":q=[0.1,0.3,0.5,0.7,0.9]"
    wrong = {
        "LC201": np.random.default_rng(1).permutation(predictions),
        "LC202": np.roll(predictions, 1, axis=0),
        "LC504": 100.0 * predictions,
        "LC505": -predictions[:, ::-1],
    }
    assert lossctl.check(predictions, targets, loss=loss).findings == []
    for code, given in wrong.items():
        assert lossctl.check(given, targets, loss=loss).findings[0].code == code


def test_quantiles_from_high_to_low_are_said_to_be() -> None:
    predictions, targets = quantiles()
    described = lossctl.check(predictions[:, ::-1], targets).description["predictions"]
    assert described == "5 numbers for each target, in falling order: quantiles, the highest first"


def test_losses_that_fit_probabilities_read_them() -> None:
    model = np.random.default_rng(0).uniform(size=500)
    labels = (np.random.default_rng(1).uniform(size=500) < model).astype(int)
    fitting = lossctl.check(model, labels).fitting
    assert fitting[0] == "bce"
    assert not {"bce_with_logits", "soft_margin"} & set(fitting)


def test_whole_targets_beyond_the_columns_are_no_classes() -> None:
    counts = np.random.default_rng(0).poisson(20, 1000).astype(float)
    members = counts[:, None] + np.random.default_rng(1).normal(size=(1000, 5))
    assert lossctl.check(members, counts).description["task"] == "regression"


def test_whole_targets_are_classes() -> None:
    model = classes(np.random.default_rng(0), (500,), 4, 3.0)
    report = lossctl.check(model.logits, model.labels.astype(float))
    assert report.description["task"] == "multiclass"
    shuffled = np.random.default_rng(1).permutation(model.labels).astype(float)
    assert lossctl.check(model.logits, shuffled).findings[0].code == "LC201"


def test_no_loss_is_named_that_was_not_given() -> None:
    with pytest.raises(DataError) as caught:
        lossctl.check(np.zeros((40, 5)), np.zeros(17))
    assert "fit each other" in str(caught.value)
    assert "focal" not in str(caught.value)


@pytest.mark.parametrize("loss", ["coral", "corn", "cumulative_logits"])
def test_ordered_labels_from_one(loss: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, 300)
    cuts = np.array([-2.0, -0.7, 0.7, 2.0])
    logits = (labels - 2.0 + 0.3 * rng.normal(size=300))[:, None] - cuts
    np.save(tmp_path / "p.npy", logits)
    np.save(tmp_path / "t.npy", labels + 1)
    done = run_lossctl("check", "p.npy", "t.npy", "-l", loss, "-f", "json", cwd=tmp_path)
    assert done.code == 1
    report = json.loads(done.out)
    assert report["findings"][0]["code"] == "LC301"
    assert "np.save" in report["findings"][0]["command"]
    assert "is no class from 0 to 4" in report["refusal"]
    assert lossctl.check(logits, labels, loss=loss).findings == []


def test_a_refusal_is_shown_beside_another_error(tmp_path: Path) -> None:
    """Shuffled rows, and targets that the loss refuses for another reason."""
    model = classes(np.random.default_rng(0), (900,), 4, 3.0)
    targets = model.labels[np.random.default_rng(1).permutation(900)].copy()
    targets[:2] = 9, 11
    np.save(tmp_path / "p.npy", model.logits)
    np.save(tmp_path / "t.npy", targets)
    done = run_lossctl("check", "p.npy", "t.npy", "-l", "cross_entropy", cwd=tmp_path)
    assert done.code == 1
    assert "LC201" in done.out
    assert "no value: " in done.out


@pytest.mark.parametrize("top", [2**64 - 1, 2**63 + 1, 2**53 + 2])
def test_integers_that_float64_has_not(top: int) -> None:
    targets = np.r_[np.full(20, top - 1, np.uint64), np.full(20, top, np.uint64)]
    report = lossctl.check(np.linspace(0.0, 1.0, 40), targets, select="LC506")
    assert [each.code for each in report.findings] == ["LC506"]
    assert report.description["target_mean"] == pytest.approx(top, rel=1e-9)


@pytest.mark.parametrize("times", [2, 3, 5, 12])
@pytest.mark.parametrize("how", ["epochs", "neighbours", "shuffled"])
def test_rows_that_all_occur_several_times(times: int, how: str) -> None:
    model = classes(np.random.default_rng(0), (300,), 4, 3.0)
    rows = {
        "epochs": np.tile(np.arange(300), times),
        "neighbours": np.repeat(np.arange(300), times),
        "shuffled": np.random.default_rng(1).permutation(np.tile(np.arange(300), times)),
    }[how]
    report = lossctl.check(model.logits[rows], model.labels[rows], select="LC206")
    (found,) = report.findings
    assert found.evidence["copies"] == 300 * (times - 1)
    if how == "neighbours":
        assert "np.unique" in found.command  # the last rows are not all copies


def test_a_rule_of_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "own-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[lossctl.rules]\nXX901 = own_rules_901:own\n")
    (tmp_path / "own_rules_901.py").write_text(
        "from lossctl.checks.rule import Page, rule\n"
        "page = Page('It does.', 'So.', 'x', 'Do it.', 'arXiv:1412.6980')\n"
        "own = rule('XX901', 'own', 'info', page)(lambda facts: None)\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    importlib.invalidate_caches()
    registry.installed.cache_clear()
    try:
        assert "XX901" in registry.every_rule()
    finally:
        registry.installed.cache_clear()
