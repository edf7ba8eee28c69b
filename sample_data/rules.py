"""Rules and constraints that tie a prediction to an item's attributes."""

# scikit-learn ships no type information.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import numpy as np
from entries import Dataset, Entry, Table, rounded
from models import logistic, probability, row_numbers, scaled, stratified
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import cross_val_predict
from sklearn.preprocessing import minmax_scale
from tabular import WDBC

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
