"""Knowledge distillation loss."""

from dataclasses import replace
from math import log

import numpy as np

from lossctl.core.domain import POSITIVE, UNIT, Param
from lossctl.core.loss import Array, Curve, Example, Loss, Page, Reference
from lossctl.kernels.numeric.primitives import exp
from lossctl.kernels.probability.divergence import generalized_kl
from lossctl.kernels.probability.softmax import negative_log_softmax
from lossctl.losses.builders.class_rows import (
    CLASS_SCORES,
    CLASS_TARGETS,
    cost_of_logits,
    cost_of_logits_vjp,
    row_form,
)


def softened(logits: Array, temperature: float) -> tuple[Array, Array]:
    """Return −log softmax(z/T) and softmax(z/T); gaps are divided, which round less than logits."""
    nll = negative_log_softmax((logits - logits.max(axis=1, keepdims=True)) / temperature)
    return nll, exp(-nll)


def soft_loss(predictions: Array, teacher: Array, temperature: float, alpha: float) -> Array:
    """α·T²·KL(teacher ‖ student), both softened."""
    student_nll, student_p = softened(predictions, temperature)
    teacher_nll, teacher_p = softened(teacher, temperature)
    return (alpha * temperature * temperature) * generalized_kl(
        teacher_p, student_p, student_nll - teacher_nll
    )


def identity_cost(nll: Array) -> Array:
    """The cost of a cross-entropy: the nll as it is."""
    return nll


def identity_cost_slope(nll: Array, _: Array) -> Array:
    """Its derivative."""
    return np.ones_like(nll)


def value(
    predictions: Array, teacher: Array, targets: Array, *, temperature: float, alpha: float
) -> Array:
    """Mix the soft loss with the cross-entropy of the labels."""
    soft = soft_loss(predictions, teacher, temperature, alpha)
    return soft + (1.0 - alpha) * cost_of_logits(predictions, targets, identity_cost)


def slope(
    predictions: Array, teacher: Array, targets: Array, *, temperature: float, alpha: float
) -> Array:
    """α·T·(student − teacher) + (1 − α)·(softmax(z) − target); the teacher is a constant."""
    student_p = softened(predictions, temperature)[1]
    soft = (alpha * temperature) * (student_p - softened(teacher, temperature)[1])
    return soft + (1.0 - alpha) * cost_of_logits_vjp(predictions, targets, identity_cost_slope)


DISTILLATION = Loss(
    "distillation",
    "Knowledge distillation loss",
    ("multiclass", "distillation"),
    (
        replace(CLASS_SCORES, help="logits of the student: (N, C), (N, C, H, W) or (N, T, C)"),
        replace(
            CLASS_SCORES,
            name="teacher",
            help="logits of the teacher, shaped like the predictions",
            differentiable=False,
        ),
        CLASS_TARGETS,
    ),
    (row_form("logits", value, slope),),
    params=(
        Param("temperature", 2.0, POSITIVE, "Temperature that both sets of logits are divided by."),
        Param("alpha", 0.5, UNIT, "Weight of the teacher; the labels have 1 − alpha."),
    ),
    page=Page(
        summary="Knowledge distillation: α·T²·KL(teacher ‖ student) at temperature T + (1−α)·CE",
        also_called=("teacher-student loss", "soft targets"),
        curve=Curve(
            "logit of the true class minus that of one other; the teacher's is 2",
            -5.0,
            5.0,
            lambda x: ([[x, 0.0]], [[2.0, 0.0]], [0]),
            "logits",
        ),
        formula="α·T²·KL(softmax(u/T) ‖ softmax(z/T)) + (1 − α)·CE(z, y),  u the teacher's logits",
        use_when=(
            "a small model is trained to follow a large one",
            "the teacher's probabilities of wrong classes carry information beyond the labels",
        ),
        avoid_when=(
            "the teacher is no better than the labels (use cross_entropy)",
            "only probabilities of the teacher are available (use kl_divergence)",
        ),
        expected={
            "perfect": "0: the student agrees with teacher and labels",
            "chance": "(1 − α)·log C + α·T²·KL(softened teacher ‖ uniform), for equal logits",
        },
        references=(
            Reference(
                "Hinton, Vinyals & Dean, Distilling the Knowledge in a Neural Network (2015)",
                "arXiv:1503.02531",
            ),
        ),
        examples=(
            Example(
                [[0.0, 0.0]],
                [0],
                0.608197662162246573,
                {},
                "½·4·(log 2 − H) + ½·log 2, teacher (2·log 3, 0), H the entropy of (¾, ¼)",
                {"teacher": [[2.0 * log(3.0), 0.0]]},
            ),
        ),
        notes=(
            "the factor T² keeps the gradient of the soft part on one scale for every temperature",
            (
                "Hinton et al. give the labels' part, at temperature 1, a lower weight: raise "
                "alpha for that"
            ),
            "others leave out T², which changes the scale of the soft part",
            "Hinton et al. write the soft part as a cross-entropy: more by the teacher's entropy",
        ),
    ),
)
