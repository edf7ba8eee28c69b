"""Cosines of rows whose squared lengths leave the range of floats."""

import math

import numpy as np
import pytest

from lossctl.kernels.distance.cosine import angle, cosine_vjp

FIRST = np.array([[3.0, 4.0], [1.0, 0.0], [2.0, 1.0]])
SECOND = np.array([[4.0, 3.0], [0.0, 2.0], [-2.0, -1.0]])
COSINES = [24 / 25, 0.0, -1.0]


def by_hand(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """∂cos/∂u = (v̂ − û cos) / ‖u‖ of one pair."""
    long_u, long_v = math.hypot(*u), math.hypot(*v)
    return (v / long_v - u / long_u * (u @ v) / (long_u * long_v)) / long_u


@pytest.mark.parametrize("power", [-1000, -600, 0, 600, 1000])
@pytest.mark.parametrize("other", [-600, 0, 600])
def test_slopes_shrink_as_vectors_grow(power: int, other: int) -> None:
    pairs = angle(np.ldexp(FIRST, power), np.ldexp(SECOND, other))
    assert pairs.cosine == pytest.approx(COSINES, abs=1e-15)
    to_first, to_second = cosine_vjp(pairs, np.ones(3))
    for at, (u, v) in enumerate(zip(FIRST, SECOND, strict=True)):
        assert np.ldexp(to_first[at], power) == pytest.approx(by_hand(u, v), abs=1e-15)
        assert np.ldexp(to_second[at], other) == pytest.approx(by_hand(v, u), abs=1e-15)


def test_vectors_of_zeros_have_no_slope() -> None:
    first = np.array([[0.0, 0.0], [3.0, 4.0]])
    to_first, to_second = cosine_vjp(angle(first, SECOND[:2]), np.ones(2))
    assert to_first[0].tolist() == to_second[0].tolist() == [0.0, 0.0]
    assert to_first[1] == pytest.approx(by_hand(first[1], SECOND[1]), rel=1e-14)
