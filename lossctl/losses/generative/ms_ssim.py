"""Multi-scale structural similarity of images, as a loss.

The similarity of an image is a product over scales, each half as large as the one before: of the
mean of contrast and structure at all but the last, of the mean of SSIM there, each to a power.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.domain import POSITIVE, Nullable, Param
from lossctl.core.list_domains import ListOf
from lossctl.core.loss import Array, Curve, Example, Page, Reference
from lossctl.core.spelling import plural
from lossctl.kernels.numeric.pointwise import over
from lossctl.kernels.numeric.primitives import expm1, log1p
from lossctl.losses.builders.records import record_loss
from lossctl.losses.generative.ssim import (
    PICTURE,
    SSIM,
    WindowStatistics,
    constants,
    gaussian_weights,
    measure,
    pixel_slopes,
    range_note,
)

FIVE = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Powers of the five scales, as Wang et al. measured them on people."""


def halved(images: Array) -> Array:
    """Return the means of squares of 2 × 2 pixels; an odd last row or column is taken twice."""
    height, width = images.shape[1:]
    if height % 2 or width % 2:
        images = np.pad(images, ((0, 0), (0, height % 2), (0, width % 2)), mode="edge")
    rows = images[:, ::2] + images[:, 1::2]
    return 0.25 * (rows[:, :, ::2] + rows[:, :, 1::2])


def halved_vjp(slopes: Array, height: int, width: int) -> Array:
    """Carry slopes with respect to halved images back to the pixels, (n, height, width)."""
    spread = np.repeat(np.repeat(0.25 * slopes, 2, axis=1), 2, axis=2)
    if height % 2:
        spread[:, -2] += spread[:, -1]
    if width % 2:
        spread[:, :, -2] += spread[:, :, -1]
    return spread[:, :height, :width]


def side_after(side: int, scales: int) -> int:
    """Return how many pixels of a side the last of so many scales has."""
    return -(-side >> (scales - 1))  # halved and rounded up each time


def powers_of(images: Array, window: int, scale_weights: Any) -> Sequence[float]:
    """Return the power of every scale: as given, or those of the five that fit, over their sum."""
    if scale_weights is not None:
        return tuple(scale_weights)
    side, count = min(images.shape[1:]), 1
    while count < len(FIVE) and side_after(side, count + 1) >= window:
        count += 1
    powers = FIVE[:count]
    return FIVE if count == len(FIVE) else [power / sum(powers) for power in powers]


class Scale(NamedTuple):
    """One scale: its windows, its power, and 1 − its similarity, (n,)."""

    at: WindowStatistics
    power: float
    is_last: bool
    loss: Array
    shape: tuple[int, ...]


def scales_of(
    predictions: Array,
    targets: Array,
    powers: Sequence[float],
    weights: list[float],
    given: tuple[float, float],
) -> Iterator[Scale]:
    """Measure every scale, from the difference of the images, which is halved as they are.

    `given` are the constants C1 and C2.
    """
    differences = predictions - targets
    for number, power in enumerate(powers, start=1):
        at = measure(predictions, targets, weights, given, differences)
        is_last = number == len(powers)
        losses = at.light + at.shape * (1.0 - at.light) if is_last else at.shape
        mean = losses.reshape(len(losses), -1).mean(axis=1)
        yield Scale(at, power, is_last, mean, predictions.shape)
        if not is_last:
            predictions, targets, differences = map(halved, (predictions, targets, differences))


def product_loss(scales: Sequence[Scale]) -> Array:
    """Return 1 − Π similarity^power, 1 where a similarity is not above 0; precise near 0."""
    with np.errstate(divide="ignore"):
        logs = [s.power * log1p(-np.minimum(s.loss, 1.0)) for s in scales]
    loss: Array = 0.0 - expm1(np.add.reduce(logs))
    return loss


def value(
    predictions: Array,
    targets: Array,
    *,
    data_range: float,
    window: int,
    sigma: float,
    k1: float,
    k2: float,
    scale_weights: Any,
) -> dict[str, Any]:
    """1 − the product over the scales of each image; its scales; whether it exceeds the range."""
    powers = powers_of(predictions, window, scale_weights)
    weights = gaussian_weights(window, sigma)
    scales = scales_of(predictions, targets, powers, weights, constants(k1, k2, data_range))
    range_seen = np.maximum(np.ptp(predictions, axis=(1, 2)), np.ptp(targets, axis=(1, 2)))
    return {
        "loss": product_loss(list(scales)).astype(predictions.dtype),
        "out_of_range": range_seen > data_range,
        "images": np.ones(len(predictions)),
        "scales": np.full(len(predictions), float(len(powers))),
    }


def slopes(
    predictions: Array,
    targets: Array,
    *,
    data_range: float,
    window: int,
    sigma: float,
    k1: float,
    k2: float,
    scale_weights: Any,
) -> Mapping[str, Array]:
    """Slopes of every scale, carried back through the halvings; 0 where a similarity is not > 0."""
    powers = powers_of(predictions, window, scale_weights)
    weights = gaussian_weights(window, sigma)
    steps = scales_of(predictions, targets, powers, weights, constants(k1, k2, data_range))
    scales = list(steps)
    product = 1.0 - product_loss(scales)
    gradient: Any = None
    for scale in reversed(scales):
        by_loss = over(scale.power * product, 1.0 - scale.loss)[:, None, None]
        share = 2.0 * by_loss / (scale.at.shape.shape[1] * scale.at.shape.shape[2])
        by_light = share * (1.0 - scale.at.shape) * scale.is_last
        by_shape = share * (1.0 - scale.at.light) if scale.is_last else share
        own = pixel_slopes(scale.at, by_light, np.broadcast_to(by_shape, by_light.shape), weights)
        gradient = own if gradient is None else own + halved_vjp(gradient, *scale.shape[1:])
    return {"predictions": gradient}


def scale_note(*, images: float, scales: float, scale_weights: Any, **given: Any) -> Sequence[str]:
    """Say how many scales there are where five do not fit, and how many images exceed the range."""
    said = list(range_note(**given))
    if scale_weights is None and images and scales < 5.0 * images:
        fewer = f"{scales / images:g} of 5 scales fit the images; their powers are over their sum"
        said.append(fewer)
    return said


def faults(
    predictions: Array, _targets: Array, *, window: int, scale_weights: Any, **_: float
) -> list[tuple[str, Array, str]]:
    """Find images whose last scale no window fits into."""
    height, width = predictions.shape[1:]
    scales = 1 if scale_weights is None else len(scale_weights)
    small = np.full(len(predictions), side_after(min(height, width), scales) < window)
    least = (window - 1) * 2 ** (scales - 1) + 1
    message = (
        f"the image at {{where}} is {height} × {width}, but {plural(scales, 'scale')} of "
        f"window={window} need {least} × {least}; give a smaller odd window or fewer scale_weights"
    )
    return [("predictions", small, message)]


def sample(rng: np.random.Generator, items: int, params: Mapping[str, Any]) -> tuple[Array, Array]:
    """Draw images that one scale fits into, or two of small windows."""
    window = params["window"]
    side = window if window > 5 or params["scale_weights"] else 2 * window - 1
    targets = rng.uniform(size=(items, side, side))
    return targets + rng.normal(scale=0.2, size=targets.shape), targets


MS_SSIM = record_loss(
    "ms_ssim",
    title="Multi-scale structural similarity (1 − MS-SSIM)",
    tasks=("generative", "image"),
    inputs=tuple(SSIM.inputs),
    value=value,
    slopes=slopes,
    faults=faults,
    sample=sample,
    counts=("out_of_range", "images", "scales"),
    notes=scale_note,
    params=(
        *SSIM.params,
        Param(
            "scale_weights",
            None,
            Nullable(ListOf(POSITIVE, ((1.0,), (0.5,)), "a list of powers, one for each scale")),
            "Power of every scale, the finest first, each half as large as the one before. null: "
            "the five of the paper, or as many as fit the image, over their sum.",
        ),
    ),
    page=Page(
        summary="1 − MS-SSIM: contrast and structure at five scales, luminance at the last",
        also_called=("multi-scale SSIM", "multiscale structural similarity index"),
        curve=Curve(
            "factor by which the picture is multiplied",
            -1.0,
            1.0,
            lambda x: ([[[x * v for v in PICTURE]] * 12], [[PICTURE] * 12]),
        ),
        formula="1 − SSIM_M^β_M · Π_{j<M} max(0, cs_j)^β_j,  cs_j and SSIM_M means over windows of "
        "scale j, which has means of 2 × 2 pixels of scale j − 1;  "
        "β = 0.0448, 0.2856, 0.3001, 0.2363, 0.1333",
        use_when=(
            "people look at the images from different distances, or at different sizes",
            "with mae, for restoration and compression: 0.84 × ms_ssim + 0.16 × mae",
        ),
        avoid_when=(
            "images are small: five scales of window 11 need 161 pixels (use ssim)",
            "exact colours matter: luminance counts at the coarsest scale only (add mae)",
            "the range of the pixels is not known: the constants depend on data_range",
        ),
        expected={
            "perfect": "0: the same images",
            "good": "< 0.05 to the eye",
            "bad": "1: at some scale the structure is opposite or missing",
        },
        references=(
            Reference(
                "Wang, Simoncelli & Bovik, Multiscale structural similarity for image quality "
                "assessment (2003)",
                "doi:10.1109/ACSSC.2003.1292216",
            ),
            Reference(
                "Zhao, Gallo, Frosio & Kautz, Loss functions for image restoration with neural "
                "networks (2017)",
                "arXiv:1511.08861",
            ),
        ),
        examples=(
            Example.of(
                0.9999000099990001,
                "flat images: no contrast at either scale, 1 − C1/(1 + C1) with C1 = 0.01²",
                {"window": 1, "scale_weights": [0.5, 1.0]},
                predictions=[[[0.0] * 4] * 4],
                targets=[[[1.0] * 4] * 4],
            ),
            Example.of(
                0.36,
                "means 0, half the contrast: 2·½/(1 + ¼) = ⅘, squared",
                {"window": 3, "k2": 0.0, "scale_weights": [2.0]},
                predictions=[[[0.5, 0.0, -0.5]] * 3],
                targets=[[[1.0, 0.0, -1.0]] * 3],
            ),
        ),
        notes=(
            "one item is an image of one channel; channels count as images of their own",
            "sides that are odd are halved with their last pixel taken twice, as by the authors",
            (
                "MONAI, torchmetrics and pytorch-msssim agree where sides are multiples of 16; "
                "they drop or blacken an odd edge"
            ),
            "a mean below 0 counts as 0: the loss is 1 there and has no gradient",
            "1 − the product is computed from differences and stays precise near 0",
        ),
        kinks="a scale whose mean similarity is 0 or below: slope 0",
    ),
)
