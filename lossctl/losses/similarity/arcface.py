"""ArcFace loss."""

import math

from lossctl.core.build import row_form
from lossctl.core.domain import POSITIVE, Interval
from lossctl.core.inputs import CLASS_TARGETS
from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.core.param import Param
from lossctl.kernels.angular import surprise, surprise_slope, turned, turned_slope
from lossctl.kernels.margins import expectation
from lossctl.kernels.softmax import pick
from lossctl.losses.similarity._inputs import CLASS_COSINES, COSINE_LEAD


def _of_classes(cosines: Array, classes: Array, *, margin: float, scale: float) -> Array:
    own = turned(pick(cosines, classes), margin)
    return surprise(cosines, classes, own, scale)


def _slope_of_classes(cosines: Array, classes: Array, *, margin: float, scale: float) -> Array:
    own = pick(cosines, classes)
    return surprise_slope(cosines, classes, turned(own, margin), turned_slope(own, margin), scale)


def value(predictions: Array, targets: Array, *, margin: float, scale: float) -> Array:
    """Cross-entropy of scaled cosines, the angle to the true class widened by the margin."""
    return expectation(_of_classes, predictions, targets, margin=margin, scale=scale)


def slope(predictions: Array, targets: Array, *, margin: float, scale: float) -> Array:
    """Derivative of :func:`value`."""
    return expectation(_slope_of_classes, predictions, targets, margin=margin, scale=scale)


ARCFACE = Loss(
    "arcface",
    "ArcFace loss",
    ("multiclass", "embedding"),
    (CLASS_COSINES, CLASS_TARGETS),
    (row_form("values", value, slope),),
    params=(
        Param("margin", 0.5, Interval(0.0, math.pi / 2), "Angle added to the true class, radians."),
        Param("scale", 64.0, POSITIVE, "Multiplies the cosines before the softmax."),
    ),
    page=Page(
        summary="Cross-entropy of cosines, with the true class put farther away by an angle.",
        curve=COSINE_LEAD,
        formula="−log(e^(s·cos(θ_y + m)) / (e^(s·cos(θ_y + m)) + Σ_{j≠y} e^(s·cos θ_j)))",
        use_when=(
            "embeddings of faces or of many other identities are learnt as classes",
            "classes met later are to be told apart by cosines",
        ),
        avoid_when=(
            "class probabilities are wanted (use cross_entropy)",
            "labels are noisy: the margin insists on the wrong ones",
        ),
        expected={
            "perfect": "0: the true class leads by the margin and more",
            "chance": "log C + s·sin m for random directions: 35 at the defaults, 100 classes",
            "bad": "> s",
        },
        references=(Reference("Deng et al., ArcFace (2018)", "arXiv:1801.07698"),),
        examples=(
            Example(
                [[0.6, 0.0]],
                [0],
                1.1711006659477778,
                {"margin": math.pi / 2, "scale": 1.0},
                "cos(θ + 90°) = −sin θ = −0.8: log(1 + e^0.8)",
            ),
            Example(
                [[0.5, 0.5, 0.5]],
                [1],
                1.0986122886681098,
                {"margin": 0.0},
                "no margin and all cosines alike: log 3",
            ),
        ),
        notes=(
            "where θ + m would pass π the cosine less m·sin m is taken, as the authors' code does",
            "cosines beyond ±1 by rounding are held there",
            "soft targets take the expectation of the loss over the class",
        ),
        kinks="θ = 0, where the slope has no end and cos m is taken; θ = π − m, the slope 1",
    ),
)
