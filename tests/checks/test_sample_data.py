"""The sample data of the project is right: no rule says more than info of it."""

from pathlib import Path

import pytest

import lossctl

SAMPLES = Path(__file__).parents[2] / "sample_data"
PAIRS = [
    ("boxes/predictions.npy", "boxes/targets.npy", "giou"),
    ("breast_cancer/logits.npy", "breast_cancer/targets.npy", "bce_with_logits"),
    ("breast_cancer/preds.npy", "breast_cancer/targets.npy", "bce"),
    ("breast_cancer/scores.csv::probability", "breast_cancer/scores.csv::target", "brier"),
    ("diabetes/preds.npy", "diabetes/targets.npy", "mse"),
    ("diabetes/preds_huber.npy", "diabetes/targets.npy", "mae"),
    ("diabetes/diabetes.npz::preds", "diabetes/diabetes.npz::targets", "huber"),
    ("digits/logits.npy", "digits/targets.npy", "cross_entropy"),
    ("digits/probabilities.npy", "digits/onehot.npy", "cross_entropy"),
    ("digits/scores.csv::p_*", "digits/scores.csv::label", "focal"),
    ("imbalanced/preds.npy", "imbalanced/targets.npy", "bce"),
    ("imbalanced/logits.npy", "imbalanced/targets.npy", "focal"),
    ("multilabel/probabilities.npy", "multilabel/targets.npy", "bce"),
    ("multilabel/logits.npy", "multilabel/targets.npy", "asymmetric"),
    ("segmentation/preds.npy", "segmentation/targets.npy", "dice"),
]


def grave(predictions: str, targets: str, loss: str | None) -> list[str]:
    places = [str(SAMPLES / place) for place in (predictions, targets)]
    report = lossctl.check(*places, loss=loss)
    return [f"{each.code} {each.message}" for each in report.findings if each.severity != "info"]


@pytest.mark.parametrize(("predictions", "targets", "loss"), PAIRS)
def test_nothing_above_info(predictions: str, targets: str, loss: str) -> None:
    assert not grave(predictions, targets, loss)
    if loss != "giou":
        assert not grave(predictions, targets, None)


def test_maps_with_void_pixels() -> None:
    places = [
        str(SAMPLES / "segmentation" / name) for name in ("class_logits.npy", "class_targets.npy")
    ]
    void = {"loss": "cross_entropy", "ignore_index": 255}
    report = lossctl.check(*places, **void)
    assert not [each for each in report.findings if each.severity != "info"]
    (found, *_) = lossctl.check(*places, loss="cross_entropy").findings
    assert (found.code, found.evidence["label"]) == ("LC302", 255)


@pytest.mark.parametrize(("predictions", "targets", "loss"), PAIRS)
def test_compute_notes_nothing_of_it(predictions: str, targets: str, loss: str) -> None:
    places = [str(SAMPLES / place) for place in (predictions, targets)]
    assert "(LC" not in " ".join(lossctl.compute(loss, *places).notes)
