"""Players with unequal numbers of scores, images of any range and size, clipped actions."""

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.core.errors import DataError, UsageError

MODES = ("bce", "least_squares", "hinge", "wasserstein")


@pytest.mark.parametrize("mode", MODES)
def test_both_halves_of_the_discriminator_add_up(mode: str) -> None:
    rng = np.random.default_rng(3)
    real, fake = rng.normal(size=9), rng.normal(size=9)
    whole = compute("gan_discriminator", real, fake, mode=mode).value
    halves = [
        compute("gan_discriminator", mode=mode, **{name: scores}).value
        for name, scores in (("real", real), ("fake", fake))
    ]
    assert sum(halves) == pytest.approx(whole, rel=1e-14)


def test_scores_in_different_numbers_are_refused() -> None:
    with pytest.raises(DataError, match=r"real .* and fake .* differ in items: 3 and 2"):
        compute("gan_discriminator", [1.0, 2.0, 3.0], [1.0, 2.0])
    with pytest.raises(UsageError, match="may be real or fake; name them"):
        compute("gan_discriminator", [1.0, 2.0, 3.0])


def test_images_beyond_their_range_are_told() -> None:
    rng = np.random.default_rng(4)
    seen, true = 255 * rng.uniform(size=(3, 12, 13)), 255 * rng.uniform(size=(3, 12, 13))
    assert "3 images span more than data_range=1" in compute("ssim", seen, true).notes
    assert not compute("ssim", seen, true, data_range=255.0).notes


def test_images_smaller_than_the_window_are_refused() -> None:
    image = np.zeros((1, 8, 20))
    with pytest.raises(DataError, match=r"8 × 20, smaller than window=11; give a smaller odd"):
        compute("ssim", image, image)
    assert compute("ssim", image, image, window=7).value == 0.0


def test_nearly_equal_images_keep_their_digits() -> None:
    """Twice as far apart is four times as unlike, down to differences of 1e-9."""
    rng = np.random.default_rng(5)
    true, step = rng.uniform(size=(1, 16, 16)), rng.normal(size=(1, 16, 16))
    losses = [compute("ssim", true + size * step, true).value for size in (2.0**-30, 2.0**-29)]
    assert losses[1] / losses[0] == pytest.approx(4.0, rel=1e-6)


def test_the_divergence_of_nearly_standard_latents_keeps_its_digits() -> None:
    value = compute("kl_standard_normal", [[0.0]], [[1e-9]]).value
    assert value == pytest.approx(0.25e-18, rel=1e-8)  # ½·(s²/2)


def test_clipped_actions_are_counted() -> None:
    result = compute("ppo_clip", [0.0, 1.0, -1.0, 1.0, 1.0], [0.0] * 5, [1.0, 1.0, -1.0, -1.0, 0.0])
    assert result.notes == ("2 items are clipped: ratio beyond 1 ± 0.2, gradient 0",)


def test_ratios_that_overflow_cost_nothing_without_an_advantage() -> None:
    given = {"log_probability": [1e4], "old_log_probability": [0.0]}
    assert compute("ppo_clip", **given, advantage=[0.0]).value == 0.0
    assert compute("ppo_clip", **given, advantage=[2.0]).value == pytest.approx(-2.4)
