"""Law 2: gradients match finite differences and the derivative of the oracle."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from mpmath import mpf

from lossctl.core.loss import Array
from lossctl.losses.catalogue import every_loss
from tests.conformance._exact import exact_slopes, ordinary
from tests.conformance._slopes import check_gradient
from tests.conformance._ulps import ulps
from tests.conformance.cases import (
    Case,
    cases,
    class_weights,
    draw,
    each_case,
    given_inputs,
    run,
    slope,
    slopes,
    weight_shape,
)

EXACT_LIMIT = 16.0
"""In ulp: a slope is a product of a few rounded factors."""
CANCELLING = 2.0**-50
"""For soft targets a slope is a difference of two numbers near 1, such as σ(z) − t."""


def some_weights(case: Case, arrays: list[Array]) -> Array:
    """Unequal weights, one of them 0."""
    shape = weight_shape(case, arrays)
    weights = np.random.default_rng(5).uniform(0.25, 3.0, size=shape)
    weights[(1, *[0] * (len(shape) - 1))] = 0.0
    return weights


@each_case()
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_gradient_matches_finite_differences(case: Case, reduction: str) -> None:
    check_gradient(case, draw(case, 4, seed=1), reduction=reduction)


@each_case()
def test_the_weighted_gradient_matches_finite_differences(case: Case) -> None:
    arrays = draw(case, 4, seed=2)
    options: dict[str, Any] = {"weights": some_weights(case, arrays)}
    if (classes := class_weights(case)) is not None:
        options["class_weights"] = classes
    for reduction in ("mean", "sum"):
        check_gradient(case, arrays, reduction=reduction, **options)


def by_sample(case: Case, seed: int) -> tuple[list[Array], dict[str, Any]]:
    """Three samples of two items, the class axis before the items as images have it."""
    arrays = draw(case, (3, 2), seed=seed)
    if case.form.layout == "element":
        return arrays, {"pooling": "sample"}
    moved = [np.moveaxis(a, -1, 1) if a.ndim == 3 else a for a in arrays]
    return moved, {"pooling": "sample", "class_axis": 1}


@each_case(pooled=True)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_gradient_by_sample_matches_finite_differences(case: Case, reduction: str) -> None:
    arrays, options = by_sample(case, seed=3)
    check_gradient(case, arrays, reduction=reduction, **options)
    weights = np.random.default_rng(6).uniform(0.25, 3.0, size=(3, 2))
    check_gradient(case, arrays, reduction=reduction, weights=weights, **options)


@each_case()
def test_the_gradient_of_none_is_that_of_the_sum(case: Case) -> None:
    arrays = draw(case, 5)
    of_none = slope(case, arrays, reduction="none")
    np.testing.assert_array_equal(of_none, slope(case, arrays, reduction="sum"))


@each_case(pooled=False)
def test_the_gradient_is_the_derivative_of_the_oracle(case: Case) -> None:
    arrays = ordinary(case)
    places = {entry.name: number for number, entry in enumerate(given_inputs(case))}
    slack = CANCELLING if case.encoding == "soft" or "label_smoothing" in case.params else 0.0
    for name, found in slopes(case, arrays, reduction="sum").items():
        exact = exact_slopes(case, arrays, places[name])
        distances = [
            0.0 if abs(mpf(float(one)) - true) <= slack else ulps(one, true)
            for one, true in zip(found.ravel(), exact, strict=True)
        ]
        worst = int(np.argmax(distances))
        assert distances[worst] <= EXACT_LIMIT, (
            f"{case.name}: the slope is {found.ravel()[worst]!r}, {distances[worst]:.3g} ulp from "
            f"{float(exact[worst])!r}, at {name} {arrays[places[name]].ravel()[worst]!r}"
        )


def corrupted(case: Case, factor: float) -> Case:
    """Multiply the gradient of one form by a factor that is right for the defaults alone."""

    def pullback(*arrays: Array, **given: Any) -> dict[str, Array]:
        true = case.form.pullback(*arrays, **given)
        return {name: array * factor for name, array in true.items()}

    wrong = replace(case.form, pullback=pullback)
    forms = tuple(wrong if form is case.form else form for form in case.loss.forms)
    return replace(case, loss=replace(case.loss, forms=forms), form=wrong)


@each_case(defaults=True)
def test_a_corrupted_gradient_is_caught(case: Case) -> None:
    arrays = draw(case, 4, seed=1)
    check_gradient(corrupted(case, 1.0), arrays)
    for factor in (1.0001, -1.0, 0.0, 2.0):
        with pytest.raises(AssertionError, match="finite differences give"):
            check_gradient(corrupted(case, factor), arrays)


@pytest.mark.parametrize("loss", ["huber", "tversky", "focal"])
def test_a_gradient_right_at_the_defaults_only_is_caught(loss: str) -> None:
    """Evaluate the slopes with the default parameters whatever was given."""
    (declared,) = [entry for entry in every_loss() if entry.id == loss]
    defaults = {param.name: param.default for param in declared.params}
    caught = 0
    for case in cases([declared]):
        forms = tuple(
            replace(form, pullback=_with(form.pullback, defaults)) for form in declared.forms
        )
        slopes = _with(declared.finish_slope, defaults)
        wrong = replace(case, loss=replace(declared, forms=forms, finish_slope=slopes))
        try:
            check_gradient(wrong, draw(case, 4, seed=1))
        except AssertionError:
            caught += 1
            assert not case.is_default
    assert caught > 0


def _with(function: Any, defaults: dict[str, Any]) -> Any:
    return lambda *arrays, **given: function(*arrays, **{**given, **defaults})


def test_values_are_differentiated_where_nothing_is_clipped() -> None:
    """The generators reach both sides of a clipped probability, and stay off the point itself."""
    for case in cases():
        epsilon = case.params.get("epsilon")
        if case.form.kind == "probabilities" and case.form.layout == "element" and epsilon:
            predictions = draw(case, 400)[0]
            assert (predictions < epsilon).any()
            assert (predictions > epsilon).any()
            assert np.isfinite(run(case, draw(case, 400)).value)
