"""Mean absolute scaled error."""

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.losses.builders.scaled_errors import CURVE, SEASON, scaled_error


def of_errors(errors: Array) -> Array:
    """Mean of the absolute values, (n,)."""
    return abs(errors).mean(axis=-1)


def slope(errors: Array) -> Array:
    """Sign over the number of steps, (n, T)."""
    return ((errors > 0.0).astype(errors.dtype) - (errors < 0.0)) / errors.shape[-1]


MASE = scaled_error(
    "mase",
    title="Mean absolute scaled error",
    of_errors=of_errors,
    slope=slope,
    page=Page(
        summary="MASE: mean |prediction − target| / mean |naive error| of the training series",
        also_called=("scaled error", "M4 competition error"),
        curve=CURVE,
        formula="(1/H)·Σ|p_h − t_h| / [(1/(T − m))·Σ_{i>m} |y_i − y_{i−m}|]",
        use_when=(
            "forecasts of series of different sizes are compared or averaged",
            "targets are 0 or of both signs, where percentage errors mean nothing",
        ),
        avoid_when=(
            "the training series is constant: there is no naive error to compare with",
            "series should count by their size (use wmape)",
        ),
        expected={
            "perfect": "0",
            "good": "< 1: better than the naive forecast was in the training series",
            "bad": "> 1",
        },
        references=(
            Reference(
                "Hyndman & Koehler, Another look at measures of forecast accuracy (2006)",
                "doi:10.1016/j.ijforecast.2006.03.001",
            ),
            Reference(
                "Makridakis, Spiliotis & Assimakopoulos, The M4 competition (2020)",
                "doi:10.1016/j.ijforecast.2019.04.014",
            ),
        ),
        examples=(
            Example.of(
                0.75,
                "(1 + 2)/2 over (1 + 3)/2",
                predictions=[5.0, 8.0],
                targets=[6.0, 6.0],
                training=[1.0, 2.0, 5.0],
            ),
            Example.of(
                0.5,
                "season 2: 1 over (4 + 0)/2",
                {"season": 2},
                predictions=[5.0],
                targets=[6.0],
                training=[1.0, 2.0, 5.0, 2.0],
            ),
        ),
        notes=SEASON,
        kinks="an error of 0, where the slope 0 is chosen",
    ),
)
