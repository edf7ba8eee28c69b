"""Tests over cases: every form of every loss, with several parameter sets.

What a case is, how inputs are drawn and how laws are held stands in ``lossctl.testing``; a loss
added to the catalogue is covered without touching the tests.

Every law is held on every case, about 14,000 in all. Most of them carry the marker `exhaustive`,
which is left out unless it is asked for: ``pytest -m ""`` runs all. What remains is one case of
each form of each loss for every law.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar
from zlib import crc32

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
    values_of,
    with_measured,
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
    "by_loss",
    "by_sort",
    "cases",
    "class_weights",
    "draw",
    "each_case",
    "each_loss",
    "given_class_weights",
    "is_measured",
    "list_of",
    "marked",
    "reads_label_rows",
    "required",
    "run",
    "several",
    "slope",
    "slopes",
    "values_of",
    "weight_shape",
    "with_measured",
]


Test = TypeVar("Test", bound=Callable[..., None])
Key = Callable[[Case], tuple[str, ...]]


def by_loss(case: Case) -> tuple[str, ...]:
    """Group cases by their loss, and the variants of a loss by what they read."""
    return case.loss.id, case.loss.inputs[0].name


def by_form(case: Case) -> tuple[str, ...]:
    """Group cases by the forms of their losses."""
    return (*by_loss(case), case.form.axes, case.form.kind)


def by_sort(case: Case) -> tuple[str, ...]:
    """Group cases by the ways the engine reads and adds them up."""
    return case.sort, case.form.axes, case.encoding, str(len(case.inputs))


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
    quick: Key = by_form,
    branches: bool = False,
) -> Callable[[Test], Test]:
    """Parametrise a test over cases: of some sorts of loss, and some encodings of targets.

    `defaults` keeps default parameters, `brief` one case of each form of each loss. Without sorts
    all but records, which have laws of their own. `quick` is for `marked`; `branches` always keeps
    the cases whose parameters take a formula into another branch.
    """
    chosen = [
        case
        for case in _cases(defaults=defaults, brief=brief)
        if (case.sort in sorts if sorts else case.sort not in RECORDS)
        and (not encodings or case.encoding in encodings)
    ]

    def parametrize(test: Test) -> Test:
        params = [
            pytest.param(case, id=case.name, marks=() if branches and in_a_branch(case) else marks)
            for case, marks in marked(test.__name__, chosen, quick)
        ]
        return pytest.mark.parametrize("case", params)(test)

    return parametrize


def in_a_branch(case: Case) -> bool:
    """Whether a parameter has a value that its domain names because a formula changes there."""
    return any(
        case.params.get(param.name) in getattr(param.domain, "tried", ())
        for param in case.loss.params
        if param.name in case.params and not isinstance(case.params[param.name], list)
    )


def marked(
    law: str, chosen: Sequence[Case], quick: Key = by_form
) -> list[tuple[Case, tuple[pytest.MarkDecorator, ...]]]:
    """Return cases with the marks they get: all are exhaustive but one of each group.

    Which one that is depends on the law, so that together the laws meet most cases. Where groups
    are of one loss, it does not depend on other losses.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, case in enumerate(chosen):
        groups.setdefault(quick(case), []).append(place)
    kept = {
        group[crc32(" ".join((law, *key)).encode()) % len(group)] for key, group in groups.items()
    }
    return [
        (case, () if place in kept else (pytest.mark.exhaustive,))
        for place, case in enumerate(chosen)
    ]


def each_loss() -> pytest.MarkDecorator:
    """Parametrise a test over the catalogue."""
    losses = [pytest.param(loss, id=loss.id) for loss in every_loss() if not loss.in_words]
    return pytest.mark.parametrize("loss", losses)


def several(case: Case, items: int, seed: int = 0) -> tuple[list[Array], dict[str, Any]]:
    """Draw inputs with a value each: items, images, or samples of a few items for sets."""
    if case.sort != "set":
        return draw(case, items, seed), {}
    arrays = draw(case, (items, 6), seed)
    options = {"pooling": "sample", **({"class_axis": 2} if case.columns else {})}
    return arrays, options
