"""Multi-class margin loss."""

from lossctl.core.build import row_form
from lossctl.core.curves import LEAD
from lossctl.core.domain import NONNEGATIVE, Interval
from lossctl.core.inputs import CLASS_SCORES, CLASS_TARGETS
from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.core.param import Param
from lossctl.kernels import margins


def value(predictions: Array, targets: Array, *, margin: float, p: float) -> Array:
    """Sum of powers of the shortfalls over the number of classes."""
    return margins.expectation(margins.multi_margin, predictions, targets, margin=margin, p=p)


def slope(predictions: Array, targets: Array, *, margin: float, p: float) -> Array:
    """Derivative of :func:`value`."""
    return margins.expectation(margins.multi_margin_slope, predictions, targets, margin=margin, p=p)


MULTI_MARGIN = Loss(
    "multi_margin",
    "Multi-class margin loss",
    ("multiclass",),
    (CLASS_SCORES, CLASS_TARGETS),
    (row_form("logits", value, slope, order="memory"),),
    params=(
        Param("margin", 1.0, NONNEGATIVE, "Lead over another class from which it costs nothing."),
        Param("p", 1.0, Interval(1.0, float("inf"), "left"), "Power of what is lacking: 1 or 2."),
    ),
    page=Page(
        summary="What the true class lacks to lead each other class by a margin.",
        curve=LEAD,
        formula="Σ_{j≠y} max(0, m − z_y + z_j)^p / C",
        use_when=(
            "a decision among classes is wanted rather than probabilities",
            "every class that comes too close should count, not the closest alone",
        ),
        avoid_when=(
            "probabilities are wanted (use cross_entropy)",
            "classes are many: the sum is divided by C, and hardly any of them is close",
        ),
        expected={
            "perfect": "0: the true class leads all others by the margin",
            "chance": "m^p·(C − 1)/C, for equal scores",
        },
        references=(
            Reference(
                "Weston & Watkins, Support vector machines for multi-class pattern recognition",
                "https://www.esann.org/sites/default/files/proceedings/legacy/es1999-461.pdf",
            ),
        ),
        examples=(
            Example([[1.0, 0.5, -1.0]], [0], 0.166666666666666667, {}, "(½ + 0) / 3"),
            Example([[0.0, 2.0], [3.0, 0.0]], [0, 0], 2.25, {"p": 2.0}, "(3² / 2 + 0) / 2"),
        ),
        notes=(
            "with class weights the mean divides by the weights of the rows; PyTorch's by N",
            "soft targets take the expectation of the loss over the class",
        ),
        kinks="z_y − z_j = m for some j (p = 1), where the slope is taken as 0",
    ),
)
