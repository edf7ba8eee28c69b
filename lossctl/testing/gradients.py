"""Law: gradients match finite differences of the value."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.testing.cases import Case, settled
from lossctl.testing.checks import equal, require
from lossctl.testing.draws import before_items, draw, given_class_weights, weight_shape
from lossctl.testing.running import run, slopes

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
    value = abs(float(run(case, arrays, **options).value))
    places = {entry.name: number for number, entry in enumerate(case.inputs)}
    wanted_of = {entry.name for entry in case.inputs if entry.differentiable}
    require(gradients.keys() == wanted_of, f"{case.name}: gradients of {list(gradients)}")
    for name, found in gradients.items():
        wanted = differences(case, arrays, places[name], **options)
        require(found.shape == wanted.shape, f"{case.name}: the gradient has shape {found.shape}")
        scale = max(float(np.abs(wanted).max()), value, 1e-3)
        worst = np.unravel_index(np.abs(found - wanted).argmax(), found.shape)
        require(
            abs(found - wanted).max() <= TOLERANCE * scale,
            f"{case.name} {options}: at {tuple(map(int, worst))} of the {name} the gradient is "
            f"{found[worst]!r}, finite differences give {wanted[worst]!r}",
        )


def few(case: Case) -> int | tuple[int, int]:
    """Return how many items (of a grid loss: images; of groups: two of them) to differentiate."""
    if case.sort in {"batch", "lists"}:
        return (2, 4)
    if case.sort == "record" and sum(np.size(array) for array in draw(case, 1)) > 100:
        return 2
    return 1 if case.sort == "grid" else 3


def gradient_matches_differences(case: Case) -> None:
    """Of the mean and of the sum."""
    for reduction in ("mean", "sum"):
        check_gradient(case, draw(case, few(case), seed=1), reduction=reduction)


def weighted_gradient_matches_differences(case: Case) -> None:
    """With unequal weights, one of them 0, and class weights; groups take no weights."""
    case = settled(case)
    arrays = draw(case, few(case), seed=2)
    options: dict[str, Any] = given_class_weights(case)
    if not case.loss.grouped:
        weights = np.random.default_rng(5).uniform(0.25, 3.0, size=weight_shape(case, arrays))
        weights[(1, *[0] * (weights.ndim - 1))] = 0.0
        options["weights"] = weights
    check_gradient(case, arrays, **options)


def by_sample(case: Case, items: tuple[int, ...], seed: int) -> tuple[list[Array], dict[str, Any]]:
    """Draw samples of items, the class axis before the items as images have it."""
    arrays = draw(case, items, seed=seed)
    if case.form.axes == "item":
        return arrays, {"pooling": "sample"}
    return before_items(arrays, len(items)), {"pooling": "sample", "class_axis": 1}


def gradient_by_sample_matches_differences(case: Case) -> None:
    """Of the mean over samples, and with weights of items where the loss takes them."""
    arrays, options = by_sample(case, (3, 2), seed=3)
    check_gradient(case, arrays, reduction="sum", **options)
    if not case.loss.grouped:
        options["weights"] = np.random.default_rng(6).uniform(0.25, 3.0, size=(3, 2))
    check_gradient(case, arrays, **options)


def gradient_of_none_is_that_of_the_sum(case: Case) -> None:
    """Asking for item losses gives each item's own slope."""
    arrays = draw(case, 5)
    of_none, of_sum = (slopes(case, arrays, reduction=name) for name in ("none", "sum"))
    for name, gradient in of_none.items():
        equal(gradient, of_sum[name], f"gradient of {name} for reduction none")
