"""The confusion matrix: counts as scikit-learn has them, shares by hand, many classes, doors."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from sklearn.metrics import (
    confusion_matrix,
    multilabel_confusion_matrix,
    precision_score,
    recall_score,
)

import lossctl as package
from lossctl.report.formats import PLAIN
from lossctl.report.pictures.matrix_figure import compact
from lossctl.report.pictures.terminal import as_sketch
from tests.cli.run import SAMPLES, lossctl

BINARY = [SAMPLES / "breast_cancer" / name for name in ("preds.npy", "targets.npy")]
DIGITS = [SAMPLES / "digits" / name for name in ("logits.npy", "targets.npy")]


def table(found: dict[str, Any]) -> np.ndarray:
    """Return the counts as a matrix, true labels down, classes in the order of their names."""
    columns = found["columns"]
    names = list(dict.fromkeys(columns["true"]))
    counts = np.zeros((len(names), len(names)))
    for true, predicted, count in zip(
        columns["true"], columns["predicted"], columns["count"], strict=True
    ):
        counts[names.index(true), names.index(predicted)] = count
    return counts


def test_counts_of_classes_are_those_of_scikit_learn() -> None:
    found = json.loads(lossctl("plot", "confusion", *DIGITS, "-f", "json").out)
    assert not list(Draft202012Validator(package.schema("picture")).iter_errors(found))
    logits, truth = (np.load(file) for file in DIGITS)
    theirs = confusion_matrix(truth, logits.argmax(axis=1))
    assert np.array_equal(table(found), theirs)
    rows = np.array(found["columns"]["share_of_true"]).reshape(10, 10)
    columns = np.array(found["columns"]["share_of_predicted"]).reshape(10, 10)
    assert rows == pytest.approx(theirs / theirs.sum(axis=1, keepdims=True))
    assert columns == pytest.approx(theirs / theirs.sum(axis=0, keepdims=True))
    assert found["facts"]["accuracy"] == pytest.approx(np.trace(theirs) / theirs.sum())


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.9])
def test_a_threshold_decides_two_classes(threshold: float) -> None:
    command = ("plot", "confusion", *BINARY, "--threshold", str(threshold), "-f", "json")
    found = json.loads(lossctl(*command).out)
    p, y = (np.load(file) for file in BINARY)
    decided = (p > threshold).astype(int)
    assert np.array_equal(table(found), confusion_matrix(y, decided))
    facts = found["facts"]
    hits = facts["true_positives"]
    assert hits / (hits + facts["false_positives"]) == pytest.approx(precision_score(y, decided))
    assert hits / (hits + facts["false_negatives"]) == pytest.approx(recall_score(y, decided))
    assert facts["threshold"] == threshold


def test_text_labels_weights_and_what_is_ignored() -> None:
    rng = np.random.default_rng(5)
    truth = rng.choice(["cat", "dog", "emu"], 300)
    guess = np.where(rng.random(300) < 0.7, truth, rng.choice(["cat", "dog", "emu"], 300))
    weight = rng.random(300)
    found = package.plot("confusion", guess.tolist(), truth.tolist(), weights=weight).to_dict()
    theirs = confusion_matrix(truth, guess, sample_weight=weight)
    assert table(found) == pytest.approx(theirs)
    codes = {"cat": 0, "dog": 1, "emu": 2}
    numbers = np.array([codes[word] for word in truth])
    numbers[::7] = 255
    other = np.array([codes[word] for word in guess])
    found = package.plot("confusion", other, numbers, ignore_index=255).to_dict()
    kept = numbers != 255
    assert np.array_equal(table(found), confusion_matrix(numbers[kept], other[kept]))
    assert "43 items left out" in found["sentences"]


def test_many_classes_are_drawn_as_the_pairs_that_are_confused_most() -> None:
    truth = np.arange(600) % 30
    guess = truth.copy()
    guess[truth == 4] = np.r_[np.full(13, 7), np.full(7, 4)]
    guess[np.flatnonzero(truth == 9)[:5]] = 2
    found = package.plot("confusion", guess, truth)
    first, second = found.picture.panels
    assert list(first.y.names) == ["4 → 7", "9 → 2"]
    assert first.traces[0].upper is not None
    assert first.traces[0].upper.tolist() == [13.0, 5.0]
    assert second.y.names[:2] == ["4", "9"]
    assert second.traces[0].upper is not None
    assert second.traces[0].upper[:2] == pytest.approx([7 / 20, 15 / 20])
    assert len(found.to_dict()["columns"]["true"]) == 32  # pairs that occur
    text = as_sketch(found.picture, PLAIN)
    assert "4 → 7 ┤" in text
    assert "4 is taken for 7: 13 items, 65 % of the class" in text


def test_a_sketch_is_a_table_or_shades_where_that_is_too_wide() -> None:
    drawn = lossctl("plot", "confusion", *DIGITS, env={"LC_ALL": "C.UTF-8"}).out
    assert "8                     0    7    1    0    0    3    1    1  160    1" in drawn
    truth = np.arange(400) % 20
    names = [f"class number {k}" for k in range(20)]
    found = package.plot("confusion", truth, truth, class_names=names)
    text = as_sketch(found.picture, PLAIN)
    assert text.count("██") == 20
    assert max(map(len, text.splitlines())) <= 80


def test_counts_are_short() -> None:
    seen = [compact(count) for count in (0, 7, 9999, 10_000, 65_432, 1_234_567, 2.5e9, 0.12345)]
    assert seen == ["0", "7", "9999", "10k", "65.4k", "1.23M", "2.5G", "0.123"]


def test_each_of_several_labels_is_counted_as_by_scikit_learn(tmp_path: Path) -> None:
    files = [SAMPLES / "multilabel" / name for name in ("logits.npy", "targets.npy")]
    z, y = (np.load(file) for file in files)
    found = json.loads(lossctl("plot", "confusion", *files, "-f", "json").out)
    assert not list(Draft202012Validator(package.schema("picture")).iter_errors(found))
    expected = multilabel_confusion_matrix(y, z > 0.0)
    columns = found["columns"]
    names = ("true_negatives", "false_positives", "false_negatives", "true_positives")
    seen = np.array([columns[name] for name in names]).T
    assert seen.tolist() == expected.reshape(-1, 4).tolist()
    assert columns["recall"] == pytest.approx(recall_score(y, z > 0.0, average=None))
    weights = np.arange(len(y)) % 3
    weighted = package.plot("confusion", z, y, weights=weights, threshold=0.3).to_dict()
    expected = multilabel_confusion_matrix(y, z > np.log(0.3 / 0.7), sample_weight=weights)
    assert weighted["columns"]["false_positives"] == expected[:, 0, 1].tolist()


def test_what_has_no_confusion_matrix(tmp_path: Path) -> None:
    assert lossctl("plot", "confusion", *DIGITS, "--threshold", "0.3").code == 2
    assert lossctl("plot", "confusion", *BINARY, "--threshold", "1.5").code == 2
    assert "No such option" in lossctl("plot", "confusion", *BINARY, "--by-class").err
    np.save(tmp_path / "empty.npy", np.full(3, np.nan))
    assert lossctl("plot", "confusion", tmp_path / "empty.npy", tmp_path / "empty.npy").code == 3
