"""Kullback–Leibler divergence between rows of log-probabilities."""

from math import log

import numpy as np

from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.numeric.primitives import exp
from lossctl.kernels.probability.divergence import generalized_kl
from lossctl.kernels.probability.softmax import negative_log_softmax
from lossctl.losses.builders.records import record_loss


def value(predictions: Array, targets: Array) -> Array:
    """Evaluate for p = softmax(z) and t = softmax(u); a class of t = 0 adds nothing."""
    nll, target_nll = negative_log_softmax(predictions), negative_log_softmax(targets)
    excluded = np.isinf(target_nll)
    ratio = nll - np.where(excluded, 0.0, target_nll)
    ratio[excluded] = 0.0  # any number, as its factor is 0
    return generalized_kl(exp(-target_nll), exp(-nll), ratio, _sums)


def _sums(rows: Array) -> Array:
    """Sum every row alike, wherever it stands."""
    total: Array = rows.sum(axis=1)
    return total


def slopes(predictions: Array, targets: Array) -> dict[str, Array]:
    """The softmax of the predictions less that of the targets, which are constants."""
    p, t = (exp(-negative_log_softmax(scores)) for scores in (predictions, targets))
    return {"predictions": p - t}


KL_DIVERGENCE_WITH_LOG_TARGETS = record_loss(
    "kl_divergence_with_log_targets",
    title="Kullback–Leibler divergence from log-probabilities",
    tasks=("multiclass", "distillation"),
    inputs=(
        Input(
            "predictions",
            "item class",
            "value",
            "log-probabilities or logits of the classes, (N, C)",
            differentiable=True,
        ),
        Input("targets", "item class", "value", "those of the target, shaped like the predictions"),
    ),
    value=value,
    slopes=slopes,
    page=Page(
        summary="KL(t ‖ p) of targets given as log t: PyTorch's kl_div with log_target=True",
        also_called=("log_target", "KL between log-softmax outputs", "policy KL"),
        curve=Curve(
            "logit of a class minus that of one other; the target's is 2",
            -5.0,
            5.0,
            lambda x: ([[x, 0.0]], [[2.0, 0.0]]),
        ),
        formula="Σ_c t_c·(log t_c − log p_c),  log t = log_softmax(u), log p = log_softmax(z)",
        use_when=(
            "outputs of two models are compared: student and teacher, policy and reference",
            "targets were saved as logarithms, or as logits, so that small ones keep their digits",
        ),
        avoid_when=(
            "targets are probabilities (use kl_divergence)",
            "labels should count too (use distillation)",
        ),
        expected={
            "perfect": "0: the distributions agree",
            "chance": "log C minus the entropy of the targets, for uniform predictions",
        },
        references=(
            Reference(
                "Kullback & Leibler, On information and sufficiency (1951)",
                "doi:10.1214/aoms/1177729694",
            ),
        ),
        examples=(
            Example.of(
                0.143841036225890458,
                "½·log 2 + ½·log ⅔ = ½·log 4/3",
                predictions=[[log(0.25), log(0.75)]],
                targets=[[log(0.5), log(0.5)]],
            ),
        ),
        notes=(
            "both are made to sum to 1 by log_softmax, which leaves log-probabilities as they are",
            "the mean is over rows: PyTorch's batchmean; its default divides by the elements too",
        ),
    ),
)
