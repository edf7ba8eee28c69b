"""Law 2: gradients match finite differences and the derivative of the oracle."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from mpmath import mpf

from lossctl.core.loss import Array
from lossctl.losses.catalogue import every_loss
from lossctl.testing.cases import RECORDS
from lossctl.testing.gradients import check_gradient
from tests.conformance._allowances import of_power
from tests.conformance._exact import exact_slopes, ordinary
from tests.conformance._records import exact_slopes as exact_slopes_of_records
from tests.conformance._ulps import ulps
from tests.conformance.cases import Case, cases, draw, each_case, run, slopes

EXACT_LIMIT = 16.0
"""In ulp: a slope is a product of a few rounded factors."""
RECORD_LIMIT = 2.0**-45
CANCELLING = 2.0**-50
"""For soft targets a slope is a difference of two numbers near 1, such as σ(z) − t."""


@each_case("items", branches=True)
def test_the_gradient_is_the_derivative_of_the_oracle(case: Case) -> None:
    arrays = ordinary(case)
    places = {entry.name: number for number, entry in enumerate(case.inputs)}
    slack = CANCELLING if case.encoding == "soft" or "label_smoothing" in case.params else 0.0
    for name, found in slopes(case, arrays, reduction="sum").items():
        exact = exact_slopes(case, arrays, places[name])
        distances = [
            0.0 if abs(mpf(float(one)) - true) <= slack else ulps(one, true) - of_power(case, true)
            for one, true in zip(found.ravel(), exact, strict=True)
        ]
        worst = int(np.argmax(distances))
        assert distances[worst] <= EXACT_LIMIT, (
            f"{case.name}: the slope is {found.ravel()[worst]!r}, {distances[worst]:.3g} ulp from "
            f"{float(exact[worst])!r}, at {name} {arrays[places[name]].ravel()[worst]!r}"
        )


@each_case(*RECORDS, defaults=True)
def test_the_gradient_of_records_is_the_derivative_of_the_oracle(case: Case) -> None:
    """Of one item, or of one group; relative to its largest entry, as sums over features round."""
    arrays = draw(case, (1, 3) if case.loss.grouped else 1, seed=1)
    places = {entry.name: number for number, entry in enumerate(case.inputs)}
    for name, found in slopes(case, arrays, reduction="sum").items():
        exact = np.array(exact_slopes_of_records(case, arrays, places[name]), float)
        slack = RECORD_LIMIT * max(np.abs(exact).max(), 1e-300)
        np.testing.assert_allclose(found.ravel(), exact, rtol=0.0, atol=slack, err_msg=name)


def corrupted(case: Case, factor: float) -> Case:
    """Multiply the gradient of one form by a factor that is right for the defaults alone."""

    def vjp(*arrays: Array, **given: Any) -> dict[str, Array]:
        true = case.form.vjp(*arrays, **given)
        return {name: array * factor for name, array in true.items()}

    wrong = replace(case.form, vjp=vjp)
    forms = tuple(wrong if form is case.form else form for form in case.loss.forms)
    return replace(case, loss=replace(case.loss, forms=forms), form=wrong)


@each_case(brief=True)
def test_a_corrupted_gradient_is_caught(case: Case) -> None:
    arrays = draw(case, 1 if case.sort == "grid" else 3, seed=1)
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
        forms = tuple(replace(form, vjp=_with(form.vjp, defaults)) for form in declared.forms)
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
        epsilon = case.params.get("epsilon") if "clipped" in case.loss.counts else None
        if case.form.kind == "probabilities" and case.form.axes == "item" and epsilon:
            predictions = draw(case, 400)[0]
            assert (predictions < epsilon).any()
            assert (predictions > epsilon).any()
            assert np.isfinite(run(case, draw(case, 400)).value)
