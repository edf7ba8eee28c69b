"""Shards: the totals of a run of blocks of the grid, and the value of all from those of each.

A value is made of the totals of blocks, which are joined by an exact sum or in the order of the
grid. So it has the same bits whoever evaluates which blocks: threads here, or a process each on
machines of their own. What a block adds is kept block by block, as the engine joins them.
"""

from collections.abc import Mapping, Sequence
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
from lossctl.engine.estimates import (
    Contributions,
    UnitMoments,
    interval_watches,
    slopes_of,
    takes_two_passes,
    why_no_units,
)
from lossctl.engine.evaluate import Request, finish, first_plan
from lossctl.engine.observe import Observer, Seen, Watch, are_whole_in_blocks
from lossctl.engine.plan import WEIGHTS, Plan
from lossctl.engine.reduce.totals import Totals, are_finite, block_totals, combine
from lossctl.engine.reduce.units import units_of
from lossctl.engine.resolve import Resolved, resolve_one
from lossctl.engine.shard_data import (
    DescribedSource,
    LossTotals,
    NotHereError,
    SecondPass,
    SlicedShard,
)
from lossctl.engine.slice_sums import SliceSums, Slicing
from lossctl.engine.sources import Source, is_text
from lossctl.engine.worst import WorstUnits, are_named_by_number, highest, worst_units
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


def totals_of_shard(  # noqa: PLR0917 - as `evaluate` has them, and which shard it is
    requests: Sequence[Request],
    weights: Source | None,
    options: Options,
    shard: Shard,
    details: Details,
    slopes: Sequence[Mapping[str, Any] | None] | None = None,
) -> list[LossTotals]:
    """Evaluate the blocks of a shard, for each loss those of its own grid.

    Parameters
    ----------
    requests, weights, options, shard
        What is evaluated.
    details
        What else is asked for: slices, the worst units.
    slopes
        In a second round, of each loss :func:`second_pass_of` all shards; None of those that need
        none.

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
        reason = why_not_split(plan) or (why_no_rows(plan, details.worst) if of_units else "")
        if reason:
            raise UsageError(f"{plan.loss.id} cannot be evaluated in parts: {reason}")
    again = slopes or [None] * len(plans)
    found = [_evaluated(plan, shard, details, own) for plan, own in zip(plans, again, strict=True)]
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
    return ""


def why_no_rows(plan: Plan, worst: int) -> str:
    """Return why a plan has no slices or worst units that shards can show; nothing where it has."""
    if reason := why_no_units(plan):
        return f"it has no slices and no worst items: {reason}"
    if worst and not are_whole_in_blocks(plan) and not are_named_by_number(plan):
        return (
            f"its worst {units_of(plan).noun}s are named by files, which each shard has others of"
        )
    return ""


class _OneByOne:
    """An observer whose parts are kept for those who merge all shards."""

    def __init__(self, observer: Observer) -> None:
        """See as it does."""
        self.see = observer.see

    def merge(self, seen: Sequence[Any]) -> None:
        """Do nothing: there are only those of one shard."""


def _evaluated(
    plan: Plan, shard: Shard, details: Details, slopes: Mapping[str, Any] | None
) -> LossTotals:
    grid = plan.fit.layout.grid()
    first, last = shard.of(len(grid))
    is_whole = are_whole_in_blocks(plan)
    watches = list(interval_watches([plan]).values()) if plan.options.interval else []
    of_units = not is_whole and (plan.options.interval or details.slicings or details.worst)
    if of_units and not watches:  # which sees nothing: the units themselves are kept
        watches = [Watch((0,), UnitMoments())]
    ways = [make(plan) for make in details.slicings]
    worst = WorstUnits(plan, details.worst)
    sliced = [Watch((0,), _OneByOne(SliceSums(plan, way))) for way in ways if is_whole]
    ranked = [Watch((0,), worst)] if details.worst and is_whole else []
    again = [Watch((0,), _OneByOne(Contributions(slopes)))] if slopes is not None else []
    watches, of_interval = [*watches, *sliced, *again, *ranked], len(watches)
    seen = Seen([plan], watches)
    blocks = block_totals([plan], [None], grid[first:last], None, seen if watches else None)
    totals = [each for (each,) in blocks]
    if totals:
        merged = combine(plan, totals)
        merged.findings.raise_faults()
        _require_finite(plan, merged, f"shard {shard}")
    kept = [[parts.get(start) for start, _ in grid[first:last]] for parts in seen.parts]
    shown = kept[0] if of_interval and not plan.by_sample else None
    if ranked and seen.parts[-1]:
        worst.merge([seen.parts[-1][start] for start in sorted(seen.parts[-1])])
    at_first = shard.number == 1 and not is_whole
    return LossTotals(
        plan,
        len(grid),
        totals,
        shown,
        {},
        {},
        [
            SlicedShard(
                way.by,
                way.categories.names,
                kept[of_interval + at] if is_whole else (),
                np.asarray(way.categories.array()) if at_first else None,
            )
            for at, way in enumerate(ways)
        ],
        details.least,
        details.worst,
        worst_units(plan, worst, details.ids),
        _ids_of(plan, details) if at_first and details.worst else None,
        None if slopes is None else SecondPass(slopes, kept[of_interval + len(sliced)]),
    )


def _ids_of(plan: Plan, details: Details) -> list[str] | None:
    ids = details.ids
    return None if ids is None or len(ids) != units_of(plan).count else [str(one) for one in ids]


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
    resolved = _resolved(parts)
    result = finish(resolved, None)
    plan, is_whole = resolved.plan, are_whole_in_blocks(resolved.plan)
    most, options = parts[0].most, plan.options
    watches = interval_watches([plan]) if options.interval else {}
    slices = [SliceSums(plan, way, parts[0].blocks) for way in _slicings(parts)]
    worst = WorstUnits(plan, most) if most and not is_whole else None
    shown = [one for part in parts for one in part.seen or ()]

    def show(observers: Sequence[Observer]) -> None:
        seen = Seen([plan], [Watch((0,), observer) for observer in observers])
        for own in seen.parts:
            own |= {at: one for at, one in enumerate(_alike(shown)) if one is not None}
        seen.finish([resolved.totals])

    def again(_resolved: Resolved, observer: Observer) -> None:
        if is_whole:
            observer.merge(_second_parts(parts, observer))
        else:
            show([observer])

    if is_whole:
        show([watch.observer for watch in watches.values()])
        for number, sums in enumerate(slices):
            _add_slices(sums, [part.sliced[number] for part in parts])
        if most:
            named = highest([one for part in parts for one in part.worst], most, plan)
            result = replace(result, worst=tuple(named))
    else:
        own = [] if worst is None else [worst]
        show([*(watch.observer for watch in watches.values()), *slices, *own])
    if not (options.interval or slices or worst):
        return result, resolved
    details = Details(options.interval, options.confidence, least=parts[0].least, ids=parts[0].ids)
    found = SeenDetails(details, watches.get(0), slices, worst, again)
    return with_details(result, resolved, found), resolved


def second_pass_of(parts: Sequence[LossTotals]) -> Mapping[str, Any] | None:
    """Return by which slopes a second round of shards makes an interval; None where none does."""
    resolved = _resolved(parts)
    plan = resolved.plan
    return slopes_of(resolved)[0] if plan.options.interval and takes_two_passes(plan) else None


def _resolved(parts: Sequence[LossTotals]) -> Resolved:
    plan = _with_digests(parts)
    totals = combine(plan, [each for part in parts for each in part.totals])
    try:
        return resolve_one(plan, totals, None)
    except NotHereError:
        raise DataError(_why_again(plan)) from None


def _second_parts(parts: Sequence[LossTotals], observer: Any) -> list[Any]:
    """Return what the units of all blocks contribute, by the slopes that an observer has.

    Raises
    ------
    DataError
        Where the shards are of a first round, or of one that was begun with other data.
    """
    plan, found = parts[0].plan, [part.second for part in parts]
    if None in found:
        raise DataError(
            f"{plan.loss.id}: its interval takes a second round of shards: "
            f"{option('second_round', 'FILE')} of merge writes what compute reads by it"
        )
    for one in found:
        assert one is not None  # noqa: S101 - looked at
        if not _are_equal(one.slopes, observer.gradient):
            raise DataError(
                f"{plan.loss.id}: the second round of shards was made by sums of other data; make "
                "both rounds again"
            )
    return [one for second in found if second for one in second.parts if one is not None]


def _are_equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[n], other[n]) for n in one)


def _slicings(parts: Sequence[LossTotals]) -> list[Slicing]:
    """Return every way to slice the data; the slices of units are known where blocks share them."""
    return [
        Slicing(
            one.by, Categories(np.zeros(0, np.int32) if one.codes is None else one.codes, one.names)
        )
        for one in parts[0].sliced
    ]


def _add_slices(sums: SliceSums, shards: Sequence[SlicedShard]) -> None:
    """Add the sums of one way to slice the data, of all shards."""
    for one in (one for shard in shards for one in shard.parts if one is not None):
        sums.add(one)
    sums.merge(())


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
