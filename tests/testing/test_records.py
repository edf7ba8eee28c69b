"""The laws of records hold for losses of every sort, and catch corrupted gradients."""

from dataclasses import replace
from typing import Any

import pytest

from lossctl.core.loss import Array
from lossctl.testing.cases import Case, cases_of
from lossctl.testing.check import OF_EVERY_CASE, OF_FORMS, laws_of
from lossctl.testing.gradients import gradient_matches_differences
from lossctl.testing.oracles import records_agree_with_the_oracle
from tests.engine.test_records import FRAMES, LISTS, PAIR, SPREAD

LOSSES = (PAIR, SPREAD, LISTS, FRAMES)
DEFAULTS = [case for loss in LOSSES for case in cases_of(loss, defaults=True)]


def ids(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", DEFAULTS, ids=ids)
def test_sound_losses_pass_every_law(case: Case) -> None:
    for law in (*OF_EVERY_CASE, *laws_of(case.loss), *OF_FORMS):
        law(case)


@pytest.mark.parametrize("case", DEFAULTS, ids=ids)
@pytest.mark.parametrize("factor", [1.0001, -1.0, 0.0])
def test_a_corrupted_gradient_is_caught(case: Case, factor: float) -> None:
    def vjp(*arrays: Array, **given: Any) -> dict[str, Array]:
        true = case.form.vjp(*arrays, **given)
        return {name: factor * gradient for name, gradient in true.items()}

    form = replace(case.form, vjp=vjp)
    wrong = replace(case, form=form, loss=replace(case.loss, forms=(form,)))
    with pytest.raises(AssertionError, match="finite differences give"):
        gradient_matches_differences(wrong)


def test_values_are_compared_with_the_oracle() -> None:
    (case, *_) = [case for case in DEFAULTS if case.loss is LISTS]

    def oracle(scores: tuple[float, ...], *, kind: str, extra: float = 0.0) -> float:
        assert kind == "values"
        return sum(scores) ** 2 + extra

    records_agree_with_the_oracle(case, oracle)
    with pytest.raises(AssertionError, match="the oracle says"):
        records_agree_with_the_oracle(case, lambda *a, **k: oracle(*a, extra=1e-9, **k))
