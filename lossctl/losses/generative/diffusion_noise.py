"""Noise prediction loss of diffusion models."""

from typing import Any

import numpy as np

from lossctl.core.domain import NONNEGATIVE, POSITIVE, Choice, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.losses.builders.records import record_loss


def rows(array: Array) -> Array:
    """Return each sample as a row."""
    return array.reshape(len(array), -1)


def balance(snr: Array | None, prediction: str, min_snr_gamma: float) -> Any:
    """Weight of a sample by the signal-to-noise ratio of its time step."""
    if snr is None:
        return 1.0
    if prediction == "epsilon":
        return np.minimum(1.0, min_snr_gamma / (snr + 0.0))  # of −0 too γ/snr is +inf
    held = np.minimum(snr, min_snr_gamma)
    return held / (snr + 1.0) if prediction == "v" else held


def value(
    predictions: Array,
    targets: Array,
    snr: Array | None,
    *,
    prediction: str,
    min_snr_gamma: float,
) -> Array:
    """Weighted mean square of each sample."""
    residual = rows(predictions) - rows(targets)
    return balance(snr, prediction, min_snr_gamma) * (residual * residual).mean(axis=1)


def slopes(
    predictions: Array,
    targets: Array,
    snr: Array | None,
    *,
    prediction: str,
    min_snr_gamma: float,
) -> dict[str, Array]:
    """Twice the weighted residual, over the number of elements of the sample."""
    residual = rows(predictions) - rows(targets)
    share = balance(snr, prediction, min_snr_gamma) * (2.0 / residual.shape[1])
    if snr is not None:
        share = share[:, None]
    return {"predictions": (share * residual).reshape(predictions.shape)}


DIFFUSION_NOISE = record_loss(
    "diffusion_noise",
    title="Diffusion noise prediction",
    tasks=("generative", "diffusion"),
    inputs=(
        Input(
            "predictions",
            "item …",
            "value",
            "predicted noise (or v, or samples)",
            differentiable=True,
        ),
        Input("targets", "item …", "value", "target noise (or v, or samples), in the same shape"),
        Input(
            "snr",
            "item",
            "value",
            "signal-to-noise ratio of each sample's time step, ᾱ / (1 − ᾱ)",
            NONNEGATIVE,
            optional=True,
        ),
    ),
    value=value,
    slopes=slopes,
    params=(
        Param(
            "prediction",
            "epsilon",
            Choice(("epsilon", "v", "sample")),
            "What the model predicts; used with snr only.",
        ),
        Param(
            "min_snr_gamma",
            5.0,
            POSITIVE,
            "Clip γ of the signal-to-noise ratio (min-SNR); used with snr only.",
        ),
    ),
    page=Page(
        summary="Mean squared error of predicted noise (DDPM); with snr, min-SNR weights by step",
        also_called=(
            "DDPM loss",
            "denoising score matching",
            "epsilon prediction",
            "v-prediction",
            "min-SNR",
        ),
        curve=Curve("error of the predicted noise", -3.0, 3.0, lambda x: ([[x]], [[0.0]])),
        formula="w·mean (ε̂ − ε)²,  w = 1, or with snr: min(snr, γ)/snr for epsilon, "
        "min(snr, γ)/(snr + 1) for v, min(snr, γ) for sample",
        use_when=(
            "a diffusion model predicts noise: the simple loss of DDPM",
            "gradients of different time steps conflict: give snr (min-SNR weights)",
        ),
        avoid_when=(
            "models with different noise schedules are compared: the value depends on the steps",
            "the likelihood bound is wanted: it has other weights",
        ),
        expected={
            "perfect": "0",
            "chance": "1 for a prediction of 0 and standard normal noise",
            "good": "0.01 to 0.2, by data and schedule",
        },
        references=(
            Reference("Ho, Jain & Abbeel, Denoising diffusion models (2020)", "arXiv:2006.11239"),
            Reference(
                "Hang et al., Efficient diffusion training via min-SNR (2023)", "arXiv:2303.09556"
            ),
            Reference("Salimans & Ho, Progressive distillation: v (2022)", "arXiv:2202.00512"),
        ),
        examples=(
            Example.of(
                1.25,
                "(½·1² + ½·2²) / 2",
                predictions=[[1.0, 0.0], [0.0, 2.0]],
                targets=[[0.0, 0.0], [0.0, 0.0]],
            ),
            Example.of(
                0.75,
                "weights 1 and 5/10: (½ + ½·2) / 2",
                predictions=[[1.0, 0.0], [0.0, 2.0]],
                targets=[[0.0, 0.0], [0.0, 0.0]],
                snr=[2.0, 10.0],
            ),
            Example.of(
                0.25,
                "min(3, 2)/(3 + 1)·½",
                {"prediction": "v", "min_snr_gamma": 2.0},
                predictions=[[1.0, 0.0]],
                targets=[[0.0, 0.0]],
                snr=[3.0],
            ),
        ),
        notes=(
            "one item is a sample, the first axis; its loss is the mean over its other axes",
            "weights multiply losses and do not divide the mean, as in the paper",
            "at snr 0 the weight for epsilon is its limit, 1",
        ),
    ),
)
