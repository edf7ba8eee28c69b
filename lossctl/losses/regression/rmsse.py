"""Root mean squared scaled error."""

import numpy as np

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.distance.pairwise import norm, norm_slope
from lossctl.losses.builders.scaled_errors import CURVE, SEASON, scaled_error


def of_errors(errors: Array) -> Array:
    """Root of the mean of the squares, (n,)."""
    return norm(errors, 2.0) / np.sqrt(errors.dtype.type(errors.shape[-1]))


def slope(errors: Array) -> Array:
    """Error over the root of the sum of the squares, (n, T); 0 where that is 0."""
    return norm_slope(errors, 2.0) / np.sqrt(errors.dtype.type(errors.shape[-1]))


RMSSE = scaled_error(
    "rmsse",
    title="Root mean squared scaled error",
    of_errors=of_errors,
    slope=slope,
    page=Page(
        summary="RMSSE: √(mean e² / mean of the squared naive errors of the training series)",
        also_called=("M5 competition error",),
        curve=CURVE,
        formula="√{(1/H)·Σ(p_h − t_h)² / [(1/(T − m))·Σ_{i>m} (y_i − y_{i−m})²]}",
        use_when=(
            "means of series of different sizes are forecast, such as sales with many zeros",
            "the forecasts are those of the M5 competition",
        ),
        avoid_when=(
            "the training series is constant: there is no naive error to compare with",
            "a few outliers should not dominate (use mase)",
        ),
        expected={
            "perfect": "0",
            "good": "< 1: better than the naive forecast was in the training series",
            "bad": "> 1",
        },
        references=(
            Reference(
                "Makridakis, Spiliotis & Assimakopoulos, The M5 competition: background, "
                "organization, and implementation (2022)",
                "doi:10.1016/j.ijforecast.2021.07.007",
            ),
            Reference(
                "Hyndman & Koehler, Another look at measures of forecast accuracy (2006)",
                "doi:10.1016/j.ijforecast.2006.03.001",
            ),
        ),
        examples=(
            Example.of(
                0.5,
                "√((1 + 49)/2 = 25) over √((36 + 164)/2 = 100)",
                predictions=[5.0, 0.0],
                targets=[6.0, 7.0],
                training=[0.0, 6.0, 18.80624847486569],
            ),
        ),
        notes=SEASON,
        kinks="all errors 0, where the slope 0 is chosen",
    ),
)
