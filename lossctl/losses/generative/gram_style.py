"""Style loss: Gram matrices of saved feature maps."""

import numpy as np

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page
from lossctl.losses.builders.generative import STYLE_REFERENCES, STYLE_TASKS
from lossctl.losses.builders.records import record_loss


def maps(features: Array) -> Array:
    """Return the features of each sample as a matrix, (n, C, H·W), contiguous and aligned."""
    return np.require(features, None, ["C", "A"]).reshape(*features.shape[:2], -1)


def product(left: Array, right: Array) -> Array:
    """Return left · rightᵀ of each sample, (n, C, C).

    Not by BLAS, whose last bits depend on how many threads it has.
    """
    return np.einsum("ncp,ndp->ncd", left, right)


def gram(features: Array) -> Array:
    """Return F·Fᵀ / (C·H·W) of each sample, (n, C, C)."""
    return product(features * (1.0 / (features.shape[1] * features.shape[2])), features)


def gram_difference(predicted: Array, true: Array) -> Array:
    """Return the difference of the Gram matrices of each sample, (n, C, C).

    Of images of one size it is the symmetric part of (F − A)(F + A)ᵀ, which does not cancel where
    the features nearly agree.
    """
    if predicted.shape != true.shape:
        return gram(predicted) - gram(true)
    size = predicted.shape[1] * predicted.shape[2]
    mixed = product((predicted - true) * (1.0 / size), predicted + true)
    return 0.5 * (mixed + mixed.transpose(0, 2, 1))


def factor(channels: int, normalization: str) -> float:
    """Return what the sum of the squared differences is multiplied by."""
    return {"mean": 1.0 / channels**2, "sum": 1.0, "gatys": 0.25}[normalization]


def value(predictions: Array, targets: Array, *, normalization: str) -> Array:
    """Squared differences of the Gram matrices of each sample."""
    difference = gram_difference(maps(predictions), maps(targets))
    squares = (difference * difference).reshape(len(difference), -1).sum(axis=1)
    return factor(predictions.shape[1], normalization) * squares


def slopes(predictions: Array, targets: Array, *, normalization: str) -> dict[str, Array]:
    """Four times the factor and the difference, times the features, over C·H·W."""
    features = maps(predictions)
    difference = gram_difference(features, maps(targets))
    scale = 4.0 * factor(features.shape[1], normalization) / (features.shape[1] * features.shape[2])
    gradient = np.einsum("ncd,ndp->ncp", scale * difference, features)
    return {"predictions": gradient.reshape(predictions.shape)}


GRAM_STYLE = record_loss(
    "gram_style",
    title="Style loss (Gram matrices)",
    tasks=STYLE_TASKS,
    inputs=(
        Input(
            "predictions",
            "item channel height width | item height width channel",
            "feature",
            "feature maps of the generated images",
            differentiable=True,
        ),
        Input(
            "targets",
            "item channel style_height style_width | item style_height style_width channel",
            "feature",
            "feature maps of the style images, same layer, of any size",
        ),
    ),
    value=value,
    slopes=slopes,
    params=(
        Param(
            "normalization",
            "mean",
            Choice(("mean", "sum", "gatys")),
            "Squared differences averaged over the C² entries, summed, or a quarter of the sum.",
        ),
    ),
    page=Page(
        summary="Style loss: mean squared difference of the Gram matrices of image and style",
        also_called=("Gram matrix loss", "texture loss", "neural style transfer"),
        curve=Curve(
            "strength of the one feature, 1 in the style",
            -2.0,
            2.0,
            lambda x: ([[[[x]]]], [[[[1.0]]]]),
        ),
        formula="mean over C² of (G(F) − G(A))²,  G(F) = F·Fᵀ / (C·H·W) with F of (C, H·W);  "
        "sum: Σ;  gatys: ¼·Σ",
        use_when=(
            "texture and colour should match, regardless of position (style transfer)",
            "several layers are summed, with content",
        ),
        avoid_when=(
            "layout matters (use content or ssim)",
            "values of different layers or networks are compared: their scales differ",
        ),
        expected={"perfect": "0", "bad": "the mean square of the style's Gram matrix, or more"},
        references=STYLE_REFERENCES,
        examples=(
            Example.of(
                0.4375,
                "F = (1 1; 0 2): F·Fᵀ = (2 2; 2 4), over 4: (½ ½; ½ 1); (¼ + ¼ + ¼ + 1) / 4",
                predictions=[[[[1.0, 1.0]], [[0.0, 2.0]]]],
                targets=[[[[0.0, 0.0]], [[0.0, 0.0]]]],
            ),
            Example.of(
                0.4375,
                "¼ of the sum: for two channels the same as the mean",
                {"normalization": "gatys"},
                predictions=[[[[1.0, 1.0]], [[0.0, 2.0]]]],
                targets=[[[[0.0, 0.0]], [[0.0, 0.0]]]],
            ),
        ),
        notes=(
            "the Gram matrix is over C·H·W: mean is the usual PyTorch code, sum Johnson et al.'s",
            "gatys: ¼·Σ (F·Fᵀ − A·Aᵀ)² / (C·H·W)², as in the paper, for one layer of weight 1",
            "features are channels first unless axes say last; each is divided by its own C·H·W",
        ),
    ),
)
