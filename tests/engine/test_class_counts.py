"""Classes are counted where items count: class weights that are measured from the targets."""

import math

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.core.errors import DataError, UsageError

LOGITS = np.full((4, 2), 2.5)


def test_items_of_weight_nothing_are_not_counted() -> None:
    """Counts are 2 and 1 then: weights 3/(2·2) and 3/(2·1)."""
    scores = np.array([[1.0, 0.0], [0.5, 0.0], [0.0, 2.0], [9.0, 0.0]])
    nll = [math.log1p(math.exp(-d)) for d in (1.0, 0.5, 2.0)]
    given = {"weights": [1.0, 1.0, 1.0, 0.0], "class_weights": "balanced"}
    found = compute("cross_entropy", scores, [0, 0, 1, 1], reduction="sum", **given)
    assert found.value == pytest.approx(0.75 * (nll[0] + nll[1]) + 1.5 * nll[2], rel=1e-14)


def test_a_class_that_only_such_items_have_cannot_be_weighed() -> None:
    with pytest.raises(DataError, match="cannot be measured: class 1 has no items"):
        compute(
            "cross_entropy", LOGITS, [0, 0, 0, 1], weights=[1, 1, 1, 0], class_weights="balanced"
        )


def test_soft_targets_count_by_their_mass() -> None:
    """Masses 1.5 and 2.5 of four items: 4/(2·1.5) and 4/(2·2.5); every −log p is log 2."""
    soft = [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0], [0.0, 1.0]]
    found = compute("cross_entropy", LOGITS, soft, class_weights="balanced", reduction="sum")
    wanted = math.log(2.0) * (1.5 * 4 / 3 + 2.5 * 4 / 5)
    assert found.value == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize("beta", [0.0, 0.9])
def test_effective_numbers(beta: float) -> None:
    """(1 − β)/(1 − β^n): counts 3 and 1; β = 0 weighs every class 1."""
    found = compute(
        "cross_entropy", LOGITS, [0, 0, 0, 1], class_weights=f"effective:{beta}", reduction="sum"
    )
    weights = [(1.0 - beta) / (1.0 - beta**n) for n in (3, 1)]
    assert found.value == pytest.approx(math.log(2.0) * (3 * weights[0] + weights[1]), rel=1e-14)


@pytest.mark.parametrize("name", ["effective:1", "effective:-0.1", "effective", "even", "even:0.5"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="class_weights must be a list, balanced, or effective:β"):
        compute("cross_entropy", LOGITS, [0, 0, 0, 1], class_weights=name)


@pytest.mark.parametrize("classes", [6, 7, 8])
def test_a_note_names_the_first_labels_and_the_last(classes: int) -> None:
    """Up to seven are named whole; of more the first six and the last."""
    names = [f"c{number}" for number in range(classes)]
    notes = compute("cross_entropy", -np.eye(classes), names).notes
    whole = ", ".join(f"{name} {number}" for number, name in enumerate(names))
    cut = "c0 0, c1 1, c2 2, c3 3, c4 4, c5 5, …, c7 7"
    assert any((whole if classes < 8 else cut) + ", sorted" in note for note in notes)


@pytest.mark.parametrize("length", [40, 41])
def test_a_message_cuts_long_labels(length: int) -> None:
    long = "x" * length
    with pytest.raises(UsageError) as caught:
        compute("bce", [0.25, 0.75], [long, "no"], positive="yes")
    assert repr(long if length == 40 else "x" * 39 + "…") in str(caught.value)


def test_ragged_rows_are_no_array() -> None:
    with pytest.raises(DataError, match="different lengths"):
        compute("mse", [[1.0], [1.0, 2.0]], [1.0, 2.0])
