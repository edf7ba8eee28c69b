"""Data sets of plain classification and regression, from tables of attributes."""

# scikit-learn ships no type information.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import numpy as np
from entries import SEED, Dataset, Entry, rounded
from models import logistic, probability, row_numbers, scaled, stratified
from scipy.special import softmax
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    make_classification,
    make_multilabel_classification,
)
from sklearn.linear_model import HuberRegressor, Ridge
from sklearn.model_selection import KFold, cross_val_predict

WDBC = (
    "scikit-learn load_breast_cancer, a copy of the UCI set Breast Cancer Wisconsin (Diagnostic) "
    "(W. Wolberg, O. Mangasarian, N. Street, W. Street, 1995; "
    "<https://archive.ics.uci.edu/dataset/17>), listed by UCI under CC BY 4.0."
)


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
    """Multi-label classification: any number of five labels per item."""
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
