"""What to do with embeddings of zeros, whose direction nobody knows."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lossctl.core.domain import Choice
from lossctl.core.loss import Array
from lossctl.core.param import Param

ZERO_VECTOR = Param(
    "zero_vector",
    "orthogonal",
    Choice(("orthogonal", "refuse")),
    "A vector of zeros has cosine 0 with everything, or is an error.",
)


def blank_faults(*names: str) -> Callable[..., list[tuple[str, Array, str]]]:
    """Return the `faults` of a loss whose first inputs have these names."""

    def faults(*arrays: Array, zero_vector: str, **_: Any) -> list[tuple[str, Array, str]]:
        if zero_vector != "refuse":
            return []
        message = "{where} is a vector of zeros, which has no direction"
        return [
            (name, np.logical_not(array.any(axis=-1)), message)
            for name, array in zip(names, arrays, strict=False)
        ]

    return faults
