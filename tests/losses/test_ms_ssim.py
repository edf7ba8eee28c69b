"""Multi-scale SSIM: halving, scales that fit, and values of several scales against the oracle."""

from typing import Any

import numpy as np
import pytest

from lossctl.api import compute, gradient
from lossctl.core.errors import DataError
from lossctl.losses.generative.ms_ssim import halved, halved_vjp, side_after
from tests.oracles.generative import ms_ssim as oracle


def images(height: int, width: int, noise: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([height, width])
    true = rng.uniform(size=(1, height, width))
    return true + rng.normal(scale=noise, size=true.shape), true


@pytest.mark.parametrize(("height", "width"), [(4, 6), (5, 6), (5, 7), (1, 2)])
def test_halves_are_means_and_their_adjoint(height: int, width: int) -> None:
    rng = np.random.default_rng(0)
    seen = rng.normal(size=(2, height, width))
    small = halved(seen)
    rows, columns = (height + 1) // 2, (width + 1) // 2
    assert small.shape == (2, rows, columns)
    for (n, i, j), mean in np.ndenumerate(small):
        down = [min(2 * i + a, height - 1) for a in (0, 1)]
        across = [min(2 * j + b, width - 1) for b in (0, 1)]
        assert mean == pytest.approx(seen[n][np.ix_(down, across)].mean(), rel=1e-12)
    slopes = rng.normal(size=small.shape)
    forward = (small * slopes).sum()
    assert (seen * halved_vjp(slopes, height, width)).sum() == pytest.approx(forward, rel=1e-12)


def test_sides_after_halvings() -> None:
    assert [side_after(161, scales) for scales in range(1, 6)] == [161, 81, 41, 21, 11]
    assert [side_after(160, scales) for scales in range(1, 6)] == [160, 80, 40, 20, 10]


@pytest.mark.parametrize(
    ("shape", "given"),
    [
        ((13, 12), {"window": 3}),
        ((9, 11), {"window": 3, "scale_weights": [0.2, 0.5, 0.3]}),
        ((8, 9), {"window": 1, "scale_weights": [0.1, 0.2, 0.3, 0.4], "data_range": 2.0}),
    ],
)
def test_several_scales_agree_with_the_oracle(shape: tuple[int, int], given: Any) -> None:
    seen, true = images(*shape)
    exact = float(oracle.value(seen[0].tolist(), true[0].tolist(), **given))
    assert compute("ms_ssim", seen, true, **given).value == pytest.approx(exact, rel=1e-13)
    slopes = gradient("ms_ssim", seen, true, **given)["predictions"]
    for place in [(0, 0, 0), (0, 4, 5), (0, shape[0] - 1, shape[1] - 1)]:
        ends = []
        for step in (1e-5, -1e-5):
            moved = seen.copy()
            moved[place] += step
            ends.append(compute("ms_ssim", moved, true, **given).value)
        assert slopes[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5, abs=1e-9)


def test_nearly_equal_images_keep_their_digits() -> None:
    """The loss is quadratic in a small difference."""
    _, true = images(25, 25)
    step = np.random.default_rng(1).normal(size=true.shape)
    losses = [compute("ms_ssim", true + size * step, true).value for size in (2.0**-30, 2.0**-29)]
    assert losses[1] / losses[0] == pytest.approx(4.0, rel=1e-6)
    assert compute("ms_ssim", true, true).value == 0.0


def test_scales_that_fit_are_said() -> None:
    seen, true = images(30, 41)
    result = compute("ms_ssim", seen, true)
    assert "2 of 5 scales fit the images" in result.notes[-1]
    powers = np.array([0.0448, 0.2856]) / (0.0448 + 0.2856)
    same = compute("ms_ssim", seen, true, scale_weights=powers.tolist())
    assert result.value == pytest.approx(same.value, rel=1e-14)
    assert not any("scales" in note for note in same.notes)
    large, there = images(161, 162)
    assert not compute("ms_ssim", large, there, data_range=4.0).notes


def test_images_too_small_for_the_scales_asked_for() -> None:
    seen, true = images(30, 41)
    with pytest.raises(DataError, match=r"30 × 41, but 3 scales of window=11 need 41 × 41"):
        compute("ms_ssim", seen, true, scale_weights=[1, 1, 1])
    assert compute("ms_ssim", *images(41, 41), scale_weights=[1, 1, 1]).value > 0


def test_opposite_structure_has_loss_one_and_no_slope() -> None:
    _, true = images(11, 11)
    found = compute("ms_ssim", 1.0 - true, true)
    assert found.value == 1.0
    assert not gradient("ms_ssim", 1.0 - true, true)["predictions"].any()
