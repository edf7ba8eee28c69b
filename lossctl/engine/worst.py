"""The units with the highest losses: which they are, what was predicted and what is true."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.metric import Metric
from lossctl.core.result import WorstUnit
from lossctl.core.spelling import item_at
from lossctl.engine.bind.layout import read_rows
from lossctl.engine.pair_columns import losses_of_units
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.averages import class_names_of
from lossctl.engine.reduce.units import UnitBlock, units_of

MOST_NUMBERS = 32  # of a prediction that are shown


class WorstUnits:
    """The highest losses seen so far, or the metrics that are not the best; the first of equals."""

    def __init__(self, plan: Plan, count: int) -> None:
        """Look for so many."""
        self.plan, self.count = plan, count
        self.index, self.values = np.zeros(0, np.int64), np.zeros(0)

    def see(self, blocks: Sequence[UnitBlock]) -> tuple[Array, Array]:
        """Return number and loss of the highest of one block."""
        (block,) = blocks
        values, index = losses_of_units(self.plan, block)
        if isinstance(loss := self.plan.loss, Metric):  # a unit of the best value is not bad
            worse = values != loss.best_unit
            values, index = values[worse], index[worse]
        return self._highest(index, values)

    def merge(self, seen: Sequence[tuple[Array, Array]]) -> None:
        """Take the highest of all blocks."""
        index = np.concatenate([part[0] for part in seen])
        values = np.concatenate([part[1] for part in seen])
        self.index, self.values = self._highest(index, values)

    def _highest(self, index: Array, values: Array) -> tuple[Array, Array]:
        ranked = _ranked(self.plan, values)
        if len(ranked) > 4 * self.count:
            bound = np.partition(ranked, len(ranked) - self.count)[len(ranked) - self.count]
            kept = ranked >= bound
            index, values, ranked = index[kept], values[kept], ranked[kept]
        order = np.lexsort((index, -ranked))[: self.count]
        return index[order], values[order]


def _ranked(plan: Plan, values: Array) -> Array:
    """Return what is the greater the worse a value is; NaN is worst."""
    sign = -1.0 if plan.loss.higher_is_better else 1.0
    ranked: Array = sign * np.nan_to_num(values, nan=np.inf, posinf=np.inf, neginf=-np.inf)
    return ranked


def highest(units: Sequence[WorstUnit], count: int, plan: Plan) -> list[WorstUnit]:
    """Return the units with the highest losses of those of several parts of the data."""
    index = np.array([one.index for one in units], np.int64)
    ranked = _ranked(plan, np.array([one.value for one in units], np.float64))
    return [units[place] for place in np.lexsort((index, -ranked))[:count].tolist()]


def worst_units(plan: Plan, seen: WorstUnits, ids: Sequence[Any] | None) -> list[WorstUnit]:
    """Return the units with the highest losses, the highest first.

    Parameters
    ----------
    plan, seen
        How the data is read, and what was seen of its units.
    ids
        The id of each row, where rows have ids.
    """
    units = units_of(plan)
    has_ids = ids is not None and len(ids) == units.count
    found = []
    for index, value in zip(seen.index.tolist(), seen.values.tolist(), strict=True):
        prediction, target = (_numbers(plan, name, index) for name in _shown_inputs(plan))
        where = _where(plan, index) if units.rows else f"{units.noun} {index}"
        identity = str(ids[index]) if has_ids and ids is not None else None
        found.append(WorstUnit(index, where, identity, value, prediction, target))
    return found


def _shown_inputs(plan: Plan) -> tuple[str, str]:
    return plan.loss.inputs[0].name, "targets"


def _where(plan: Plan, index: int) -> str:
    source = plan.sources[plan.loss.inputs[0].name]
    place = plan.fit.layout.index_of(index * units_of(plan).rows, 0)  # of the first label
    return source.where(place[:1]) if len(place) > 1 else source.where(place)


def are_named_by_number(plan: Plan) -> bool:
    """Whether the names of units follow from their numbers, and not from files or lines."""
    units, layout = units_of(plan), plan.fit.layout
    return not units.rows or all(
        _where(plan, index) == item_at(layout.index_of(index * units.rows, 0)[:1])
        for index in (0, units.count - 1)
    )


def _numbers(plan: Plan, name: str, index: int) -> Any:
    """Return what an input holds for a unit of one row; None where that is more than a few."""
    if name not in plan.sources or units_of(plan).rows != 1:
        return None
    rows = read_rows(plan.sources[name], plan.fit.layout.lies[name], index, index + 1, "memory")
    if rows.size > MOST_NUMBERS:
        return None
    values = np.asarray(rows[0])
    if plan.fit.labels is not None and plan.fit.names is not None and values.ndim == 0:
        called = plan.fit.names[int(values)]
        return called if isinstance(plan.fit.labels[0], str) else float(called)
    if name == "targets" and values.size == 1 and plan.loss.has_classes:
        names, label = class_names_of(plan), float(values.ravel()[0])
        if names is not None and label in range(len(names)):
            return names[int(label)]
    shown = [_plain(one) for one in values.ravel().tolist()]
    return shown if values.ndim else shown[0]


def _plain(value: Any) -> Any:
    """Return a number as JSON can hold it."""
    return value if not isinstance(value, float) or np.isfinite(value) else None
