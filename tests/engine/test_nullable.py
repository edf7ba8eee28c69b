"""Columns of pandas that may hold missing values: whole numbers, truths and decimals."""

import numpy as np
import pandas as pd
import pytest

from lossctl.api import compute
from lossctl.core.errors import DataError

SCORES = [0.25, 0.75, 0.5]


def test_whole_numbers_of_a_frame_stay_what_they_are() -> None:
    frame = pd.DataFrame({"a": [3, 5], "b": [0, 2]}, dtype="Int64")
    assert compute("mae", frame, np.zeros((2, 2))).value == 2.5


def test_truths_are_labels() -> None:
    truths = pd.Series([False, True, True], dtype="boolean")
    wanted = -np.log([0.75, 0.75, 0.5]).mean()
    assert compute("bce", SCORES, truths).value == pytest.approx(wanted, rel=1e-14)


def test_a_frame_of_several_kinds_is_of_decimals() -> None:
    frame = pd.DataFrame({"a": pd.array([1, 2], "Int64"), "b": pd.array([0.5, -0.5], "Float64")})
    assert compute("mae", frame, np.zeros((2, 2))).value == 1.0


@pytest.mark.parametrize("kind", ["Int64", "Float64", "boolean"])
def test_what_is_missing_is_nan(kind: str) -> None:
    holed = pd.DataFrame({"a": pd.array([1, None], kind), "b": pd.array([0, 1], kind)})
    zeros = np.zeros((2, 2))
    with pytest.raises(DataError, match="NaN in the predictions"):
        compute("mae", holed, zeros)
    assert compute("mae", holed, zeros, nan="omit").value == pytest.approx(2 / 3)


def test_texts_beside_numbers_are_no_numbers() -> None:
    with pytest.raises(DataError):
        compute("mae", pd.DataFrame({"a": ["x", "y"], "b": [1, 2]}), np.zeros((2, 2)))
