"""Every law of ``lossctl.testing`` on every loss, by the table that a plugin is held to.

What is tested beside these laws needs files, the catalogue or the oracles in this repository, and
stands in the other modules of this folder.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lossctl.core.domain import Param
from lossctl.core.loss import Loss
from lossctl.losses.catalogue import every_loss
from lossctl.testing import gradients, storage, weights
from lossctl.testing.cases import Case, cases_of
from lossctl.testing.check import OF_FORMS, OF_LOSS, OF_PARAMETERS, Law, laws_and_cases, laws_of
from tests.conformance.cases import by_form, by_loss, marked

OTHER_PARAMETERS = {
    storage.inputs_are_never_written_to,
    storage.narrow_floats_agree_with_their_float64,
    weights.weight_two_is_the_item_twice,
    weights.weight_zero_is_the_item_absent,
    gradients.gradient_by_sample_matches_differences,
}
"""Laws of default parameters that are held on all others here, where time allows it."""

SEVERAL_BLOCKS = {*OF_FORMS, storage.item_values_have_the_same_bits}


def chosen() -> Iterator[tuple[Law, Case]]:
    """Yield the laws with the cases they are held on."""
    for loss in every_loss():
        yield from laws_and_cases(loss)
        for case in cases_of(loss):
            if not case.is_default:
                wider = [law for law in laws_of(case.loss) if law in OTHER_PARAMETERS]
                if case.params.get("total_bytes"):  # of all tokens: there are none of a sequence
                    wider.remove(gradients.gradient_by_sample_matches_differences)
                yield from ((law, case) for law in wider)


def each() -> Iterator[Any]:
    """Yield parameters of the test, all but one of each form (or loss) exhaustive."""
    by_law: dict[Law, list[Case]] = {}
    for law, case in chosen():
        by_law.setdefault(law, []).append(case)
    for law, mine in by_law.items():
        quick = by_loss if law in SEVERAL_BLOCKS else by_form
        for case, marks in marked(law.__name__, mine, quick):
            yield pytest.param(law, case, id=f"{case.name}-{law.__name__}", marks=marks)


@pytest.mark.parametrize(("law", "case"), list(each()))
def test_laws_of_cases(law: Law, case: Case) -> None:
    law(case)


@pytest.mark.parametrize("loss", [pytest.param(loss, id=loss.id) for loss in every_loss()])
@pytest.mark.parametrize("law", OF_LOSS, ids=lambda law: law.__name__)
def test_laws_of_declarations(law: Callable[[Loss], None], loss: Loss) -> None:
    law(loss)


def each_parameter() -> Iterator[Any]:
    """Yield the parameters of every loss and of its variants."""
    for loss in every_loss():
        for variant in (loss, *loss.variants):
            for param in variant.params:
                first = variant.inputs[0].name
                yield pytest.param(variant, param, id=f"{loss.id}-{first}-{param.name}")


@pytest.mark.parametrize(("loss", "param"), list(each_parameter()))
@pytest.mark.parametrize("law", OF_PARAMETERS, ids=lambda law: law.__name__)
def test_laws_of_parameters(law: Callable[[Loss, Param], None], loss: Loss, param: Param) -> None:
    law(loss, param)
