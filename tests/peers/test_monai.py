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


def test_boxes_in_space(rng: np.random.Generator) -> None:
    """MONAI adds the smallest float32 to its denominators."""
    low, sides = rng.uniform(0, 2, (2, 9, 3)), rng.uniform(0.3, 2, (2, 9, 3))
    one, other = np.concatenate([low, low + sides], axis=2)
    loss = monai.BoxGIoULoss()
    agree("BoxGIoULoss", with_slope(loss, one, torch.tensor(other)), one, other, digits=1e-6)
