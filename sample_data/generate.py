"""Make every file of the sample_data folder, the same bytes on every run.

    python sample_data/generate.py            write all files again
    python sample_data/generate.py --check    exit 1 if a file is not what would be made
    python sample_data/generate.py --images   also cut the four pictures again (needs Pillow)

It needs scikit-learn 1.6 or later and what that brings (numpy, scipy). Every prediction is
out-of-fold: the model that scored an item never saw that item's target.

The pictures in segmentation/images.npy come from scikit-learn's two sample photographs. To
decode those takes Pillow, which nothing else here needs, so the cut pictures are kept in the
folder, are held to a known SHA-256, and are only cut again when asked for.
"""

# scikit-learn ships no type information.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from entries import DECIMALS, SEED, Array, Dataset, Entry, Table, rounded
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from records import record_datasets
from scipy.special import expit, softmax
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_sample_image,
    make_classification,
    make_multilabel_classification,
)
from sklearn.decomposition import PCA
from sklearn.linear_model import HuberRegressor, LogisticRegression, Ridge
from sklearn.model_selection import (
    KFold,
    LeaveOneGroupOut,
    StratifiedKFold,
    cross_val_predict,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, minmax_scale

HERE = Path(__file__).resolve().parent
SMALLEST = 10.0**-DECIMALS
RELATIVE_TOLERANCE = 1e-6
ABSOLUTE_TOLERANCE = 1.5e-6
"""A little over one unit of the last kept decimal, which rounding may tip either way."""

SIDE = 64
IGNORE_PIXEL = 255
IMAGES = "segmentation/images.npy"
IMAGES_SHA256 = "79b99f7993c6e7a8a4e7663655739e958c13e1d26041c61f941e35c363a64b5f"
CROPS = (
    ("flower.jpg", 24, 44),
    ("flower.jpg", 78, 84),
    ("china.jpg", 24, 25),
    ("china.jpg", 36, 140),
)
"""Picture, top row and left column of each crop, in the pictures made three times smaller."""

KEPT_DIGITS = 120
LATENTS = 8
BOXES = 80
CHECKPOINTS = {1: 0.0003, 2: 0.01, 10: 1.0}
"""Strength of the model at each step: step 10 comes after step 2."""

IGNORE_TOKEN = -100
SEQUENCES = 32
LENGTH = 24
LETTER_CLASSES = (
    "0 vowel, 1 sonorant (l m n r w y), 2 other small letter, 3 capital, 4 digit, 5 space, "
    "6 comma, 7 other punctuation"
)
SENTENCES = (
    (
        "In the year 1878 I took my degree of Doctor of Medicine of the University of London, and "
        "proceeded to Netley to go through the course prescribed for surgeons in the army."
    ),
    (
        "Mr. Phileas Fogg lived, in 1872, at No. 7, Saville Row, Burlington Gardens, the house in "
        "which Sheridan died in 1814."
    ),
    (
        "He was one of the most noticeable members of the Reform Club, though he seemed always to "
        "avoid attracting attention; an enigmatical personage, about whom little was known, except "
        "that he was a polished man of the world."
    ),
    (
        "We met next day as he had arranged, and inspected the rooms at No. 221B, Baker Street, of "
        "which he had spoken at our meeting."
    ),
    (
        "The year 1866 was signalised by a remarkable incident, a mysterious and puzzling "
        "phenomenon, which doubtless no one has yet forgotten."
    ),
)


# ---------------------------------------------------------------------------------------------
# What the data sets share
# ---------------------------------------------------------------------------------------------


def probability(logits: Array) -> NDArray[np.float64]:
    """Sigmoid of the logits at six decimals, kept inside [1e-6, 1 - 1e-6]."""
    return np.clip(rounded(expit(logits)), SMALLEST, 1.0 - SMALLEST)


def logistic(strength: float = 1.0) -> LogisticRegression:
    """Return a logistic regression solved so far that machines agree on its coefficients."""
    return LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-12, max_iter=500)


def scaled(model: Any) -> Pipeline:
    """Put the scaling to zero mean and unit variance in front of a model."""
    return make_pipeline(StandardScaler(), model)


def stratified(folds: int = 5) -> StratifiedKFold:
    """Return shuffled folds that keep the classes' shares."""
    return StratifiedKFold(n_splits=folds, shuffle=True, random_state=SEED)


def row_numbers(rows: int) -> NDArray[np.int64]:
    """Return 0, 1, 2, ... as an id column."""
    return np.arange(rows, dtype=np.int64)


# ---------------------------------------------------------------------------------------------
# The data sets
# ---------------------------------------------------------------------------------------------


def breast_cancer() -> Dataset:
    """Binary classification: malignant (1) or benign (0) tumours."""
    bunch = load_breast_cancer()
    targets = (bunch.target == 0).astype(np.int64)
    decision = cross_val_predict(
        scaled(logistic(0.1)), bunch.data, targets, cv=stratified(), method="decision_function"
    )
    logits = rounded(decision)
    preds = probability(logits)
    area = bunch.data[:, list(bunch.feature_names).index("mean area")]
    scores = {"id": row_numbers(len(targets)), "probability": preds}
    scores |= {"logit": logits, "target": targets}
    return Dataset(
        "Binary classification (569 tumours, 37 % malignant)",
        "Logistic regression (C=0.1) on the 30 standardised attributes, 5 stratified folds. "
        "probability = sigmoid(logit); both are rounded, so a loss computed from one agrees "
        "with the same loss computed from the other to about six decimals.",
        WDBC,
        (
            Entry("breast_cancer/preds.npy", preds, "probability of malignant, in [1e-6, 1-1e-6]"),
            Entry("breast_cancer/logits.npy", logits, "the same model's logits"),
            Entry("breast_cancer/targets.npy", targets, "1 malignant, 0 benign"),
            Entry(
                "breast_cancer/weights.npy",
                rounded(area / area.mean()),
                "weight of each item: its mean nucleus area over the average of all items, so "
                "that a mistake counts in proportion to the size of the nuclei; the mean is 1",
            ),
            Entry("breast_cancer/scores.csv", scores, "the same numbers as the .npy files"),
        ),
    )


def digits() -> Dataset:
    """Ten-class classification: handwritten digits."""
    bunch = load_digits()
    targets = bunch.target.astype(np.int64)
    decision = cross_val_predict(
        logistic(), bunch.data / 16.0, targets, cv=stratified(), method="decision_function"
    )
    logits = rounded(decision).astype(np.float32)
    preds = softmax(logits.astype(np.float64), axis=1).astype(np.float32)
    table = {f"p_{k}": preds[:300, k].astype(np.float64) for k in range(10)}
    table["label"] = targets[:300]
    return Dataset(
        "Classification into ten classes (1797 pictures of digits)",
        "Multinomial logistic regression (C=1) on the 64 pixels over 16, 5 stratified folds. "
        "probabilities = softmax of the stored logits. The .csv writes each float32 value with "
        "all the digits of its float64 equal, so that both files hold identical numbers.",
        "scikit-learn load_digits, a copy of the test part of the UCI set Optical Recognition "
        "of Handwritten Digits (E. Alpaydin, C. Kaynak, 1998; "
        "<https://archive.ics.uci.edu/dataset/80>), listed by UCI under CC BY 4.0.",
        (
            Entry("digits/logits.npy", logits, "logits, a row each item, a column each digit"),
            Entry("digits/probabilities.npy", preds, "probabilities; each row sums to one"),
            Entry("digits/targets.npy", targets, "the digit, 0 to 9"),
            Entry("digits/onehot.npy", np.eye(10, dtype=np.uint8)[targets], "targets, one-hot"),
            Entry("digits/scores.csv", table, "probabilities and label of the first 300 items"),
        ),
    )


def diabetes() -> Dataset:
    """Regression: progression of diabetes after a year, by two models."""
    bunch = load_diabetes()
    targets = rounded(bunch.target)
    folds = KFold(n_splits=10, shuffle=True, random_state=SEED)
    ridge = scaled(Ridge(alpha=10.0, solver="cholesky"))
    huber = scaled(HuberRegressor(epsilon=1.35, max_iter=5000, tol=1e-9))
    preds = rounded(cross_val_predict(ridge, bunch.data, targets, cv=folds))
    robust = rounded(cross_val_predict(huber, bunch.data, targets, cv=folds))
    table = {"id": row_numbers(len(targets)), "prediction": preds, "target": targets}
    return Dataset(
        "Regression (442 patients, targets 25 to 346)",
        "Ridge (alpha=10) and Huber regression (epsilon=1.35) on the 10 standardised "
        "attributes, the same 10 shuffled folds.",
        "scikit-learn load_diabetes, from B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, "
        "Least Angle Regression, Annals of Statistics, 2004 "
        "(<https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html>). scikit-learn's "
        "description of it states no licence; scikit-learn is under the BSD 3-Clause licence.",
        (
            Entry("diabetes/preds.npy", preds, "predictions of the ridge regression"),
            Entry("diabetes/preds_huber.npy", robust, "predictions of the Huber regression"),
            Entry("diabetes/targets.npy", targets, "disease progression one year after baseline"),
            Entry("diabetes/predictions.csv", table, "the ridge predictions and the targets"),
            Entry(
                "diabetes/diabetes.npz",
                {"preds": preds, "preds_huber": robust, "targets": targets},
                "the three arrays as members of one file",
            ),
        ),
    )


def imbalanced() -> Dataset:
    """Binary classification with few positives, as in fraud detection."""
    features, classes = make_classification(
        n_samples=5000,
        n_features=12,
        n_informative=5,
        n_redundant=3,
        weights=[0.99],
        flip_y=0.002,
        class_sep=1.2,
        random_state=SEED,
    )
    targets = classes.astype(np.int64)
    model = scaled(logistic(0.1))
    decision = cross_val_predict(
        model, features, targets, cv=stratified(), method="decision_function"
    )
    logits = rounded(decision)
    return Dataset(
        "Binary classification, about one positive in a hundred (5000 items)",
        "Logistic regression (C=0.1) on 12 standardised attributes, 5 stratified folds.",
        "Synthetic: scikit-learn make_classification with a fixed seed. No one else's data.",
        (
            Entry("imbalanced/preds.npy", probability(logits), "probability of the rare class"),
            Entry("imbalanced/logits.npy", logits, "the same model's logits"),
            Entry("imbalanced/targets.npy", targets, "1 the rare class, 0 the common one"),
        ),
    )


def multilabel() -> Dataset:
    """Multi-label classification: any number of five labels an item."""
    features, labels = make_multilabel_classification(
        n_samples=500, n_features=20, n_classes=5, n_labels=2, random_state=SEED
    )
    folds = KFold(n_splits=5, shuffle=True, random_state=SEED)
    columns = [
        cross_val_predict(
            scaled(logistic(0.1)), features, column, cv=folds, method="decision_function"
        )
        for column in labels.T
    ]
    logits = rounded(np.column_stack(columns))
    return Dataset(
        "Multi-label classification (500 items, 5 labels)",
        "One logistic regression (C=0.1) a label on 20 standardised attributes, 5 shuffled "
        "folds. probability = sigmoid(logit), each label for itself, so rows don't sum to one.",
        "Synthetic: scikit-learn make_multilabel_classification with a fixed seed. No one "
        "else's data.",
        (
            Entry("multilabel/logits.npy", logits, "logits, a row each item, a column each label"),
            Entry("multilabel/probabilities.npy", probability(logits), "probability of each label"),
            Entry(
                "multilabel/targets.npy",
                labels.astype(np.uint8),
                "1 where the item has the label; some items have none",
            ),
        ),
    )


def cut_images() -> NDArray[np.uint8]:
    """Cut the four crops out of scikit-learn's photographs, made three times smaller."""
    crops = []
    for name, top, left in CROPS:
        picture = load_sample_image(name).astype(np.int64)[:426, :639]
        blocks = picture.reshape(142, 3, 213, 3, 3).sum(axis=(1, 3))
        small = (blocks + 4) // 9
        crops.append(small[top : top + SIDE, left : left + SIDE])
    return np.stack(crops).astype(np.uint8)


def kept_images() -> NDArray[np.uint8]:
    """Read the crops kept in this folder, and hold them to their known SHA-256."""
    path = HERE / IMAGES
    if not path.is_file():
        sys.exit(f"{path} is missing: make it with --images (needs Pillow)")
    if hashlib.sha256(path.read_bytes()).hexdigest() != IMAGES_SHA256:
        sys.exit(f"{path} is not the file with the SHA-256 {IMAGES_SHA256}")
    images: NDArray[np.uint8] = np.load(path)
    return images


def pixel_classes(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Class of each pixel by a colour rule, then the majority of the 5 by 5 pixels around."""
    red, green, blue = np.moveaxis(images.astype(np.int64), -1, 0)
    warm = (red - green >= 20) & (red - blue >= 20)
    pale = (np.minimum(np.minimum(red, green), blue) >= 130) & ~warm
    votes = np.stack([~warm & ~pale, warm, pale]).astype(np.int64)
    padded = np.pad(votes, ((0, 0), (0, 0), (2, 2), (2, 2)))
    counts = sliding_window_view(padded, (5, 5), axis=(2, 3)).sum(axis=(4, 5))
    return np.asarray(np.argmax(counts, axis=0), dtype=np.int64)


def class_borders(classes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell the pixels that touch a pixel of another class above, below, left or right."""
    border = np.zeros(classes.shape, dtype=np.bool_)
    down = classes[:, 1:] != classes[:, :-1]
    across = classes[:, :, 1:] != classes[:, :, :-1]
    border[:, 1:] |= down
    border[:, :-1] |= down
    border[:, :, 1:] |= across
    border[:, :, :-1] |= across
    return border


def pixel_features(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Describe each pixel by the colour of its 4 by 4 block, that squared, and its place."""
    count = len(images)
    blocks = images.reshape(count, 16, 4, 16, 4, 3).mean(axis=(2, 4)) / 255.0
    colour = blocks.repeat(4, axis=1).repeat(4, axis=2)
    place = np.moveaxis(np.mgrid[0:SIDE, 0:SIDE] / (SIDE - 1.0), 0, -1)
    places = np.broadcast_to(place, (count, SIDE, SIDE, 2))
    return np.concatenate([colour, colour**2, places], axis=-1).reshape(-1, 8)


def pixel_scores(images: NDArray[np.uint8], targets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Score the pixels of each picture by a model fitted to the other pictures."""
    decision = cross_val_predict(
        scaled(logistic()),
        pixel_features(images),
        targets.ravel(),
        groups=np.repeat(np.arange(len(images)), SIDE * SIDE),
        cv=LeaveOneGroupOut(),
        method="decision_function",
    )
    return rounded(decision)


def segmentation(images: NDArray[np.uint8]) -> Dataset:
    """Masks of four pictures: warm-coloured or not, and three classes of pixels."""
    classes = pixel_classes(images)
    shape = classes.shape
    preds = probability(pixel_scores(images, (classes == 1).astype(np.int64))).reshape(shape)
    logits = np.moveaxis(pixel_scores(images, classes).reshape(*shape, 3), -1, 1)
    labels = np.where(class_borders(classes), IGNORE_PIXEL, classes)
    mask = "1 where the pixel is of class 1 (warm-coloured); the last picture's mask is empty"
    return Dataset(
        "Segmentation (4 pictures of 64 by 64 pixels, 3 classes)",
        SEGMENTATION_MADE,
        PHOTOGRAPHS,
        (
            Entry(IMAGES, images, "the pictures: red, green, blue of each pixel"),
            Entry("segmentation/preds.npy", preds.astype(np.float32), "probability of class 1"),
            Entry("segmentation/targets.npy", (classes == 1).astype(np.uint8), mask),
            Entry(
                "segmentation/class_logits.npy",
                np.ascontiguousarray(logits, dtype=np.float32),
                "logits: picture, class, row, column",
            ),
            Entry(
                "segmentation/class_targets.npy",
                labels.astype(np.int64),
                "0 other, 1 warm-coloured, 2 pale (sky and water), "
                "255 to be ignored: next to a pixel of another class",
            ),
        ),
    )


def token_class(letter: str) -> int:
    """Class of one character of English text."""
    tests = (
        letter in "aeiou",
        letter in "lmnrwy",
        letter.islower(),
        letter.isupper(),
        letter.isdigit(),
        letter == " ",
        letter == ",",
    )
    return tests.index(True) if any(tests) else len(tests)


def text_lines() -> list[str]:
    """Break each sentence into lines of at most 24 characters, and keep the first 32 lines."""
    lines = [line for text in SENTENCES for line in textwrap.wrap(text, LENGTH)]
    return lines[:SEQUENCES]


def tokens() -> Dataset:
    """Classification of each character of lines of text, padded to one length."""
    lines = text_lines()
    targets = np.full((SEQUENCES, LENGTH), IGNORE_TOKEN, dtype=np.int64)
    logits = np.zeros((SEQUENCES, LENGTH, 8), dtype=np.float32)
    for row, line in enumerate(lines):
        targets[row, : len(line)] = [token_class(letter) for letter in line]
    used = targets != IGNORE_TOKEN
    padded = [f"^^{line.lower()}$$" for line in lines]
    context = [
        [text[at - 2], text[at - 1], text[at + 1], text[at + 2]]
        for text in padded
        for at in range(2, len(text) - 2)
    ]
    decision = cross_val_predict(
        make_pipeline(OneHotEncoder(handle_unknown="ignore"), logistic()),
        np.array(context),
        targets[used],
        groups=np.nonzero(used)[0] % 4,
        cv=LeaveOneGroupOut(),
        method="decision_function",
    )
    logits[used] = rounded(decision)
    return Dataset(
        "Token classification (32 lines of text, up to 24 characters, 8 classes)",
        TOKENS_MADE,
        "Opening lines of chapters, quoted in generate.py, all in the public domain: A. Conan "
        "Doyle, A Study in Scarlet (1887); J. Verne, Around the World in Eighty Days (tr. G. M. "
        "Towle, 1873) and Twenty Thousand Leagues under the Sea (tr. L. Mercier, 1873).",
        (
            Entry("tokens/logits.npy", logits, "logits: line, character, class; 0 where padded"),
            Entry("tokens/targets.npy", targets, f"{LETTER_CLASSES}; -100 where padded"),
        ),
    )


def attributes() -> Table:
    """Four attributes of the tumours scaled to 0..1, a prediction from them, and the target."""
    bunch = load_breast_cancer()
    names = list(bunch.feature_names)
    wanted = ("radius", "texture", "smoothness", "concavity")
    values = bunch.data[:, [names.index(f"mean {name}") for name in wanted]]
    targets = (bunch.target == 0).astype(np.int64)
    decision = cross_val_predict(
        scaled(logistic()), values, targets, cv=stratified(), method="decision_function"
    )
    table: Table = {"id": row_numbers(len(targets))}
    table |= dict(zip(wanted, rounded(minmax_scale(values)).T, strict=True))
    return table | {"prediction": probability(rounded(decision)), "target": targets}


def logic() -> Dataset:
    """Rules and constraints that tie a prediction to an item's attributes."""
    table = attributes()
    radius, concavity, preds = table["radius"], table["concavity"], table["prediction"]
    both = radius * concavity
    neither = (1 - radius) * (1 - concavity)
    rules = [1 - both + both * preds, 1 - neither + neither * (1 - preds)]
    rules.append(1 - preds + preds * concavity)
    upper = np.minimum(1.0, 2 * np.maximum(radius, concavity))
    lower = np.clip(1.5 * (radius + concavity) - 0.75, 0.0, 1.0)
    return Dataset(
        "Rules and constraints next to a prediction (569 tumours)",
        LOGIC_MADE,
        WDBC,
        (
            Entry("logic/features.csv", table, "attributes scaled to 0..1, prediction, target"),
            Entry("logic/preds.npy", preds, "probability of malignant"),
            Entry("logic/targets.npy", table["target"], "1 malignant, 0 benign"),
            Entry(
                "logic/rules.npy",
                rounded(np.column_stack(rules)),
                "truth values in [0, 1] of the three rules listed below",
            ),
            Entry(
                "logic/constraints.npy",
                rounded(np.column_stack([preds - upper, lower - preds])),
                "the two constraints listed below; one is violated where its value is over 0",
            ),
            Entry(
                "logic/class_preds.npy",
                rounded(np.column_stack([1 - preds, preds])),
                "probabilities of benign and malignant; each row sums to one",
            ),
            Entry("logic/class_targets.npy", table["target"], "the column that is right, 0 or 1"),
        ),
    )


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


# ---------------------------------------------------------------------------------------------
# Texts of MANIFEST.md that are too long to stand above
# ---------------------------------------------------------------------------------------------

WDBC = (
    "scikit-learn load_breast_cancer, a copy of the UCI set Breast Cancer Wisconsin (Diagnostic) "
    "(W. Wolberg, O. Mangasarian, N. Street, W. Street, 1995; "
    "<https://archive.ics.uci.edu/dataset/17>), listed by UCI under CC BY 4.0."
)

SEGMENTATION_MADE = """\
Each photograph made three times smaller (mean of 3 by 3 pixels), then four crops: two of the
flower, the temple, the lake. A pixel is warm-coloured (1) if red is at least 20 over green and
over blue, else pale (2) if red, green and blue are all at least 130, else other (0); then each
pixel takes the commonest class of the 5 by 5 pixels around it. Predictions: logistic regression
(C=1) fitted to the other three pictures, which sees only the mean colour of each 4 by 4 block,
its square, and the place; so edges are blurred and the temple is hard."""

PHOTOGRAPHS = """\
scikit-learn load_sample_image, photographs under a Creative Commons licence, CC BY 2.0
(<https://creativecommons.org/licenses/by/2.0/>), here cut and made smaller. scikit-learn's
README of them says:

- china.jpg: "Attribution: Some rights reserved by danielbuechele"
  (<https://www.flickr.com/photos/danielbuechele/>), retrieved 21st August, 2011 from
  <https://www.flickr.com/photos/danielbuechele/6061409035/sizes/z/in/photostream/> by Robert
  Layton.
- flower.jpg: "Attribution: Some rights reserved by danielbuechele"
  (<https://www.flickr.com/photos/vultilion/>), retrieved 21st August, 2011 from
  <https://www.flickr.com/photos/vultilion/6056698931/sizes/z/in/photostream/> by Robert Layton.
  The name and the address there disagree; by the address the photographer is vultilion."""

TOKENS_MADE = """\
A token is a character. Multinomial logistic regression (C=1) guesses each character's class
from the two characters before and the two after it (small letters, one-hot), not from the
character itself; 4 folds, line n in fold n modulo 4. The first 32 lines of the text are used, so
the last sentence is cut off."""

LOGIC_MADE = """\
radius, texture, smoothness and concavity are the mean attributes of those names, scaled to 0..1
over all items. prediction p: logistic regression (C=1) on the four, standardised, 5 stratified
folds. Each rule is a Reichenbach implication "a implies b" = 1 - a + a*b, with "x and y" = x*y and
"not x" = 1 - x:

- rule 0, large and concave is malignant: a = radius*concavity, b = p
- rule 1, neither large nor concave is benign: a = (1-radius)*(1-concavity), b = 1 - p
- rule 2, malignant is concave: a = p, b = concavity
- constraint 0, upper bound: p - min(1, 2*max(radius, concavity))
- constraint 1, lower bound: min(1, max(0, 1.5*(radius + concavity) - 0.75)) - p

All are computed from the rounded columns of features.csv, then rounded."""

OBJECTIVE_MADE = """\
The digits are the first 120, pixels over 16. A principal component analysis with 8 components,
fitted to the other digits and read as a probabilistic one, gives the latents: mean and variance
of each, and the digit made again from them. The critic is a logistic regression (C=0.1) that
tells the other digits from themselves made again. Boxes are drawn uniformly and guessed with
noise of 0.05; three in ten hold an object. The checkpoints are logistic regressions on the four
attributes of logic, standardised, 5 stratified folds, C as said.
"""

MANIFEST_HEAD = """\
# Sample data

Predictions, targets and what goes with them, for trying lossctl on and for its tests. All of it
is made by `generate.py` from data that scikit-learn ships, from scikit-learn's seeded
generators, and from a few quoted sentences. Every prediction is out-of-fold: the model that
scored an item never saw that item's target. `manifest.json` says the same for programs, with
each file's SHA-256.

- `python sample_data/generate.py` writes every file again (scikit-learn 1.6 or later).
- `python sample_data/generate.py --check` exits 1 and says why if a file is not what it would
  make: whole numbers exactly, others within a relative 1e-6 or one unit of the sixth decimal.

Numbers are rounded to six decimals (float64, or float32 where said), and a .csv holds exactly
the numbers of the .npy files beside it. scikit-learn itself is under the BSD 3-Clause licence.
"""


# ---------------------------------------------------------------------------------------------
# Files
# ---------------------------------------------------------------------------------------------


def datasets(images: NDArray[np.uint8]) -> Iterator[Dataset]:
    """Make the data sets, one after the other."""
    for make in (breast_cancer, digits, diabetes, imbalanced, multilabel):
        yield make()
    yield segmentation(images)
    yield tokens()
    yield logic()
    yield from record_datasets()
    yield objective()


def csv_bytes(table: Table) -> bytes:
    """Write columns as CSV, each number in the shortest form that reads back the same."""
    rows = zip(*(column.tolist() for column in table.values()), strict=True)
    lines = [",".join(table), *(",".join(map(repr, row)) for row in rows)]
    return ("\n".join(lines) + "\n").encode("ascii")


def encode(entry: Entry) -> bytes:
    """Return the bytes of an entry's file."""
    buffer = io.BytesIO()
    if not isinstance(entry.data, dict):
        np.save(buffer, np.ascontiguousarray(entry.data), allow_pickle=False)
    elif entry.path.endswith(".csv"):
        return csv_bytes(entry.data)
    else:
        np.savez(buffer, allow_pickle=False, **entry.data)
    return buffer.getvalue()


def decode(path: Path) -> Array | Table:
    """Read a file back as what was encoded."""
    if path.suffix != ".csv":
        loaded = np.load(path, allow_pickle=False)
        return loaded if isinstance(loaded, np.ndarray) else dict(loaded)
    head, *lines = path.read_text(encoding="ascii").splitlines()
    columns = zip(*(line.split(",") for line in lines), strict=True)
    return dict(zip(head.split(","), map(csv_column, columns), strict=True))


def csv_column(texts: tuple[str, ...]) -> Array:
    """Read a column as whole numbers if all its values are, else as floats."""
    try:
        return np.array([int(text) for text in texts], dtype=np.int64)
    except ValueError:
        return np.array([float(text) for text in texts], dtype=np.float64)


def described(entry: Entry) -> dict[str, Any]:
    """Return an entry's shape, dtype and text for manifest.json."""
    data = entry.data
    if not isinstance(data, dict):
        return {"shape": list(data.shape), "dtype": str(data.dtype), "description": entry.text}
    shapes: Any = {name: list(column.shape) for name, column in data.items()}
    if entry.path.endswith(".csv"):
        shapes = [len(next(iter(data.values()))), len(data)]
    dtypes = {name: str(column.dtype) for name, column in data.items()}
    return {"shape": shapes, "dtype": dtypes, "description": entry.text}


def manifest_row(entry: Entry) -> str:
    """Return the line of MANIFEST.md's table for an entry."""
    facts = described(entry)
    shape, dtype = facts["shape"], facts["dtype"]
    if isinstance(shape, dict):
        shape = ", ".join(f"{name} {value}" for name, value in shape.items())
    if isinstance(dtype, dict):
        kinds = set(dtype.values())
        named = ", ".join(f"{name} {value}" for name, value in dtype.items())
        dtype = f"all {kinds.pop()}" if len(kinds) == 1 else named
    return f"| `{entry.path}` | {shape} | {dtype} | {entry.text} |"


def manifest_text(made: list[Dataset]) -> str:
    """Return MANIFEST.md."""
    parts = [MANIFEST_HEAD]
    for each in made:
        folder = each.entries[0].path.split("/")[0]
        rows = "\n".join(manifest_row(entry) for entry in each.entries)
        parts.append(
            f"## {folder}: {each.title[0].lower()}{each.title[1:]}\n\n"
            f"| file | shape | dtype | what it is |\n| --- | --- | --- | --- |\n{rows}\n\n"
            f"Made: {each.made}\n\nSource: {each.source}\n"
        )
    return "\n".join(parts)


def write(folder: Path, made: list[Dataset]) -> None:
    """Write every file and the two manifests."""
    listed: dict[str, Any] = {}
    for entry in (entry for each in made for entry in each.entries):
        path = folder / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        content = encode(entry)
        path.write_bytes(content)
        listed[entry.path] = described(entry) | {"sha256": hashlib.sha256(content).hexdigest()}
    (folder / "MANIFEST.md").write_bytes(manifest_text(made).encode())
    text = json.dumps({"files": listed}, indent=1, ensure_ascii=True) + "\n"
    (folder / "manifest.json").write_bytes(text.encode("ascii"))


# ---------------------------------------------------------------------------------------------
# Checking
# ---------------------------------------------------------------------------------------------


def array_difference(kept: Array, made: Array) -> str | None:
    """Say how a kept array differs from the one made now, or nothing."""
    if kept.dtype != made.dtype or kept.shape != made.shape:
        return f"{kept.dtype} {kept.shape} in the file, {made.dtype} {made.shape} made now"
    if made.dtype.kind == "f":
        limit = ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * np.abs(made.astype(np.float64))
        wrong = ~(np.abs(kept.astype(np.float64) - made.astype(np.float64)) <= limit)
    else:
        wrong = kept != made
    if not wrong.any():
        return None
    where = np.argwhere(wrong)[0].tolist()
    values = f"{kept[tuple(where)]} in the file, {made[tuple(where)]} made now"
    return f"{int(wrong.sum())} of {wrong.size} values differ, the first at {where}: {values}"


def entry_difference(path: Path, entry: Entry) -> str | None:
    """Say how a kept file differs from the entry made now, or nothing."""
    if not path.is_file():
        return "missing"
    try:
        kept = decode(path)
    except (ValueError, OSError, EOFError, OverflowError, zipfile.BadZipFile) as error:
        return f"cannot be read: {error}"
    if isinstance(kept, dict) and isinstance(entry.data, dict):
        if list(kept) != list(entry.data):
            return f"{list(kept)} in the file, {list(entry.data)} made now"
        found = ((name, array_difference(kept[name], entry.data[name])) for name in kept)
        return next((f"{name}: {text}" for name, text in found if text), None)
    if isinstance(kept, dict) or isinstance(entry.data, dict):
        return "is not of the kind that is made now"
    return array_difference(kept, entry.data)


def manifest_differences(folder: Path, made: list[Dataset]) -> Iterator[str]:
    """Say how the two manifests differ from what would be made, or from the files."""
    readable = folder / "MANIFEST.md"
    if not readable.is_file() or readable.read_bytes() != manifest_text(made).encode():
        yield "MANIFEST.md: missing, or not the text that is made now"
    try:
        listed = json.loads((folder / "manifest.json").read_text(encoding="ascii"))["files"]
    except (ValueError, OSError, KeyError, TypeError) as error:
        yield f"manifest.json: cannot be read: {error!r}"
        return
    entries = {entry.path: entry for each in made for entry in each.entries}
    if list(listed) != list(entries):
        yield "manifest.json: does not list the files that are made now"
    for name in (name for name in entries if name in listed and (folder / name).is_file()):
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if listed[name] != described(entries[name]) | {"sha256": digest}:
            yield f"manifest.json: what it says of {name} is not so (shape, dtype, text or sha256)"


def stray_files(folder: Path, made: list[Dataset]) -> Iterator[str]:
    """Name the files in the folder that nothing here makes."""
    known = {entry.path for each in made for entry in each.entries}
    known |= {"MANIFEST.md", "manifest.json", "generate.py", "entries.py", "records.py"}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        if path.is_file() and not hidden and "/".join(parts) not in known:
            yield f"{'/'.join(parts)}: not made by generate.py"


def differences(folder: Path, made: list[Dataset]) -> list[str]:
    """List, a line each, all that is not as it would be made."""
    found = []
    for entry in (entry for each in made for entry in each.entries):
        difference = entry_difference(folder / entry.path, entry)
        if difference:
            found.append(f"{entry.path}: {difference}")
    return [*found, *manifest_differences(folder, made), *stray_files(folder, made)]


def main(arguments: list[str] | None = None) -> int:
    """Write or check the folder; return the exit status."""
    parser = argparse.ArgumentParser(description="Make or check the files of sample_data.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if different")
    parser.add_argument("--images", action="store_true", help="cut the pictures again (Pillow)")
    parser.add_argument("--folder", type=Path, default=HERE, help="folder to write or check")
    options = parser.parse_args(arguments)
    made = list(datasets(cut_images() if options.images else kept_images()))
    count = sum(len(each.entries) for each in made) + 2
    if not options.check:
        write(options.folder, made)
        print(f"wrote {count} files into {options.folder}")
        return 0
    found = differences(options.folder, made)
    for line in found:
        print(line, file=sys.stderr)
    if found:
        print(f"{len(found)} differences: run generate.py to make the files anew", file=sys.stderr)
        return 1
    print(f"all {count} files in {options.folder} are what generate.py makes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
