"""Expected numbers, from the definitions in plain NumPy; lossctl is not asked."""

import math

import numpy as np

from tests.cli.run import SAMPLES

CANCER, DIGITS, DIABETES = SAMPLES / "breast_cancer", SAMPLES / "digits", SAMPLES / "diabetes"
P, T, W = (np.load(CANCER / f"{name}.npy") for name in ("preds", "targets", "weights"))
TRUTH = np.where(T == 1, P, 1.0 - P)

FOCAL_ITEMS = np.where(T == 1, 0.25, 0.75) * (1.0 - TRUTH) ** 2 * -np.log(TRUTH)
FOCAL = math.fsum(FOCAL_ITEMS) / len(T)
BCE_ITEMS = -np.log(TRUTH)
BCE = math.fsum(BCE_ITEMS) / len(T)
BCE_WEIGHTED = math.fsum(W * BCE_ITEMS) / math.fsum(W)

RIDGE, ROBUST, PROGRESS = (
    np.load(DIABETES / f"{name}.npy") for name in ("preds", "preds_huber", "targets")
)
MSE = math.fsum((RIDGE - PROGRESS) ** 2) / len(PROGRESS)
MSE_ROBUST = math.fsum((ROBUST - PROGRESS) ** 2) / len(PROGRESS)

LOGITS = np.load(DIGITS / "logits.npy").astype(np.float64)
DIGIT = np.load(DIGITS / "targets.npy")
SHIFTED = LOGITS - LOGITS.max(axis=1, keepdims=True)
CROSS_ITEMS = np.log(np.exp(SHIFTED).sum(axis=1)) - SHIFTED[np.arange(len(DIGIT)), DIGIT]
CROSS = math.fsum(CROSS_ITEMS) / len(DIGIT)
SCORED = 300  # items in digits/scores.csv
SCORES = np.load(DIGITS / "probabilities.npy")[:SCORED].astype(np.float64)
SCORED_CROSS = math.fsum(-np.log(SCORES[np.arange(SCORED), DIGIT[:SCORED]])) / SCORED
