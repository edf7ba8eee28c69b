"""Sums of rows, against exact sums, in both memory orders and for any number of BLAS threads."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest

from lossctl.kernels.numeric.rows import are_near_one, class_by_class, row_sums

WIDTHS = (1, 2, 3, 10, 16, 17, 100, 512, 513, 1000)
BITS = """
import numpy as np
from lossctl.kernels.numeric.rows import row_sums
for dtype in (np.float32, np.float64):
    for width in (3, 10, 100, 512):
        rows = np.exp(np.random.default_rng(0).standard_normal((262_144 // width, width), dtype))
        print(row_sums(rows).tobytes().hex()[::997])
"""


def drawn(count: int, width: int, dtype: type) -> np.ndarray:
    return np.exp(np.random.default_rng(width).standard_normal((count, width), dtype))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_row_is_summed(width: int, dtype: type, order: str) -> None:
    rows = np.array(drawn(8192 // width + 5, width, dtype), order=order)
    found = row_sums(rows)
    assert found.dtype == dtype
    exact = np.array([math.fsum(map(float, row)) for row in rows])
    additions = width if order == "F" else 8  # columns are added one by one
    assert np.abs(found / exact - 1.0).max() <= additions * np.finfo(dtype).eps


@pytest.mark.parametrize("width", WIDTHS)
def test_no_rows_have_no_sums(width: int) -> None:
    assert row_sums(np.empty((0, width))).shape == (0,)


def test_what_is_not_finite_stays_in_its_row() -> None:
    rows = np.ones((3000, 10))
    rows[7, 3], rows[2999, 0] = np.nan, np.inf
    found = row_sums(rows)
    assert np.flatnonzero(np.isnan(found)).tolist() == [7]
    assert np.flatnonzero(np.isinf(found)).tolist() == [2999]


def test_the_bits_do_not_depend_on_blas_threads() -> None:
    seen = {
        subprocess.run(
            [sys.executable, "-c", BITS],
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "2", "4")
    }
    assert len(seen) == 1
    assert seen.pop()


def test_only_short_rows_are_turned() -> None:
    assert class_by_class(np.ones((4, 16))).flags.f_contiguous
    assert class_by_class(np.ones((4, 17))).flags.c_contiguous


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("tolerance", [1e-3, 5e-3])
def test_sums_near_one_would_not_be_marked(dtype: type, tolerance: float) -> None:
    """Those that a difference may round beyond the tolerance, and NaN, are left to the mask."""
    for share in (-1.0, -0.98, 0.0, 0.98, 1.0, 1.01):
        sums = np.array([1.0, 1.0 + share * tolerance], dtype)
        assert are_near_one(sums, tolerance) == (abs(share) < 0.99)
        if are_near_one(sums, tolerance):
            assert not (np.abs(sums - 1.0) > tolerance).any()
    assert not are_near_one(np.array([1.0, np.nan], dtype), tolerance)
