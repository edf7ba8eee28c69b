"""Focal loss, binary, multi-label and multi-class."""

from lossctl.core.curves import PROBABILITY
from lossctl.core.domain import NONNEGATIVE, UNIT, Choice, Interval, Nullable, ScalarOrList
from lossctl.core.inputs import LABELS_OR_CLASSES, SCORES_OR_CLASSES
from lossctl.core.loss import Example, Loss, Page, Reference
from lossctl.core.param import Param
from lossctl.kernels.clipping import clipped_note
from lossctl.kernels.focal import focal_forms

FOCAL = Loss(
    "focal",
    "Focal loss",
    ("binary", "multilabel", "multiclass", "segmentation", "detection"),
    (SCORES_OR_CLASSES, LABELS_OR_CLASSES),
    focal_forms(),
    params=(
        Param("gamma", 2.0, NONNEGATIVE, "Focus on hard items; 0 is cross-entropy."),
        Param(
            "alpha",
            0.25,
            Nullable(ScalarOrList(UNIT, pair=True)),
            "Weight of positives (negatives weigh 1 − alpha); of every class when multi-class; "
            "or a list: [negative, positive], one a label, or one a class.",
        ),
        Param(
            "classes",
            "categorical",
            Choice(("categorical", "one_vs_rest")),
            "Multi-class only: the true class's term, or a binary term for every class, summed.",
        ),
        Param(
            "epsilon",
            1e-10,
            Interval(0.0, 0.5, "left"),
            "Least probability inside the logarithm, when probabilities are given.",
        ),
    ),
    counts=("clipped",),
    notes=clipped_note,
    context="log",
    page=Page(
        summary="Cross-entropy with easy items faded out by (1 − p_t)^γ.",
        curve=PROBABILITY,
        formula="−α_t·(1 − p_t)^γ·log p_t,  p_t the probability given to the truth",
        use_when=(
            "easy items are so many that they drown the hard ones (dense detection)",
            "imbalance is severe and hard items matter more than calibration",
        ),
        avoid_when=(
            "calibrated probabilities are needed: focal loss is not a proper score",
            "a threshold or class weights on cross-entropy do as well; on tables they often do",
            "alpha 0.25 should help rare positives: it weighs them less (tuned with gamma 2)",
        ),
        expected={
            "perfect": "0",
            "chance": "about (log 2)/8 ≈ 0.087 at p = ½ with gamma 2 and mean α_t ½",
        },
        references=(
            Reference(
                "Lin et al., Focal Loss for Dense Object Detection (2017)", "arXiv:1708.02002"
            ),
        ),
        examples=(
            Example([0.9], [1.0], 0.000263401289144566, {}, "0.25 · 0.1² · −log 0.9"),
            Example([0.5, 0.5], [1.0, 0.0], 0.173286795139986, {"alpha": None}, "½² · log 2 each"),
        ),
        kinks="p = ε, where the clipping begins",
    ),
)
