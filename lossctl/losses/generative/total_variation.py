"""Total variation of images."""

import numpy as np

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.losses.builders.records import record_loss


def differences(images: Array) -> tuple[Array, Array]:
    """Return the steps to the next row and to the next column, 0 at the last, (n, H, W) each."""
    down, across = np.zeros((2, *images.shape), images.dtype)
    np.subtract(images[:, 1:], images[:, :-1], out=down[:, :-1])
    np.subtract(images[:, :, 1:], images[:, :, :-1], out=across[:, :, :-1])
    return down, across


def share(images: Array, normalization: str) -> float:
    """Return what the sum over the pixels is multiplied by."""
    return 1.0 / (images.shape[1] * images.shape[2]) if normalization == "mean" else 1.0


def value(images: Array, *, mode: str, normalization: str) -> Array:
    """Sum (or mean) over the pixels of the size of their steps."""
    down, across = differences(images)
    if mode == "anisotropic":
        sizes = np.abs(down) + np.abs(across)
    elif mode == "isotropic":
        sizes = np.hypot(down, across)
    else:
        sizes = down * down + across * across
    return share(images, normalization) * sizes.reshape(len(images), -1).sum(axis=1)


def slopes(images: Array, *, mode: str, normalization: str) -> dict[str, Array]:
    """Slopes with respect to the steps, each taken from one pixel and given to the next."""
    down, across = differences(images)
    if mode == "anisotropic":
        down, across = np.sign(down), np.sign(across)
    elif mode == "isotropic":
        sizes = np.hypot(down, across)
        sizes[sizes == 0.0] = 1.0
        down, across = down / sizes, across / sizes
    else:
        down, across = 2.0 * down, 2.0 * across
    gradient = -down - across
    gradient[:, 1:] += down[:, :-1]
    gradient[:, :, 1:] += across[:, :, :-1]
    return {"images": share(images, normalization) * gradient}


TOTAL_VARIATION = record_loss(
    "total_variation",
    title="Total variation",
    tasks=("generative", "image"),
    inputs=(
        Input(
            "images",
            "item height width | item height width channel",
            "value",
            "images; channels, where there are, come before, or last if axes say so",
            differentiable=True,
        ),
    ),
    value=value,
    slopes=slopes,
    params=(
        Param(
            "mode",
            "anisotropic",
            Choice(("anisotropic", "isotropic", "squared")),
            "Size of a pixel's differences: |a| + |b|, √(a² + b²), or a² + b².",
        ),
        Param(
            "normalization",
            "sum",
            Choice(("sum", "mean")),
            "Differences of an image summed, or averaged over its pixels.",
        ),
    ),
    page=Page(
        summary="Total variation: Σ |differences of neighbouring pixels|, large for noise",
        also_called=("TV regularizer", "smoothness penalty"),
        curve=Curve("a pixel between two zeros", -2.0, 2.0, lambda x: ([[[0.0, x, 0.0]]],)),
        formula="Σ |x_(i+1,j) − x_(i,j)| + |x_(i,j+1) − x_(i,j)|;  isotropic: Σ √(a² + b²);  "
        "squared: Σ a² + b²",
        use_when=(
            "generated images are noisy: as a small regulariser added to another loss",
            "edges should be kept: anisotropic and isotropic keep them (squared blurs them)",
        ),
        avoid_when=(
            "it would be the only loss: any flat image is perfect",
            "images of different sizes are compared (use normalization=mean)",
        ),
        expected={"perfect": "0: a flat image", "bad": "about pixels · their spread: noise"},
        references=(
            Reference(
                "Rudin, Osher & Fatemi, Nonlinear total variation based noise removal (1992)",
                "doi:10.1016/0167-2789(92)90242-F",
            ),
            Reference("Johnson, Alahi & Fei-Fei, Perceptual losses (2016)", "arXiv:1603.08155"),
        ),
        examples=(
            Example.of(14.0, "down 3 and 4, across 4 and 3", images=[[[0.0, 4.0], [3.0, 0.0]]]),
            Example.of(
                3.0,
                "(√(3² + 4²) + 4 + 3) / 4 pixels",
                {"mode": "isotropic", "normalization": "mean"},
                images=[[[0.0, 4.0], [3.0, 0.0]]],
            ),
            Example.of(
                50.0, "9 + 16 + 16 + 9", {"mode": "squared"}, images=[[[0.0, 4.0], [3.0, 0.0]]]
            ),
        ),
        notes=(
            "one item is an image of one channel; channels count as images of their own",
            "differences beyond the last row and column are 0, and nothing wraps around",
            "anisotropic sums are those of tf.image.total_variation, for one channel",
        ),
        kinks="differences of 0, where the slope is taken as 0",
    ),
)
