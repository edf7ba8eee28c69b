"""Points at which losses are measured, and what they are worth exactly there.

A batch is a set of inputs whose first axis counts units: items, samples of a pooled loss, sets or
images. Every unit has a value of its own. The points are those of tests/conformance, thinned.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from itertools import islice
from math import prod
from typing import Any

import numpy as np
from mpmath import mp, mpf
from numpy.typing import NDArray

from lossctl.core.loss import Form, Loss
from lossctl.losses.catalogue import entry_of
from lossctl.testing.cases import (
    CLASSES,
    Case,
    encodings_of,
    parameter_sets,
    turns_of,
    with_measured,
)
from lossctl.testing.draws import GRID, draw
from tests.conformance._exact import nasty, ordinary
from tests.conformance._records import accepted, nasty_records, shaped
from tests.conformance._records import exact_slopes as exact_slopes_in_words
from tests.conformance._records import exact_values as exact_values_in_words
from tests.oracles._derivative import derivative
from tests.oracles._probability import class_probabilities

Array = NDArray[Any]

POOL = 5
WIDE = 100
"""Numbers of a unit from which a few units are enough: oracles of images take long."""
FLAT = ("dice", "tversky", "jaccard", "focal_tversky")
"""Pooled losses to which rows of classes are so many masks, and so are for their oracles."""
DIGITS = 420
"""Enough for the smallest float64, 10**-324, beside a sum of ordinary size."""
NEGLIGIBLE = mpf(10) ** -400
"""A softmax share below this is 0: its digits would not fit in memory."""


@dataclass(frozen=True)
class Batch:
    """Inputs of units, class axis last, and the options that keep units apart."""

    case: Case
    arrays: list[Array]
    options: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.arrays[0])

    @property
    def given(self) -> list[Array]:
        """The inputs as the engine takes them: the class axis of pools in place 1."""
        if "class_axis" not in self.options:
            return self.arrays
        return [np.moveaxis(a, -1, 1) if a.ndim == 3 else a for a in self.arrays]

    def only(self, chosen: Any) -> "Batch":
        """Return the batch of some of the units."""
        return replace(self, arrays=[array[chosen] for array in self.arrays])

    def thinned(self, most: int) -> "Batch":
        """Keep a fixed random choice of the units, in their order."""
        if len(self) <= most:
            return self
        choice = np.random.default_rng(3).choice(len(self), size=most, replace=False)
        return self.only(np.sort(choice))


def cases_of_form(loss: Loss, form: Form, sets: int) -> Iterator[Case]:
    """Yield a case for each encoding and each of some sets of parameters, the defaults first."""
    columns = CLASSES if form.axes == "item class" else 0
    encodings = encodings_of(loss, form)
    for encoding in encodings:
        if encoding in {"one_hot", "absent"} or (encoding == "labels" and "signs" in encodings):
            continue  # the same points as an index, a given target and signs
        for params in islice(parameter_sets(loss, form, columns, range(turns_of(loss))), sets):
            pairs = any(isinstance(entry, list) for entry in params.values())
            if columns or not pairs:  # pairs weigh negatives and positives: oracles know numbers
                yield with_measured(Case(loss, form, columns, encoding, params))


def cases_in_words(loss: Loss, sets: int) -> Iterator[Case]:
    """Yield cases of a loss whose inputs have axes of their own: every input given."""
    for form in loss.forms:
        apart = (
            params
            for params in parameter_sets(loss, form, 0, range(turns_of(loss)))
            if params.get("pairs") != "pooled"  # weighs lists by their pairs: they are no units
        )
        for params in islice(apart, sets):
            yield Case(loss, form, 0, "given", params)


def nasty_batches(case: Case, most: int) -> list[Batch]:
    """Build batches from the nasty grid with about so many items."""
    if case.loss.in_words:
        batch = Batch(case, accepted(case, nasty_records(case)))
        return [batch.thinned(most if prod(batch.arrays[0].shape[1:]) < WIDE else most // 16)]
    if case.sort == "items":
        return [Batch(case, nasty(case)).thinned(most)]
    items = nasty(case)
    count, shape = (most // 32, GRID) if case.sort == "grid" else (most // 4, (POOL,))
    spots = np.random.default_rng(7).integers(len(items[0]), size=(count, *shape))
    groups = Batch(case, [array[spots] for array in items], apart(case))
    if case.sort == "grid":
        return [groups, Batch(case, draw(case, count, seed=1))]
    alone = Batch(case, [array[:, None] for array in items], apart(case))
    return [alone.thinned(most), groups]


def ordinary_batches(case: Case, drawn: int) -> list[Batch]:
    """Build batches away from kinks and ends: a small fixed grid, and random points.

    Other margins than the default would put kinks onto the fixed points.
    """
    if case.loss.in_words:
        few = (drawn // 12, 4) if case.loss.grouped else drawn // 4
        wide = sum(np.size(array) for array in draw(case, 1)) > WIDE
        return [Batch(case, draw(case, 1 if wide else few, seed=1))]
    if case.sort == "grid":
        return [Batch(case, draw(case, 2, seed=1))]
    if case.sort != "items":
        return [Batch(case, draw(case, (drawn // 6, 3), seed=1), apart(case))]
    fixed = [Batch(case, ordinary(case))] if case.is_default or "margin" not in case.params else []
    return [Batch(case, draw(case, drawn, seed=1)), *fixed]


def apart(case: Case) -> dict[str, Any]:
    """Return the options that keep samples apart."""
    if case.sort == "grid":
        return {}
    return {"pooling": "sample", **({"class_axis": 1} if case.columns else {})}


# Exact values


def exact_values(batch: Batch) -> list[mpf | None]:
    """Return the exact value of every unit; None where the definition has no real one.

    A group whose items have losses of their own gives one for each of them.
    """
    if batch.case.loss.in_words:
        return exact_values_in_words(batch.case, batch.arrays)
    return [_real(batch.case, unit) for unit in units(batch)]


def units(batch: Batch) -> Iterator[tuple[Any, ...]]:
    """Yield the inputs of every unit as numbers and nested tuples."""
    for unit in zip(*batch.arrays, strict=True):
        yield tuple(_nested(part) for part in unit)


def _nested(part: Any) -> Any:
    return tuple(map(_nested, part)) if np.ndim(part) else part.item()


def _real(case: Case, unit: tuple[Any, ...]) -> mpf | None:
    params = tuple((name, _frozen(entry)) for name, entry in case.params.items())
    try:
        value = _cached(case.loss.id, case.form.kind, case.sort, unit, params)
    except (ZeroDivisionError, ValueError):
        return None
    return value if isinstance(value, mpf) and not mp.isnan(value) else None


def _frozen(entry: Any) -> Any:
    return tuple(entry) if isinstance(entry, list) else entry


@cache
def _cached(
    loss_id: str, kind: str, sort: str, unit: tuple[Any, ...], params: tuple[tuple[str, Any], ...]
) -> Any:
    return evaluate(loss_id, kind, sort, unit, dict(params))


def oracle(loss_id: str) -> Callable[..., Any]:
    """Return the definition of a loss in arbitrary precision."""
    path = f"tests.oracles.{entry_of(loss_id).family}.{loss_id}"
    return import_module(path).value  # type: ignore[no-any-return]


def evaluate(
    loss_id: str, kind: str, sort: str, unit: Sequence[Any], params: dict[str, Any]
) -> Any:
    """Evaluate the oracle; pools get more digits, since they add items of any size."""
    if sort == "items":
        return oracle(loss_id)(*unit, kind=kind, **params)
    digits = DIGITS * (2 if params.get("squared") else 1)
    with mp.workdps(max(mp.dps, digits)):
        if loss_id in FLAT and hasattr(unit[0][0], "__len__"):
            unit, kind = _as_masks(unit, kind), "probabilities"
        return oracle(loss_id)(*unit, kind=kind, **params)


def _as_masks(unit: Sequence[Any], kind: str) -> tuple[list[mpf], list[Any]]:
    """Lay rows of classes end to end."""
    rows = [class_probabilities(row, kind) for row in unit[0]]
    shares = [share if share > NEGLIGIBLE else mpf(0) for row in rows for share in row]
    masks = unit[1] if np.ndim(unit[1]) == 2 else np.eye(len(rows[0]))[list(unit[1])].tolist()
    return shares, [x for mask in masks for x in mask]


def exact_slopes(batch: Batch, place: int) -> list[mpf]:
    """Return the exact derivative along every entry of one input, in C order."""
    if batch.case.loss.in_words:
        return exact_slopes_in_words(batch.case, batch.arrays, place)
    return [slope for unit in units(batch) for slope in _slopes(batch.case, unit, place)]


def _slopes(case: Case, unit: tuple[Any, ...], place: int) -> Iterator[mpf]:
    shape, flat = np.shape(unit[place]), np.ravel(unit[place]).tolist()
    others = [x for n, part in enumerate(unit) if n != place for x in np.ravel(part).tolist()]
    params = {name: _frozen(entry) for name, entry in case.params.items()}

    def value(moved: list[mpf], _: Any) -> mpf:
        changed = (*unit[:place], shaped(moved, shape), *unit[place + 1 :])
        return evaluate(case.loss.id, case.form.kind, case.sort, changed, params)

    for index in range(len(flat)):
        yield derivative(value, flat, others, index)
