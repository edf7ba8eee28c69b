"""Gradients that are made while the value is: the same bits as in two passes, also when it fails.

The slope of a mean is known before anything is read if every item counts. Here some do not, or the
predictions turn out to be of another kind, or float32 overflows: then a second pass mends it.
"""

from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.engine import gradient as module
from lossctl.engine.bind.layout import BLOCK_ELEMENTS

ITEMS = 2 * BLOCK_ELEMENTS + 77
RANDOM = np.random.default_rng(5)
SCORES = RANDOM.standard_normal(ITEMS).astype(np.float32)
VALUES = RANDOM.standard_normal(ITEMS).astype(np.float32)
LABELS = (RANDOM.random(ITEMS) < 0.3).astype(np.float32)
ROWS = SCORES[: ITEMS // 7 * 7].reshape(-1, 7)
CLASSES = RANDOM.integers(0, 7, len(ROWS))

CASES: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("mse", (SCORES, VALUES), {}),
    ("huber", (SCORES, VALUES), {"reduction": "sum"}),
    ("bce_with_logits", (SCORES, LABELS), {}),
    ("bce_with_logits", (SCORES, LABELS), {"class_weights": [1.0, 3.0]}),
    ("focal", (SCORES, LABELS), {"input": "logits"}),
    ("hinge", (SCORES, 2.0 * LABELS - 1.0), {}),
    ("cross_entropy", (ROWS, CLASSES), {}),
    ("cross_entropy", (ROWS, np.where(CLASSES == 3, -100, CLASSES)), {}),
    ("cross_entropy", (100.0 * ROWS, CLASSES), {}),
    ("poly1", (ROWS, CLASSES), {"input": "logits"}),
    ("margin_ranking", (SCORES, VALUES, 2.0 * LABELS - 1.0), {}),
    ("triplet", (ROWS, ROWS[::-1], np.where(ROWS > 3.0, np.nan, ROWS)), {"nan": "omit"}),
    ("mse", (np.where(SCORES > 2.0, np.nan, SCORES), VALUES), {"nan": "omit"}),
    ("mse", (np.where(SCORES > 2.0, np.nan, SCORES), VALUES), {"nan": "propagate"}),
    ("mse", (SCORES * np.float32(1e25), VALUES), {}),
]


@pytest.mark.parametrize(("loss", "inputs", "options"), CASES)
@pytest.mark.parametrize("threads", [1, 3])
def test_same_bits_as_in_two_passes(
    monkeypatch: pytest.MonkeyPatch,
    loss: str,
    inputs: tuple[Any, ...],
    options: dict[str, Any],
    threads: int,
) -> None:
    result, slopes = lossctl.value_and_gradient(loss, *inputs, threads=threads, **options)
    alone = lossctl.compute(loss, *inputs, threads=1, **options)
    assert np.array_equal(result.value, alone.value, equal_nan=True)
    monkeypatch.setattr(module, "early_slopes", lambda _: None)
    _, again = lossctl.value_and_gradient(loss, *inputs, threads=1, **options)
    assert slopes.keys() == again.keys()
    for name, slope in slopes.items():
        assert slope.dtype == again[name].dtype
        assert slope.tobytes() == again[name].tobytes()


def test_predictions_of_another_kind_than_their_beginning() -> None:
    scores = np.concatenate([np.full(BLOCK_ELEMENTS, 0.5), [3.0, -1.0]])  # logits, in the end
    labels = np.ones(len(scores))
    found = lossctl.gradient("focal", scores, labels)["predictions"]
    wanted = lossctl.gradient("focal", scores, labels, input="logits")["predictions"]
    assert found.tobytes() == wanted.tobytes()
    assert found[0] != lossctl.gradient("focal", scores[:1], labels[:1])["predictions"][0]


def test_items_that_do_not_count_change_the_slope_of_all() -> None:
    classes = np.where(np.arange(len(CLASSES)) % 2 == 0, -100, CLASSES)
    some = lossctl.gradient("cross_entropy", ROWS, classes)["predictions"]
    kept = lossctl.gradient("cross_entropy", ROWS[1::2], CLASSES[1::2])["predictions"]
    np.testing.assert_allclose(some[1::2], kept, rtol=1e-6)
    assert not some[::2].any()


def test_reads_the_data_once() -> None:
    class Counting:
        label, shape, dtype, reads = "counted", VALUES.shape, VALUES.dtype, 0

        def read(self, start: int, stop: int) -> np.ndarray:
            type(self).reads += stop - start
            return VALUES[start:stop]

        def where(self, index: tuple[int, ...]) -> str:
            return str(index)

    lossctl.value_and_gradient("mse", Counting(), SCORES)
    assert Counting.reads == ITEMS


@pytest.mark.parametrize("family", ["elements", "rows"])
def test_losses_together_have_the_bits_they_have_alone(family: str) -> None:
    if family == "elements":
        inputs: tuple[Any, ...] = (SCORES, LABELS)
        losses = ["bce_with_logits", "focal", "poly1", "asymmetric", "brier", "dice", "tversky"]
    else:
        inputs = (ROWS, CLASSES)
        losses = ["cross_entropy", "focal", "poly1", "brier", "dice", "js_divergence", "ldam"]
    options = {"input": "logits", "threads": 2}
    together = lossctl.evaluate(losses, *inputs, **options)
    for loss, result in zip(losses, together, strict=True):
        assert result.value == lossctl.compute(loss, *inputs, **options).value, loss
