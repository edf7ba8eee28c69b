"""An input is required exactly where the loss cannot be computed without it."""

from collections.abc import Iterator

import pytest

import lossctl
from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.losses.catalogue import every_loss
from lossctl.testing.cases import Case, cases_of
from lossctl.testing.draws import draw

CASES = [next(cases_of(loss, defaults=True)) for loss in every_loss()]
CASES += [next(cases_of(one, defaults=True)) for loss in every_loss() for one in loss.variants]

IN_PLACE_OF = {"bytes": {"total_bytes": 9.0}}
"""Parameters that must be given where an input is left out."""


def readings(loss: Loss) -> Iterator[set[str]]:
    """Yield the inputs that each variant of a loss cannot do without."""
    declared = next(one for one in every_loss() if one.id == loss.id)
    for variant in (declared, *declared.variants):
        yield {entry.name for entry in variant.inputs if entry.required}


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_only_a_required_input_cannot_be_left_out(case: Case) -> None:
    arrays = dict(zip((entry.name for entry in case.inputs), draw(case, 4), strict=True))
    for entry in case.inputs:
        rest = {name: array for name, array in arrays.items() if name != entry.name}
        axes = {n: w for n, w in case.options.get("axes", {}).items() if n in rest}
        options = {**case.options, "axes": axes} if axes else case.options | {"axes": None}
        if entry.required and not any(needed <= set(rest) for needed in readings(case.loss)):
            with pytest.raises(UsageError, match=entry.name):
                lossctl.compute(case.loss.id, **rest, **case.params, **options)
        elif not entry.required:
            params = {**case.params, **IN_PLACE_OF.get(entry.name, {})}
            lossctl.compute(case.loss.id, **rest, **params, **options)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_required_inputs_come_first(case: Case) -> None:
    """Files are given by place, so those that may be left out stand at the end."""
    needed = [entry.required for entry in case.loss.inputs]
    assert needed == sorted(needed, reverse=True)
