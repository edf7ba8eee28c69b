"""Asymmetric loss for multi-label classification."""

from lossctl.core.curves import PROBABILITY
from lossctl.core.domain import NONNEGATIVE, Interval
from lossctl.core.inputs import BINARY_TARGETS, PREDICTED_PROBABILITIES
from lossctl.core.loss import Example, Loss, Page, Reference
from lossctl.core.param import Param
from lossctl.kernels.asymmetric import asymmetric_forms
from lossctl.kernels.clipping import clipped_note

ASYMMETRIC = Loss(
    "asymmetric",
    "Asymmetric loss",
    ("binary", "multilabel"),
    (PREDICTED_PROBABILITIES, BINARY_TARGETS),
    asymmetric_forms(),
    params=(
        Param("gamma_neg", 4.0, NONNEGATIVE, "Focus on hard negatives; 0 is none."),
        Param("gamma_pos", 1.0, NONNEGATIVE, "Focus on hard positives; 0 is none."),
        Param(
            "clip",
            0.05,
            Interval(0.0, 0.5, "left"),
            "Probability up to which a negative costs nothing; 0 shifts nothing.",
        ),
        Param(
            "epsilon",
            1e-10,
            Interval(0.0, 0.5, "left"),
            "Least probability inside the logarithms, when probabilities are given.",
        ),
    ),
    counts=("clipped",),
    notes=clipped_note,
    context="log",
    page=Page(
        summary="Focal loss that fades easy negatives faster than positives and drops the easiest.",
        curve=PROBABILITY,
        formula="−t·(1−p)^γ₊·log p − (1−t)·p_m^γ₋·log(1 − p_m),  p_m = max(p − clip, 0)",
        use_when=(
            "several labels may be true at once and most are false for every item",
            "some negatives are labels that were missed: clip discards the easiest of them",
        ),
        avoid_when=(
            "labels are about balanced (use bce_with_logits)",
            "calibrated probabilities are needed: it is not a proper score",
        ),
        expected={
            "perfect": "0",
            "chance": "about 0.186 at p = ½ for balanced labels",
        },
        references=(
            Reference(
                "Ridnik et al., Asymmetric Loss For Multi-Label Classification (2021)",
                "arXiv:2009.14119",
            ),
        ),
        examples=(
            Example(
                [0.5, 0.5],
                [1.0, 0.0],
                0.185544321896103908,
                {},
                "(½·log 2 − 0.45⁴·log 0.55) / 2",
            ),
            Example(
                [0.5, 0.5],
                [1.0, 0.0],
                0.693147180559945309,
                {"gamma_neg": 0.0, "gamma_pos": 0.0, "clip": 0.0},
                "log 2 each: binary cross-entropy",
            ),
        ),
        notes=(
            "the authors' code can hold the focusing factors constant; here they have a gradient",
            "the mean is over labels; the authors' code sums over everything (reduction sum)",
        ),
        kinks="p = clip for negatives, where the slope is taken as 0; and where p is clipped at ε",
    ),
)
