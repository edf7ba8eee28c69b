"""What the losses of quantified rules share: one truth for all rows, compared with a level."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lossctl.core.domain import POSITIVE, UNIT, Interval
from lossctl.core.loss import Array, Form, Input, Loss, Page, Pooled
from lossctl.core.param import Param
from lossctl.kernels.quantifiers import Quantifier
from lossctl.kernels.safe_divide import over

EXPONENT = Param("p", 2.0, Interval(1.0, 64.0), "Exponent of the mean: high looks at extremes.")
TRUTHS = Input(
    "predictions",
    "item",
    "truth",
    "truth values of one rule in each row",
    domain=UNIT,
    differentiable=True,
)
LEVELS = Input(
    "targets", "item", "truth", "truth wanted of the rule, 1 when not given", default=1.0
)


def quantified_loss(
    loss_id: str,
    *,
    title: str,
    quantifier: Quantifier,
    page: Page,
    params: Sequence[Param] = (EXPONENT,),
) -> Loss:
    """Declare ((level − truth of the quantified rule) / τ)², a function of sums over the rows.

    The level is the mean of the targets.
    """

    def terms(predictions: Array, targets: Array, *, p: float = 1.0, **_: Any) -> dict[str, Any]:
        return {"power": quantifier.transform(predictions, p), "wanted": targets, "weight": 1.0}

    def pullback(
        predictions: Array, _: Array, *, slopes: Any, p: float = 1.0, **__: Any
    ) -> dict[str, Array]:
        return {"predictions": slopes["power"] * quantifier.transform_slope(predictions, p)}

    def finish(
        *, power: Any, wanted: Any, weight: Any, temperature: float, p: float = 1.0, **_: Any
    ) -> Any:
        truth = quantifier.carry(_mean(power, weight), p)
        return ((_mean(wanted, weight) - truth) / temperature) ** 2

    def finish_slope(
        *, power: Any, wanted: Any, weight: Any, temperature: float, p: float = 1.0, **_: Any
    ) -> Mapping[str, Any]:
        mean = _mean(power, weight)
        outer = 2.0 * (quantifier.carry(mean, p) - _mean(wanted, weight)) / temperature**2
        return {"power": _mean(outer * quantifier.carry_slope(mean, p), weight)}

    return Loss(
        loss_id,
        title,
        ("logic",),
        (TRUTHS, LEVELS),
        (Form("item", "values", terms, pullback),),
        page,
        (Param("temperature", 1.0, POSITIVE, "Softness: higher forgives more."), *params),
        finish=finish,
        finish_slope=finish_slope,
        reduction=Pooled(),
    )


def _mean(total: Any, weight: Any) -> Any:
    """Return total / weight; of a sample without weight, which takes no part in the value, 0."""
    return total / weight if np.ndim(weight) == 0 else over(np.asarray(total), weight)
