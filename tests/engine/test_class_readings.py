"""The loss of each class, by hand, and its name; what cannot have names says so."""

from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import UsageError

SHARES = np.array([[0.5, 0.25, 0.25], [0.25, 0.75, 0.0], [0.0, 0.5, 0.5], [0.25, 0.25, 0.5]])
CLASSES = [0, 1, 1, 2]
NAMES = ("road", "tree", "sky")
DICE = [1 - 2 * 0.5 / (1.0 + 1), 1 - 2 * 1.25 / (1.75 + 2), 1 - 2 * 0.5 / (1.25 + 1)]
SURPRISE = [-np.log(0.5), -(np.log(0.75) + np.log(0.5)) / 2, -np.log(0.5)]


def readings(loss: str, *, names: Any = NAMES, **given: Any) -> Any:
    options = {"task": "multiclass", "class_names": names, **given}
    return lossctl.compute(loss, SHARES, CLASSES, input="probabilities", **options)


@pytest.mark.parametrize("average", ["micro", "macro", "weighted"])
@pytest.mark.parametrize(
    ("loss", "wanted"),
    [
        ("dice", DICE),
        ("dice_cross_entropy", [(d + s) / 2 for d, s in zip(DICE, SURPRISE, strict=True)]),
        ("jaccard", [2 * d / (1 + d) for d in DICE]),
    ],
)
def test_classes_are_named(loss: str, wanted: Any, average: str) -> None:
    found = readings(loss, average=average, smooth=0.0).classes
    assert tuple(one.name for one in found) == NAMES
    assert [one.value for one in found] == pytest.approx(wanted, rel=1e-12)
    assert [one.mass for one in found] == [1.0, 2.0, 1.0]


def test_classes_of_generalized_dice_are_those_of_dice() -> None:
    """A weight of one class alone cancels."""
    found = readings("generalized_dice")
    assert [one.value for one in found.classes] == pytest.approx(DICE, rel=1e-12)
    assert found.value == readings("generalized_dice", names=None).value
    assert readings("generalized_dice", names=None).classes == ()


def test_one_class_and_no_background() -> None:
    assert [one.name for one in readings("dice", average=1).classes] == ["tree"]
    assert [one.name for one in readings("dice", background=False).classes] == ["tree", "sky"]


def test_each_sample_counts_alike() -> None:
    scores, targets = SHARES.reshape(2, 2, 3), np.reshape(CLASSES, (2, 2))
    options: dict[str, Any] = {"pooling": "sample", "class_axis": -1, "smooth": 0.0}
    options |= {"class_names": NAMES, "input": "probabilities"}
    found = lossctl.compute("dice", scores, targets, **options).classes
    first, second = 1 - 2 * 0.75 / (1.0 + 1), 1 - 2 * 0.5 / (0.75 + 1)
    assert found[1].value == pytest.approx((first + second) / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("loss", "names", "message"),
    [
        ("dice", NAMES[:2], "2 names for 3 classes"),
        ("lovasz_softmax", NAMES[:2], "2 names for 3 classes"),
        ("cross_entropy", NAMES[:2], "2 names for 3 classes"),
    ],
)
def test_names_that_do_not_fit_the_classes_are_refused(loss: str, names: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        readings(loss, names=names)


def test_one_mask_has_no_names() -> None:
    with pytest.raises(UsageError, match="1 name for a single mask"):
        lossctl.compute("dice", [0.5, 0.25], [1, 0], class_names=["road"])
