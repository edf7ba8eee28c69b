"""Evaluate plans and let observers see the statistics of their units, in the same pass.

An observer reduces the units of a block while the block is in the caches. Where a unit may lie in
several blocks (an image, a sequence) the sums of all units are joined first, which are few, and the
observer sees those. Either way what it sees and in which order is fixed by the shapes of the data.
"""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from lossctl.core.threads import run_pieces
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.averages import sums_of_batches, value_of_classes
from lossctl.engine.reduce.statistics import SAMPLE_WEIGHT
from lossctl.engine.reduce.totals import Totals, sum_blocks
from lossctl.engine.reduce.units import (
    UnitBlock,
    UnitSums,
    join_units,
    kind_of,
    units_of,
    units_of_samples,
)
from lossctl.engine.resolve import Resolved, numbers_by_grid, resolve_one
from lossctl.engine.sources import Sink


class Observer(Protocol):
    """Reduces units, block by block."""

    def see(self, blocks: Sequence[UnitBlock]) -> Any:
        """Return what the same units of one plan or several add; called from any thread."""
        ...

    def merge(self, seen: Sequence[Any]) -> None:
        """Take what all blocks added, in the order of the units."""
        ...


@runtime_checkable
class Adding(Observer, Protocol):
    """An observer that adds what blocks give one by one, for which memory must not grow with them.

    `merge` is then called with nothing, when all are added.
    """

    def begin(self) -> None:
        """Forget what was added: all of it comes again."""
        ...

    def add(self, part: Any) -> None:
        """Take what the next block added, in the order of the units."""
        ...


class _InOrder:
    """Hands what blocks gave to an observer in the order of the grid, each as soon as it can."""

    def __init__(self, observer: Adding, starts: Sequence[int]) -> None:
        """Expect a part, or None, for each start."""
        self.observer, self.places = observer, {start: at for at, start in enumerate(starts)}
        self.waiting: dict[int, Any] = {}
        self.next = 0
        self.lock = Lock()
        observer.begin()

    def put(self, start: int, part: Any) -> None:
        """Take a part from any thread."""
        with self.lock:
            self.waiting[self.places[start]] = part
            while self.next in self.waiting:
                ready = self.waiting.pop(self.next)
                self.next += 1
                if ready is not None:
                    self.observer.add(ready)


class Watch(NamedTuple):
    """An observer and the numbers of the plans whose units it sees together."""

    plans: tuple[int, ...]
    observer: Observer


def observe(
    plans: Sequence[Plan], sinks: Sequence[Sink | None], watches: Sequence[Watch]
) -> list[Resolved]:
    """Sum every plan and show its units to the observers; plans of one watch share a grid.

    What was guessed wrongly of the predictions, or overflowed, is summed and shown again.
    """
    resolved: list[Any] = [None] * len(plans)
    for numbers in numbers_by_grid(plans):
        places = {number: place for place, number in enumerate(numbers)}
        here = [
            Watch(tuple(places[number] for number in watch.plans), watch.observer)
            for watch in watches
            if watch.plans[0] in places
        ]
        answers = _observe_grid([plans[n] for n in numbers], [sinks[n] for n in numbers], here)
        for number, answer in zip(numbers, answers, strict=True):
            resolved[number] = answer
    return resolved


def observe_again(resolved: Sequence[Resolved], watches: Sequence[Watch]) -> None:
    """Show the units of plans that are summed already to further observers."""
    for watch in watches:
        own = [resolved[number] for number in watch.plans]
        shown = Watch(tuple(range(len(own))), watch.observer)
        seen = _seen([done.plan for done in own], [shown])
        seen.finish([done.totals for done in own])


def _observe_grid(
    plans: Sequence[Plan], sinks: Sequence[Sink | None], watches: Sequence[Watch]
) -> list[Resolved]:
    seen = Seen(plans, watches)
    totals = sum_blocks(plans, sinks, None, seen)
    resolved = [
        resolve_one(plan, total, sink)
        for plan, total, sink in zip(plans, totals, sinks, strict=True)
    ]
    final = [done.plan for done in resolved]
    if any(_computes_otherwise(one, other) for one, other in zip(plans, final, strict=True)):
        seen = _seen(final, watches)
    elif seen.is_mixed:
        seen = _seen(final, watches, with_weights=True)
    seen.finish([done.totals for done in resolved])
    return resolved


def _seen(plans: Sequence[Plan], watches: Sequence[Watch], *, with_weights: bool = False) -> "Seen":
    """Show the units of plans in a pass of its own; with weights where only some blocks have any.

    Of labels to ignore, one block may hold some and another none.
    """
    seen = Seen(plans, watches, with_weights=with_weights)
    if not seen.from_totals:
        sum_blocks(plans, [None] * len(plans), None, seen)
    return _seen(plans, watches, with_weights=True) if seen.is_mixed else seen


def _computes_otherwise(one: Plan, other: Plan) -> bool:
    return one.form is not other.form or (one.dtype, one.scale) != (other.dtype, other.scale)


class Seen:
    """What the observers have seen of each block, by its first row."""

    of_units = True

    def __init__(
        self, plans: Sequence[Plan], watches: Sequence[Watch], *, with_weights: bool = False
    ) -> None:
        """Show the units of the plans to the observers of the watches.

        `with_weights` gives weights of 1 to the units of blocks that have none.
        """
        self.plans, self.watches, self.with_weights = plans, watches, with_weights
        self.parts: list[dict[int, Any]] = [{} for _ in watches]
        self.are_weighted: list[set[bool]] = [set() for _ in watches]
        self.direct = [
            all(are_whole_in_blocks(plans[number]) for number in watch.plans) for watch in watches
        ]
        self.in_order = [
            _InOrder(watch.observer, [start for start, _ in plans[0].fit.layout.grid()])
            if direct and isinstance(watch.observer, Adding)
            else None
            for watch, direct in zip(watches, self.direct, strict=True)
        ]

    @property
    def from_totals(self) -> bool:
        """Whether the totals hold all units already."""
        return all(plan.by_sample for plan in self.plans)

    def see(self, start: int, stop: int, units: Sequence[UnitBlock | None]) -> list[Any]:
        """Show the units of one block, of which some plans may have none.

        Returns
        -------
        list
            For each watch what its observer gives and whether the units have weights, or nothing;
            where units lie in several blocks, the units themselves.
        """
        del start, stop
        seen: list[Any] = []
        for watch, direct in zip(self.watches, self.direct, strict=True):
            blocks = [units[number] for number in watch.plans]
            whole = _all_present(blocks) if direct else None
            if whole is None:
                seen.append(None if direct else blocks)
                continue
            if self.with_weights:
                whole = [block.with_weight() for block in whole]
            seen.append((watch.observer.see(whole), whole[0].weight is not None))
        return seen

    def take(self, start: int, seen: Sequence[Any]) -> None:
        """Take what :meth:`see` returned for one block, from any thread."""
        for at, (one, direct) in enumerate(zip(seen, self.direct, strict=True)):
            if not direct:
                self.parts[at][start] = one
                continue
            part, is_weighted = (None, None) if one is None else one
            if is_weighted is not None:
                self.are_weighted[at].add(is_weighted)
            if (in_order := self.in_order[at]) is not None:
                in_order.put(start, part)
            elif part is not None:
                self.parts[at][start] = part

    @property
    def is_mixed(self) -> bool:
        """Whether an observer saw blocks with weights and others without."""
        return any(len(kinds) > 1 for kinds in self.are_weighted)

    @np.errstate(all="ignore")
    def finish(self, totals: Sequence[Totals]) -> None:
        """Give the observers all that was seen, in the order of the units."""
        for watch, parts, direct in zip(self.watches, self.parts, self.direct, strict=True):
            seen = [parts[start] for start in sorted(parts)]
            if not direct:
                seen = self._joined(watch, seen, totals)
                if isinstance(watch.observer, Adding):
                    watch.observer.begin()
                    for part in seen:
                        watch.observer.add(part)
                    seen = []
            watch.observer.merge(seen)

    def _joined(
        self, watch: Watch, seen: Sequence[Sequence[UnitBlock | None]], totals: Sequence[Totals]
    ) -> list[Any]:
        """Join the parts of units that lie in several blocks, and show those."""
        joined = []
        for place, number in enumerate(watch.plans):
            plan = self.plans[number]
            if plan.by_sample:
                joined.append(_of_totals(plan, totals[number]).blocks())
            else:
                joined.append(join_units(plan, [blocks[place] for blocks in seen]).blocks())
        together = list(zip(*joined, strict=True))
        answers: list[Any] = [None] * len(together)

        def work(number: int) -> None:
            answers[number] = watch.observer.see(together[number])

        run_pieces(len(together), work, self.plans[0].options.threads)
        return answers


def are_whole_in_blocks(plan: Plan) -> bool:
    """Whether each unit of a plan lies in one block, which observers then see."""
    return not plan.by_sample and units_of(plan).in_one_block


def _all_present(blocks: Sequence[UnitBlock | None]) -> list[UnitBlock] | None:
    """Return the blocks, None where a plan has no units in this one."""
    present = [block for block in blocks if block is not None]
    return present if len(present) == len(blocks) else None


def _of_totals(plan: Plan, totals: Totals) -> UnitSums:
    """Return the units of losses of samples or sequences.

    Of a mean over samples, or over batches of sequences, each has its own value.
    """
    sums: Mapping[str, Any] = totals.sums
    if kind_of(plan) == "function":
        return units_of_samples(sums)
    sums = sums_of_batches(plan, sums)
    weight = sums[SAMPLE_WEIGHT]
    present = weight > 0.0
    values = present.astype(float)
    values[present] = value_of_classes(plan, sums)
    return UnitSums({"loss": values}, present.astype(float))
