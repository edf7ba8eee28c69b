"""CosFace loss."""

import numpy as np

from lossctl.core.build import row_form
from lossctl.core.domain import NONNEGATIVE, POSITIVE
from lossctl.core.inputs import CLASS_TARGETS
from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.core.param import Param
from lossctl.kernels.angular import surprise, surprise_slope
from lossctl.kernels.margins import expectation
from lossctl.kernels.softmax import pick
from lossctl.losses.similarity._inputs import CLASS_COSINES, COSINE_LEAD


def _of_classes(cosines: Array, classes: Array, *, margin: float, scale: float) -> Array:
    return surprise(cosines, classes, pick(cosines, classes) - margin, scale)


def _slope_of_classes(cosines: Array, classes: Array, *, margin: float, scale: float) -> Array:
    own = pick(cosines, classes) - margin
    return surprise_slope(cosines, classes, own, np.ones_like(own), scale)


def value(predictions: Array, targets: Array, *, margin: float, scale: float) -> Array:
    """Cross-entropy of scaled cosines, the margin taken off that of the true class."""
    return expectation(_of_classes, predictions, targets, margin=margin, scale=scale)


def slope(predictions: Array, targets: Array, *, margin: float, scale: float) -> Array:
    """Derivative of :func:`value`."""
    return expectation(_slope_of_classes, predictions, targets, margin=margin, scale=scale)


COSFACE = Loss(
    "cosface",
    "CosFace loss",
    ("multiclass", "embedding"),
    (CLASS_COSINES, CLASS_TARGETS),
    (row_form("values", value, slope),),
    params=(
        Param("margin", 0.35, NONNEGATIVE, "Taken off the cosine of the true class."),
        Param("scale", 64.0, POSITIVE, "Multiplies the cosines before the softmax."),
    ),
    page=Page(
        summary="Cross-entropy of cosines, with a margin taken off that of the true class.",
        curve=COSINE_LEAD,
        formula="−log(e^(s(cos θ_y − m)) / (e^(s(cos θ_y − m)) + Σ_{j≠y} e^(s·cos θ_j)))",
        use_when=(
            "embeddings of faces or of many other identities are learnt as classes",
            "arcface is unstable early in training",
        ),
        avoid_when=(
            "class probabilities are wanted (use cross_entropy)",
            "labels are noisy: the margin insists on the wrong ones",
        ),
        expected={
            "perfect": "0: the true class leads by the margin and more",
            "chance": "log C + s·m for random directions: 27 at the defaults, 100 classes",
            "bad": "> s",
        },
        references=(
            Reference("Wang et al., CosFace (2018)", "arXiv:1801.09414"),
            Reference("Wang et al., Additive margin softmax (2018)", "arXiv:1801.05599"),
        ),
        examples=(
            Example(
                [[0.75, 0.5]],
                [0],
                0.6931471805599453,
                {"margin": 0.25},
                "0.75 − 0.25 is level with the other class: log 2",
            ),
            Example(
                [[0.5, 0.5], [1.0, 0.0]],
                [1, 0],
                0.8132616875182228,
                {"margin": 0.5, "scale": 2.0},
                "½(log(1 + e) + log(1 + e^(−1)))",
            ),
        ),
        notes=("soft targets take the expectation of the loss over the class",),
    ),
)
