"""Tasks and class axes: found from shapes and options, never by broadcasting."""

import math

import numpy as np
import pytest

import lossctl
from lossctl.api import compute, gradient
from lossctl.core.errors import DataError, UsageError

ONE_HOT = np.eye(3)[[0, 1, 2, 0]]
MULTI_HOT = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0]])
ROWS = np.array([[0.5, 0.25, 0.25], [0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0.7, 0.2, 0.1]])


@pytest.mark.parametrize(
    ("predictions", "targets", "task", "encoding"),
    [
        (ROWS[:, 0], ONE_HOT[:, 0], "binary", "labels"),
        (ROWS, [0, 1, 2, 0], "multiclass", "index"),
        (ROWS, ONE_HOT, "multiclass", "one_hot"),
        (ROWS, MULTI_HOT, "multilabel", "labels"),
        (ROWS[:, :1], ONE_HOT[:, :1], "binary", "labels"),
    ],
)
def test_focal_finds_its_task(
    predictions: np.ndarray, targets: np.ndarray, task: str, encoding: str
) -> None:
    reading = compute("focal", predictions, targets).input
    assert (reading.task, reading.targets) == (task, encoding)


def test_focal_takes_the_task_it_is_told() -> None:
    told = compute("focal", ROWS, ONE_HOT, task="multilabel", gamma=0.0, alpha=None)
    assert told.input.task == "multilabel"
    assert told.items == 12
    logs = -(np.log(ROWS[ONE_HOT == 1]).sum() + np.log1p(-ROWS[ONE_HOT == 0]).sum())
    assert told.value == pytest.approx(logs / 12, rel=1e-13)
    rows = compute("focal", ROWS, ONE_HOT, task="multiclass", gamma=0.0, alpha=None)
    assert rows.items == 4
    assert rows.value == pytest.approx(-np.log(ROWS[ONE_HOT == 1]).mean(), rel=1e-13)
    elements = compute("focal", ROWS, ONE_HOT, task="binary", gamma=0.0, alpha=None)
    assert elements.value == told.value


def test_a_mask_of_one_column_that_sums_to_one_in_its_last_row_only() -> None:
    """Two-column masks whose rows do not all sum to one are labels, wherever the odd row is."""
    targets = np.tile([1.0, 0.0], (100_000, 1))
    predictions = np.tile([0.75, 0.25], (100_000, 1))
    assert compute("focal", predictions, targets).input.task == "multiclass"
    targets[-1] = [1.0, 1.0]
    assert compute("focal", predictions, targets).input.task == "multilabel"


@pytest.mark.parametrize("task", ["binary", "multilabel"])
def test_cross_entropy_has_one_task(task: str) -> None:
    with pytest.raises(UsageError, match="task: cross_entropy"):
        compute("cross_entropy", ROWS, ONE_HOT, task=task)
    with pytest.raises(UsageError, match="task: bce"):
        compute("bce", ROWS, ONE_HOT, task="multiclass")
    with pytest.raises(UsageError, match="task: mse"):
        compute("mse", ROWS, ONE_HOT, task=task)


def test_multilabel_needs_a_label_axis() -> None:
    with pytest.raises(UsageError, match=r"label axis.*\(4,\)"):
        compute("bce", ROWS[:, 0], ONE_HOT[:, 0], task="multilabel")


@pytest.mark.parametrize(
    ("shape", "targets", "axis"),
    [
        ((5, 3), (5,), 1),
        ((5, 3, 4), (5, 4), 1),
        ((5, 4, 3), (5, 4), 2),
        ((2, 3, 4, 5), (2, 4, 5), 1),
        ((2, 4, 5, 3), (2, 4, 5), 3),
        ((5, 3), (5, 3), 1),
        ((3,), (), 0),
        ((3,), (3,), 0),
    ],
)
def test_the_class_axis_is_found(
    shape: tuple[int, ...], targets: tuple[int, ...], axis: int
) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=shape) * 3
    logits.flat[0] = -1.0
    if targets == shape:
        wanted = np.eye(shape[axis])[rng.integers(shape[axis], size=shape[:axis])]
    else:
        wanted = rng.integers(shape[axis], size=targets)
    value = compute("cross_entropy", logits, wanted).value
    assert value == compute("cross_entropy", logits, wanted, class_axis=axis).value
    rows = np.moveaxis(logits, axis, -1).reshape(-1, shape[axis])
    flat = np.moveaxis(wanted, axis, -1).reshape(rows.shape) if targets == shape else wanted.ravel()
    assert compute("cross_entropy", rows, flat).value == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(("p", "t"), [((4, 3, 3), (4, 3)), ((2, 3, 4), (2, 3, 4))])
def test_an_ambiguous_class_axis_is_an_error(p: tuple[int, ...], t: tuple[int, ...]) -> None:
    logits = np.random.default_rng(0).normal(size=p) - 3
    wanted = np.zeros(t, int) if p != t else np.full(p, 1.0)
    with pytest.raises(DataError, match=r"class_axis") as caught:
        compute("cross_entropy", logits, wanted)
    assert str(p) in str(caught.value)
    assert str(t) in str(caught.value)


def test_a_class_axis_that_does_not_fit_is_an_error() -> None:
    logits = -np.ones((4, 3, 5))
    with pytest.raises(DataError, match="classes along axis 2"):
        compute("cross_entropy", logits, np.zeros((4, 5), int), class_axis=2)
    with pytest.raises(UsageError, match="class_axis 3 is not an axis"):
        compute("cross_entropy", logits, np.zeros((4, 5), int), class_axis=3)
    with pytest.raises(UsageError, match="class_axis: mse"):
        compute("mse", logits, logits, class_axis=1)


@pytest.mark.parametrize(
    ("p", "t", "advice"),
    [
        ((5,), (5, 3), "swapped|same shape"),
        ((5, 1), (5,), "needs 2 classes"),
        ((5,), (4,), "bce"),
        ((5, 3), (4,), "do not fit"),
    ],
)
def test_cross_entropy_says_what_to_do(p: tuple[int, ...], t: tuple[int, ...], advice: str) -> None:
    with pytest.raises(DataError, match=advice) as caught:
        compute("cross_entropy", -np.ones(p), np.zeros(t, int))
    assert str(p) in str(caught.value)


@pytest.mark.parametrize(
    ("p", "t", "advice"),
    [
        ((5, 1), (5,), r"reshape the predictions to \(5,\)"),
        ((5,), (5, 1), r"reshape the targets to \(5,\)"),
        ((5,), (4,), "5 and 4 items"),
        ((5, 3), (5,), "losses like cross_entropy"),
        ((5, 3, 4), (5, 4), "losses like cross_entropy"),
        ((5, 3, 4), (5, 3), "losses like cross_entropy"),
        ((5, 3, 4), (5, 5), "same shape"),
        ((5,), (5, 3), "swapped|same shape"),
        ((5, 3), (5, 4), "same shape"),
        ((), (3,), "1 and 3 items"),
    ],
)
@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_shapes_are_never_broadcast(
    loss: str, p: tuple[int, ...], t: tuple[int, ...], advice: str
) -> None:
    with pytest.raises(DataError, match=advice) as caught:
        compute(loss, np.full(p, 0.5), np.zeros(t))
    assert str(p) in str(caught.value)
    assert str(t) in str(caught.value)


def test_pooling_by_sample_needs_a_pooled_loss_and_samples() -> None:
    with pytest.raises(UsageError, match="pooling: mse"):
        compute("mse", ROWS, ONE_HOT, pooling="sample")
    with pytest.raises(UsageError, match=r"first axis of samples.*\(4,\)"):
        compute("dice", ROWS[:, 0], ONE_HOT[:, 0], pooling="sample")
    result = compute("dice", ROWS, ONE_HOT, pooling="sample", smooth=0.0, reduction="none")
    wanted = 1 - 2 * ROWS[ONE_HOT == 1] / 2
    np.testing.assert_allclose(result.value, wanted, rtol=1e-14)


def test_masks_with_a_class_axis() -> None:
    """An index mask against class scores is Dice over the one-hot masks of all classes at once."""
    by_index = compute("dice", ROWS, [0, 1, 2, 0], smooth=0.0)
    assert by_index.input.targets == "index"
    shared = ROWS[ONE_HOT == 1].sum()
    assert by_index.value == pytest.approx(1 - 2 * shared / 8, rel=1e-14)
    assert compute("dice", ROWS, ONE_HOT, smooth=0.0).value == by_index.value


def test_empty_masks_agree_and_are_noted() -> None:
    zeros = np.zeros((2, 3))
    result = compute("dice", zeros, zeros, smooth=0.0)
    assert result.value == 0.0
    assert any("empty" in note for note in result.notes)
    assert not gradient("dice", zeros, zeros, smooth=0.0)["predictions"].any()
    targets = np.array([[0, 0, 0], [1, 0, 0]])
    result = compute("tversky", np.full((2, 3), 0.5), targets, pooling="sample")
    assert any("1 of 2" in note for note in result.notes)


def test_perplexity_of_uniform_rows() -> None:
    """A check by hand: log C whatever the level of the logits."""
    for level in (-50.0, 0.0, 1e4):
        logits = np.full((2, 5), level)
        assert compute("cross_entropy", logits, [0, 4], input="logits").value == pytest.approx(
            math.log(5), rel=1e-15
        )


def test_one_row_of_scores_has_no_samples() -> None:
    with pytest.raises(UsageError, match="pooling: by sample needs a first axis of samples"):
        lossctl.compute("dice", [0.1, 0.7, 0.2], 1, task="multiclass", pooling="sample")


@pytest.mark.parametrize(
    ("p", "t", "advice"),
    [
        ((5, 4), (5, 4, 3), "are predictions and targets swapped"),
        ((5, 4), (5, 3, 4), "are predictions and targets swapped"),
        ((5, 4, 2), (5, 3, 4, 2), "are predictions and targets swapped"),
        ((5, 4), (5, 3, 3), "same shape"),
        ((5, 3, 4), (5, 1, 4), r"class indices\? reshape the targets to \(5, 4\)"),
    ],
)
def test_scores_of_classes_given_as_targets(
    p: tuple[int, ...], t: tuple[int, ...], advice: str
) -> None:
    with pytest.raises(DataError, match=advice):
        compute("dice", np.full(p, 0.5), np.zeros(t))
