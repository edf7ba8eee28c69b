"""The plain NumPy one-liner for each loss, as people write it. Not stable, not threaded."""

from collections.abc import Callable
from typing import Any

import numpy as np


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def _bce(p: Any, t: Any) -> Any:
    return -(t * np.log(p) + (1 - t) * np.log(1 - p))


def _focal(z: Any, t: Any) -> Any:
    p = _sigmoid(z)
    truth = p * t + (1 - p) * (1 - t)
    return ((0.25 * t + 0.75 * (1 - t)) * (1 - truth) ** 2 * -np.log(truth)).mean()


def _cross_entropy(z: Any, y: Any) -> Any:
    return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).mean()


def _overlap(z: Any, t: Any, false_alarms: float, misses: float) -> Any:
    p = _sigmoid(z)
    shared = (p * t).sum()
    whole = shared + false_alarms * (p * (1 - t)).sum() + misses * ((1 - p) * t).sum()
    return 1 - (shared + 1e-6) / (whole + 1e-6)


LOSSES: dict[str, Callable[..., Any]] = {
    "mse": lambda p, t: ((p - t) ** 2).mean(),
    "mae": lambda p, t: np.abs(p - t).mean(),
    "huber": lambda p, t: np.where(
        np.abs(p - t) <= 1, 0.5 * (p - t) ** 2, np.abs(p - t) - 0.5
    ).mean(),
    "smooth_l1": lambda p, t: np.where(
        np.abs(p - t) <= 1, 0.5 * (p - t) ** 2, np.abs(p - t) - 0.5
    ).mean(),
    "quantile": lambda p, t: np.maximum(0.9 * (t - p), -0.1 * (t - p)).mean(),
    "log_cosh": lambda p, t: np.log(np.cosh(p - t)).mean(),
    "mape": lambda p, t: np.abs((t - p) / t).mean(),
    "msle": lambda p, t: ((np.log1p(p) - np.log1p(t)) ** 2).mean(),
    "poisson_nll": lambda p, t: (np.exp(p) - t * p).mean(),
    "gaussian_nll": lambda p, v, t: (0.5 * (np.log(v) + (p - t) ** 2 / v)).mean(),
    "poisson_deviance": lambda p, t: (2 * (t * np.log(t / p) - t + p)).mean(),
    "gamma_deviance": lambda p, t: (2 * (np.log(p / t) + t / p - 1)).mean(),
    "tweedie_deviance": lambda p, t: (
        2 * (t**0.5 / -0.25 + t * p**-0.5 / 0.5 + p**0.5 / 0.5)
    ).mean(),
    "bce": lambda p, t: _bce(p, t).mean(),
    "bce_with_logits": lambda z, t: _bce(_sigmoid(z), t).mean(),
    "focal": _focal,
    "brier": lambda p, t: ((p - t) ** 2).mean(),
    "hinge": lambda z, t: np.maximum(1 - z * t, 0).mean(),
    "squared_hinge": lambda z, t: (np.maximum(1 - z * t, 0) ** 2).mean(),
    "soft_margin": lambda z, t: np.log1p(np.exp(-z * t)).mean(),
    "dice": lambda z, t: _overlap(z, t, 0.5, 0.5),
    "jaccard": lambda z, t: _overlap(z, t, 1.0, 1.0),
    "tversky": lambda z, t: _overlap(z, t, 0.3, 0.7),
    "cross_entropy": _cross_entropy,
    "log_loss": lambda p, y: -np.log(p[np.arange(len(y)), y]).mean(),
    "nll": lambda z, y: -z[np.arange(len(y)), y].mean(),
    "kl_divergence": lambda z, t: (t * (np.log(t) - z)).sum(axis=1).mean(),
    "poly1": lambda z, y: (
        _cross_entropy(z, y) + (1 - np.exp(z[np.arange(len(y)), y]) / np.exp(z).sum(axis=1)).mean()
    ),
    "multi_margin": lambda z, y: (
        (np.maximum(1 - z[np.arange(len(y)), y][:, None] + z, 0).sum(axis=1) - 1) / z.shape[1]
    ).mean(),
    "multilabel_soft_margin": lambda z, t: _bce(_sigmoid(z), t).mean(),
    "margin_ranking": lambda a, b, t: np.maximum(-t * (a - b), 0).mean(),
    "hinge_embedding": lambda d, t: np.where(t == 1, d, np.maximum(1 - d, 0)).mean(),
    "triplet": lambda a, p, n: np.maximum(
        np.linalg.norm(a - p, axis=1) - np.linalg.norm(a - n, axis=1) + 1, 0
    ).mean(),
    "cosine_distance": lambda a, b: (
        1 - (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    ).mean(),
}


def call(name: str, arrays: tuple[Any, ...]) -> Callable[[], float] | None:
    """Return the call to time, or None where there is no one-liner."""
    if name not in LOSSES:
        return None
    return lambda: float(LOSSES[name](*arrays))
