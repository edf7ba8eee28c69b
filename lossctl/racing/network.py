"""Fit a network of one hidden layer to any loss with a gradient, by Adam on all rows."""

from collections.abc import Callable

import numpy as np

from lossctl.core.loss import Array

UNITS = 32
STEPS = 200
RATE = 0.02
DECAY = 1e-3  # of squared weights
PATIENCE = 40  # steps without a better loss on the rows held back


def fit_network(
    features: tuple[Array, Array],
    value: Callable[[Array], tuple[float, Array]],
    held_value: Callable[[Array], float],
    outputs: int,
    rng: np.random.Generator,
) -> Callable[[Array], Array]:
    """Fit 32 rectified units; keep the weights that were best on held rows.

    Parameters and what is returned are those of :func:`lossctl.racing.linear_model.fit_linear`.
    """
    used, held = features
    width = used.shape[1]
    weights = [
        rng.normal(size=(width, UNITS)) * np.sqrt(2 / width),
        np.zeros(UNITS),
        0.1 * rng.normal(size=(UNITS, outputs)),
        np.zeros(outputs),
    ]
    means, squares = ([np.zeros_like(w) for w in weights] for _ in range(2))
    lowest, kept, since = np.inf, [w.copy() for w in weights], 0

    def forward(rows: Array, given: list[Array]) -> tuple[Array, Array]:
        hidden = np.maximum(rows @ given[0] + given[1], 0.0)
        return hidden, hidden @ given[2] + given[3]

    for step in range(1, STEPS + 1):
        hidden, scores = forward(used, weights)
        slope = value(scores)[1]
        back = (slope @ weights[2].T) * (hidden > 0)
        slopes = [
            used.T @ back + DECAY * weights[0],
            back.sum(axis=0),
            hidden.T @ slope + DECAY * weights[2],
            slope.sum(axis=0),
        ]
        for at, g in enumerate(slopes):
            means[at] = 0.9 * means[at] + 0.1 * g
            squares[at] = 0.999 * squares[at] + 0.001 * g * g
            unbiased = np.sqrt(squares[at] / (1 - 0.999**step)) + 1e-8
            weights[at] = weights[at] - RATE * means[at] / (1 - 0.9**step) / unbiased
        if step % 5:
            continue
        reached = held_value(forward(held, weights)[1])
        if reached < lowest:
            lowest, kept, since = reached, [w.copy() for w in weights], 0
        else:
            since += 5
            if since >= PATIENCE:
                break
    return lambda rows: forward(rows, kept)[1]
