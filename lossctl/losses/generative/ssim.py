"""Structural similarity of images, as a loss: 1 − the mean of SSIM over windows.

Images are (n, H, W); a window is k × k with the weights w_i·w_j, and lies inside the image.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.domain import NONNEGATIVE, POSITIVE, OddInteger, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.numeric.pointwise import over
from lossctl.losses.builders.records import record_loss


def gaussian_weights(window: int, sigma: float) -> list[float]:
    """Return k weights of a Gaussian around their middle, with a sum of 1."""
    middle = window // 2
    steps = [(place - middle) / sigma for place in range(window)]
    raw = [math.exp(-0.5 * step * step) for step in steps]  # a power of floats may overflow
    total = math.fsum(raw)
    return [weight / total for weight in raw]


def window_means(images: Array, weights: Sequence[float]) -> Array:
    """Return the mean of every window, (n, H − k + 1, W − k + 1)."""
    rows = images.shape[1] - len(weights) + 1
    columns = images.shape[2] - len(weights) + 1
    column_means = weights[0] * images[:, :rows]
    for place, weight in enumerate(weights[1:], start=1):
        column_means += weight * images[:, place : place + rows]
    means_of_windows = weights[0] * column_means[:, :, :columns]
    for place, weight in enumerate(weights[1:], start=1):
        means_of_windows += weight * column_means[:, :, place : place + columns]
    return means_of_windows


def window_means_vjp(slopes: Array, weights: Sequence[float]) -> Array:
    """Carry slopes with respect to the means of the windows back to the pixels, (n, H, W)."""
    count, rows, columns = slopes.shape
    extra = len(weights) - 1
    row_slopes = np.zeros((count, rows, columns + extra), slopes.dtype)
    for place, weight in enumerate(weights):
        row_slopes[:, :, place : place + columns] += weight * slopes
    pixel_slopes = np.zeros((count, rows + extra, columns + extra), slopes.dtype)
    for place, weight in enumerate(weights):
        pixel_slopes[:, place : place + rows] += weight * row_slopes
    return pixel_slopes


class WindowStatistics(NamedTuple):
    """What is known of every window.

    `light` is 1 − l and `shape` 1 − cs, l·cs being the similarity; `light_scale` and `shape_scale`
    are their denominators. Means are those of the images less their own mean, but for `true_mean`
    and `mean`, which hold it.
    """

    light: Array
    shape: Array
    light_scale: Array
    shape_scale: Array
    mean: Array
    mean_difference: Array
    centred: Array
    difference: Array
    centred_mean: Array
    difference_mean: Array


def less_mean(images: Array) -> tuple[Array, Array]:
    """Return images less their mean, and the mean, (n, 1, 1), so that variances do not cancel."""
    middle = images.mean(axis=(1, 2), keepdims=True)
    return images - middle, middle


def measure(
    predictions: Array,
    targets: Array,
    weights: list[float],
    given: tuple[float, float],
    differences: Array | None = None,
) -> WindowStatistics:
    """Measure every window, from the difference of the images rather than their product.

    `given` are the constants C1 and C2.

    `differences` are predictions − targets where these are known better than by subtraction.

    1 − l = (μ_p − μ_t)² / (μ_p² + μ_t² + C1) and 1 − cs = var(p − t) / (var p + var t + C2); 0
    where both are 0, in black or flat windows without a constant.
    """
    light, shape = given
    centred, middle = less_mean(predictions)
    true, true_middle = less_mean(targets)
    if differences is None:
        differences = predictions - targets
    difference, difference_middle = less_mean(differences)
    mean, difference_mean = window_means(centred, weights), window_means(difference, weights)
    true_mean = window_means(true, weights)
    level, true_level = mean + middle, true_mean + true_middle
    mean_gap = difference_mean + difference_middle
    light_scale = level * level + true_level * true_level + light
    shape_scale = variance(centred, mean, weights) + variance(true, true_mean, weights) + shape
    return WindowStatistics(
        over(mean_gap * mean_gap, light_scale),
        over(variance(difference, difference_mean, weights), shape_scale),
        light_scale,
        shape_scale,
        level,
        mean_gap,
        centred,
        difference,
        mean,
        difference_mean,
    )


def variance(images: Array, mean: Array, weights: list[float]) -> Array:
    """Return the weighted variance of every window."""
    return np.clip(window_means(images * images, weights) - mean * mean, 0.0, np.inf)


def constants(k1: float, k2: float, data_range: float) -> tuple[float, float]:
    """Return C1 and C2."""
    first, second = k1 * data_range, k2 * data_range
    return first * first, second * second


def value(
    predictions: Array,
    targets: Array,
    *,
    data_range: float,
    window: int,
    sigma: float,
    k1: float,
    k2: float,
) -> dict[str, Array]:
    """1 − SSIM, the mean over the windows of each image; and which images exceed the range."""
    weights = gaussian_weights(window, sigma)
    at = measure(predictions, targets, weights, constants(k1, k2, data_range))
    # 1 − l·cs from 1 − l and 1 − cs: near a perfect match l and cs have rounded to 1
    losses = at.light + at.shape * (1.0 - at.light)
    range_seen = np.maximum(np.ptp(predictions, axis=(1, 2)), np.ptp(targets, axis=(1, 2)))
    return {
        "loss": losses.reshape(len(losses), -1).mean(axis=1),
        "out_of_range": range_seen > data_range,
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
) -> Mapping[str, Array]:
    """Slopes of means and variances of every window, spread over its pixels."""
    weights = gaussian_weights(window, sigma)
    at = measure(predictions, targets, weights, constants(k1, k2, data_range))
    share = 2.0 / (at.light.shape[1] * at.light.shape[2])
    gradient = pixel_slopes(at, share * (1.0 - at.shape), share * (1.0 - at.light), weights)
    return {"predictions": gradient}


def pixel_slopes(
    at: WindowStatistics, by_light: Array, by_shape: Array, weights: Sequence[float]
) -> Array:
    """Carry twice the slopes with respect to `light` and `shape` of every window to the pixels."""
    of_light, of_shape = over(by_light, at.light_scale), over(by_shape, at.shape_scale)
    of_means = of_light * (at.mean_difference - at.light * at.mean)
    of_means -= of_shape * (at.difference_mean - at.shape * at.centred_mean)
    gradient = window_means_vjp(of_means, weights)
    gradient += at.difference * window_means_vjp(of_shape, weights)
    gradient -= at.centred * window_means_vjp(of_shape * at.shape, weights)
    return gradient


def range_note(*, data_range: float, out_of_range: Any = 0.0, **_: Any) -> Sequence[str]:
    """Say how many images hold more than their range, if any."""
    count = int(out_of_range)
    if not count:
        return ()
    verb = "image spans" if count == 1 else "images span"
    return (f"{count} {verb} more than data_range={data_range:g}",)


def faults(
    predictions: Array, _targets: Array, *, window: int, **_: float
) -> list[tuple[str, Array, str]]:
    """Find images that no window fits into."""
    height, width = predictions.shape[1:]
    small = np.full(len(predictions), min(height, width) < window)
    message = (
        f"the image at {{where}} is {height} × {width}, smaller than window={window}; "
        "give a smaller odd window"
    )
    return [("predictions", small, message)]


IMAGES = "item height width | item height width channel"
PICTURE = [0.0, 0.5, 1.0, 0.5] * 3
STEPS = [[-1.0, 0.0, 1.0]] * 3

SSIM = record_loss(
    "ssim",
    title="Structural similarity (1 − SSIM)",
    tasks=("generative", "image"),
    inputs=(
        Input(
            "predictions",
            IMAGES,
            "value",
            "images; channels, where there are, come before, or last if axes say so",
            differentiable=True,
        ),
        Input("targets", IMAGES, "value", "the true images"),
    ),
    value=value,
    slopes=slopes,
    faults=faults,
    counts=("out_of_range",),
    notes=range_note,
    params=(
        Param(
            "data_range",
            1.0,
            POSITIVE,
            "Largest minus smallest possible pixel value, 255 for bytes.",
        ),
        Param("window", 11, OddInteger(), "Side of the windows, in pixels."),
        Param("sigma", 1.5, POSITIVE, "Standard deviation of their Gaussian weights, in pixels."),
        Param("k1", 0.01, NONNEGATIVE, "Stabilizes the quotient of dark windows."),
        Param("k2", 0.03, NONNEGATIVE, "Stabilizes the quotient of flat windows."),
    ),
    page=Page(
        summary="1 − SSIM: luminance, contrast and structure compared in Gaussian windows",
        also_called=("structural similarity index",),
        curve=Curve(
            "factor by which the picture is multiplied",
            -1.0,
            1.0,
            lambda x: ([[[x * v for v in PICTURE]] * 12], [[PICTURE] * 12]),
        ),
        formula="1 − mean over windows of (2μ_pμ_t + C1)(2σ_pt + C2) / "
        "((μ_p² + μ_t² + C1)(σ_p² + σ_t² + C2)),  C = (K·range)²",
        use_when=(
            "people look at the images: blur and lost structure should count",
            "with mae or mse, for restoration, compression, depth",
        ),
        avoid_when=(
            "exact values matter (use mse): a change of brightness has a small loss",
            "the range of the pixels is not known: the constants depend on data_range",
        ),
        expected={
            "perfect": "0: the same images",
            "good": "< 0.05 to the eye",
            "bad": "about 1: no structure in common; up to 2 for negatives",
        },
        references=(
            Reference(
                "Wang, Bovik, Sheikh & Simoncelli, Image quality assessment: from error "
                "visibility to structural similarity (2004)",
                "doi:10.1109/TIP.2003.819861",
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
                "flat images: 1 − C1/(1 + C1) = 1/1.0001, with C1 = 0.01²",
                {"window": 3},
                predictions=[[[0.0] * 3] * 3],
                targets=[[[1.0] * 3] * 3],
            ),
            Example.of(
                2.0,
                "means 0, the covariance is minus the variance: 1 − (−1)",
                {"window": 3, "k2": 0.0},
                predictions=[[[1.0, 0.0, -1.0]] * 3],
                targets=[STEPS],
            ),
        ),
        notes=(
            "one item is an image of one channel; channels count as images of their own",
            "windows lie inside the image: 11 × 11 leaves out 5 pixels at each edge, as the paper",
            "set data_range to 255 for pixels 0 to 255: values far beyond the range mean little",
            (
                "the value is that of scikit-image with gaussian_weights=True, "
                "use_sample_covariance=False and the same data_range"
            ),
            "1 − SSIM is computed from the difference of the images and stays precise near 0",
        ),
    ),
)
