"""Expectile loss."""

from lossctl.core.domain import UNIT, Param
from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.kernels.numeric.pointwise import tilted
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL, elementwise


def value(predictions: Array, targets: Array, *, tau: float) -> Array:
    """Weigh the squared residual: tau where the prediction is too low, 1 − tau where too high."""
    residual = predictions - targets
    return residual * tilted(residual, -tau, 1.0 - tau)


def slope(predictions: Array, targets: Array, *, tau: float) -> Array:
    """Twice the residual, so weighed."""
    return 2.0 * tilted(predictions - targets, -tau, 1.0 - tau)


EXPECTILE = elementwise(
    "expectile",
    title="Expectile loss",
    tasks=("regression", "forecasting"),
    inputs=REGRESSION,
    value=value,
    slope=slope,
    params=(
        Param("tau", 0.5, UNIT, "Weight of under-predictions; over-predictions have 1 − tau."),
    ),
    context="convex",
    page=Page(
        summary="Asymmetric squared error |τ − 1[t < p]|·(p − t)²; minimised by the τ-expectile",
        also_called=("asymmetric squared loss", "expectile regression"),
        curve=RESIDUAL,
        formula="|τ − 1[t < p]|·e²,  e = p − t",
        use_when=(
            "over- and under-prediction cost differently and large errors are especially bad",
            "a coherent risk measure is wanted, which a quantile is not",
            "values of the best action are learnt from data alone (implicit Q-learning)",
        ),
        avoid_when=(
            "a given share of targets must lie below the prediction (use quantile)",
            "targets hold outliers: each counts by its square",
        ),
        expected={
            "perfect": "0",
            "chance": "at tau = 0.5, half the variance of the targets",
        },
        references=(
            Reference(
                "Newey & Powell, Asymmetric least squares estimation and testing (1987)",
                "doi:10.2307/1911031",
            ),
            Reference(
                "Kostrikov et al., Offline reinforcement learning with implicit Q-learning (2021)",
                "arXiv:2110.06169",
            ),
        ),
        examples=(
            Example([1.0, 3.0], [3.0, 2.0], 1.625, {"tau": 0.75}, "(¾·2² + ¼·1²) / 2"),
            Example([1.0, 3.0], [3.0, 2.0], 1.25, {}, "(½·2² + ½·1²) / 2: half of mse"),
        ),
        notes=(
            "at tau = 0.5 it is half of mse",
            "some write 1[t ≤ p] or take e = t − p; the loss is the same, for at e = 0 it is 0",
        ),
    ),
)
