"""Arrays for objectives of several parts: an autoencoder, a critic, boxes, checkpoints."""

# scikit-learn ships no type information.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from entries import SEED, Dataset, Entry, rounded
from models import SMALLEST, logistic, probability, scaled, stratified
from rules import attributes
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import cross_val_predict

KEPT_DIGITS = 120
LATENTS = 8
BOXES = 80
CHECKPOINTS = {1: 0.0003, 2: 0.01, 10: 1.0}
"""Strength of the model at each step: step 10 comes after step 2."""

OBJECTIVE_MADE = """\
The digits are the first 120, pixels over 16. A principal component analysis with 8 components,
fitted to the other digits and read as a probabilistic one, gives the latents: mean and variance
of each, and the digit made again from them. The critic is a logistic regression (C=0.1) that
tells the other digits from themselves made again. Boxes are drawn uniformly and guessed with
noise of 0.05; three in ten hold an object. The checkpoints are logistic regressions on the four
attributes of logic, standardised, 5 stratified folds, C as said.
"""


def objective() -> Dataset:
    """Arrays for objectives of several parts: an autoencoder, a critic, boxes, checkpoints."""
    bunch = load_digits()
    pixels = bunch.data / 16.0
    kept, rest = pixels[:KEPT_DIGITS], pixels[KEPT_DIGITS:]
    model = PCA(n_components=LATENTS, svd_solver="full").fit(rest)
    spread = np.sqrt(np.maximum(model.explained_variance_ - model.noise_variance_, 1e-9))
    mean = model.transform(kept) * spread / model.explained_variance_
    variance = np.tile(model.noise_variance_ / model.explained_variance_, (KEPT_DIGITS, 1))
    remade = model.inverse_transform(model.transform(pixels)).clip(SMALLEST, 1 - SMALLEST)
    critic = logistic(0.1).fit(
        np.vstack([rest, remade[KEPT_DIGITS:]]), np.repeat([1, 0], len(rest))
    )
    return Dataset(
        "Objectives of several parts (120 digits, 80 boxes, 3 checkpoints)",
        OBJECTIVE_MADE,
        "scikit-learn load_digits as above, the tumours of logic as above, and boxes drawn with a "
        "fixed seed, which are no one else's data.",
        (
            Entry("objective/images.npy", rounded(kept).astype(np.float32), "digits, 64 pixels"),
            Entry(
                "objective/reconstruction.npy",
                rounded(remade[:KEPT_DIGITS]).astype(np.float32),
                "the digits made again from their latents, within [1e-6, 1-1e-6]",
            ),
            Entry("objective/mean.npy", rounded(mean).astype(np.float32), "means of the latents"),
            Entry(
                "objective/log_variance.npy",
                rounded(np.log(variance)).astype(np.float32),
                "logarithms of the variances of the latents",
            ),
            Entry(
                "objective/fake.npy",
                rounded(critic.decision_function(remade[:KEPT_DIGITS])),
                "logits of a critic that tells digits from those made again: real is positive",
            ),
            *detection_entries(),
            *checkpoint_entries(),
        ),
    )


def detection_entries() -> Iterator[Entry]:
    """Boxes in pictures of unit size, drawn with a fixed seed, and guesses of them."""
    draw = np.random.default_rng(SEED)
    corners = np.sort(draw.uniform(0.0, 1.0, (BOXES, 2, 2)), axis=1).reshape(BOXES, 4)
    labels = (draw.uniform(size=BOXES) < 0.3).astype(np.int64)
    guesses = corners + draw.normal(0.0, 0.05, (BOXES, 4))
    scores = 3.0 * labels - 2.0 + draw.normal(0.0, 1.5, BOXES)
    yield Entry("objective/boxes.npy", rounded(guesses), "predicted boxes: x1, y1, x2, y2")
    yield Entry("objective/box_targets.npy", rounded(corners), "true boxes")
    yield Entry("objective/box_logits.npy", rounded(scores), "logit of an object in each box")
    yield Entry("objective/box_labels.npy", labels, "1 where there is an object")


def checkpoint_entries() -> Iterator[Entry]:
    """The prediction of logic, by models that are held to less and less."""
    table = attributes()
    features = np.column_stack([table[n] for n in ("radius", "texture", "smoothness", "concavity")])
    for step, strength in CHECKPOINTS.items():
        scores = cross_val_predict(
            scaled(logistic(strength)),
            features,
            table["target"],
            cv=stratified(),
            method="decision_function",
        )
        yield Entry(
            f"objective/checkpoints/step_{step}.npy",
            rounded(probability(scores)),
            f"probability of malignant, C={strength}",
        )
