"""Laws 6 and 9: what a domain declares outside is refused, what it declares inside is accepted."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.core.domain import Domain, Interval, Param
from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.losses.catalogue import every_loss
from lossctl.testing.declaration import first_case, innermost
from tests.conformance.cases import cases, draw, each_loss, required, values_of


def each_parameter() -> pytest.MarkDecorator:
    found = [
        pytest.param(loss, param, id=f"{loss.id}-{param.name}")
        for loss in every_loss()
        for param in loss.params
    ]
    return pytest.mark.parametrize(("loss", "param"), found)


@each_loss()
def test_an_unknown_parameter_names_the_known(loss: Loss) -> None:
    with pytest.raises(UsageError, match=f"{loss.id} has no parameter or option 'zeal'"):
        compute(loss.id, *draw(first_case(loss), 4), zeal=1)


@each_loss()
def test_a_parameter_that_must_be_given_is_asked_for(loss: Loss) -> None:
    arrays = draw(first_case(loss), 4)
    for name in required(loss):
        with pytest.raises(UsageError, match=f"{loss.id} needs {name}"):
            compute(loss.id, *arrays)


def intervals(domain: Domain) -> Iterator[Interval]:
    inner = innermost(domain)
    if isinstance(inner, Interval):
        yield inner


@each_parameter()
def test_the_generators_cover_the_domain(loss: Loss, param: Param) -> None:
    """Inside: both halves and every closed end. Outside: every open end and beyond both."""
    for interval in intervals(param.domain):
        inside = [value for value in values_of(param.domain) if value is not None]
        outside = [value for value in param.domain.outside() if isinstance(value, float)]
        assert len({*inside}) >= 3
        for end in (interval.low, interval.high):
            if np.isfinite(end):
                assert end in (inside if end in interval else outside)
        if np.isfinite(interval.low):
            assert any(value < interval.low for value in outside)
        if np.isfinite(interval.high):
            assert any(value > interval.high for value in outside)
            middle = (max(interval.low, interval.high - 4.0) + interval.high) / 2
            assert any(value < middle for value in inside)
            assert any(value > middle for value in inside)
        assert any(np.isnan(value) for value in outside)
        assert any(np.isinf(value) for value in outside)


@each_loss()
def test_cases_take_every_value_off_the_default(loss: Loss) -> None:
    mine = cases([loss])
    for param in loss.params:
        taken: list[Any] = [case.params.get(param.name, param.default) for case in mine]
        assert any(case.is_default for case in mine)
        for value in values_of(param.domain):
            assert value in taken, (param.name, value)
        assert any(value != param.default for value in taken)
    forms = {(form.axes, form.kind) for one in (loss, *loss.variants) for form in one.forms}
    assert {(case.form.axes, case.form.kind) for case in mine} == forms
