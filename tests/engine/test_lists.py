"""Class weights and parameters with one number a class or a label."""

import math

import numpy as np
import pytest

from lossctl.api import compute, gradient
from lossctl.core.errors import UsageError

P = np.array([0.9, 0.2, 0.7])
T = np.array([1.0, 0.0, 0.0])
ROWS = np.array([[0.5, 0.25, 0.25], [0.2, 0.5, 0.3]])
LOGITS = np.array([[2.0, -1.0], [-3.0, 0.5], [1.0, 4.0]])
LABELS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def softplus(number: float) -> float:
    return math.log1p(math.exp(number))


def test_class_weights_of_binary_labels() -> None:
    value = compute("bce", P, T, class_weights=[2.0, 5.0]).value
    items = [-5 * math.log(0.9), -2 * math.log(0.8), -2 * math.log(0.3)]
    assert value == pytest.approx(sum(items) / 9, rel=1e-14)
    total = compute("bce", P, T, class_weights=[2.0, 5.0], reduction="sum").value
    assert total == pytest.approx(sum(items), rel=1e-14)


def test_class_weights_of_a_soft_label_mix() -> None:
    value = compute("bce", [0.9], [0.25], class_weights=[2.0, 6.0], reduction="sum").value
    entropy = -(0.25 * math.log(0.9) + 0.75 * math.log(0.1))
    assert value == pytest.approx(3.0 * entropy, rel=1e-14)


def test_class_weights_of_labels_in_columns() -> None:
    value = compute("bce_with_logits", LOGITS, LABELS, class_weights=[1.0, 3.0]).value
    items = [[softplus(-2.0), softplus(-1.0)], [softplus(-3.0), softplus(-0.5)],
             [softplus(-1.0), softplus(-4.0)]]  # fmt: skip
    wanted = sum(row[0] + 3 * row[1] for row in items) / 12
    assert value == pytest.approx(wanted, rel=1e-14)


def test_class_weights_of_classes_divide_the_mean() -> None:
    weights = [1.0, 2.0, 4.0]
    value = compute("cross_entropy", ROWS, [2, 1], class_weights=weights).value
    wanted = -(4 * math.log(0.25) + 2 * math.log(0.5)) / 6
    assert value == pytest.approx(wanted, rel=1e-14)
    one_hot = compute("cross_entropy", ROWS, np.eye(3)[[2, 1]], class_weights=weights).value
    assert one_hot == pytest.approx(wanted, rel=1e-14)
    focal = compute("focal", ROWS, [2, 1], class_weights=weights, gamma=0.0, alpha=None).value
    assert focal == pytest.approx(wanted, rel=1e-14)


def test_class_weights_of_soft_rows_weigh_each_class() -> None:
    soft = [[0.5, 0.5, 0.0], [0.0, 0.25, 0.75]]
    weights = [1.0, 2.0, 4.0]
    value = compute("cross_entropy", ROWS, soft, class_weights=weights).value
    first = -(0.5 * math.log(0.5) + 0.5 * 2 * math.log(0.25))
    second = -(0.25 * 2 * math.log(0.5) + 0.75 * 4 * math.log(0.3))
    assert value == pytest.approx((first + second) / (1.5 + 3.5), rel=1e-14)


def test_label_smoothing_of_classes() -> None:
    value = compute("cross_entropy", ROWS, [0, 1], label_smoothing=0.3).value
    first = -(0.8 * math.log(0.5) + 0.1 * math.log(0.25) + 0.1 * math.log(0.25))
    second = -(0.1 * math.log(0.2) + 0.8 * math.log(0.5) + 0.1 * math.log(0.3))
    assert value == pytest.approx((first + second) / 2, rel=1e-13)


def test_label_smoothing_of_binary_labels() -> None:
    value = compute("bce_with_logits", [2.0], [1.0], label_smoothing=0.2).value
    assert value == pytest.approx(0.9 * softplus(-2.0) + 0.1 * softplus(2.0), rel=1e-14)


def test_pos_weight_per_label() -> None:
    value = compute("bce_with_logits", LOGITS, LABELS, pos_weight=[2.0, 5.0]).value
    wanted = (2 * softplus(-2.0) + softplus(-1.0) + softplus(-3.0) + 5 * softplus(-0.5)
              + 2 * softplus(-1.0) + 5 * softplus(-4.0)) / 6  # fmt: skip
    assert value == pytest.approx(wanted, rel=1e-14)
    single = compute("bce_with_logits", LOGITS[:, 0], LABELS[:, 0], pos_weight=[2.0])
    scalar = compute("bce_with_logits", LOGITS[:, 0], LABELS[:, 0], pos_weight=2.0)
    assert single.value == scalar.value
    array = compute("bce_with_logits", LOGITS, LABELS, pos_weight=np.array([2.0, 5.0]))
    assert array.value == value


def test_pos_weight_per_label_along_another_axis() -> None:
    logits, labels = LOGITS.T[None], LABELS.T[None]
    value = compute("bce_with_logits", logits, labels, pos_weight=[2.0, 5.0], class_axis=1).value
    flat = compute("bce_with_logits", LOGITS, LABELS, pos_weight=[2.0, 5.0]).value
    assert value == pytest.approx(flat, rel=1e-15)


def test_focal_alpha_of_one_number_pairs_and_lists() -> None:
    given = {"gamma": 2.0}
    positive, negative = -(0.1**2) * math.log(0.9), -(0.2**2) * math.log(0.8)
    wrong = -(0.7**2) * math.log(0.3)
    value = compute("focal", P, T, alpha=0.25, **given).value
    assert value == pytest.approx((0.25 * positive + 0.75 * (negative + wrong)) / 3, rel=1e-13)
    value = compute("focal", P, T, alpha=[0.5, 0.125], **given).value
    assert value == pytest.approx((0.125 * positive + 0.5 * (negative + wrong)) / 3, rel=1e-13)
    value = compute("focal", P, T, alpha=None, **given).value
    assert value == pytest.approx((positive + negative + wrong) / 3, rel=1e-13)


def test_focal_alpha_of_classes() -> None:
    first, second = -(0.75**2) * math.log(0.25), -(0.5**2) * math.log(0.5)
    value = compute("focal", ROWS, [2, 1], alpha=[0.1, 0.2, 0.7]).value
    assert value == pytest.approx((0.7 * first + 0.2 * second) / 2, rel=1e-13)
    value = compute("focal", ROWS, [2, 1]).value
    assert value == pytest.approx(0.25 * (first + second) / 2, rel=1e-13)


def test_focal_one_against_the_rest() -> None:
    value = compute("focal", ROWS[:1], [0], classes="one_vs_rest", alpha=0.25).value
    wanted = -0.25 * 0.5**2 * math.log(0.5) - 2 * 0.75 * 0.25**2 * math.log(0.75)
    assert value == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize("gamma", [0.0, 0.25, 0.5, 1.0, 2.0])
def test_focal_is_quiet_where_it_is_sure(gamma: float) -> None:
    """At p = 1 the value and the slope are 0 for every gamma above 0, not NaN."""
    for loss_inputs in (([1.0], [1.0]), ([0.0], [0.0]), ([[1.0, 0.0]], [0])):
        value = compute("focal", *loss_inputs, gamma=gamma, input="probabilities").value
        slopes = gradient("focal", *loss_inputs, gamma=gamma, input="probabilities")["predictions"]
        assert value == 0.0
        assert np.isfinite(slopes).all()
        if gamma > 0.0:
            assert not slopes.any()
    for logit in (50.0, 800.0):
        slopes = gradient("focal", [logit], [1.0], gamma=gamma, input="logits")["predictions"]
        assert np.isfinite(slopes).all()
        assert abs(slopes[0]) < 1e-20


@pytest.mark.parametrize(
    ("loss", "inputs", "count", "message"),
    [
        ("bce", (P, T), 3, r"3 weights.*2 weights \(negative, positive\)"),
        ("bce", (LOGITS, LABELS), 3, "3 weights.*2 labels"),
        ("cross_entropy", (ROWS, [0, 1]), 2, "2 weights.*3 classes"),
        ("focal", (ROWS, [0, 1]), 4, "4 weights.*3 classes"),
    ],
)
def test_class_weights_of_the_wrong_length(
    loss: str, inputs: tuple[np.ndarray, np.ndarray], count: int, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        compute(loss, *inputs, class_weights=[1.0] * count)


@pytest.mark.parametrize("loss", ["mse", "dice", "tversky", "rule_satisfaction"])
def test_class_weights_need_classes(loss: str) -> None:
    with pytest.raises(UsageError, match=f"class_weights: {loss}"):
        compute(loss, P, T, class_weights=[1.0, 2.0])


@pytest.mark.parametrize(
    ("loss", "inputs", "params"),
    [
        ("bce_with_logits", (LOGITS, LABELS), {"pos_weight": [1.0, 2.0, 3.0]}),
        ("bce_with_logits", (LOGITS[:, 0], LABELS[:, 0]), {"pos_weight": [1.0, 2.0]}),
        ("focal", (ROWS, [0, 1]), {"alpha": [0.5, 0.5]}),
        ("focal", (P, T), {"alpha": [0.5, 0.5, 0.5]}),
    ],
)
def test_lists_of_the_wrong_length(
    loss: str, inputs: tuple[np.ndarray, np.ndarray], params: dict[str, list[float]]
) -> None:
    ((name, entries),) = params.items()
    with pytest.raises(UsageError, match=rf"{loss}: {name} has {len(entries)} entries, needs"):
        compute(loss, *inputs, **params)
