"""Hausdorff distance loss, by distance transforms."""

from typing import Any

from lossctl.core.domain import POSITIVE, Param
from lossctl.core.loss import Array, Curve, Example, Form, Grouped, Loss, Page, Reference
from lossctl.kernels.overlap.soft_overlap import with_complement
from lossctl.kernels.probability.logistic import sigmoid_pair
from lossctl.losses.builders.elementwise import BINARY_TARGETS, PREDICTED_PROBABILITIES
from lossctl.losses.builders.masks import empty_or_full, outline_distance, target_extent


def parts(
    pair: tuple[Array, Array], inside: Array, targets: Array, alpha: float
) -> tuple[Array, Array]:
    """Return p − t and the sum of both distances to the power α; `inside` is where p > ½."""
    p, one_minus_p = pair
    residual = p * (1.0 - targets) - one_minus_p * targets
    predicted, true = outline_distance(inside), outline_distance(targets > 0.5)
    return residual, predicted**alpha + true**alpha


def value(pair: tuple[Array, Array], inside: Array, targets: Array, alpha: float) -> dict[str, Any]:
    """Average the squared errors of one image, weighed by their distance to the outlines."""
    residual, weights = parts(pair, inside, targets, alpha)
    extent = target_extent(targets)
    lacks_both = any(extent.values()) and (inside.all() or not inside.any())
    return {
        "loss": (residual * residual * weights).mean(),
        "no_outline": float(lacks_both),
        **extent,
    }


def slope(pair: tuple[Array, Array], inside: Array, targets: Array, alpha: float) -> Array:
    """Derivative with respect to p, the distances being constants."""
    residual, weights = parts(pair, inside, targets, alpha)
    return 2.0 * residual * weights / targets.size


def terms_of_probabilities(predictions: Array, targets: Array, *, alpha: float) -> dict[str, Any]:
    """Evaluate one image from probabilities."""
    return value(with_complement(predictions), predictions > 0.5, targets, alpha)


def vjp_of_probabilities(
    predictions: Array, targets: Array, *, slopes: Any, alpha: float
) -> dict[str, Array]:
    """Derivative with respect to probabilities."""
    gradient = slope(with_complement(predictions), predictions > 0.5, targets, alpha)
    return {"predictions": slopes["loss"] * gradient}


def terms_of_logits(predictions: Array, targets: Array, *, alpha: float) -> dict[str, Any]:
    """Evaluate one image from logits; z > 0 where p > ½, though p may round to ½."""
    return value(sigmoid_pair(predictions), predictions > 0.0, targets, alpha)


def vjp_of_logits(
    predictions: Array, targets: Array, *, slopes: Any, alpha: float
) -> dict[str, Array]:
    """Derivative with respect to logits."""
    p, one_minus_p = sigmoid_pair(predictions)
    gradient = slope((p, one_minus_p), predictions > 0.0, targets, alpha)
    return {"predictions": slopes["loss"] * p * one_minus_p * gradient}


def notes(
    *, weight: float, empty_target: float, full_target: float, no_outline: float, **_: Any
) -> list[str]:
    """Say which targets have no outline, and where the prediction has none either."""
    which = empty_or_full(weight, empty_target, full_target)
    if not which:
        return []
    meaning = "without an outline only that of the prediction counts there"
    if no_outline:
        images = "it" if weight == 1 else f"{no_outline:g} of them"
        meaning += f"; for {images} the prediction has none either: 0, however wrong it is"
    return [f"{which}: {meaning}"]


HAUSDORFF = Loss(
    "hausdorff",
    "Hausdorff distance loss",
    ("segmentation",),
    (PREDICTED_PROBABILITIES, BINARY_TARGETS),
    (
        Form("item", "probabilities", terms_of_probabilities, vjp_of_probabilities),
        Form("item", "logits", terms_of_logits, vjp_of_logits),
    ),
    params=(
        Param("alpha", 2.0, POSITIVE, "Exponent of the distances: how strongly far errors count."),
    ),
    reduction=Grouped("grid", axes=2),
    notes=notes,
    page=Page(
        summary="Hausdorff loss: mean (p − t)²·(d_p^α + d_t^α), d distances to both outlines",
        also_called=("HausdorffDT",),
        curve=Curve(
            "p on the mask and 1 − p beside it",
            0.0,
            1.0,
            lambda x: ([[x, x, 1.0 - x, 1.0 - x]] * 2, [[1.0, 1.0, 0.0, 0.0]] * 2),
            "probabilities",
        ),
        formula="(1/|Ω|)·Σ (p − t)²·(d_p^α + d_t^α),  d: distance to the nearest pixel on the "
        "other side of the outline of p > ½, and of t",
        use_when=(
            "the metric is the Hausdorff distance: far outliers should vanish",
            "it is added to a regional loss such as dice",
        ),
        avoid_when=(
            "targets are often empty: then only the predicted outline counts",
            "masks have more than two classes",
            "values of images of different sizes are compared: distances are in pixels",
        ),
        expected={
            "perfect": "0",
            "all wrong by one pixel": "about the share of wrong pixels times 2",
            "bad": "> 1",
        },
        references=(
            Reference(
                "Karimi & Salcudean, Reducing the Hausdorff distance (2019)", "arXiv:1904.10030"
            ),
        ),
        examples=(
            Example(
                [[1.0, 1.0, 0.75, 0.0]],
                [[1.0, 0.0, 0.0, 0.0]],
                1.953125,
                {},
                "[1²·(2² + 1²) + ¾²·(1² + 2²)] / 4",
            ),
        ),
        notes=(
            (
                "the last two axes are the image; each image has a loss of its own and the mean is "
                "taken over images (the slices of a volume count as images)"
            ),
            "one mask per image; classes are not read, evaluate each in a run of its own",
            (
                "this is the paper's loss by distance transforms (its equation 8), an estimate and "
                "not the Hausdorff distance itself"
            ),
            (
                "both distance maps are taken as constants, as in the paper; the map of the "
                "predicted mask changes in jumps only, so the gradient is exact wherever no p is ½"
            ),
            (
                "an empty or full mask has no outline: its distances are 0; with both empty or "
                "full the loss is 0"
            ),
            "a soft target has the outline of t > ½",
        ),
        kinks="p = ½, where the predicted mask changes",
    ),
)
