"""Laws 6 and 9: what a domain declares outside is refused, what it declares inside is accepted."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.core.domain import Choice, Domain, Flag, Interval, Nullable, ScalarOrList
from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.core.param import Param
from lossctl.losses.catalogue import every_loss
from tests.conformance.cases import (
    Case,
    cases,
    draw,
    each_case,
    each_loss,
    list_of,
    run,
    slope,
    values_of,
)


def innermost(domain: Domain) -> Domain:
    while isinstance(domain, Nullable | ScalarOrList):
        domain = domain.domain
    return domain


def names_the_range(domain: Domain, message: str) -> bool:
    """Whether a message says what is allowed."""
    inner = innermost(domain)
    if isinstance(inner, Flag):
        return "true" in message and "false" in message
    if isinstance(inner, Choice):
        return all(option in message for option in inner.options)
    return inner.describe() in message


def each_parameter() -> pytest.MarkDecorator:
    found = [
        pytest.param(loss, param, id=f"{loss.id}-{param.name}")
        for loss in every_loss()
        for param in loss.params
    ]
    return pytest.mark.parametrize(("loss", "param"), found)


def some_inputs(loss: Loss) -> Case:
    return cases([loss], defaults=True)[0]


@each_parameter()
def test_values_outside_are_refused(loss: Loss, param: Param) -> None:
    case = some_inputs(loss)
    arrays = draw(case, 4)
    for value in param.domain.outside():
        with pytest.raises(UsageError) as caught:
            compute(loss.id, *arrays, **case.options, **{param.name: value})
        message = str(caught.value)
        assert loss.id in message, (value, message)
        assert param.name in message, (value, message)
        assert names_the_range(param.domain, message), (value, message)


@each_parameter()
def test_values_inside_are_accepted(loss: Loss, param: Param) -> None:
    case = some_inputs(loss)
    arrays = draw(case, 4)
    for value in [*values_of(param.domain), param.default]:
        result = compute(loss.id, *arrays, **case.options, **{param.name: value})
        assert result.params[param.name] == value
        assert result.status == "ok"


@each_case()
def test_every_parameter_set_is_finite_on_ordinary_inputs(case: Case) -> None:
    arrays = draw(case, 6)
    assert run(case, arrays).status == "ok"
    assert np.isfinite(slope(case, arrays)).all()


@each_parameter()
def test_lists_fit_or_are_refused(loss: Loss, param: Param) -> None:
    wanted = {case.columns: case for case in cases([loss], defaults=True)}
    for columns, case in wanted.items():
        entries = list_of(param.domain, columns)
        if entries is None:
            with pytest.raises(UsageError, match=f"{loss.id}: {param.name}"):
                compute(loss.id, *draw(case, 4), **case.options, **{param.name: [0.3, 0.4]})
            continue
        compute(loss.id, *draw(case, 4), **case.options, **{param.name: entries})
        with pytest.raises(UsageError, match=rf"{loss.id}: {param.name} has \d+ entries"):
            compute(loss.id, *draw(case, 4), **case.options, **{param.name: [*entries, 0.5, 0.5]})


@each_loss()
def test_an_unknown_parameter_names_the_known(loss: Loss) -> None:
    case = some_inputs(loss)
    with pytest.raises(UsageError, match=f"{loss.id} has no parameter or option 'zeal'"):
        compute(loss.id, *draw(case, 4), zeal=1)


@each_loss()
def test_defaults_lie_inside_their_domains(loss: Loss) -> None:
    for param in loss.params:
        assert param.domain.accept(param.default) == param.default
        assert param.help.endswith((".", "!"))
        assert len({entry.name for entry in loss.params}) == len(loss.params)


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
            middle = (interval.low + interval.high) / 2
            assert any(value < middle for value in inside)
            assert any(value > middle for value in inside)
        assert any(np.isnan(value) for value in outside)
        assert any(np.isinf(value) for value in outside)


@each_loss()
def test_cases_take_every_value_off_the_default(loss: Loss) -> None:
    mine = cases([loss])
    for param in loss.params:
        taken: list[Any] = [case.params.get(param.name, param.default) for case in mine]
        for value in values_of(param.domain):
            assert value in taken, (param.name, value)
        assert any(value != param.default for value in taken)
    forms = {(form.layout, form.kind) for form in loss.forms}
    assert {(case.form.layout, case.form.kind) for case in mine} == forms
