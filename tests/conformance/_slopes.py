"""Finite differences of the value, to hold a gradient against."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from tests.conformance.cases import Case, given_inputs, run, slopes

STEP = 1e-6
TOLERANCE = 1e-7


def differences(case: Case, arrays: Sequence[Array], place: int, **options: Any) -> Array:
    """Return the central difference along every entry of the input at `place`."""
    found = np.zeros_like(arrays[place])
    for index in np.ndindex(found.shape):
        values = []
        for step in (STEP, -STEP):
            moved = [array.copy() for array in arrays]
            moved[place][index] += step
            values.append(run(case, moved, **options).value)
        found[index] = (values[0] - values[1]) / (2 * STEP)
    return found


def check_gradient(case: Case, arrays: Sequence[Array], **options: Any) -> None:
    """Require every gradient to match central differences, relative to its largest entry."""
    gradients = slopes(case, arrays, **options)
    value = abs(run(case, arrays, **options).value)
    places = {entry.name: number for number, entry in enumerate(given_inputs(case))}
    assert gradients.keys() == {e.name for e in case.loss.inputs if e.differentiable}
    for name, found in gradients.items():
        wanted = differences(case, arrays, places[name], **options)
        assert found.shape == wanted.shape
        scale = max(float(np.abs(wanted).max()), value, 1e-3)
        worst = np.unravel_index(np.abs(found - wanted).argmax(), found.shape)
        assert abs(found - wanted).max() <= TOLERANCE * scale, (
            f"{case.name} {options}: at {tuple(map(int, worst))} of the {name} the gradient is "
            f"{found[worst]!r}, finite differences give {wanted[worst]!r}"
        )
