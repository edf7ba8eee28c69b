"""Metrics that need all rows at once: their columns in memory, and what each row contributes.

Such a metric is a function of whole columns (scores and labels) and weights, which are collected in
a pass of their own once it is known how predictions are read.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.threads import run_blocks
from lossctl.engine.plan import Plan
from lossctl.engine.read.prepare import Block, prepare
from lossctl.engine.read.reader import Reader
from lossctl.engine.reduce.statistics import evaluate_terms
from lossctl.engine.reduce.units import units_of
from lossctl.engine.resolve import Resolved
from lossctl.kernels.numeric.block_cache import one_block

WEIGHT = "weight"


def with_rows(resolved: Resolved) -> Resolved:
    """Put the columns of a plan in the place of their sums, where its metric needs all rows.

    Rows that do not count keep their places and weigh 0.
    """
    plan = resolved.plan
    if not plan.loss.needs_rows:
        return resolved

    def columns_of(start: int, stop: int) -> dict[str, Array]:
        with one_block():
            block = prepare(plan, Reader(start, stop))
            columns = {
                name: np.asarray(values, np.float64)
                for name, values in evaluate_terms(plan, block, None).items()
            }
            return {**columns, WEIGHT: _weights(plan, block)}

    parts = run_blocks(plan.fit.layout.grid(), columns_of, plan.options.threads)
    sums = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return resolved._replace(totals=resolved.totals._replace(sums=sums))


def _weights(plan: Plan, block: Block) -> Array:
    """Return the weight of each row, or of each of its labels where those are items."""
    if block.weights is None:
        return np.ones((block.stop - block.start, *plan.fit.layout.items_lie.own))
    return np.asarray(block.weights, np.float64)


def value_of_rows(plan: Plan, columns: Mapping[str, Any]) -> float:
    """Return the value of columns."""
    return float(plan.loss.finish(**columns, **plan.arguments))


def unit_influences(resolved: Resolved) -> Array:
    """Return what each unit contributes to the value, (units,); 0 of those left out."""
    return influences_of(resolved.plan, resolved.totals.sums, units_of(resolved.plan).rows)


def influences_of(plan: Plan, columns: Mapping[str, Any], rows: int = 1) -> Array:
    """Return what consecutive `rows` of columns contribute to their value."""
    own: Array = plan.loss.influence(**columns, **plan.arguments)  # type: ignore[attr-defined]
    return own if rows == 1 else np.add.reduceat(own, np.arange(0, len(own), rows))


def columns_at(columns: Mapping[str, Any], places: Array) -> dict[str, Any]:
    """Return some rows of columns."""
    return {name: values[places] for name, values in columns.items()}
