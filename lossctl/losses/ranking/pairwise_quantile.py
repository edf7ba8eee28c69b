"""Pairwise quantile regression loss of lists."""

import numpy as np

from lossctl.core.domain import Flag, Interval, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import tilted
from lossctl.losses.builders.ranking_lists import MARGIN
from lossctl.losses.builders.ranking_pairs import NOTES, pair_loss


def cost(residual: Array, *, tau: float, squared: bool) -> Array:
    """The size of the residual, or its square: τ times where the gap of scores is too small."""
    size = residual if squared else np.sign(residual)
    return tilted(size, -tau, 1.0 - tau) * residual


def cost_slope(residual: Array, *, tau: float, squared: bool) -> Array:
    """−τ where the gap is too small, 1 − τ where it is too large; or twice the residual so."""
    size = 2.0 * residual if squared else np.sign(residual)
    return tilted(size, -tau, 1.0 - tau)


PAIRWISE_QUANTILE = pair_loss(
    "pairwise_quantile",
    title="Pairwise quantile regression",
    cost=cost,
    cost_slope=cost_slope,
    of_residuals=True,
    tasks=("ranking", "regression"),
    params=(
        Param(
            "tau",
            0.5,
            Interval(0.0, 1.0, "right"),
            "Weight of gaps that are too small; those that are too large have 1 − tau.",
        ),
        Param("squared", default=False, domain=Flag(), help="Squares the residuals of the gaps."),
    ),
    page=Page(
        summary="Pairwise quantile regression: pinball loss of score gaps against relevance gaps",
        also_called=("pairwise pinball loss", "quantile regression of pairs"),
        curve=MARGIN,
        formula="mean over pairs with y_i > y_j of τ·max(0, −r) + (1 − τ)·max(0, r),  "
        "r = (s_i − s_j) − (y_i − y_j);  squared: of their squares",
        use_when=(
            "gaps between grades have a meaning, and too small gaps are worse than too large ones",
            "relevance has outliers, which pairwise_mse would square",
        ),
        avoid_when=(
            "only the order matters (use ranknet or pairwise_hinge)",
            "the scores themselves are wanted (use quantile)",
        ),
        expected={
            "perfect": "0: all gaps of scores are those of the relevance",
            "chance": "τ × the mean gap of relevance, for equal scores",
            "bad": "above that",
        },
        references=(
            Reference(
                "Jagerman et al., Rax: composable learning-to-rank using JAX (2022)",
                "doi:10.1145/3534678.3539065",
            ),
        ),
        examples=(
            Example.of(
                0.5,
                "residuals 0 − 1 and 3 − 1: (0.75·1 + 0.25·2 + 0.25·1) / 3",
                {"tau": 0.75},
                predictions=[0.0, 0.0, -3.0],
                targets=[2.0, 1.0, 0.0],
            ),
            Example.of(
                2.0,
                "one residual of 2: ½·2²",
                {"squared": True},
                predictions=[3.0, 0.0],
                targets=[1.0, 0.0],
            ),
        ),
        notes=(*NOTES, "equal relevance makes no pair, where pairwise_mse counts all"),
        kinks="a gap of scores equal to that of the relevance: slope 0, unless squared",
    ),
)
