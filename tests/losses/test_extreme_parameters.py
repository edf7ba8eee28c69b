"""Parameters as large and as small as floats are: a value, inf, or one message, and no crash."""

import math
import warnings
from contextlib import suppress

import numpy as np
import pytest

from lossctl.api import value_and_gradient
from lossctl.core.domain import Interval, Nullable, ScalarOrList
from lossctl.core.errors import LossctlError
from lossctl.core.loss import Loss
from lossctl.losses.catalogue import every_loss

EXTREMES = (1e308, 1e154, 1e-160, 5e-324, -1e308, 0.0)


def interval_of(domain: object) -> Interval | None:
    """Return the numbers that a parameter may be, alone."""
    while isinstance(domain, Nullable | ScalarOrList):
        domain = domain.domain
    return domain if isinstance(domain, Interval) else None


CASES = [
    pytest.param(loss, param.name, value, id=f"{loss.id}-{param.name}-{value}")
    for loss in every_loss()
    for param in loss.params
    if (interval := interval_of(param.domain)) is not None
    for value in EXTREMES
    if value in interval
]


@pytest.mark.parametrize(("loss", "name", "value"), CASES)
def test_extreme_parameters(loss: Loss, name: str, value: float) -> None:
    example = next(iter(loss.page.examples))
    arrays = [np.asarray(one) for one in example.arrays(loss.inputs)]
    with warnings.catch_warnings(), suppress(LossctlError):  # which has a message of its own
        warnings.simplefilter("error")
        result, _ = value_and_gradient(loss.id, *arrays, **{**example.params, name: value})
        assert result.status == ("ok" if math.isfinite(result.value) else "nonfinite")
