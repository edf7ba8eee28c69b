"""Shards: the totals of a run of blocks of the grid, and the value of all from those of each.

A value is made of the totals of blocks, which are joined by an exact sum or in the order of the
grid. So it has the same bits whoever evaluates which blocks: threads here, or a process each on
machines of their own. What a block adds is kept block by block, as the engine joins them.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.options import Options, require_use
from lossctl.core.result import Result
from lossctl.core.spelling import option
from lossctl.engine.categories import Categories
from lossctl.engine.details import Details, SeenDetails, with_details
from lossctl.engine.digests import Digested, Digests, borders_of, digest
from lossctl.engine.estimates import interval_watches, why_no_interval, why_no_units
from lossctl.engine.evaluate import Request, finish, first_plan
from lossctl.engine.observe import Observer, Seen, Watch
from lossctl.engine.plan import WEIGHTS, Plan
from lossctl.engine.reduce.totals import Totals, are_finite, block_totals, combine
from lossctl.engine.reduce.units import kind_of, units_of
from lossctl.engine.resolve import Resolved, resolve_one
from lossctl.engine.shard_data import DescribedSource, LossTotals, NotHereError, SlicedShard
from lossctl.engine.slice_sums import SliceSums, Slicing
from lossctl.engine.sources import Source, is_text
from lossctl.engine.worst import WorstUnits, highest, worst_units
from lossctl.uncertainty.moments import Moments


class Shard(NamedTuple):
    """One of several shards, by number from 1."""

    number: int
    shards: int

    def __str__(self) -> str:
        """Return it as the shell writes it."""
        return f"{self.number}/{self.shards}"

    def of(self, length: int) -> tuple[int, int]:
        """Return the part of so many that is this shard's, as (first, last) places."""
        return length * (self.number - 1) // self.shards, length * self.number // self.shards


def totals_of_shard(
    requests: Sequence[Request],
    weights: Source | None,
    options: Options,
    shard: Shard,
    details: Details,
) -> list[LossTotals]:
    """Evaluate the blocks of a shard, for each loss those of its own grid.

    `details` says what else is asked for: slices, the worst units.

    Raises
    ------
    UsageError, DataError
        As for evaluations of all data, and for losses that cannot be split.
    """
    require_use([request.loss for request in requests], options)
    digests = Digests(shard)
    of_units = bool(details.slicings or details.worst)
    plans = [first_plan(each, {}, weights, options, digests=digests) for each in requests]
    for plan in plans:
        reason = why_not_split(plan) or (why_no_rows(plan) if of_units else "")
        if reason:
            raise UsageError(f"{plan.loss.id} cannot be evaluated in parts: {reason}")
    found = [_evaluated(plan, shard, details) for plan in plans]
    return [
        each._replace(
            hashes={
                name: (source.partial(), int(np.prod(source.shape, dtype=np.int64)))
                for name, source in each.plan.data.items()
                if isinstance(source, Digested)
            },
            borders={
                name: borders_of(source, shard)
                for name, source in _inputs(request, weights).items()
                if not is_text(source)
            },
        )
        for each, request in zip(found, requests, strict=True)
    ]


def _inputs(request: Request, weights: Source | None) -> dict[str, Source]:
    """Return the inputs as they are given."""
    sources = dict(request.sources or {})
    return sources if weights is None else sources | {WEIGHTS: weights}


def why_not_split(plan: Plan) -> str:
    """Return why the blocks of a plan cannot be evaluated apart; nothing where they can."""
    if plan.options.reduction == "none":
        return "every item has a value of its own"
    if plan.loss.needs_rows:
        return "it is of all rows together"
    layout = plan.fit.layout
    if plan.loss.grouped and layout.groups is not None and len(layout.groups) < 2:
        more = f" ({option('batch_size')} makes several)" if plan.loss.grouped == "batch" else ""
        return f"all items are one group, which is evaluated as a whole{more}"
    two_passes = kind_of(plan) == "function" and not plan.by_sample
    if plan.options.interval and two_passes and not why_no_interval(plan):
        return "its interval takes two passes over the data; parts make one"
    return ""


def why_no_rows(plan: Plan) -> str:
    """Return why a plan has no slices or worst units that blocks show; nothing where it has."""
    if reason := why_no_units(plan):
        return f"it has no slices and no worst items: {reason}"
    if plan.by_sample or not units_of(plan).in_one_block:
        return (
            f"its {units_of(plan).noun}s are joined from all blocks before they are ranked or cut"
        )
    return ""


class _OneByOne:
    """An observer whose parts are kept for those who merge all shards."""

    def __init__(self, observer: Observer) -> None:
        """See as it does."""
        self.see = observer.see

    def merge(self, seen: Sequence[Any]) -> None:
        """Do nothing: there are only those of one shard."""


def _evaluated(plan: Plan, shard: Shard, details: Details) -> LossTotals:
    grid = plan.fit.layout.grid()
    first, last = shard.of(len(grid))
    watches = list(interval_watches([plan]).values()) if plan.options.interval else []
    ways = [make(plan) for make in details.slicings]
    sliced = [Watch((0,), _OneByOne(SliceSums(plan, way))) for way in ways]
    worst = WorstUnits(plan, details.worst)
    ranked = [Watch((0,), worst)] if details.worst else []
    watches, of_interval = [*watches, *sliced, *ranked], len(watches)
    seen = Seen([plan], watches)
    blocks = block_totals([plan], [None], grid[first:last], None, seen if watches else None)
    totals = [each for (each,) in blocks]
    if totals:
        merged = combine(plan, totals)
        merged.findings.raise_faults()
        _require_finite(plan, merged, f"shard {shard}")
    shown = None
    if of_interval and not plan.by_sample:
        shown = [seen.parts[0].get(start) for start, _ in grid[first:last]]
    kept = [
        SlicedShard(
            way.by, way.categories.names, [parts.get(start) for start, _ in grid[first:last]]
        )
        for way, parts in zip(ways, seen.parts[of_interval:], strict=False)
    ]
    if ranked and seen.parts[-1]:
        worst.merge([seen.parts[-1][start] for start in sorted(seen.parts[-1])])
    units = worst_units(plan, worst, details.ids)
    return LossTotals(
        plan, len(grid), totals, shown, {}, {}, kept, details.least, details.worst, units
    )


def _require_finite(plan: Plan, totals: Totals, where: str) -> None:
    """Refuse sums that would be taken once more in float64."""
    if plan.dtype == np.float32 and not are_finite(totals.sums):
        raise DataError(
            f"{plan.loss.id}: float32 overflows in {where}, or holds NaN; evaluate every shard "
            f"with {option('precision', 'double')}"
        )


# All shards together


def result_of_shards(parts: Sequence[LossTotals]) -> tuple[Result, Resolved]:
    """Return the result of all data from the totals of all shards, in their order.

    Raises
    ------
    DataError
        Where the totals do not suffice: what the first block showed of the predictions does not
        hold for all, or sums leave the range of floats.
    """
    plan = _with_digests(parts)
    totals = combine(plan, [each for part in parts for each in part.totals])
    try:
        resolved = resolve_one(plan, totals, None)
    except NotHereError:
        raise DataError(_why_again(plan)) from None
    result = finish(resolved, None)
    if parts[0].most:
        worst = highest([one for part in parts for one in part.worst], parts[0].most, plan)
        result = replace(result, worst=tuple(worst))
    slices = _slices(parts, resolved)
    if not plan.options.interval and not slices:
        return result, resolved
    watches = interval_watches([resolved.plan]) if plan.options.interval else {}
    if watches:
        seen = Seen([resolved.plan], list(watches.values()))
        shown = [one for part in parts for one in part.seen or ()]
        seen.parts[0] = {at: one for at, one in enumerate(_alike(shown)) if one is not None}
        seen.finish([resolved.totals])
    details = Details(plan.options.interval, plan.options.confidence, least=parts[0].least)
    found = SeenDetails(details, watches.get(0), slices, None)
    return with_details(result, resolved, found), resolved


def _slices(parts: Sequence[LossTotals], resolved: Resolved) -> list[SliceSums]:
    """Return the sums of every way to slice the data, of all shards."""
    found = []
    for of_shards in zip(*(part.sliced for part in parts), strict=True):
        nowhere = Categories(np.zeros(0, np.int32), of_shards[0].names)
        sums = SliceSums(resolved.plan, Slicing(of_shards[0].by, nowhere))
        seen = [one for shard in of_shards for one in shard.parts if one is not None]
        widths = {one.moments.means.shape[1] for one in seen if one.moments is not None}
        if len(widths) > 1:
            raise DataError(
                f"{resolved.plan.loss.id}: items are left out of some blocks and of others not, "
                "for which slices take a second pass; evaluate the data as a whole, or on a cluster"
            )
        for one in seen:
            sums.add(one)
        sums.merge(())
        found.append(sums)
    return found


def _alike(seen: Sequence[Any]) -> list[Any]:
    """Give moments of losses weights of 1 where those of other blocks have weights."""
    widths = {len(one.center) for one in seen if isinstance(one, Moments)}
    if len(widths) < 2:
        return list(seen)
    return [
        _with_weight(one) if isinstance(one, Moments) and len(one.center) == 1 else one
        for one in seen
    ]


def _with_weight(moments: Moments) -> Moments:
    """Return the moments of losses and weights of 1, which have no spread."""
    products = np.zeros((2, 2))
    products[0, 0] = moments.products[0, 0]
    center = np.array([moments.center[0], 1.0 if moments.n else 0.0])
    return Moments(moments.n, center, np.array([moments.residuals[0], 0.0]), products)


def _with_digests(parts: Sequence[LossTotals]) -> Plan:
    """Return the plan of the first shard, whose data has the digests of all of it."""
    plan, hashes = parts[0].plan, [part.hashes for part in parts]
    data: dict[str, Source] = dict(plan.data)
    for name in hashes[0]:
        total, size = sum(each[name][0] for each in hashes), hashes[0][name][1]
        source = data[name]
        assert isinstance(source, DescribedSource)  # noqa: S101 - plans of files have no others
        data[name] = replace(source, hashed=digest(total, size))
    return replace(plan, data=data)


def _why_again(plan: Plan) -> str:
    ways = "evaluate the data as a whole"
    if plan.options.input == "auto" and len(plan.loss.kinds) > 1:
        ways = f"say in every shard what they are, such as {option('input', 'logits')}"
    return (
        f"{plan.loss.id}: predictions are not what the first block shows ({plan.kind}), or sums "
        f"leave the range of floats, and shards read the data once; {ways}"
    )
