"""Interval (Winkler) score."""

from collections.abc import Mapping, Sequence
from typing import Any

from lossctl.core.domain import Interval, Param
from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.numeric.pointwise import relu, relu_slope
from lossctl.losses.builders.records import record_loss


def value(lower: Array, upper: Array, targets: Array, *, alpha: float) -> Mapping[str, Any]:
    """Width, and 2/α times the distance of what lies outside; and where the ends cross."""
    outside = relu(lower - targets) + relu(targets - upper)
    return {"loss": (upper - lower) + (2.0 / alpha) * outside, "crossed": upper < lower}


def slopes(lower: Array, upper: Array, targets: Array, *, alpha: float) -> Mapping[str, Array]:
    """2/α for the end that the target is beyond, less the width."""
    below, above = relu_slope(lower - targets), relu_slope(targets - upper)
    return {"lower": (2.0 / alpha) * below - 1.0, "upper": 1.0 - (2.0 / alpha) * above}


def crossing_note(*, crossed: float, **_: Any) -> Sequence[str]:
    """Say how many intervals end before they begin."""
    if not crossed:
        return ()
    return (f"the lower end is above the upper one in {crossed:g} of the intervals",)


INTERVAL = record_loss(
    "interval",
    title="Interval score",
    tasks=("regression", "forecasting", "uncertainty"),
    inputs=(
        Input("lower", "item", "value", "lower ends of the intervals", differentiable=True),
        Input("upper", "item", "value", "upper ends of the intervals", differentiable=True),
        Input("targets", "item", "value", "true values"),
    ),
    packs=("lower", "upper"),
    value=value,
    slopes=slopes,
    counts=("crossed",),
    notes=crossing_note,
    params=(
        Param(
            "alpha",
            0.1,
            Interval(0.0, 1.0, "neither"),
            "Share of targets outside: 0.1 for intervals of 90 %.",
        ),
    ),
    page=Page(
        summary="Interval (Winkler) score: width + 2/α × distance of the target outside of it",
        also_called=("Winkler score", "Gneiting-Raftery interval score", "mean interval score"),
        curve=Curve(
            "target, for the interval from 0 to 1", -1.0, 2.0, lambda x: ([0.0], [1.0], [x])
        ),
        formula="(u − l) + (2/α)·max(0, l − t) + (2/α)·max(0, t − u)",
        use_when=(
            "central prediction intervals are forecast: narrow ones that hold 1 − α of the targets",
            "intervals of several models are compared by one number",
        ),
        avoid_when=(
            "one end is of interest (use quantile)",
            "the whole distribution is forecast (use crps_quantile or crps_gaussian)",
        ),
        expected={
            "perfect": "0: both ends at the target",
            "good": "about 4.1 σ for Gaussian noise and α = 0.1",
            "chance": "that of the α/2 and 1 − α/2 quantiles of the targets",
        },
        references=(
            Reference(
                "Winkler, A decision-theoretic approach to interval estimation (1972)",
                "doi:10.1080/01621459.1972.10481224",
            ),
            Reference(
                "Gneiting & Raftery, Strictly proper scoring rules, prediction, and estimation "
                "(2007), equation 43",
                "doi:10.1198/016214506000001437",
            ),
        ),
        examples=(
            Example.of(
                6.0,
                "width 2 inside, width 2 and 2/½·2 for the target 2 above: (2 + 10) / 2",
                {"alpha": 0.5},
                lower=[0.0, 0.0],
                upper=[2.0, 2.0],
                targets=[1.0, 4.0],
            ),
        ),
        notes=(
            "it is 2/α times the sum of the quantile losses at α/2 and 1 − α/2",
            "intervals of another share need their own alpha: 0.05 for 95 %",
        ),
        kinks="the ends of the interval, where the slope of its width is chosen",
    ),
)
