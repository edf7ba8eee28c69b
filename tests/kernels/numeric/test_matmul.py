"""Inner products of rows with their partners, and slopes of ramps."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from lossctl.kernels.numeric import matmul
from lossctl.kernels.numeric.matmul import row_by_row
from lossctl.kernels.numeric.pointwise import relu_slope

WIDTHS = (1, 3, 8, 64, 100, 129, 1000)


def drawn(width: int, dtype: type) -> NDArray[np.floating]:
    """Return twelve rows."""
    return np.random.default_rng(7).standard_normal((12, width)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", WIDTHS)
def test_products_are_near_the_exact_ones(width: int, dtype: type) -> None:
    left = drawn(width, dtype)
    right = left[::-1] + dtype(0.25)
    found = row_by_row(left, right)
    for row, one, other in zip(found, left, right, strict=True):
        products = [float(a) * float(b) for a, b in zip(one, other, strict=True)]
        size = math.fsum(abs(product) for product in products)
        assert abs(float(row) - math.fsum(products)) <= 8 * np.finfo(dtype).eps * size


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", WIDTHS)
def test_bits_depend_neither_on_neighbours_nor_on_memory(width: int, dtype: type) -> None:
    rows = drawn(width, dtype)
    wanted = row_by_row(rows, rows).tobytes()
    assert b"".join(row_by_row(row[None], row[None]).tobytes() for row in rows) == wanted
    turned = np.asfortranarray(rows)
    assert row_by_row(turned, rows).tobytes() == wanted
    for shift in range(1, 9):
        room = np.zeros(rows.size + shift, dtype)
        moved = room[shift:].reshape(rows.shape)
        moved[...] = rows
        assert row_by_row(moved, rows).tobytes() == wanted


def test_the_slope_of_a_ramp_is_one_above_zero() -> None:
    values = np.array([-np.inf, -1.5, -5e-324, -0.0, 0.0, 5e-324, 0.3, 2.0, np.inf, np.nan])
    wanted = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, np.nan]
    np.testing.assert_array_equal(relu_slope(values), wanted)


@pytest.mark.parametrize("most", [1, 6, 8, 12, 1 << 18])
def test_products_in_pieces(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Pieces that divide the rows evenly, and pieces that leave a rest."""
    monkeypatch.setattr(matmul, "MOST", most)
    rng = np.random.default_rng(3)
    left, right = (
        rng.integers(-9, 9, (2, 3)).astype(float),
        rng.integers(-9, 9, (4, 3)).astype(float),
    )
    np.testing.assert_array_equal(matmul.rows_by_rows(left, right), left @ right.T)
    np.testing.assert_array_equal(
        matmul.rows_by_columns(left @ right.T, right), left @ right.T @ right
    )
    np.testing.assert_array_equal(matmul.columns_by_columns(right, right), right.T @ right)
