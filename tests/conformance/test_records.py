"""Every law on every loss of records, in each of its variants."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from lossctl.core.loss import Loss
from lossctl.losses.catalogue import CATALOGUE, every_loss
from lossctl.testing.cases import Case, cases_of
from lossctl.testing.check import OF_EVERY_CASE, OF_FORMS, OF_LOSS, OF_PARAMETERS, Law, laws_of
from lossctl.testing.oracles import records_agree_with_the_oracle
from tests.conformance.cases import marked

LOSSES = [loss for loss in every_loss() if loss.in_words]
CASES = [case for loss in LOSSES for case in cases_of(loss)]
DEFAULTS = [case for loss in LOSSES for case in cases_of(loss, defaults=True)]
BRIEF = [case for loss in LOSSES for case in cases_of(loss, defaults=True, brief=True)]


def each(chosen: list[tuple[Law, Case]]) -> list[Any]:
    """Return laws with the cases they are held on, all of them exhaustive but one of each form."""
    by_law: dict[Law, list[Case]] = {}
    for law, case in chosen:
        by_law.setdefault(law, []).append(case)
    return [
        pytest.param(law, case, id=f"{case.name}-{law.__name__}", marks=marks)
        for law, mine in by_law.items()
        for case, marks in marked(law.__name__, mine)
    ]


def oracle_of(case: Case) -> Callable[..., Any]:
    """Return the oracle of a case: ``value``, or ``value_of_<first input>`` for a variant."""
    loss_id = case.loss.id
    module = import_module(f"tests.oracles.{CATALOGUE[loss_id].family}.{loss_id}")
    main = next(loss for loss in LOSSES if loss.id == loss_id)
    if case.loss is main:
        return module.value  # type: ignore[no-any-return]
    return getattr(module, f"value_of_{case.loss.inputs[0].name}")  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case.name, marks=marks) for case, marks in marked("oracle", CASES)],
)
def test_values_agree_with_the_oracle(case: Case) -> None:
    records_agree_with_the_oracle(case, oracle_of(case))


@pytest.mark.parametrize(
    ("law", "case"), each([(law, case) for case in CASES for law in OF_EVERY_CASE])
)
def test_laws_of_every_case(law: Callable[[Case], None], case: Case) -> None:
    law(case)


@pytest.mark.parametrize(
    ("law", "case"), each([(law, case) for case in DEFAULTS for law in laws_of(case.loss)])
)
def test_laws_of_default_parameters(law: Callable[[Case], None], case: Case) -> None:
    law(case)


@pytest.mark.parametrize(("law", "case"), each([(law, case) for case in BRIEF for law in OF_FORMS]))
def test_laws_of_bits(law: Callable[[Case], None], case: Case) -> None:
    law(case)


@pytest.mark.parametrize("loss", [pytest.param(loss, id=loss.id) for loss in LOSSES])
def test_laws_of_the_declaration(loss: Loss) -> None:
    for law in OF_LOSS:
        law(loss)
    for variant in (loss, *loss.variants):
        for param in variant.params:
            for of_parameter in OF_PARAMETERS:
                of_parameter(variant, param)
