"""Content (perceptual) loss on saved feature maps."""

from lossctl.core.domain import Choice, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page
from lossctl.losses.builders.generative import STYLE_REFERENCES, STYLE_TASKS
from lossctl.losses.builders.records import record_loss


def factor(shape: tuple[int, ...], normalization: str) -> float:
    """Return what the sum of squares of a sample is multiplied by."""
    size = 1
    for length in shape[1:]:
        size *= length
    return 0.5 if normalization == "half_sum" else 1.0 / size


def value(predictions: Array, targets: Array, *, normalization: str) -> Array:
    """Mean, or half the sum, of the squared differences of each sample."""
    residual = (predictions - targets).reshape(len(predictions), -1)
    return factor(predictions.shape, normalization) * (residual * residual).sum(axis=1)


def slopes(predictions: Array, targets: Array, *, normalization: str) -> dict[str, Array]:
    """Twice the residual times the factor."""
    gradient = 2.0 * factor(predictions.shape, normalization) * (predictions - targets)
    return {"predictions": gradient}


CONTENT = record_loss(
    "content",
    title="Content (perceptual) loss",
    tasks=STYLE_TASKS,
    inputs=(
        Input(
            "predictions",
            "item …",
            "feature",
            "feature maps of the generated images",
            differentiable=True,
        ),
        Input("targets", "item …", "feature", "feature maps of the true images, same layer"),
    ),
    value=value,
    slopes=slopes,
    params=(
        Param(
            "normalization",
            "mean",
            Choice(("mean", "half_sum")),
            "Squares averaged over the features of a sample, or half their sum.",
        ),
    ),
    page=Page(
        summary="Perceptual loss: mean squared difference of network features of two images",
        also_called=("perceptual loss", "VGG loss", "feature reconstruction"),
        curve=Curve("difference of one feature", -3.0, 3.0, lambda x: ([[x]], [[0.0]])),
        formula="mean (F − P)²;  half_sum: ½·Σ (F − P)²",
        use_when=(
            "images should have the same content rather than match pixel by pixel",
            (
                "style transfer, super-resolution, image-to-image: added to gram_style or a pixel"
                " loss"
            ),
        ),
        avoid_when=(
            "features come from another network or layer: values then differ in scale",
            "exact pixels matter (use mse, mae or ssim)",
        ),
        expected={"perfect": "0", "bad": "the variance of the features or more"},
        references=STYLE_REFERENCES,
        examples=(
            Example.of(
                2.5,
                "(1² + 2²) / 2",
                predictions=[[1.0, 3.0]],
                targets=[[0.0, 1.0]],
            ),
            Example.of(
                2.5,
                "½(1² + 2²)",
                {"normalization": "half_sum"},
                predictions=[[[1.0], [3.0]]],
                targets=[[[0.0], [1.0]]],
            ),
        ),
        notes=(
            "one item is a sample, the first axis; the features are files saved from a network",
            "mean is Johnson et al.'s, half_sum Gatys et al.'s; several layers are several losses",
        ),
    ),
)
