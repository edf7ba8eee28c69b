"""Means of windows, and what carries slopes back."""

import math

import numpy as np
import pytest

from lossctl.losses.generative.ssim import gaussian_weights, window_means, window_means_vjp


@pytest.mark.parametrize(("window", "sigma"), [(1, 1.0), (3, 0.5), (11, 1.5)])
def test_weights_are_a_bell_of_sum_one(window: int, sigma: float) -> None:
    weights = gaussian_weights(window, sigma)
    assert math.fsum(weights) == pytest.approx(1.0, rel=1e-15)
    assert weights == weights[::-1]
    if window > 1:
        middle = window // 2
        assert weights[middle - 1] / weights[middle] == pytest.approx(math.exp(-0.5 / sigma**2))


@pytest.mark.parametrize("window", [1, 3, 5])
def test_means_of_every_window(window: int) -> None:
    images = np.random.default_rng(0).normal(size=(2, 6, 9))
    weights = gaussian_weights(window, 1.0)
    means = window_means(images, weights)
    assert means.shape == (2, 7 - window, 10 - window)
    kernel = np.outer(weights, weights)
    for (n, i, j), mean in np.ndenumerate(means):
        seen = images[n, i : i + window, j : j + window]
        assert mean == pytest.approx((kernel * seen).sum(), rel=1e-12)


@pytest.mark.parametrize("window", [1, 3, 5])
def test_spread_is_the_adjoint(window: int) -> None:
    rng = np.random.default_rng(1)
    weights = gaussian_weights(window, 1.3)
    images, slopes = rng.normal(size=(2, 6, 9)), rng.normal(size=(2, 7 - window, 10 - window))
    forward = (window_means(images, weights) * slopes).sum()
    assert (images * window_means_vjp(slopes, weights)).sum() == pytest.approx(forward, rel=1e-12)
