"""`compute` notes what is gravely wrong with files, and says nothing of models that are right."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lossctl
from tests.checks.models import Array, classes, labels, regression, softmax


def notes(folder: Path, predictions: Array, targets: Array, loss: str) -> str:
    np.save(folder / "p.npy", predictions)
    np.save(folder / "t.npy", targets)
    result = lossctl.compute(loss, str(folder / "p.npy"), str(folder / "t.npy"))
    return " ".join(note for note in result.notes if "(LC" in note)


def test_rows_that_are_shifted(tmp_path: Path) -> None:
    model = classes(np.random.default_rng(0), (3000,), 5, 3.0)
    assert not notes(tmp_path, model.probabilities, model.labels, "cross_entropy")
    shifted = notes(tmp_path, model.probabilities, np.roll(model.labels, 1), "cross_entropy")
    assert "LC202 rows-shifted" in shifted


def test_rows_of_another_order(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    model = labels(rng, (3000,), 3.0, 0.0)
    assert "LC201" in notes(
        tmp_path, model.logits, rng.permutation(model.labels), "bce_with_logits"
    )
    predictions, targets = regression(rng, (3000,), 0.5)
    assert not notes(tmp_path, predictions, targets, "mse")
    assert "LC201" in notes(tmp_path, predictions, rng.permutation(targets), "mse")


def test_a_softmax_too_many_and_an_inverted_class(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    model = classes(rng, (3000,), 4, 4.0)
    assert "LC101" in notes(tmp_path, softmax(model.probabilities), model.labels, "cross_entropy")
    binary = labels(rng, (3000,), 3.0, 0.0)
    assert "LC204" in notes(tmp_path, 1 - binary.probabilities, binary.labels, "bce")


@pytest.mark.parametrize("loss", ["cross_entropy", "brier"])
def test_worse_than_chance(loss: str, tmp_path: Path) -> None:
    """Far too sure, but of the right rows."""
    model = classes(np.random.default_rng(3), (3000,), 4, 0.3)
    found = notes(tmp_path, 40 * model.logits, model.labels, loss)
    assert ("LC601" in found) == (loss == "cross_entropy")  # of brier no chance is known


@pytest.mark.parametrize("loss", ["crps_ensemble", "crps_quantile:q=[0.1,0.5,0.9]"])
def test_forecasts_of_other_rows(loss: str, tmp_path: Path) -> None:
    """Targets lie where they could be classes; the numbers beside them are no scores of these."""
    rng = np.random.default_rng(4)
    targets = rng.integers(0, 3, 600) + 0.25
    forecasts = targets[:, None] + np.sort(rng.normal(size=(600, 3)), axis=1)
    assert not notes(tmp_path, forecasts, targets, loss)
    other = notes(tmp_path, forecasts[rng.permutation(600)], targets, loss)
    assert "LC201 rows-unrelated" in other


@pytest.mark.parametrize("loss", ["bce", "focal", "brier"])
def test_rules_are_loaded_for_what_may_be_wrong_alone(loss: str, tmp_path: Path) -> None:
    model = labels(np.random.default_rng(2), (3000,), 3.0, 0.0)
    np.save(tmp_path / "p.npy", model.probabilities)
    for name, targets in (("right", model.labels), ("wrong", model.labels[::-1])):
        np.save(tmp_path / f"{name}.npy", targets)
        code = (
            "import sys, lossctl; "
            f"lossctl.compute('{loss}', 'p.npy', '{name}.npy'); "
            "print('lossctl.checks.rule' in sys.modules)"
        )
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == str(name == "wrong")


def test_arrays_in_memory_are_left_alone() -> None:
    model = classes(np.random.default_rng(0), (3000,), 5, 3.0)
    result = lossctl.compute("cross_entropy", model.probabilities, np.roll(model.labels, 1))
    assert not [note for note in result.notes if "(LC" in note]
