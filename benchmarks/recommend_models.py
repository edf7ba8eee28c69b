"""A linear model and a network of 32 units, trained with lossctl's own values and gradients.

All losses get the same folds, start, budget and early stopping. Targets of a regression are divided
by their robust standard deviation first, those of log links by their mean.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import minimize

import lossctl
from benchmarks.recommend_data import Array

UNITS = 32
STEPS = 200  # of Adam
RATE = 0.02
DECAY = 1e-3
PATIENCE = 40  # steps without a better loss on the rows held back
HELD_BACK = 0.15
LEVEL = 0.9  # of the pinball loss
MODELS = ("linear", "network")


@dataclass(frozen=True)
class Candidate:
    """A loss as it is trained: its spec and options, and the link of a regression."""

    loss: str
    params: Mapping[str, Any] = field(default_factory=dict)
    link: str = "identity"


CLASSES = {
    "cross_entropy": Candidate("cross_entropy"),
    "balanced": Candidate("cross_entropy", {"class_weights": "balanced"}),
    "effective": Candidate("cross_entropy", {"class_weights": "effective:0.999"}),
    "focal": Candidate("focal", {"gamma": 2.0, "alpha": None, "task": "multiclass"}),
    "logit_adjusted": Candidate("logit_adjusted_cross_entropy"),
    "brier": Candidate("brier"),
    "smoothed": Candidate("cross_entropy", {"label_smoothing": 0.1}),
    "poly1": Candidate("poly1"),
    "margin": Candidate("multi_margin"),
}
VALUES = {
    "mse": Candidate("mse"),
    "mae": Candidate("mae"),
    "huber": Candidate("huber", {"delta": 0.5}),
    "huber_wide": Candidate("huber", {"delta": 1.0}),
    "log_cosh": Candidate("log_cosh"),
    "quantile": Candidate("quantile", {"q": LEVEL}),
    "poisson": Candidate("poisson_nll", {"log_input": True}, "log"),
    "gamma": Candidate("gamma_deviance", {}, "exp"),
    "msle": Candidate("mse", {}, "log1p"),
}
Scorer = Callable[[Array], Array]


def trained(
    candidate: Candidate, model: str, features: Array, targets: Array, *, classes: int, seed: int
) -> Scorer:
    """Train a model; return the function that gives scores (n, C) or values (n,) of features."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(targets))
    size = max(int(HELD_BACK * len(targets)), 1)
    held, used = order[:size], order[size:]
    scale, shift, goals = _goals(candidate, targets, classes)
    losses = [
        lossctl.bind(candidate.loss, goals[rows], threads=1, **_params(candidate, goals, classes))
        for rows in (used, held)
    ]
    outputs = classes or 1

    def shaped(scores: Array) -> Array:
        return scores if classes else scores[:, 0]

    def of(rows: Array, bound: Any, scores: Array) -> tuple[float, Array]:
        flat = shaped(scores)
        if candidate.link == "exp":
            means = np.exp(np.clip(flat, -30, 30))
            value, slope = bound(means)
            return value, (slope * means).reshape(len(rows), outputs)
        value, slope = bound(flat)
        return value, slope.reshape(len(rows), outputs)

    fit = _fit_linear if model == "linear" else _fit_network
    forward = fit(
        (features[used], features[held]),
        lambda scores: of(used, losses[0], scores),
        lambda scores: of(held, losses[1], scores)[0],
        outputs, rng,
    )  # fmt: skip
    return lambda rows: _answer(candidate, shaped(forward(rows)), scale, shift)


def _params(candidate: Candidate, goals: Array, classes: int) -> dict[str, Any]:
    """Return parameters with priors and weights of all training rows."""
    params = dict(candidate.params)
    if not classes:
        return params
    counts = np.maximum(np.bincount(goals, minlength=classes), 1)
    if candidate.loss == "logit_adjusted_cross_entropy":
        params["priors"] = (counts / counts.sum()).tolist()
    rule = params.get("class_weights")
    if rule == "balanced":
        params["class_weights"] = (len(goals) / (classes * counts)).tolist()
    elif rule is not None:
        beta = float(rule.partition(":")[2])
        params["class_weights"] = ((1 - beta) / (1 - beta**counts)).tolist()
    return params


def _goals(candidate: Candidate, targets: Array, classes: int) -> tuple[float, float, Array]:
    """Return scale, shift, and the targets as they are trained on."""
    if classes:
        return 1.0, 0.0, targets
    if candidate.link in {"log", "exp"}:
        scale = float(targets.mean())
        return scale, 0.0, np.maximum(targets / scale, 1e-6 if candidate.link == "exp" else 0.0)
    values = np.log1p(targets) if candidate.link == "log1p" else targets
    middle = float(np.median(values))
    distance = np.abs(values - middle)
    spread = 1.4826 * float(np.median(distance) or np.median(distance[distance > 0]))
    return spread, middle, (values - middle) / spread


def _answer(candidate: Candidate, scores: Array, scale: float, shift: float) -> Array:
    if candidate.link in {"log", "exp"}:
        return scale * np.exp(np.clip(scores, -30, 30))
    values = scale * scores + shift
    return np.expm1(np.minimum(values, 50.0)) if candidate.link == "log1p" else values


def _fit_linear(
    features: tuple[Array, Array],
    value: Callable[[Array], tuple[float, Array]],
    held_value: Callable[[Array], float],
    outputs: int,
    rng: np.random.Generator,
) -> Scorer:
    """L-BFGS from a start off the kink of absolute errors, the best iterate on held rows."""
    used, held = (np.column_stack([each, np.ones(len(each))]) for each in features)
    width = used.shape[1]
    start = 0.01 * rng.normal(size=width * outputs)
    best = [np.inf, start]

    def cost(flat: Array) -> tuple[float, Array]:
        matrix = flat.reshape(width, outputs)
        found, slope = value(used @ matrix)
        penalty = DECAY * matrix
        penalty[-1] = 0.0
        return found + 0.5 * float((penalty * matrix).sum()), (used.T @ slope + penalty).ravel()

    def look(flat: Array) -> None:
        reached = held_value(held @ flat.reshape(width, outputs))
        if reached < best[0]:
            best[:] = [reached, flat.copy()]

    minimize(cost, start, jac=True, method="L-BFGS-B", callback=look, options={"maxiter": 100})
    matrix = np.asarray(best[1]).reshape(width, outputs)
    return lambda rows: rows @ matrix[:-1] + matrix[-1]


def _fit_network(
    features: tuple[Array, Array],
    value: Callable[[Array], tuple[float, Array]],
    held_value: Callable[[Array], float],
    outputs: int,
    rng: np.random.Generator,
) -> Scorer:
    """Adam on all rows; the weights that were best on held rows."""
    used, held = features
    width = used.shape[1]
    weights = [rng.normal(size=(width, UNITS)) * np.sqrt(2 / width), np.zeros(UNITS),
               0.1 * rng.normal(size=(UNITS, outputs)), np.zeros(outputs)]  # fmt: skip
    means, squares = ([np.zeros_like(w) for w in weights] for _ in range(2))
    best, kept, since = np.inf, [w.copy() for w in weights], 0

    def forward(rows: Array, given: list[Array]) -> tuple[Array, Array]:
        hidden = np.maximum(rows @ given[0] + given[1], 0.0)
        return hidden, hidden @ given[2] + given[3]

    for step in range(1, STEPS + 1):
        hidden, scores = forward(used, weights)
        slope = value(scores)[1]
        back = (slope @ weights[2].T) * (hidden > 0)
        slopes = [used.T @ back + DECAY * weights[0], back.sum(axis=0),
                  hidden.T @ slope + DECAY * weights[2], slope.sum(axis=0)]  # fmt: skip
        for at, g in enumerate(slopes):
            means[at] = 0.9 * means[at] + 0.1 * g
            squares[at] = 0.999 * squares[at] + 0.001 * g * g
            unbiased = np.sqrt(squares[at] / (1 - 0.999**step)) + 1e-8
            weights[at] = weights[at] - RATE * means[at] / (1 - 0.9**step) / unbiased
        if step % 5:
            continue
        reached = held_value(forward(held, weights)[1])
        if reached < best:
            best, kept, since = reached, [w.copy() for w in weights], 0
        else:
            since += 5
            if since >= PATIENCE:
                break
    return lambda rows: forward(rows, kept)[1]
