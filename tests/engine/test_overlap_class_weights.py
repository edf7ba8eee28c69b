"""Class weights of overlap losses: a weighted mean of the losses of classes."""

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import UsageError

RNG = np.random.default_rng(17)
LOGITS, CLASSES = RNG.normal(size=(3, 4, 5, 6)), RNG.integers(0, 4, size=(3, 5, 6))
WEIGHTS = np.array([1.0, 0.0, 2.5, 0.5])
P = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
T = np.moveaxis(np.eye(4)[CLASSES], -1, 1)
GIVEN = {"input": "logits", "average": "macro", "smooth": 0.0}


def dice_of_classes(axes: tuple[int, ...]) -> np.ndarray:
    """Return 1 − 2Σpt/(Σp + Σt) of each class."""
    return np.asarray(1.0 - 2.0 * (P * T).sum(axes) / (P + T).sum(axes))


@pytest.mark.parametrize(("pooling", "axes"), [("batch", (0, 2, 3)), ("sample", (2, 3))])
def test_they_weigh_the_losses_of_classes(pooling: str, axes: tuple[int, ...]) -> None:
    found = lossctl.compute(
        "dice", LOGITS, CLASSES, pooling=pooling, class_weights=WEIGHTS.tolist(), **GIVEN
    )
    wanted = (dice_of_classes(axes) * WEIGHTS).sum(axis=-1) / WEIGHTS.sum()
    assert found.value == pytest.approx(wanted.mean(), rel=1e-13)


def test_only_classes_that_count_are_weighed() -> None:
    found = lossctl.compute(
        "dice", LOGITS, CLASSES, background=False, class_weights=WEIGHTS.tolist(), **GIVEN
    )
    own = dice_of_classes((0, 2, 3))[1:]
    assert found.value == pytest.approx((own * WEIGHTS[1:]).sum() / WEIGHTS[1:].sum(), rel=1e-13)


def test_balanced_weights_are_those_of_the_masks() -> None:
    found = lossctl.compute("dice", LOGITS, CLASSES, class_weights="balanced", **GIVEN)
    weights = 1.0 / np.bincount(CLASSES.ravel(), minlength=4)
    wanted = (dice_of_classes((0, 2, 3)) * weights).sum() / weights.sum()
    assert found.value == pytest.approx(wanted, rel=1e-13)


def test_the_gradient_is_that_of_the_weighted_mean() -> None:
    options = {**GIVEN, "class_weights": WEIGHTS.tolist(), "pooling": "sample"}
    slope = lossctl.gradient("dice", LOGITS, CLASSES, **options)["predictions"]
    for place in [(0, 0, 0, 0), (1, 2, 3, 4), (2, 3, 4, 5)]:
        moved = [LOGITS.copy(), LOGITS.copy()]
        moved[0][place] += 1e-5
        moved[1][place] -= 1e-5
        above, below = (lossctl.compute("dice", z, CLASSES, **options).value for z in moved)
        assert slope[place] == pytest.approx((above - below) / 2e-5, rel=1e-5, abs=1e-10)


def test_without_an_average_over_classes_they_are_refused() -> None:
    with pytest.raises(UsageError, match="use average='macro'"):
        lossctl.compute("dice", LOGITS, CLASSES, input="logits", class_weights=[1, 2, 3, 4])
    with pytest.raises(UsageError, match="got 2 weights, but the masks have 4 classes"):
        lossctl.compute("dice", LOGITS, CLASSES, class_weights=[1, 2], **GIVEN)
    with pytest.raises(UsageError, match="class_weights"):
        lossctl.compute("smp.DiceLoss", LOGITS[:, 0], CLASSES == 1, class_weights=[1, 2])
