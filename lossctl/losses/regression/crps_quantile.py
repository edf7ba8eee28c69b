"""CRPS of a forecast given as quantiles."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lossctl.core.loss import Array, Curve, Example, Form, Loss, Page, Reference
from lossctl.losses.builders.elementwise import PREDICTED_VALUES, TARGET_VALUES
from lossctl.losses.regression.quantile import QUANTILE, crossing_note


def doubled(form: Form) -> Form:
    """Return the functions of twice a loss."""

    def terms(*arrays: Array, **params: Any) -> dict[str, Any]:
        found = form.terms(*arrays, **params)
        return {**found, "loss": 2.0 * found["loss"]}

    def vjp(*arrays: Array, slopes: Any, **params: Any) -> Mapping[str, Array]:
        return form.vjp(*arrays, slopes={"loss": 2.0 * slopes["loss"]}, **params)

    return replace(form, terms=terms, vjp=vjp, totals=None)  # those are of the loss itself


CRPS_QUANTILE = Loss(
    "crps_quantile",
    "CRPS of predicted quantiles",
    ("regression", "forecasting", "uncertainty"),
    (
        replace(
            PREDICTED_VALUES,
            axes="item [quantile]",
            help="predicted quantiles of each item along the last axis: (N, Q)",
        ),
        replace(TARGET_VALUES, help="true values, one per item"),
    ),
    tuple(map(doubled, QUANTILE.forms)),
    params=(
        replace(
            QUANTILE.params[0],
            help="Quantile levels, one for each column: [0.1, 0.3, 0.5, 0.7, 0.9].",
        ),
    ),
    notes=crossing_note,
    page=Page(
        summary="CRPS of quantiles: 2 × mean of the quantile losses, approximates the CRPS",
        also_called=("mean weighted quantile loss", "multi-quantile loss", "quantile score"),
        curve=Curve(
            "e = p − t of the median alone",
            -3.0,
            3.0,
            lambda x: ([x], [0.0]),
        ),
        formula="(2/Q)·Σ_k max(q_k·(t − p_k), (q_k − 1)·(t − p_k))",
        use_when=(
            "a distribution is forecast as quantiles, evenly spaced between 0 and 1",
            "forecasts by quantiles are to be compared with others by their CRPS",
        ),
        avoid_when=(
            "quantiles are few or lie at one end only: the mean is then no CRPS (use quantile)",
            "the forecast is Gaussian (use crps_gaussian) or a sample (use crps_ensemble)",
        ),
        expected={
            "perfect": "0: all quantiles at the target",
            "chance": "that of the quantiles of the targets",
        },
        references=(
            Reference(
                "Laio & Tamea, Verification tools for probabilistic forecasts of continuous "
                "hydrological variables (2007): CRPS as an integral of quantile losses",
                "doi:10.5194/hess-11-1267-2007",
            ),
            Reference(
                "Bracher et al., Evaluating epidemic forecasts in an interval format (2021)",
                "arXiv:2005.12881",
            ),
        ),
        examples=(
            Example(
                [[1.0, 2.0, 4.0], [3.0, 2.0, 1.0]],
                [2.0, 2.0],
                0.75,
                {"q": [0.25, 0.5, 0.75]},
                "2·(¼·1 + 0 + ¼·2)/3 and 2·(¾·1 + 0 + ¾·1)/3: (0.5 + 1) / 2",
            ),
        ),
        notes=(
            (
                "with levels (k − ½)/Q it is the CRPS of the distribution that gives each quantile "
                "the probability 1/Q"
            ),
            "it is twice the value of quantile with several levels",
        ),
        kinks="a quantile at the target, where the slope 0 is chosen",
    ),
)
