"""The error function in both precisions, against mpmath."""

import mpmath
import numpy as np
import pytest

from lossctl.losses.regression.crps_gaussian import FAR, NEAR, erf

ENDS = [0.0, 1e-30, 1e-8, 0.5, NEAR, 1.0000001, 2.0, 3.9, FAR, 4.0000005, 30.0]


@pytest.mark.parametrize(("dtype", "ulp"), [(np.float32, 2.5), (np.float64, 3.0)])
def test_is_that_of_mpmath(dtype: type, ulp: float) -> None:
    random = np.random.default_rng(0)
    sizes = np.concatenate([ENDS, random.uniform(0.0, 4.2, 2000), np.geomspace(1e-6, 1.0, 300)])
    values = np.concatenate([sizes, -sizes]).astype(dtype)
    found = erf(values)
    assert found.dtype == dtype
    with mpmath.workdps(40):
        for value, one in zip(values, found, strict=True):
            wanted = mpmath.erf(float(value))
            assert abs(float(one) - wanted) <= ulp * float(np.spacing(dtype(abs(wanted)))), value


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_beyond_numbers(dtype: type) -> None:
    found = erf(np.array([np.inf, -np.inf, np.nan, 0.0], dtype))
    assert found[:2].tolist() == [1.0, -1.0]
    assert np.isnan(found[2])
    assert found[3] == 0.0


def test_leaves_its_argument_alone() -> None:
    values = np.array([-5.0, 0.25, 2.0], np.float32)
    erf(values)
    assert values.tolist() == [-5.0, 0.25, 2.0]
