"""What a value is compared with, by hand: chance, constant predictions, perplexity, variance."""

from math import exp, log
from typing import Any

import numpy as np
import pytest

import lossctl

LOGITS = np.array([[2.0, -1.0], [0.5, 0.25], [-0.5, 1.5], [0.0, -3.0]])
CLASSES = [0, 0, 0, 1]  # shares ¾ and ¼
ENTROPY = -(0.75 * log(0.75) + 0.25 * log(0.25))
SCORES = [2.0, -1.0, 0.5, -0.25]
LABELS = [1.0, 0.0, 0.0, 0.0]


def context(loss: str, *arrays: Any, **given: Any) -> tuple[float, dict[str, float]]:
    result = lossctl.compute(loss, *arrays, context=True, **given)
    return float(result.value), dict(result.context)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


@pytest.mark.parametrize(
    ("loss", "scores", "given"),
    [
        ("cross_entropy", LOGITS, {}),
        ("cross_entropy", np.exp(log_softmax(LOGITS)), {"input": "probabilities"}),
        ("nll", log_softmax(LOGITS), {}),
        ("focal", LOGITS, {"gamma": 0.0, "alpha": None, "input": "logits"}),
        ("poly1", LOGITS, {"epsilon": 0.0}),
    ],
)
def test_a_plain_surprise_has_perplexity_and_bits(loss: str, scores: Any, given: Any) -> None:
    value, found = context(loss, scores, CLASSES, **given)
    assert found == pytest.approx(
        {
            "chance": log(2),
            "constant": ENTROPY,
            "bits": value / log(2),
            "perplexity": exp(value),
        },
        rel=1e-12,
    )


def test_ignored_tokens_do_not_count() -> None:
    tokens = np.array([[0, 0, -100], [0, 1, -100]])
    logits = np.zeros((2, 3, 2))
    logits[0, 0, 0] = -1.0
    assert context("cross_entropy", logits, tokens, class_axis=-1)[1]["constant"] == pytest.approx(
        ENTROPY, rel=1e-12
    )


@pytest.mark.parametrize(
    ("loss", "given", "chance", "constant"),
    [
        (
            "cross_entropy",
            {"label_smoothing": 0.2},
            log(2),
            -(0.7 * log(0.75) + 0.3 * log(0.25)),  # 0.8·¾ + 0.1 and 0.8·¼ + 0.1
        ),
        ("cross_entropy", {"class_weights": [1.0, 3.0]}, log(2), log(2)),  # shares become even
        (
            "poly1",
            {"epsilon": 2.0},
            log(2) + 1.0,
            ENTROPY + 2.0 * (0.75 * 0.25 + 0.25 * 0.75),
        ),
        (
            "focal",
            {"gamma": 1.0, "alpha": 0.5, "input": "logits"},
            0.25 * log(2),
            -0.5 * (0.75 * 0.25 * log(0.75) + 0.25 * 0.75 * log(0.25)),
        ),
    ],
)
def test_other_log_losses_are_told_their_own_levels(
    loss: str, given: Any, chance: float, constant: float
) -> None:
    """No perplexity: the mean is not the surprise of the labels."""
    found = context(loss, LOGITS, CLASSES, **given)[1]
    assert found == pytest.approx({"chance": chance, "constant": constant}, rel=1e-12)


@pytest.mark.parametrize("loss", ["bce_with_logits", "soft_margin"])
def test_binary_labels(loss: str) -> None:
    value, found = context(loss, SCORES, LABELS)
    wanted = {"chance": log(2), "constant": ENTROPY, "bits": value / log(2)}
    assert found == pytest.approx(wanted, rel=1e-12)


def test_pos_weight_moves_both_levels() -> None:
    found = context("bce_with_logits", SCORES, LABELS, pos_weight=5.0)[1]
    constant = -(5.0 * 0.25 * log(0.25) + 0.75 * log(0.75))
    assert found == pytest.approx({"chance": 2.0 * log(2), "constant": constant}, rel=1e-12)


def test_weights_move_the_shares() -> None:
    found = context("bce_with_logits", SCORES, LABELS, weights=[3.0, 1.0, 1.0, 1.0])[1]
    assert found["constant"] == pytest.approx(log(2), rel=1e-12)
    assert context("mse", SCORES, LABELS, weights=[1, 1, 0, 0])[1] == {"target_variance": 0.25}


def test_several_labels_have_their_own_shares() -> None:
    """The first label is never true, so predicting that costs nothing."""
    targets = np.array([[0.0, 1.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    found = context("bce_with_logits", LOGITS, targets, task="multilabel")[1]
    assert found["chance"] == pytest.approx(log(2), rel=1e-12)
    assert found["constant"] == pytest.approx(ENTROPY / 2, rel=1e-12)


def test_the_constant_is_what_it_says() -> None:
    """Evaluating the constant prediction itself gives the number."""
    shares = np.tile([0.75, 0.25], (4, 1))
    for loss, given in (("focal", {}), ("poly1", {"epsilon": -0.5}), ("cross_entropy", {})):
        options = {"input": "probabilities", **given}
        if loss != "cross_entropy":
            options["task"] = "multiclass"
        value, found = context(loss, shares, CLASSES, **options)
        assert value == pytest.approx(found["constant"], rel=1e-12)


def test_losses_without_a_level_have_none() -> None:
    assert context("hinge", SCORES, LABELS)[1] == {}
    result = lossctl.compute("bce_with_logits", SCORES, LABELS, context=True, reduction="sum")
    assert result.context == {}
