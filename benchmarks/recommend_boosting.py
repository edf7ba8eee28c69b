"""Boosted trees for the benchmark of recommendations: LightGBM with its own objectives.

Only losses that it has are trained; logit adjustment is the logarithms of the class shares as
scores to start from, which predictions leave out.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.recommend_data import Array
from benchmarks.recommend_models import LEVEL
from lossctl.racing.training import HELD_BACK, Scorer
from lossctl.recommender.robust_scale import robust_scale

ROUNDS = 300
PATIENCE = 20
SETTINGS = {"learning_rate": 0.1, "num_leaves": 15, "verbosity": -1, "num_threads": 1,
            "deterministic": True, "force_col_wise": True}  # fmt: skip
CLASSES = ("cross_entropy", "balanced", "effective", "logit_adjusted")
VALUES: Mapping[str, dict[str, Any]] = {
    "mse": {"objective": "regression"},
    "mae": {"objective": "regression_l1"},
    "huber": {"objective": "huber", "alpha": 0.5},
    "huber_wide": {"objective": "huber", "alpha": 1.0},
    "quantile": {"objective": "quantile", "alpha": LEVEL},
    "poisson": {"objective": "poisson"},
    "gamma": {"objective": "gamma"},
    "msle": {"objective": "regression"},
    "mape": {"objective": "mape"},
}


def trained(name: str, features: Array, targets: Array, *, classes: int, seed: int) -> Scorer:
    """Train on all rows but some for early stopping; return what predicts scores or values."""
    if classes:
        return _of_classes(name, features, targets, classes, seed)
    link, unshifted = "log1p" if name == "msle" else "", name in {"poisson", "gamma", "mape"}
    values = np.log1p(targets) if link == "log1p" else np.asarray(targets, dtype=float)
    shift = 0.0 if unshifted else float(np.median(values))
    scale = (float(values.mean()) if unshifted else robust_scale(values)) or 1.0
    goals = (values - shift) / scale
    goals = np.maximum(goals, 1e-6) if name == "gamma" else goals
    booster = _fit(VALUES[name], features, goals, seed)

    def values_of(rows: Array) -> Array:
        found = scale * np.asarray(booster.predict(rows)) + shift
        return np.expm1(np.minimum(found, 50.0)) if link == "log1p" else found

    return values_of


def _of_classes(name: str, features: Array, labels: Array, classes: int, seed: int) -> Scorer:
    counts = np.maximum(np.bincount(labels, minlength=classes), 1)
    settings = {"objective": "multiclass", "num_class": classes}
    weights = {
        "balanced": len(labels) / (classes * counts),
        "effective": (1 - 0.999) / (1 - 0.999**counts),
    }.get(name)
    start = np.log(counts / counts.sum()) if name == "logit_adjusted" else None
    own = None if weights is None else weights[labels]
    booster = _fit(settings, features, labels, seed, weights=own, start=start)
    return lambda rows: np.asarray(booster.predict(rows, raw_score=True))


def _fit(
    settings: Mapping[str, Any],
    features: Array,
    goals: Array,
    seed: int,
    *,
    weights: Array | None = None,
    start: Array | None = None,
) -> Any:
    import lightgbm

    order = np.random.default_rng(seed).permutation(len(goals))
    size = max(int(HELD_BACK * len(goals)), 1)

    def part(rows: Array, reference: Any = None) -> Any:
        starts = None if start is None else np.tile(start, (len(rows), 1)).ravel(order="F")
        own = None if weights is None else weights[rows]
        return lightgbm.Dataset(
            features[rows], goals[rows], weight=own, init_score=starts, reference=reference
        )

    used = part(order[size:])
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    return lightgbm.train(
        {**SETTINGS, **settings, "seed": seed}, used, ROUNDS, [part(order[:size], used)],
        callbacks=[stop],
    )  # fmt: skip
