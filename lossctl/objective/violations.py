"""Violations of rules and constraints: the losses that count them, the worst items of a pass.

The losses are those of the catalogue, with the counts as further statistics. The worst items and
the moments of the items are collected by sinks, while a term is folded.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from math import prod
from typing import Any

import numpy as np

from lossctl.core.loss import Array, Loss
from lossctl.kernels.numeric.primitives import sum_in_double
from lossctl.losses.builders.logic import EXISTS, FOR_ALL, LOG_PRODUCT, Quantifier
from lossctl.losses.catalogue import get

SHOWN = 5  # worst items kept
MANY = 1024  # items at or over the bar that are looked at one by one
HALF = 0.5  # a truth below is false when rules are counted
PENALTIES = {  # the loss of each penalty of a constraint
    "quadratic": "constraint_violation",
    "linear": "linear_penalty",
    "hinge": "hinge_penalty",
    "log_barrier": "log_barrier",
}
QUANTIFIERS: Mapping[tuple[str, str], tuple[str, Quantifier]] = {  # with their aggregator
    ("forall", "p_mean"): ("forall_rule", FOR_ALL),
    ("forall", "log_product"): ("log_product_rule", LOG_PRODUCT),
    ("exists", "p_mean"): ("exists_rule", EXISTS),
}


@cache
def penalty_loss(penalty: str, *, even: bool = False) -> Loss:
    """Return the loss of a constraint, which counts violations too.

    `even` says that every item counts once: counts are then taken of whole blocks, which is fast.
    """
    return _with_counts(get(PENALTIES[penalty]), _shares_of_excess if even else _excesses)


@cache
def rule_loss(*, even: bool = False) -> Loss:
    """Return the loss of a rule, which sums its truth and counts where it is false too."""
    return _with_counts(get("rule_satisfaction"), _shares_of_truths if even else _truths)


@cache
def quantified_loss(loss_id: str) -> Loss:
    """Return the loss of a rule over all rows at once, which counts like that of any rule.

    As there, truths outside [0, 1] get a note.
    """
    return replace(_with_counts(get(loss_id), _truths), inputs=rule_loss().inputs)


def _excesses(values: Array, targets: Array) -> dict[str, Any]:
    return {"violated": values > targets}


def _shares_of_excess(values: Array, targets: Array) -> dict[str, Any]:
    """The same as a share of the block: a number stands for every item."""
    return {"violated": np.count_nonzero(values > targets) / values.size}


def _truths(values: Array, _: Array) -> dict[str, Any]:
    return {"truth": values, "violated": values < HALF}


def _shares_of_truths(values: Array, _: Array) -> dict[str, Any]:
    """The same as a mean and a share of the block."""
    return {
        "truth": sum_in_double(values) / values.size,
        "violated": np.count_nonzero(values < HALF) / values.size,
    }


def _with_counts(loss: Loss, count_of: Callable[[Array, Array], dict[str, Any]]) -> Loss:
    (form,) = loss.forms

    def terms(predictions: Array, targets: Array, **params: Any) -> dict[str, Any]:
        statistics = form.terms(predictions, targets, **params)
        return {**statistics, **count_of(predictions, targets)}

    counting = replace(form, terms=terms, totals=None)  # those of the loss itself count nothing
    return replace(loss, forms=(counting,), counts=("violated",))


def _greatest(values: Array, start: int, count: int) -> dict[int, float]:
    """Return the greatest values of a block; of equal ones the first."""
    most = min(count, len(values))
    least = np.partition(values, len(values) - most)[len(values) - most]
    above = np.flatnonzero(values > least)
    level = np.flatnonzero(values == least)[: most - len(above)]
    return {start + int(at): float(values[at]) for at in (*above, *level)}


class WorstItems:
    """Keeps the items with the greatest loss; ties go to the first, so threads change nothing."""

    def __init__(self, shape: tuple[int, ...], count: int = SHOWN) -> None:
        """Keep at most `count` of the items of an array."""
        self.count = min(count, prod(shape))
        self._kept: dict[int, float] = {}
        self._bar = (-np.inf, 0)  # the least loss kept, and the last item that has it
        self._lock = threading.Lock()

    def write(self, start: int, values: Array) -> None:
        """Look at a block."""
        # Read without the lock: a bar that another thread is raising only lets more items through.
        bar, last = self._bar
        top = values.max()
        if not top >= bar or (top == bar and start > last):  # equal ones earlier in the file win
            return
        # While the bar stands, few items reach it; at the start all do, and a partition is cheaper.
        near = np.flatnonzero(values >= bar) if np.isfinite(bar) else None
        if near is None or len(near) > MANY:
            candidates = _greatest(values, start, self.count)
        else:
            candidates = {start + int(at): float(values[at]) for at in near}
        with self._lock:
            # By loss, then by index: which items are kept depends on no order of the blocks.
            merged = sorted((self._kept | candidates).items(), key=lambda item: (-item[1], item[0]))
            self._kept = dict(merged[: self.count])
            if len(self._kept) == self.count:
                least = min(self._kept.values())
                self._bar = (least, max(at for at, loss in self._kept.items() if loss == least))

    def items(self) -> list[tuple[int, float]]:
        """Return the items, the worst first: index into the flattened array, and loss above 0."""
        return [(at, loss) for at, loss in self._kept.items() if loss > 0.0]


class ItemMoments:
    """Sums item losses and their squares, for their standard deviation."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._parts: dict[int, tuple[float, float, int]] = {}

    def write(self, start: int, values: Array) -> None:
        """Add a block; evaluating a block again replaces it."""
        exact = values.astype(np.float64)
        self._parts[start] = (float(exact.sum()), float((exact * exact).sum()), len(exact))

    def deviation(self) -> float:
        """Standard deviation of the items seen."""
        # In the order of the items, not of the threads that finished them: the same bits always.
        parts = [self._parts[start] for start in sorted(self._parts)]
        count = sum(part[2] for part in parts)
        mean = sum(part[0] for part in parts) / count
        return float(np.sqrt(max(sum(part[1] for part in parts) / count - mean * mean, 0.0)))


class SinkGroup:
    """Hands every block to several sinks."""

    def __init__(self, *sinks: WorstItems | ItemMoments) -> None:
        """Keep the sinks."""
        self.sinks = sinks

    def write(self, start: int, values: Array) -> None:
        """Write to each."""
        for sink in self.sinks:
            sink.write(start, values)
