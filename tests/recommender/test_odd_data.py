"""Data that cannot be measured, or only in part: a reason, never a wrong figure."""

from typing import Any

import numpy as np
import pytest

from lossctl.core.errors import DataError
from lossctl.recommender.recommend import recommend

N = 40
RNG = np.random.default_rng(0)
VALUES, LABELS = RNG.normal(size=N), RNG.integers(0, 2, N)


def facts(targets: Any, predictions: Any = None, **answers: Any) -> dict[str, Any]:
    advice = recommend(targets=targets, predictions=predictions, no_input=True, **answers)
    return dict(advice.to_dict()["facts"])


@pytest.mark.parametrize("place", ["targets", "predictions"])
def test_numbers_beyond_what_can_be_measured(place: str) -> None:
    data = {"targets": VALUES, "predictions": VALUES} | {place: VALUES * 1e307}
    with pytest.raises(DataError, match=rf"{place}: .* 1e\+90"):
        facts(**data, task="regression")


def test_great_and_small_numbers_are_measured() -> None:
    for scale in (1e-150, 1e80):
        measured = facts(VALUES * scale, task="regression")
        assert measured["sd"] == pytest.approx(np.std(VALUES) * scale, rel=1e-5)
        skew = np.mean((VALUES - VALUES.mean()) ** 3) / VALUES.std() ** 3
        assert measured["skew"] == pytest.approx(skew, rel=1e-4) or scale < 1


@pytest.mark.parametrize("name", ["predictions", "groups"])
def test_an_axis_of_length_0(name: str) -> None:
    with pytest.raises(DataError, match=rf"{name}: .*\(40, 0\)"):
        recommend(targets=VALUES, **{name: np.zeros((N, 0))}, no_input=True)


@pytest.mark.parametrize("task", [None, "classification", "regression", "segmentation"])
@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan, -100.0])
def test_no_target_counts(number: float, task: str | None) -> None:
    with pytest.raises(DataError, match="every value is NaN or ignored"):
        facts(np.full((N, 4, 4) if task == "segmentation" else N, number), task=task)


@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("width", [(), (3,)])
def test_no_prediction_is_finite(number: float, width: tuple[int, ...]) -> None:
    advice = recommend(targets=LABELS, predictions=np.full((N, *width), number), no_input=True)
    assert "no prediction is finite" in " ".join(advice.to_dict()["notes"])
    assert "predictions" not in advice.to_dict()["facts"]


def test_infinite_targets_are_left_out() -> None:
    measured = facts(np.append(VALUES, [np.inf, -np.inf]), task="regression")
    assert measured["missing"] == 2
    assert measured["mean"] == pytest.approx(VALUES.mean(), rel=1e-5)


def test_ignored_targets_are_no_values() -> None:
    values = np.append(VALUES + 9.0, 99.0)
    measured = facts(np.append(values, [-100.0] * 5), task="regression")
    centred = values - np.median(values)
    above, below = (np.median(side[side > 0]) for side in (centred, -centred))
    far = (centred > 5 * 1.4826 * above) | (-centred > 5 * 1.4826 * below)
    share = np.mean(far)
    assert 0 < share < 0.1
    assert measured["outlier_share"] == pytest.approx(share, rel=1e-5)


def test_rows_of_signs_are_counted() -> None:
    rows = RNG.choice([-1, 1], size=(N, 3), p=[0.7, 0.3])
    measured = facts(rows, task="classification", classes="multilabel")
    expected = [[int((rows[:, at] == sign).sum()) for sign in (-1, 1)] for at in range(3)]
    assert measured["label_counts"] == expected


def test_rows_of_labels_with_ignored_ones_are_counted() -> None:
    rows = RNG.integers(0, 2, (N, 3))
    marked = np.where(RNG.uniform(size=rows.shape) < 0.2, -100, rows)
    measured = facts(marked, task="classification", classes="multilabel")
    assert [count for _, count in measured["label_counts"]] == (marked == 1).sum(axis=0).tolist()


def test_rows_of_other_numbers_are_no_labels() -> None:
    with pytest.raises(DataError, match=r"rows of 3 labels .* -7"):
        facts(RNG.integers(-7, 3, (200, 3)), task="classification")


@pytest.mark.parametrize("label", [1e19, -3.0])
def test_labels_that_number_no_class(label: float) -> None:
    labels = np.append(RNG.integers(0, 3, N).astype(float), label)
    facts(labels, RNG.normal(size=(N + 1, 3)), task="classification")


@pytest.mark.parametrize("largest", [2**64 - 1, 2**63])
def test_rows_of_labels_beyond_0_and_1_are_no_labels(largest: int) -> None:
    rows = np.array([[1, largest], [1, 1], [largest, 1]] * 20, dtype=np.uint64)
    assert recommend(targets=rows, no_input=True).loss == "mse"
    with pytest.raises(DataError, match="rows of 2 labels hold 0 or 1"):
        facts(rows, task="classification", classes="multilabel")
