"""The order of errors from the greatest to the least."""

import numpy as np
import pytest

from lossctl.kernels.overlap.lovasz import descending_order


def by_hand(errors: np.ndarray) -> list[int]:
    """Sort in plain Python, which is stable."""
    return sorted(range(len(errors)), key=lambda place: -float(errors[place]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_is_the_stable_order(dtype: type) -> None:
    random = np.random.default_rng(0)
    errors = random.standard_normal(500).round(1).astype(dtype)  # many ties
    errors[:40] = [0.0, -0.0, 1e-45, -1e-45, np.inf, -np.inf, 3e38, -3e38] * 5
    assert descending_order(errors).tolist() == by_hand(errors)


def test_nan_stands_last() -> None:
    errors = np.array([1.0, np.nan, 3.0, 2.0], np.float32)
    assert descending_order(errors).tolist() == [2, 3, 0, 1]


def test_leaves_the_errors_alone() -> None:
    errors = np.array([1.0, 3.0, -2.0], np.float32)
    descending_order(errors)
    assert errors.tolist() == [1.0, 3.0, -2.0]
