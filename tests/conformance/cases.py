"""Tests over cases: every form of every loss, with several parameter sets.

What a case is, how inputs are drawn and how laws are held stands in ``lossctl.testing``; a loss
added to the catalogue is covered without touching the tests.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from lossctl.core.loss import Array, Loss
from lossctl.losses.catalogue import every_loss
from lossctl.testing.cases import (
    CLASSES,
    LABELS,
    RECORDS,
    Case,
    Sort,
    cases_of,
    is_measured,
    list_of,
    reads_label_rows,
    required,
    settled,
    values_of,
)
from lossctl.testing.draws import (
    before_items,
    class_weights,
    draw,
    given_class_weights,
    weight_shape,
)
from lossctl.testing.running import run, slope, slopes

__all__ = [
    "CLASSES",
    "LABELS",
    "Case",
    "before_items",
    "cases",
    "class_weights",
    "draw",
    "each_case",
    "each_loss",
    "given_class_weights",
    "is_measured",
    "list_of",
    "reads_label_rows",
    "required",
    "run",
    "settled",
    "several",
    "slope",
    "slopes",
    "values_of",
    "weight_shape",
]


@cache
def _cases(*, defaults: bool, brief: bool) -> tuple[Case, ...]:
    return tuple(
        case for loss in every_loss() for case in cases_of(loss, defaults=defaults, brief=brief)
    )


def cases(losses: Sequence[Loss] | None = None, *, defaults: bool = False) -> list[Case]:
    """Return every case; with `defaults`, those with default parameters only."""
    if losses is None:
        every = _cases(defaults=defaults, brief=False)
        return [case for case in every if case.sort not in RECORDS]
    return [case for loss in losses for case in cases_of(loss, defaults=defaults)]


def each_case(
    *sorts: Sort,
    defaults: bool = False,
    brief: bool = False,
    encodings: Sequence[str] = (),
) -> pytest.MarkDecorator:
    """Parametrise a test over cases: of some sorts of loss, and some encodings of targets.

    `defaults` keeps default parameters, `brief` one case of each form of each loss. Without sorts
    all but records, which have laws of their own.
    """
    chosen = [
        case
        for case in _cases(defaults=defaults, brief=brief)
        if (case.sort in sorts if sorts else case.sort not in RECORDS)
        and (not encodings or case.encoding in encodings)
    ]
    params = [pytest.param(c, id=c.name) for c in chosen]
    return pytest.mark.parametrize("case", params)


def each_loss() -> pytest.MarkDecorator:
    """Parametrise a test over the catalogue."""
    losses = [pytest.param(loss, id=loss.id) for loss in every_loss() if not loss.is_record]
    return pytest.mark.parametrize("loss", losses)


def several(case: Case, items: int, seed: int = 0) -> tuple[list[Array], dict[str, Any]]:
    """Draw inputs with a value each: items, images, or samples of a few items for sets."""
    if case.sort != "set":
        return draw(case, items, seed), {}
    arrays = draw(case, (items, 6), seed)
    options = {"pooling": "sample", **({"class_axis": 2} if case.columns else {})}
    return arrays, options
