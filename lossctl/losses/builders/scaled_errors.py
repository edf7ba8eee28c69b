"""Build losses of forecasts: errors over those of the naive forecast of the training series."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lossctl.core.domain import IntegerRange, Param
from lossctl.core.loss import Array, Curve, Input, Loss, Page
from lossctl.losses.builders.records import record_loss

SEASON = (
    (
        "one item is one series: (T,) of one, (N, T) of several, each with its training series; "
        "the mean is over series"
    ),
    "season is the step of the naive forecast: 12 for months, 7 for days of a week",
)
CURVE = Curve(
    "error of one step, the naive forecast being off by 1",
    -3.0,
    3.0,
    lambda x: {"predictions": [x], "targets": [0.0], "training": [0.0, 1.0]},
)
Function = Callable[[Array], Array]


def scaled_error(
    loss_id: str, *, title: str, of_errors: Function, slope: Function, page: Page
) -> Loss:
    """Declare a loss of the errors of a series, over that of the naive forecast.

    `of_errors(errors)` takes errors (n, T) and gives one number a series, (n,), in proportion to
    them; `slope(errors)` its derivative, (n, T).
    """

    def value(predictions: Array, targets: Array, training: Array, *, season: int) -> Array:
        return of_errors(predictions - targets) / of_errors(naive_errors(training, season))

    def slopes(
        predictions: Array, targets: Array, training: Array, *, season: int
    ) -> dict[str, Array]:
        scale = of_errors(naive_errors(training, season))
        return {"predictions": slope(predictions - targets) / scale[:, None]}

    return record_loss(
        loss_id,
        title=title,
        tasks=("forecasting", "regression"),
        inputs=(
            Input(
                "predictions", "item time", "value", "forecasts of a series", differentiable=True
            ),
            Input("targets", "item time", "value", "the values that were forecast"),
            Input("training", "item past", "value", "the series before, which may be longer"),
        ),
        value=value,
        slopes=slopes,
        faults=faults,
        sample=sample,
        params=(
            Param("season", 1, IntegerRange(1), "Steps between a value and its naive forecast."),
        ),
        page=page,
    )


def naive_errors(training: Array, season: int) -> Array:
    """Return the errors of the forecast that repeats the value of a season before, (n, T − m)."""
    return training[:, season:] - training[:, :-season]


def faults(
    _predictions: Array, _targets: Array, training: Array, *, season: int
) -> list[tuple[str, Array, str]]:
    """Find training series that are too short, or repeat themselves."""
    count, length = training.shape
    if length <= season:
        message = f"{{where}} has {length} values: too short for season={season}, which needs more"
        return [("training", np.ones(count, bool), message)]
    flat = np.logical_not(naive_errors(training, season).any(axis=1))
    message = f"{{where}} repeats itself with season={season}: the naive forecast has no error"
    return [("training", flat, message)]


def sample(
    rng: np.random.Generator, items: int, params: Mapping[str, Any]
) -> tuple[Array, Array, Array]:
    """Draw series, the training series longer than a season."""
    past = 2 * int(params["season"]) + 3
    forecasts, targets = rng.normal(scale=2.0, size=(2, items, 6))
    return forecasts, targets, rng.normal(scale=2.0, size=(items, past))
