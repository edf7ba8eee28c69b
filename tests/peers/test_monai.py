"""Losses of MONAI, by its own names and parameters, under PyTorch's autograd."""

from typing import Any

import numpy as np
import pytest

import lossctl
from tests.peers._inputs import normal

torch = pytest.importorskip("torch")
monai = pytest.importorskip("monai.losses")

pytestmark = pytest.mark.peers

MATRIX = np.array([[0, 1, 1, 2], [1, 0, 0.5, 0.25], [1, 0.5, 0, 0.75], [2, 0.25, 0.75, 0]])


def with_slope(loss: Any, predictions: np.ndarray, *others: Any) -> tuple[float, np.ndarray]:
    """Return a value of PyTorch and its gradient with respect to the predictions."""
    given = torch.tensor(predictions, dtype=torch.float64, requires_grad=True)
    value = loss(given, *others)
    value.backward()
    return value.item(), given.grad.numpy()


def agree(
    name: str,
    theirs: tuple[float, np.ndarray],
    *arrays: np.ndarray,
    digits: float = 1e-12,
    **given: Any,
) -> None:
    """Hold value and gradient of a name against those of the framework."""
    value, slope = theirs
    assert lossctl.compute(name, *arrays, **given).value == pytest.approx(value, rel=digits)
    own = lossctl.gradient(name, *arrays, **given)["predictions"]
    np.testing.assert_allclose(own, slope, rtol=100 * digits, atol=digits * abs(slope).max())


@pytest.mark.parametrize("mode", ["default", "GDL"])
def test_generalized_wasserstein_dice(rng: np.random.Generator, mode: str) -> None:
    scores, labels = normal(rng, (3, 4, 5, 6), "float64"), rng.integers(0, 4, size=(3, 5, 6))
    labels[1] = 0  # one image is all background
    loss = monai.GeneralizedWassersteinDiceLoss(torch.tensor(MATRIX), weighting_mode=mode)
    agree(
        "GeneralizedWassersteinDiceLoss",
        with_slope(loss, scores, torch.tensor(labels)),
        scores,
        labels,
        digits=1e-7 if mode == "GDL" else 1e-12,  # MONAI's weights of classes are float32
        dist_matrix=MATRIX.tolist(),
        weighting_mode=mode,
    )


@pytest.mark.parametrize("weighting", ["square", "simple", "uniform"])
def test_generalized_dice(rng: np.random.Generator, weighting: str) -> None:
    scores, labels = normal(rng, (3, 4, 5, 6), "float64"), rng.integers(0, 3, size=(3, 1, 5, 6))
    scores[2], labels[2] = scores[1], labels[1]  # class 3 is absent
    loss = monai.GeneralizedDiceLoss(to_onehot_y=True, softmax=True, w_type=weighting)
    agree(
        "GeneralizedDiceLoss",
        with_slope(loss, scores, torch.tensor(labels)),
        scores,
        labels[:, 0],
        digits=1e-6,  # MONAI's weights of classes are float32
        w_type=weighting,
        pooling="sample",
        input="logits",
    )


def test_boxes_in_space(rng: np.random.Generator) -> None:
    """MONAI adds the smallest float32 to its denominators."""
    low, sides = rng.uniform(0, 2, (2, 9, 3)), rng.uniform(0.3, 2, (2, 9, 3))
    one, other = np.concatenate([low, low + sides], axis=2)
    loss = monai.BoxGIoULoss()
    agree("BoxGIoULoss", with_slope(loss, one, torch.tensor(other)), one, other, digits=1e-6)


def ms_ssim(seen: Any, true: Any, window: int, powers: list[float]) -> Any:
    """1 − MS-SSIM by PyTorch's convolutions, one image of one channel each."""
    at = torch.arange(window, dtype=torch.float64) - window // 2
    bell = torch.exp(-0.5 * (at / 1.5) ** 2)
    kernel = torch.outer(bell, bell)[None, None] / bell.sum() ** 2
    product = torch.ones((), dtype=torch.float64)
    for number, power in enumerate(powers, start=1):
        x, y, xx, yy, xy = (
            torch.nn.functional.conv2d(of, kernel)
            for of in (seen, true, seen * seen, true * true, seen * true)
        )
        shape = (2 * (xy - x * y) + 0.03**2) / (xx - x * x + yy - y * y + 0.03**2)
        light = (2 * x * y + 0.01**2) / (x * x + y * y + 0.01**2)
        parts = shape * light if number == len(powers) else shape
        product = product * torch.relu(parts.mean(dim=(1, 2, 3))) ** power
        seen, true = (torch.nn.functional.avg_pool2d(of, 2) for of in (seen, true))
    return (1 - product).mean()


def test_ms_ssim(rng: np.random.Generator) -> None:
    """In float64 to the last digits; the libraries have windows and powers of float32."""
    from monai.metrics.regression import compute_ms_ssim

    true = rng.uniform(size=(2, 1, 192, 176))
    seen, powers = np.clip(true + rng.normal(scale=0.1, size=true.shape), 0, 1), [0.1, 0.3, 0.6]
    given = torch.tensor(true)
    exact = with_slope(lambda x, y: ms_ssim(x, y, 7, powers), seen, given)
    named = {"kernel_size": 7, "weights": powers}
    agree("MultiScaleSSIMMetric", exact, seen, true, **named)
    five = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
    exact = with_slope(lambda x, y: ms_ssim(x, y, 11, five), seen, given)
    agree("MultiScaleStructuralSimilarityIndexMeasure", exact, seen, true)

    def of_monai(x: Any, y: Any) -> Any:
        return 1 - compute_ms_ssim(x, y, 2, kernel_size=7, weights=powers).mean()

    rough = with_slope(of_monai, seen, given)
    agree("MultiScaleSSIMMetric", rough, seen, true, digits=1e-4, **named)


def test_ms_ssim_of_pytorch_msssim(rng: np.random.Generator) -> None:
    msssim = pytest.importorskip("pytorch_msssim")
    true = rng.uniform(size=(1, 2, 176, 176))
    seen = np.clip(true + rng.normal(scale=0.1, size=true.shape), 0, 1)

    def loss(x: Any, y: Any) -> Any:
        return 1 - msssim.ms_ssim(x, y, data_range=1.0)

    rough = with_slope(loss, seen, torch.tensor(true))
    agree("pytorch_msssim.MS_SSIM", rough, seen, true, digits=1e-4)
