"""What the models behind the predictions share: how they are fitted, folded and squashed."""

# scikit-learn ships no type information.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

from typing import Any

import numpy as np
from entries import DECIMALS, SEED, Array, rounded
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

SMALLEST = 10.0**-DECIMALS


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
