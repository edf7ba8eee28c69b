"""The branch-free choice between two arrays."""

import numpy as np
import pytest

from lossctl.kernels.numeric.pointwise import select, with_sign_of


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_same_bits_as_where(dtype: type, order: str) -> None:
    random = np.random.default_rng(0)
    odd = [np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1e-45, 3.0, -7.5, np.finfo(dtype).max]
    these = np.asarray(random.permutation(odd * 6).reshape(12, 5), dtype, order=order)
    others = np.asarray(random.permutation(odd * 6).reshape(12, 5), dtype, order=order)
    mask = np.asarray(random.random((12, 5)) < 0.5, order=order)
    wanted = np.where(mask, these, others)
    assert select(mask, these, others).tobytes() == wanted.tobytes()
    assert select(mask, these, others).dtype == dtype


def test_leaves_its_arguments_alone() -> None:
    these, others, mask = np.ones(3), np.zeros(3), np.array([True, False, True])
    select(mask, these, others)
    assert these.tolist() == [1, 1, 1]
    assert others.tolist() == [0, 0, 0]
    assert mask.tolist() == [True, False, True]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_signs_are_those_of_copysign(dtype: type) -> None:
    sizes = np.array([0.0, 0.0, 1.5, 1.5, np.inf, np.inf, 1e-45, 3.0], dtype)
    signs = np.array([-2.0, 2.0, -0.0, 0.0, -np.inf, 7.0, -1.0, np.inf], dtype)
    wanted = np.copysign(sizes, signs)
    assert with_sign_of(signs.copy(), sizes).tobytes() == wanted.tobytes()
