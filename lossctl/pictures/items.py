"""Where a loss comes from: how the losses of items are distributed, and their cumulative share."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options
from lossctl.core.spec import spec as spec_text
from lossctl.core.spelling import number, option, plural
from lossctl.data_places import Data
from lossctl.engine.bind.inputs import bind_all
from lossctl.engine.evaluate import evaluate, first_plan
from lossctl.engine.plan import Plan
from lossctl.engine.read.prepare import prepare
from lossctl.engine.read.reader import Reader
from lossctl.engine.reduce.units import units_of
from lossctl.evaluation import opened, places_of, request_of
from lossctl.loss_specs import Spec
from lossctl.pictures.picture import Axis, Panel, Picture, Trace, floats
from lossctl.slicing import slicings_of

BINS = 40
SHOWN = 0.995  # of the items, whose losses the axis holds
LEVELS = 101  # quantiles that the numbers have
QUANTILES = (0.1, 0.5, 0.9)  # of the losses of a slice
MOST_CURVES = 4  # slices whose distributions are told apart on one axis; more have a row each
MOST_ROWS = 20  # slices with a row of their own; the rest share one
ALL = "all"


class Group(NamedTuple):
    """Losses of some items, the highest first."""

    name: str
    losses: Array


def items(spec: Spec, data: Data, options: Options) -> Picture:
    """Return how the losses of items are distributed, in all and by slice.

    Raises
    ------
    UsageError, DataError
        For losses without a value per item, for more than one way to slice, and for what cannot
        be evaluated.
    """
    losses, by, slices, left_out = _read(spec, data, options)
    label = spec_text(spec.target.id, spec.params)
    every = Group(ALL, np.sort(losses)[::-1])
    groups = [Group(f"{by} {name}", np.sort(losses[mask])[::-1]) for name, mask in slices]
    groups.sort(key=lambda group: -float(group.losses.sum()))
    sentences = [*_sentences(every, label), *_of_slices(groups, every)]
    if left_out:
        sentences.append(f"{plural(left_out, 'item')} without a finite loss left out")
    has_shares = float(every.losses.sum()) > 0.0 and float(every.losses[-1]) >= 0.0
    if len(groups) > MOST_CURVES:
        rows = _with_rest(groups)
        panels = [_slice_losses(rows, label), *([_slice_shares(rows, every)] if has_shares else [])]
    else:
        drawn = groups or [every]
        panels = [_distribution(drawn, every, label), *([_cumulative(drawn)] if has_shares else [])]
    columns: dict[str, list[Any]] = {
        name: [] for name in ("slice", "share_of_items", "loss", "share_of_loss")
    }
    for group in [every, *groups]:
        levels, values, shares = _table(group.losses)
        columns["slice"] += [group.name] * len(levels)
        columns["share_of_items"] += floats(levels)
        columns["loss"] += floats(values)
        columns["share_of_loss"] += floats(shares)
    facts = {"items": len(losses), "mean": float(losses.mean()), "sum": float(losses.sum())}
    return Picture("items", f"Items of {label}", columns, panels, None, facts, sentences)


def _read(
    spec: Spec, data: Data, options: Options
) -> tuple[Array, str, list[tuple[str, Array]], int]:
    """Return the losses of items that count, by what they are sliced, and the slices as masks.

    The last is how many items have no finite loss.
    """
    if not isinstance(spec.target, Loss) or spec.target.is_metric:
        raise UsageError(f"{spec.target.id}: has no losses of items; give one loss")
    if options.reduction not in {"mean", "none"}:
        raise UsageError(f"{option('reduction', options.reduction)}: items have a loss each")
    options = replace(options, reduction="none")
    places = places_of(data, [spec.target])
    with opened(data, places, options) as inputs:
        ((target, sources),) = bind_all(
            [spec.target], inputs.positional, inputs.named, options.axes
        )
        request = request_of(spec, target, dict(sources), inputs)
        (result,) = evaluate([request], {}, inputs.weights, options)
        makers = slicings_of(data, inputs)
        if len(makers) > 1:
            raise UsageError("a picture of items has one way to slice; give one column or classes")
        values = np.ravel(np.asarray(result.value, np.float64))
        if values.size < result.items and values.size < 2:
            raise UsageError(
                f"{target.id}: is a function of sums over all items, which have no losses; "
                f"{option('pooling', 'sample')} may give one per sample"
            )
        plan = first_plan(request, {}, inputs.weights, options)
        counts = np.isfinite(values)
        if result.ignored or result.omitted:
            counts &= _counted(plan.read_as(result.input.kind), values.size)
        slices: list[tuple[str, Array]] = []
        by = ""
        if makers:
            slicing, units = makers[0](plan), units_of(plan)
            by = slicing.by
            codes = np.repeat(slicing.categories.array(), len(values) // max(units.count, 1))
            names = slicing.categories.names
            slices = [(names[k], codes == k) for k in range(len(names))]
    if not counts.any():
        raise DataError(f"{spec.target.id}: no item has a finite loss")
    kept = [(name, mask[counts]) for name, mask in slices if mask[counts].any()]
    return values[counts], by, kept, int(np.count_nonzero(~np.isfinite(values)))


def _counted(plan: Plan, size: int) -> Array:
    """Mark the items that count: those that are left out have a loss of 0 in their places."""
    marks = []
    for start, stop in plan.fit.layout.grid():
        block = prepare(plan, Reader(start, stop))
        shape = (stop - start, *plan.fit.layout.items_lie.own)
        mark = np.ones(shape, bool)
        if block.keep is not None:
            mark &= block.keep
        elif block.weights is not None:
            mark &= np.reshape(block.weights > 0.0, shape)
        marks.append(mark.ravel())
    every = np.concatenate(marks)
    return every if every.size == size else np.ones(size, bool)


def _table(losses: Array) -> tuple[Array, Array, Array]:
    """Return shares of items, the worst first, the loss at each, and the share of the sum."""
    levels = np.linspace(0.0, 1.0, LEVELS)
    counts = np.rint(levels * len(losses)).astype(int)
    sums = np.concatenate([[0.0], np.cumsum(losses)])
    total = sums[-1]
    shares = sums[counts] / total if total > 0.0 else np.full(LEVELS, np.nan)
    return levels, losses[np.clip(counts - 1, 0, None)], shares


def _with_rest(groups: Sequence[Group]) -> list[Group]:
    """Return the slices with the most of the loss, and the rest of them as one."""
    if len(groups) <= MOST_ROWS + 1:
        return list(groups)
    rest = np.sort(np.concatenate([group.losses for group in groups[MOST_ROWS:]]))[::-1]
    return [*groups[:MOST_ROWS], Group(f"{len(groups) - MOST_ROWS} others", rest)]


def _slice_losses(rows: Sequence[Group], label: str) -> Panel:
    """Return where the losses of each slice lie: 10 to 90 percent of them, median and mean."""
    at = np.arange(len(rows), dtype=np.float64)
    ends = np.array([np.quantile(row.losses, QUANTILES) for row in rows]).T
    means = np.array([row.losses.mean() for row in rows])
    traces = [
        Trace("10 % to 90 % of the items", ends[0], at, "spans", ends[2], colour=0),
        Trace("median", ends[1], at, "marks", colour=0),
        Trace("mean", means, at, "open", colour=1),
    ]
    return Panel("losses", Axis(f"{label} of one item"), Axis("", names=_names(rows)), traces)


def _slice_shares(rows: Sequence[Group], every: Group) -> Panel:
    """Return which share of the items each slice has, and which of the loss."""
    at = np.arange(len(rows), dtype=np.float64)
    items = np.array([len(row.losses) for row in rows]) / len(every.losses)
    losses = np.array([row.losses.sum() for row in rows]) / every.losses.sum()
    traces = [
        Trace("share of the loss", items, at, "spans", losses, colour=1),
        Trace("share of the items", items, at, "open", colour=0),
        Trace("share of the loss", losses, at, "marks", colour=1),
    ]
    x = Axis("share of all items, and of the sum of losses", 0.0)
    return Panel("shares", x, Axis("", names=_names(rows)), traces)


def _names(rows: Sequence[Group]) -> list[str]:
    return [row.name for row in rows]


def _distribution(drawn: Sequence[Group], every: Group, label: str) -> Panel:
    low = float(every.losses[-1])
    high = float(np.quantile(every.losses, SHOWN))
    high = high if high > low else low + 1.0
    edges = np.linspace(low, high, BINS + 1)
    style = "bars" if len(drawn) == 1 else "steps"
    traces = []
    for group in drawn:
        counts = np.histogram(np.minimum(group.losses, high), edges)[0] / len(group.losses)
        if style == "bars":
            traces.append(Trace("share of items", edges[:-1], counts, "bars", edges[1:]))
        else:
            traces.append(Trace(group.name, edges, np.append(counts, counts[-1]), "steps"))
    beyond = int(np.count_nonzero(every.losses > high))
    tail = f"; the last bin holds {beyond} greater" if beyond else ""
    return Panel("", Axis(f"{label} of one item{tail}"), Axis("share of items", 0.0), traces)


def _cumulative(drawn: Sequence[Group]) -> Panel:
    traces = [Trace("every item the same", np.array([0.0, 1.0]), np.array([0.0, 1.0]), "dashed")]
    for group in drawn:
        if group.losses.sum() <= 0.0:
            continue
        at = np.unique(np.rint(np.linspace(0, len(group.losses), 4 * LEVELS)).astype(int))
        sums = np.concatenate([[0.0], np.cumsum(group.losses)])
        name = "share of the loss" if len(drawn) == 1 else group.name
        traces.append(Trace(name, at / len(group.losses), sums[at] / sums[-1]))
    x = Axis("share of items, highest losses first", 0.0, 1.0)
    return Panel("", x, Axis("share of the sum of losses", 0.0, 1.0), traces)


def _share_of_worst(losses: Array, share: float) -> tuple[int, float]:
    count = max(math.ceil(share * len(losses)), 1)
    return count, float(losses[:count].sum() / losses.sum())


def _sentences(every: Group, label: str) -> list[str]:
    total = float(every.losses.sum())
    if not total > 0.0 or every.losses[-1] < 0.0:
        return [f"{label} has losses below 0 or a sum of 0: shares of it mean nothing"]
    lines = []
    for share in (0.01, 0.1):
        count, part = _share_of_worst(every.losses, share)
        noun = "item carries" if count == 1 else "items carry"
        lines.append(
            f"the {count} worst {noun} {number(100.0 * part, 3)} % of {label} "
            f"({number(100.0 * count / len(every.losses), 2)} % of the items)"
        )
    return list(dict.fromkeys(lines))


def _of_slices(groups: Sequence[Group], every: Group) -> list[str]:
    total = float(every.losses.sum())
    if not groups or not total > 0.0:
        return []
    lines = []
    for group in groups[:3]:
        share = number(100.0 * len(group.losses) / len(every.losses), 3)
        part = number(100.0 * float(group.losses.sum()) / total, 3)
        lines.append(
            f"{group.name}: {share} % of the items, {part} % of the loss, mean "
            f"{number(float(group.losses.mean()), 4)}"
        )
    return lines
