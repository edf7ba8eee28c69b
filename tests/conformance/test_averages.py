"""Averages over classes: micro, macro, weighted, one class; the background; names of classes."""

from typing import Any

import numpy as np
import pytest

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array
from lossctl.testing.gradients import check_gradient
from tests.conformance.cases import CLASSES, Case, draw, each_case, run

ITEMS = 11
NAMES = tuple(f"class {number}" for number in range(CLASSES))


def each_class(case: Case, arrays: list[Array]) -> list[Any]:
    return [run(case, arrays, average=number) for number in range(CLASSES)]


def rows(case: Case) -> bool:
    """Whether the case has classes to average; skip it otherwise."""
    if case.loss.of_sequences:
        pytest.skip("tokens are no masks")
    if case.form.axes != "item class":
        pytest.skip("one mask has no classes")
    return not case.loss.joint_classes


@each_case("pooled", defaults=True)
def test_averages_are_made_of_the_classes(case: Case) -> None:
    arrays = draw(case, ITEMS)
    if not rows(case):
        with pytest.raises(UsageError, match=f"average: {case.loss.id} takes none"):
            run(case, arrays, average="macro")
        return
    alone = [result.value for result in each_class(case, arrays)]
    masks = arrays[1] if arrays[1].ndim == 2 else np.eye(CLASSES)[arrays[1]]
    macro = run(case, arrays, average="macro", class_names=NAMES)
    assert macro.value == pytest.approx(np.mean(alone), rel=1e-14)
    assert [one.value for one in macro.classes] == pytest.approx(alone, rel=1e-14)
    assert tuple(one.name for one in macro.classes) == NAMES
    np.testing.assert_allclose([one.mass for one in macro.classes], masks.sum(axis=0))
    shares = masks.sum(axis=0) / masks.sum()
    weighted = run(case, arrays, average="weighted").value
    assert weighted == pytest.approx(float(np.dot(shares, alone)), rel=1e-14)
    rest = run(case, arrays, average="macro", background=False)
    assert rest.value == pytest.approx(np.mean(alone[1:]), rel=1e-14)
    assert len(rest.classes) == CLASSES - 1


@each_case("pooled", brief=True)
def test_the_gradient_of_an_average_matches_finite_differences(case: Case) -> None:
    averaged = rows(case)
    arrays = draw(case, 4, seed=3)
    choices: list[dict[str, Any]] = [{"background": False}]
    if averaged:
        choices += [{"average": name} for name in ("macro", "weighted", 2)]
    for options in choices:
        check_gradient(case, arrays, **options)


@each_case("pooled", brief=True)
def test_a_class_that_is_none_is_refused(case: Case) -> None:
    if rows(case):
        with pytest.raises(UsageError, match=f"class {CLASSES} is not one of {CLASSES}"):
            run(case, draw(case, 4), average=CLASSES)
