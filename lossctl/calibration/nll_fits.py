"""Fits of the log-loss of scores: one temperature, or a slope and a shift (Platt's scaling)."""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.probability.logistic import expected_nll, sigmoid

COLDEST, HOTTEST = 0.05, 20.0  # the range of a temperature
BEYOND = f"the best is beyond its range, {COLDEST:g} to {HOTTEST:g}"
AT_THE_END = 0.01  # of a logarithm: as near to an end of the range as golden sections come


def probabilities_and_logits(scores: Array, form: str) -> tuple[Array, Array]:
    """Return probabilities (n, C) and logits (n,) or (n, C) of scores, by whether they are either.

    A softmax of two is the sigmoid of their difference: two columns become one of logits.
    """
    if scores.ndim == 1:
        tiny = 1e-12
        clipped = np.clip(scores, tiny, 1 - tiny)
        logits = np.log(clipped / (1 - clipped)) if form == "probabilities" else scores
        positive = 1 / (1 + np.exp(-np.clip(logits, -500, 500)))
        return np.stack([1 - positive, positive], axis=1), logits
    logits = np.log(np.maximum(scores, 1e-12)) if form == "probabilities" else scores
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = shifted / shifted.sum(axis=1, keepdims=True)
    return probabilities, logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits


def nll(labels: Array, logits: Array) -> Array:
    """Return −log p of the labels under logits (n,) or (n, C)."""
    if logits.ndim == 1:
        sign = np.where(labels == 1, -logits, logits)
        return np.maximum(sign, 0) + np.log1p(np.exp(-np.abs(sign)))
    return logsumexp(logits) - logits[np.arange(len(labels)), labels]


def logsumexp(logits: Array) -> Array:
    """Return log Σ exp of each row."""
    top = logits.max(axis=1)
    return top + np.log(np.sum(np.exp(logits - top[:, None]), axis=1))


def temperature(labels: Array, logits: Array, weights: Array | None = None) -> float | None:
    """Minimise the log-loss over one temperature.

    None where that lies at an end of the range: the best one is beyond it, if there is one at all.
    A cut that separates the labels wants 0, scores that say nothing of them want infinity.
    """
    # By golden sections of the logarithm: halving and doubling are steps of one size.
    ratio = (math.sqrt(5) - 1) / 2
    low, high = ends = math.log(COLDEST), math.log(HOTTEST)

    def cost(log_heat: float) -> float:
        return float(np.average(nll(labels, logits / math.exp(log_heat)), weights=weights))

    for _ in range(40):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if cost(left) < cost(right):
            high = right
        else:
            low = left
    found = 0.5 * (low + high)
    at_the_end = min(abs(found - end) for end in ends) < AT_THE_END
    return None if at_the_end else math.exp(found)


def platt(labels: Array, logits: Array) -> tuple[float, float] | None:
    """Fit slope and shift of the logits on Platt's targets.

    His targets, (n₊ + 1)/(n₊ + 2) and 1/(n₋ + 2), have a minimum even where a cut separates the
    classes. None where all scores are equal, or are not finite.
    """
    ones = int(np.count_nonzero(labels))
    others = len(labels) - ones
    goals = np.where(labels == 1, (ones + 1) / (ones + 2), 1 / (others + 2))
    line = logistic_line(goals, logits, start=math.log((ones + 1) / (others + 1)))
    return None if line is None else (line.slope, line.shift)


class Line(NamedTuple):
    """The slope and shift of logits that fit best, and their standard errors."""

    slope: float
    shift: float
    slope_error: float
    shift_error: float


def logistic_line(
    goals: Array, logits: Array, weights: Array | None = None, start: float = 0.0
) -> Line | None:
    """Fit slope and shift of the logits (n,) to targets in [0, 1], by damped Newton steps.

    None where all scores are equal or not finite, or where there is no minimum: a cut separates
    the classes.
    """
    centre, scale = float(logits.mean()), float(logits.std())
    if not (math.isfinite(scale) and scale > 0):
        return None
    unit = (logits - centre) / scale
    own = np.ones(len(goals)) if weights is None else weights / weights.mean()
    line = np.array([0.0, start])
    cost_of = partial(_soft_nll, goals, unit, own)
    cost = cost_of(line)
    for _ in range(100):
        chances = sigmoid(line[0] * unit + line[1])
        gap, weight = own * (chances - goals), own * chances * (1 - chances)
        gradient = np.array([np.dot(gap, unit), gap.sum()])
        cross = np.dot(weight, unit)
        curve = np.array([[np.dot(weight, unit**2), cross], [cross, weight.sum()]])
        step = np.linalg.solve(curve + 1e-12 * len(goals) * np.eye(2), gradient)
        step, line, cost, before = *_damped(cost_of, line, step, cost), cost
        if float(np.abs(step).max()) < 1e-8 or before - cost < 1e-13 * cost:
            slope = float(line[0]) / scale
            errors = _errors(curve, centre, scale)
            return Line(slope, float(line[1]) - slope * centre, *errors)
    return None


def _errors(curve: Array, centre: float, scale: float) -> tuple[float, float]:
    """Return the standard errors of slope and shift, by the curvature of the log-loss."""
    if np.linalg.cond(curve) > 1e12:
        return math.inf, math.inf
    spread = np.linalg.inv(curve)
    back = np.array([[1 / scale, 0.0], [-centre / scale, 1.0]])
    variances = np.diag(back @ spread @ back.T)
    return math.sqrt(float(variances[0])), math.sqrt(float(variances[1]))


def _soft_nll(goals: Array, unit: Array, weights: Array, line: Array) -> float:
    """Return the cross-entropy of soft targets."""
    return float(np.mean(weights * expected_nll(goals, line[0] * unit + line[1])))


def _damped(
    cost_of: Callable[[Array], float], line: Array, step: Array, cost: float
) -> tuple[Array, Array, float]:
    """Halve a Newton step until the log-loss is no greater; return step, line and log-loss."""
    for _ in range(40):
        tried = line - step
        reached = cost_of(tried)
        if reached <= cost:
            return step, tried, reached
        step = 0.5 * step
    return np.zeros(2), line, cost
