"""Fit a linear model to any loss with a gradient, by L-BFGS."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lossctl.core.loss import Array

DECAY = 1e-3  # of squared weights, but for the constant
MOST_STEPS = 100


def fit_linear(
    features: tuple[Array, Array],
    value: Callable[[Array], tuple[float, Array]],
    held_value: Callable[[Array], float],
    outputs: int,
    rng: np.random.Generator,
) -> Callable[[Array], Array]:
    """Fit from a start off the kink of absolute errors; keep what was best on held rows.

    Parameters
    ----------
    features
        (n, p) of rows trained on, and (m, p) of rows held back.
    value
        Takes scores (n, outputs); returns the loss and its gradient.
    held_value
        Takes scores (m, outputs); returns the loss.
    outputs
        Columns of scores.
    rng
        For the start.

    Returns
    -------
    callable
        Takes features and returns scores.
    """
    from scipy import optimize  # noqa: PLC0415 - races only

    minimize: Any = optimize.minimize
    used, held = (np.column_stack([each, np.ones(len(each))]) for each in features)
    width = used.shape[1]
    start = 0.01 * rng.normal(size=width * outputs)
    lowest, best = np.inf, start

    def cost(flat: Array) -> tuple[float, Array]:
        matrix = flat.reshape(width, outputs)
        found, slope = value(used @ matrix)
        penalty = DECAY * matrix
        penalty[-1] = 0.0
        return found + 0.5 * float((penalty * matrix).sum()), (used.T @ slope + penalty).ravel()

    def look(flat: Array) -> None:
        nonlocal lowest, best
        reached = held_value(held @ flat.reshape(width, outputs))
        if reached < lowest:
            lowest, best = reached, flat.copy()

    options = {"maxiter": MOST_STEPS}
    minimize(cost, start, jac=True, method="L-BFGS-B", callback=look, options=options)
    matrix = best.reshape(width, outputs)
    return lambda rows: rows @ matrix[:-1] + matrix[-1]
