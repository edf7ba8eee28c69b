"""Plans made of shapes and types alone, and used again for other data of the same.

Ten numbers are summed in a few microseconds and planned in fifty. Nearly every plan follows from
the loss, its parameters, the options, and the shapes and types of the inputs. Whether one does is
found by making it of inputs that cannot be read: where planning asks for values, it is needed for
every call.
"""

from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import NoReturn

import numpy as np

from lossctl.core.lazy import copied, lazy
from lossctl.core.loss import Array
from lossctl.core.options import Options
from lossctl.core.result import Result
from lossctl.engine.evaluate import (
    Request,
    finish_quietly,
    guess_kind,
    item_values,
    known_kind,
)
from lossctl.engine.plan import GROUP, WEIGHTS, Plan
from lossctl.engine.read.reader import Reader
from lossctl.engine.reduce.totals import sum_block
from lossctl.engine.resolve import resolve, resolve_one
from lossctl.engine.sources import ArraySink, Source
from lossctl.kernels.numeric.block_cache import one_block

TELLS_INPUTS_APART = "reading_key"


class NeedsValuesError(Exception):
    """Raised where a plan depends on the values of its inputs."""


class Unread:
    """An input of which only the shape and the type are known."""

    def __init__(self, array: Array, label: str) -> None:
        """Take the shape and the type of an array, and forget it."""
        self.label, self.shape, self.dtype = label, array.shape, array.dtype

    def read(self, start: int, stop: int) -> NoReturn:
        """Refuse."""
        raise NeedsValuesError(f"{self.label}: {start} to {stop}")

    def where(self, index: tuple[int, ...]) -> NoReturn:
        """Refuse: only a message about values names a place."""
        raise NeedsValuesError(f"{self.label}: {index}")


class KnownPlan:
    """A plan for any data of the same shapes and types."""

    def __init__(self, plan: Plan, kind: str | None) -> None:
        """Keep a plan of inputs that were not read; without a kind the data decides it."""
        self._decides = kind is None
        self._kind = plan.kind
        self._plan = plan if kind is None else plan.read_as(kind)
        if kind is not None or plan.kind in plan.loss.kinds_in(plan.fit.layout.axes):
            worked_out(self._plan)
        self._by_kind: dict[str, Plan] = {}
        self._rows = plan.fit.layout.grid()[0]
        self._items = item_values(plan) if plan.options.reduction == "none" else None

    def evaluate(self, sources: Mapping[str, Source]) -> Result:
        """Evaluate inputs by name, with weights and groups.

        One block is evaluated in this thread, and the guess at the kind shares what it reads.

        Raises
        ------
        DataError
            For values that the loss cannot read.
        """
        reader = Reader(*self._rows)
        sink = None if self._items is None else ArraySink(*self._items)
        sink_of_items = None if self._plan.loss.pooled else sink
        with np.errstate(all="ignore"):
            if not self._plan.fits_a_block:
                (resolved,) = resolve([self._plan_of(sources, reader)], [sink_of_items])
                return finish_quietly(resolved, sink)
            with one_block(remember=False):
                plan = self._plan_of(sources, reader)
                totals = sum_block(plan, reader, sink_of_items)
            return finish_quietly(resolve_one(plan, totals, sink), sink)

    def differentiate(self, sources: Mapping[str, Source]) -> tuple[Result, dict[str, Array]]:
        """Evaluate inputs by name, and the gradient of every differentiable one.

        Raises
        ------
        DataError
            For values that the loss cannot read.
        """
        reader = Reader(*self._rows)
        with np.errstate(all="ignore"):
            plan = self._plan_of(sources, reader)
            if plan.fits_a_block:
                result, sinks = _gradients().gradient_of_block(plan, reader)
            else:
                result, sinks = _gradients().gradient_of_plan(plan, ArraySink)
        return result, {name: sink.array for name, sink in sinks.items()}

    def _plan_of(self, sources: Mapping[str, Source], reader: Reader) -> Plan:
        """Return the plan for inputs, guessing at what their predictions are where that is open."""
        plan = of_inputs(self._plan, sources)
        if not self._decides or (kind := guess_kind(plan, reader)) == self._kind:
            return plan
        if kind not in self._by_kind:
            self._by_kind[kind] = worked_out(self._plan.read_as(kind))
        return of_inputs(self._by_kind[kind], sources)


@cache  # of small calls, imports in functions take a few hundredths
def _gradients() -> ModuleType:
    from lossctl.engine import gradient  # noqa: PLC0415 - gradients only

    return gradient


def known_plan(request: Request, weights: Unread | None, options: Options) -> KnownPlan | None:
    """Plan a request of unread inputs; None where every call needs a plan of its own.

    That is where the plan depends on values, sees its inputs in another way than they are given, or
    would keep the bounds of many groups.
    """
    assert request.sources is not None  # noqa: S101 - unread inputs are the request's own
    given = [id(source) for source in (*request.sources.values(), weights, None)]
    try:
        plan = request.plan(request.sources, weights, options)
        kind = known_kind(plan, options)
    except NeedsValuesError:
        return None
    read = [*plan.sources.values(), *plan.data.values(), plan.weights, plan.group]
    as_given = all(id(source) in given for source in read)
    keeps_little = plan.fit.layout.groups is None or len(plan.fit.layout.grid()) == 1
    return KnownPlan(plan, kind) if as_given and keeps_little else None


def worked_out(plan: Plan) -> Plan:
    """Work out what a plan knows of itself, for its copies."""
    for name, entry in vars(Plan).items():
        if isinstance(entry, lazy) and name != TELLS_INPUTS_APART:
            getattr(plan, name)
    return plan


def of_inputs(plan: Plan, given: Mapping[str, Source]) -> Plan:
    """Return a plan for other inputs of the same shapes and types, by name.

    It is copied with what it has worked out.
    """
    return copied(
        plan,
        sources={name: given[name] for name in plan.sources},
        data={name: given[name] for name in plan.data},
        weights=given.get(WEIGHTS),
        group=given.get(GROUP),
    )
