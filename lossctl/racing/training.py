"""Train a linear model or a network on features, with lossctl's own values and gradients.

All losses get the same folds, start, budget and early stopping. Targets of a regression are divided
by their robust standard deviation first, those of log links by their mean.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from lossctl.api import bind
from lossctl.core.loss import Array
from lossctl.racing.candidates import Candidate
from lossctl.racing.linear_model import fit_linear
from lossctl.racing.network import fit_network
from lossctl.recommender.robust_scale import robust_scale

HELD_BACK = 0.15  # of the rows trained on, for early stopping
MODELS = ("linear", "network")
Scorer = Callable[[Array], Array]


def one_thread() -> AbstractContextManager[Any]:
    """Let libraries of matrices use one thread, where threadpoolctl is there to say so.

    The matrices are small: threads would wait for each other, ten times as long as they compute.
    """
    if find_spec("threadpoolctl") is None:
        return nullcontext()
    limits: AbstractContextManager[Any] = import_module("threadpoolctl").threadpool_limits(1)
    return limits


def trained(
    candidate: Candidate,
    model: str,
    features: Array,
    targets: Array,
    *,
    classes: int,
    seed: int,
) -> Scorer:
    """Train a model.

    Parameters
    ----------
    candidate
        The loss.
    model
        ``linear`` or ``network``.
    features
        (n, p), standardised.
    targets
        (n,) classes from 0, or values.
    classes
        How many classes there are, 0 of values.
    seed
        Of the start and of the rows held back.

    Returns
    -------
    callable
        Takes features (m, p) and returns scores (m, C), (m,) logits of the second of two classes
        where the loss reads those, or values (m,).
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(targets))
    size = max(int(HELD_BACK * len(targets)), 1)
    held, used = order[:size], order[size:]
    scale, shift, goals = _goals(candidate, targets, classes)
    params = _params(candidate, goals, classes, scale)
    losses = [bind(candidate.loss, goals[rows], threads=1, **params) for rows in (used, held)]
    outputs = 1 if candidate.one_score else classes or 1

    def shaped(scores: Array) -> Array:
        return scores if outputs > 1 else scores[:, 0]

    def of(rows: Array, bound: Any, scores: Array) -> tuple[float, Array]:
        flat = shaped(scores)
        if candidate.link == "exp":
            means = np.exp(np.clip(flat, -30, 30))
            value, slope = bound(means)
            return value, (slope * means).reshape(len(rows), outputs)
        value, slope = bound(flat)
        return value, slope.reshape(len(rows), outputs)

    fit = fit_linear if model == "linear" else fit_network
    forward = fit(
        (features[used], features[held]),
        lambda scores: of(used, losses[0], scores),
        lambda scores: of(held, losses[1], scores)[0],
        outputs,
        rng,
    )
    return lambda rows: _answer(candidate, shaped(forward(rows)), scale, shift)


def _params(candidate: Candidate, goals: Array, classes: int, scale: float) -> dict[str, Any]:
    """Return parameters with priors and weights of all training rows, in units of the goals."""
    params: dict[str, Any] = dict(candidate.params)
    if not classes:
        if candidate.unit:
            params[candidate.unit] = float(params[candidate.unit]) / scale
        return params
    counts = np.maximum(np.bincount(goals, minlength=classes), 1)
    if candidate.loss == "logit_adjusted_cross_entropy":
        params["priors"] = (counts / counts.sum()).tolist()
    rule = params.get("class_weights")
    if rule == "balanced":
        params["class_weights"] = (len(goals) / (classes * counts)).tolist()
    elif isinstance(rule, str):
        beta = float(rule.partition(":")[2])
        params["class_weights"] = ((1 - beta) / (1 - beta**counts)).tolist()
    if params.get("pos_weight") == "balanced":
        params["pos_weight"] = float(counts[0] / counts[1])
    return params


def _goals(candidate: Candidate, targets: Array, classes: int) -> tuple[float, float, Array]:
    """Return scale, shift, and the targets as they are trained on."""
    if classes:
        return 1.0, 0.0, targets
    if candidate.link in {"log", "exp", "scale"}:
        scale = float(targets.mean()) or 1.0
        return scale, 0.0, np.maximum(targets / scale, 1e-6 if candidate.link == "exp" else 0.0)
    values = np.log1p(targets) if candidate.link == "log1p" else targets
    middle = float(np.median(values))
    spread = robust_scale(values) or 1.0
    return spread, middle, (values - middle) / spread


def _answer(candidate: Candidate, scores: Array, scale: float, shift: float) -> Array:
    """Return scores of classes, or values in units of the targets."""
    if candidate.link in {"log", "exp"}:
        return np.asarray(scale * np.exp(np.clip(scores, -30, 30)))
    values = scale * scores + shift
    return np.expm1(np.minimum(values, 50.0)) if candidate.link == "log1p" else values
