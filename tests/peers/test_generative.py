"""Losses of generative models beside plain formulas under PyTorch's autograd, and scikit-image."""

from typing import Any

import numpy as np
import pytest

import lossctl
from tests.peers._inputs import any_shape, normal
from tests.peers._ledger import Ledger
from tests.peers._records import agree_on_records

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.peers


def pair(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> dict[str, np.ndarray]:
    """Draw predictions and targets."""
    return {name: normal(rng, shape, dtype) for name in ("predictions", "targets")}


def test_kl_standard_normal(ledger: Ledger, rng: np.random.Generator, dtype: str) -> None:
    """PyTorch's own divergence of two normal distributions."""
    shape = int(rng.integers(1, 30)), int(rng.integers(1, 9))
    inputs = {name: normal(rng, shape, dtype) for name in ("mean", "log_variance")}

    def items(mean: Any, log_variance: Any) -> Any:
        latent = torch.distributions.Normal(mean, torch.exp(log_variance / 2))
        noise = torch.distributions.Normal(torch.zeros(()).to(mean), torch.ones(()).to(mean))
        return torch.distributions.kl_divergence(latent, noise).sum(1)

    agree_on_records(ledger, "kl_standard_normal", inputs, items, moving=("mean", "log_variance"))


ONES, ZEROS = torch.ones_like, torch.zeros_like
BCE, MSE = functional.binary_cross_entropy_with_logits, functional.mse_loss
PLAYERS = {
    "bce": (
        lambda x: BCE(x, ONES(x), reduction="none"),
        lambda x: BCE(x, ZEROS(x), reduction="none"),
        lambda x: BCE(x, ONES(x), reduction="none"),
    ),
    "least_squares": (
        lambda x: MSE(x, ONES(x), reduction="none") / 2,
        lambda x: MSE(x, ZEROS(x), reduction="none") / 2,
        lambda x: MSE(x, ONES(x), reduction="none") / 2,
    ),
    "hinge": (lambda x: torch.relu(1 - x), lambda x: torch.relu(1 + x), lambda x: -x),
    "wasserstein": (lambda x: -x, lambda x: x, lambda x: -x),
}


@pytest.mark.parametrize("mode", PLAYERS)
def test_players(ledger: Ledger, rng: np.random.Generator, dtype: str, mode: str) -> None:
    shape = any_shape(rng)
    scores = {name: normal(rng, shape, dtype, 2) for name in ("real", "fake")}
    of_real, of_fake, of_generator = PLAYERS[mode]
    agree_on_records(
        ledger, "gan_discriminator", scores, lambda real, fake: of_real(real) + of_fake(fake),
        moving=("real", "fake"), reading=mode, mode=mode,
    )  # fmt: skip
    for name, formula in (("real", of_real), ("fake", of_fake)):
        agree_on_records(
            ledger, "gan_discriminator", {name: scores[name]},
            lambda formula=formula, **given: formula(*given.values()),
            moving=(name,), reading=f"{mode}, {name} only", mode=mode,
        )  # fmt: skip
    agree_on_records(
        ledger, "gan_generator", {"fake": scores["fake"]},
        lambda **given: of_generator(given["fake"]),
        moving=("fake",), reading=mode, mode=mode,
    )  # fmt: skip


def test_generator_of_the_minimax_game(
    ledger: Ledger, rng: np.random.Generator, dtype: str
) -> None:
    inputs = {"fake": normal(rng, any_shape(rng), dtype, 2)}
    agree_on_records(
        ledger, "gan_generator", inputs, lambda fake: functional.logsigmoid(-fake),
        moving=("fake",), reading="minimax", mode="minimax",
    )  # fmt: skip


@pytest.mark.parametrize("prediction", ["epsilon", "v", "sample"])
def test_diffusion_noise(
    ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str, prediction: str
) -> None:
    """The weights of the authors' code."""
    inputs, gamma = pair(rng, (6, 2, 3, 4), dtype), float(rng.uniform(0.5, 8))
    if seed % 2:
        inputs["snr"] = np.exp(rng.normal(scale=3, size=6)).astype(dtype)

    def items(predictions: Any, targets: Any, snr: Any = None) -> Any:
        squares = MSE(predictions, targets, reduction="none").mean(dim=(1, 2, 3))
        if snr is None:
            return squares
        held = torch.minimum(snr, torch.full_like(snr, gamma))
        return squares * held / {"epsilon": snr, "v": snr + 1, "sample": 1}[prediction]

    agree_on_records(
        ledger, "diffusion_noise", inputs, items,
        reading=prediction, prediction=prediction, min_snr_gamma=gamma,
    )  # fmt: skip


def test_content(ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str) -> None:
    normalization = ("mean", "half_sum")[seed % 2]

    def items(predictions: Any, targets: Any) -> Any:
        squares = MSE(predictions, targets, reduction="none").flatten(1)
        return squares.mean(1) if normalization == "mean" else squares.sum(1) / 2

    inputs = pair(rng, (3, 4, 5, 2), dtype)
    agree_on_records(ledger, "content", inputs, items, normalization=normalization)


@pytest.mark.parametrize("normalization", ["mean", "sum", "gatys"])
def test_gram_style(
    ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str, normalization: str
) -> None:
    def gram(features: Any) -> Any:
        flat = features.flatten(2)
        return flat @ flat.transpose(1, 2) / (flat.shape[1] * flat.shape[2])

    def items(predictions: Any, targets: Any) -> Any:
        squares = ((gram(predictions) - gram(targets)) ** 2).flatten(1)
        return {"mean": squares.mean(1), "sum": squares.sum(1), "gatys": squares.sum(1) / 4}[
            normalization
        ]

    inputs = pair(rng, (3, 4, 5, 2), dtype)
    if seed % 2:
        inputs["targets"] = normal(rng, (3, 4, 3, 6), dtype)
    agree_on_records(
        ledger, "gram_style", inputs, items, reading=normalization, normalization=normalization
    )


@pytest.mark.parametrize("mode", ["anisotropic", "isotropic", "squared"])
def test_total_variation(
    ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str, mode: str
) -> None:
    normalization = ("sum", "mean")[seed % 2]

    def items(images: Any) -> Any:
        down = functional.pad(images[:, 1:] - images[:, :-1], (0, 0, 0, 1))
        across = functional.pad(images[:, :, 1:] - images[:, :, :-1], (0, 1))
        squares = down**2 + across**2
        sizes = {
            "anisotropic": down.abs() + across.abs(),
            "isotropic": torch.where(squares > 0, squares, 1.0).sqrt() * (squares > 0),
            "squared": squares,
        }[mode].flatten(1)
        return sizes.sum(1) if normalization == "sum" else sizes.mean(1)

    inputs = {"images": normal(rng, (3, 5, 4), dtype)}
    agree_on_records(
        ledger, "total_variation", inputs, items,
        moving=("images",), reading=mode, mode=mode, normalization=normalization,
    )  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64"])
def test_ssim_under_autograd(ledger: Ledger, rng: np.random.Generator, dtype: str) -> None:
    """The usual formula; in float32 it loses too many digits to compare with."""
    window, sigma = int(rng.choice([1, 3, 7])), float(rng.uniform(0.5, 2.5))
    inputs = {
        name: rng.uniform(size=(3, 9, 8)).astype(dtype) for name in ("predictions", "targets")
    }
    place = torch.arange(window, dtype=torch.float64) - window // 2
    bell = torch.exp(-(place**2) / (2 * sigma**2))
    kernel = (bell[:, None] * bell / bell.sum() ** 2)[None, None]

    def items(predictions: Any, targets: Any) -> Any:
        def mean(images: Any) -> Any:
            return functional.conv2d(images[:, None], kernel)

        p, t = mean(predictions), mean(targets)
        spread = mean(predictions**2) - p**2, mean(targets**2) - t**2
        shared = mean(predictions * targets) - p * t
        light = (2 * p * t + 1e-4) / (p**2 + t**2 + 1e-4)
        shape = (2 * shared + 9e-4) / (spread[0] + spread[1] + 9e-4)
        return 1 - (light * shape).flatten(1).mean(1)

    agree_on_records(ledger, "ssim", inputs, items, window=window, sigma=sigma)


def test_ssim_of_scikit_image(
    ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str
) -> None:
    similarity = pytest.importorskip("skimage.metrics").structural_similarity
    span = (1.0, 255.0)[seed % 2]
    true = rng.uniform(0, span, size=(2, 24, 17)).astype(dtype)
    seen = (true + rng.normal(scale=0.2 * span, size=true.shape)).astype(dtype)
    theirs = [
        1 - similarity(a.astype(np.float64), b.astype(np.float64), data_range=span,
                       gaussian_weights=True, use_sample_covariance=False)
        for a, b in zip(seen, true, strict=True)
    ]  # fmt: skip
    own = lossctl.compute("ssim", seen, true, data_range=span, reduction="none").value
    ledger.compare("ssim", "scikit-image", "items", own, np.array(theirs))
