"""Empty and full masks: no overlap loss is 0, or counts less than it seems to, without a note."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.losses.catalogue import CATALOGUE, get
from tests.cli.run import lossctl as shell

OVERLAP = [name for name, entry in CATALOGUE.items() if entry.family == "segmentation"]
OF_CLASSES = ["lovasz_softmax", "generalized_wasserstein_dice"]
OF_OUTLINES = ["boundary", "hausdorff", "cldice"]
POOLED = [name for name in OVERLAP if get(name).pooled]

SQUARE = np.zeros((16, 16))
SQUARE[4:9, 4:9] = 1.0
EMPTY, FULL = np.zeros((16, 16)), np.ones((16, 16))


def masks(*each: np.ndarray) -> np.ndarray:
    return np.stack(each)


def arrays_of(
    loss: str, predicted: Any, targets: Any
) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Return masks as a loss takes them: as they are, as logits, or as two classes."""
    if loss in OF_CLASSES:
        rows = np.stack([1.0 - predicted, predicted], axis=1)
        return rows, targets.astype(int), {"input": "probabilities", "class_axis": 1}
    if loss == "lovasz_hinge":
        return 2.0 * predicted - 1.0, 2.0 * targets - 1.0, {}
    if loss == "generalized_dice":
        return predicted, targets, {"input": "probabilities", "task": "binary"}
    return predicted, targets, {"input": "probabilities"}


def notes_of(loss: str, predicted: Any, targets: Any, **options: Any) -> str:
    *arrays, reading = arrays_of(loss, predicted, targets)
    return "\n".join(lossctl.compute(loss, *arrays, **reading, **options).notes)


def sampled(loss: str) -> dict[str, str]:
    return {} if loss in OF_OUTLINES else {"pooling": "sample"}


@pytest.mark.parametrize("loss", OVERLAP)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_every_loss_of_masks_counts_empty_targets(loss: str, reduction: str) -> None:
    targets = masks(EMPTY, SQUARE, EMPTY, SQUARE)
    notes = notes_of(loss, 0.25 + 0.5 * targets, targets, reduction=reduction, **sampled(loss))
    classes = dict.fromkeys(
        ("generalized_dice", "generalized_wasserstein_dice"), "2 of 8 class masks are empty"
    )
    classes["lovasz_softmax"] = "2 of 8"
    assert classes.get(loss, "2 of 4 target masks are empty") in notes


@pytest.mark.parametrize("loss", OVERLAP)
def test_one_empty_target_is_said_to_be_the_one(loss: str) -> None:
    notes = notes_of(loss, masks(FULL), masks(EMPTY))
    said = {
        "generalized_dice": "1 of 2 class masks are",
        "generalized_wasserstein_dice": "1 of 2 class masks are",
        "lovasz_softmax": "1 of 2 class masks are",
    }
    assert f"{said.get(loss, 'the target mask is')} empty" in notes


@pytest.mark.parametrize("loss", OVERLAP)
@pytest.mark.parametrize("target", [EMPTY, FULL], ids=["empty", "full"])
@pytest.mark.parametrize("predicted", [EMPTY, FULL, SQUARE], ids=["empty", "full", "square"])
def test_no_wrong_mask_is_perfect_in_silence(loss: str, predicted: Any, target: Any) -> None:
    if (predicted == target).all():
        pytest.skip("right")
    *arrays, reading = arrays_of(loss, masks(predicted), masks(target))
    result = lossctl.compute(loss, *arrays, **reading)
    assert result.value > 1e-3 or result.notes


@pytest.mark.parametrize("loss", OVERLAP)
def test_masks_with_an_outline_need_no_note(loss: str) -> None:
    targets = masks(SQUARE, np.roll(SQUARE, 3, axis=1))
    assert not notes_of(loss, masks(SQUARE, SQUARE) * 0.75 + 0.125, targets)
    assert not notes_of(loss, targets, targets, **sampled(loss))


@pytest.mark.parametrize("loss", OF_OUTLINES)
def test_full_targets_are_counted_beside_empty_ones(loss: str) -> None:
    targets = masks(FULL, EMPTY, SQUARE, FULL)
    notes = notes_of(loss, masks(SQUARE, SQUARE, SQUARE, SQUARE), targets)
    assert "3 of 4 target masks are empty or full (1 empty, 2 full)" in notes
    notes = notes_of(loss, masks(SQUARE, SQUARE), masks(FULL, SQUARE))
    assert "1 of 2 target masks are full" in notes


def test_what_the_value_means_is_what_it_is() -> None:
    """By hand: without an outline φ is 0, distances are 0, a share of nothing is 1."""
    wrong = {"input": "probabilities"}
    for target in (EMPTY, FULL):
        result = lossctl.compute("boundary", masks(SQUARE), masks(target), **wrong)
        assert result.value == 0.0
        assert "the loss there is 0, whatever is predicted" in result.notes[0]
        result = lossctl.compute("hausdorff", masks(1.0 - target), masks(target), **wrong)
        assert result.value == 0.0
        assert "0, however wrong it is" in result.notes[0]
        result = lossctl.compute("hausdorff", masks(SQUARE), masks(target), **wrong)
        assert result.value > 0.0
        assert "only that of the prediction counts" in result.notes[0]
        assert "however wrong" not in result.notes[0]
    result = lossctl.compute("cldice", masks(SQUARE), masks(FULL), **wrong)
    assert result.value == 0.0
    assert "0, whatever is predicted" in result.notes[0]
    result = lossctl.compute("lovasz_hinge", masks(0.5 + FULL), masks(-FULL))
    assert result.value == 2.5  # 1 + the greatest logit
    assert "its largest false positive" in result.notes[0]


def test_predictions_that_cost_nothing_are_counted() -> None:
    both = masks(SQUARE, SQUARE)
    assert "the predicted mask is empty, full or too thick" in notes_of(
        "cldice", masks(FULL), masks(SQUARE)
    )
    assert lossctl.compute("cldice", masks(FULL), masks(SQUARE), input="probabilities").value == 0.0
    assert "1 of 2 predicted masks are" in notes_of("cldice", masks(FULL, SQUARE), both)
    missed = notes_of("boundary", masks(EMPTY, SQUARE), both)
    assert "no p is above ½ in 1 of 2 images" in missed
    assert "about 0, that of a perfect one less" in missed


def test_a_mask_too_thick_for_its_centreline_is_counted() -> None:
    half = np.zeros((32, 32))
    half[:16] = 1.0
    notes = notes_of("cldice", masks(half, half), masks(half, half))
    assert "2 of 2 target masks are too thick for a centreline" in notes


@pytest.mark.parametrize("loss", POOLED)
def test_pooled_masks_are_counted_by_pool(loss: str) -> None:
    targets = masks(EMPTY, SQUARE)
    assert notes_of(loss, targets, targets, pooling="batch") == ""
    assert re.search(
        r"1 of [24] (target|class) masks are empty",
        notes_of(loss, targets, targets, pooling="sample"),
    )


@pytest.mark.parametrize("classes", ["present", "all"])
def test_classes_that_do_not_occur_are_counted(classes: str) -> None:
    """Of three classes the first image has two, the second one; together they have two."""
    scores = np.full((2, 3, 4, 4), 1.0 / 3.0)
    index = np.zeros((2, 4, 4), int)
    index[0, :2] = 1
    given: dict[str, Any] = {"input": "probabilities", "class_axis": 1, "classes": classes}
    (note,) = lossctl.compute("lovasz_softmax", scores, index, **given).notes
    assert "1 of 3 class masks are empty" in note
    (note,) = lossctl.compute("lovasz_softmax", scores, index, pooling="sample", **given).notes
    assert "3 of 6 class masks are empty" in note


@pytest.mark.parametrize("loss", OVERLAP)
def test_the_shell_and_run_say_it_too(loss: str, tmp_path: Path) -> None:
    predicted, targets, reading = arrays_of(loss, masks(FULL, SQUARE), masks(EMPTY, SQUARE))
    np.save(tmp_path / "p.npy", predicted)
    np.save(tmp_path / "t.npy", targets)
    kind = reading.get("input", "logits")
    options: Sequence[str] = ["--pooling", "sample"] if sampled(loss) else []
    others = {name: value for name, value in reading.items() if name != "input"}
    axis = [f"--{name.replace('_', '-')}={value}" for name, value in others.items()]
    asked = ["p.npy", "t.npy", "-l", loss, "--input", kind, *options, *axis, "-f", "json"]
    done = shell("compute", *asked, cwd=tmp_path)
    assert done.code == 0, done.err
    (result,) = json.loads(done.out)["results"]
    assert any(re.search(r"masks? (is|are) empty", note) for note in result["notes"])
    read = {"input": kind, **sampled(loss), **others}
    (ran,) = lossctl.run(
        {
            "version": 1,
            "data": {"predictions": predicted, "targets": targets},
            "supervised": [{"loss": loss, "reading": read}],
        }
    )
    assert any("empty" in note for component in ran.components for note in component.notes)
