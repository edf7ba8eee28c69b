"""What a file holds of the totals of a shard: how its inputs are read, and what it adds.

The data is not there when shards are merged: inputs are known by what they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Loss
from lossctl.core.options import OPTIONS, Options
from lossctl.core.result import WorstUnit
from lossctl.core.spelling import item_at
from lossctl.engine.bind.layout import Fit, Layout
from lossctl.engine.digests import Borders
from lossctl.engine.plain_data import from_plain, to_plain
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.statistics import BlockTotals
from lossctl.engine.sources import Source

OF_FIT = ("task", "targets", "notes", "labels", "names", "positive")
OF_LAYOUT = (
    "axes",
    "item_shape",
    "lies",
    "columns",
    "column_is_item",
    "least_rows",
    "samples",
    "inner",
    "width",
)
UNSAID = ("threads", "axes")  # options that decide nothing once inputs are bound


class NotHereError(DataError):
    """Data of another machine was asked for."""


@dataclass(frozen=True)
class DescribedSource:
    """A source that is known by what it is and not here.

    Attributes
    ----------
    label, shape, dtype
        As of any source.
    hashed
        The digest of its elements; None where none was taken.
    pieces
        Elements that are here all the same, by (start, stop).
    """

    label: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    hashed: str | None = None
    pieces: Mapping[tuple[int, int], Any] | None = None

    def read(self, start: int, stop: int) -> Any:
        """Return elements that are here."""
        if self.pieces is None or (start, stop) not in self.pieces:
            raise NotHereError(f"{self.label}: is not here")
        return self.pieces[start, stop]

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its index."""
        return item_at(index)

    def digest(self) -> str | None:
        """Return the digest of its elements."""
        return self.hashed


@dataclass(frozen=True)
class CountedGroups:
    """Groups that are only counted."""

    count: int

    def __len__(self) -> int:
        """Return how many there are."""
        return self.count

    def blocks(self) -> list[tuple[int, int]]:
        """Refuse to say where they are."""
        raise NotHereError("the groups are not here")


class SlicedShard(NamedTuple):
    """What a shard adds to one way to slice the data.

    Attributes
    ----------
    by, names
        What the slices are called, alike in all shards.
    parts
        Of the blocks of the shard, in the order of the grid; None of those without units. Nothing
        of units that several blocks share.
    codes
        In the first shard, where blocks share units: the slice of each unit of all data.
    """

    by: str
    names: Sequence[str]
    parts: Sequence[Any]
    codes: Any = None


class SecondPass(NamedTuple):
    """What a shard adds to an interval that takes two passes.

    Attributes
    ----------
    slopes
        ∂value/∂statistic by name, at the sums of all data.
    parts
        Moments of what the units of each block contribute by them; None of those without units.
    """

    slopes: Mapping[str, Any]
    parts: Sequence[Any] = ()


class LossTotals(NamedTuple):
    """What one shard knows of one loss.

    Attributes
    ----------
    plan
        How the inputs are read.
    blocks
        How many blocks the grid of all data has.
    totals
        Of the blocks of the shard, in the order of the grid.
    seen
        What an interval needs of each of them: moments. Where blocks share units, their sums by
        unit, which slices and worst units are of, too. None where nothing needs any, or where the
        totals have it.
    hashes
        What the shard adds to the digest of each input that has one, and how many elements the
        input has.
    borders
        By what each input is seen to be that of other shards.
    sliced, least
        Of each way to slice the data, and how many units a slice has at least.
    most, worst
        How many of the worst units are named, and those of the shard.
    ids
        In the first shard, where blocks share units: the id of each unit, where units have any.
    second
        Of a second round of shards.
    """

    plan: Plan
    blocks: int
    totals: Sequence[BlockTotals]
    seen: Sequence[Any] | None
    hashes: Mapping[str, tuple[int, int]]
    borders: Mapping[str, Borders]
    sliced: Sequence[SlicedShard] = ()
    least: int = 0
    most: int = 0
    worst: Sequence[WorstUnit] = ()
    ids: Sequence[str] | None = None
    second: SecondPass | None = None


def described(totals: LossTotals) -> dict[str, Any]:
    """Return the plan as data: equal for shards of one evaluation, but for labels of inputs.

    Raises
    ------
    UsageError
        For an argument that cannot be saved.
    """
    plan = totals.plan
    options = {n: getattr(plan.options, n) for n in plan.options.changed if n not in UNSAID}
    try:
        return {
            "params": to_plain(dict(plan.params)),
            "arguments": to_plain(dict(plan.exact_arguments)),
            "options": to_plain(options),
            "kind": plan.kind,
            "dtype": plan.dtype.name,
            "fit": to_plain({name: getattr(plan.fit, name) for name in OF_FIT}),
            "layout": to_plain({name: getattr(plan.fit.layout, name) for name in OF_LAYOUT}),
            "groups": None if plan.fit.layout.groups is None else len(plan.fit.layout.groups),
            "inputs": _described_sources(plan.sources),
            "data": _described_sources(plan.data),
            "beside": [plan.weights is not None, plan.group is not None],
            "signed": to_plain(dict(plan.signed)),
            "blocks": totals.blocks,
        }
    except TypeError as error:
        raise UsageError(f"{plan.loss.id} cannot be evaluated in parts: {error}") from None


def _described_sources(sources: Mapping[str, Source]) -> list[list[Any]]:
    return [described_source(name, source) for name, source in sources.items()]


def described_source(name: str, source: Source) -> list[Any]:
    """Return what is said of an input: its name, shape, dtype and label."""
    return [name, list(source.shape), source.dtype.newbyteorder("=").str[1:], source.label]


def counted(totals: LossTotals) -> dict[str, Any]:
    """Return what the shard adds, as data."""
    return {
        "totals": to_plain(list(totals.totals)),
        "seen": None if totals.seen is None else to_plain(list(totals.seen)),
        "hashes": {name: [f"{part:016x}", size] for name, (part, size) in totals.hashes.items()},
        "sliced": [
            [one.by, list(one.names), to_plain(list(one.parts)), to_plain(one.codes)]
            for one in totals.sliced
        ],
        "least": totals.least,
        "worst": [totals.most, to_plain(list(totals.worst))],
        "ids": None if totals.ids is None else list(totals.ids),
        "second": None if totals.second is None else to_plain(tuple(totals.second)),
        "borders": {
            name: [f"{one:016x}" for one in borders] for name, borders in totals.borders.items()
        },
    }


def read_totals(loss: Loss, plan: Mapping[str, Any], added: Mapping[str, Any]) -> LossTotals:
    """Return the totals of such data.

    Raises
    ------
    ValueError, TypeError, KeyError, LookupError
        For what was not written by :func:`described` and :func:`counted`.
    """
    read = _read_plan(loss, plan)
    hashes = {name: (int(text, 16), int(size)) for name, (text, size) in added["hashes"].items()}
    borders = {n: Borders(*(int(o, 16) for o in of)) for n, of in added["borders"].items()}
    seen = None if added["seen"] is None else from_plain(added["seen"])
    sliced = [
        SlicedShard(by, names, from_plain(parts), from_plain(codes))
        for by, names, parts, codes in added["sliced"]
    ]
    second = None if added["second"] is None else SecondPass(*from_plain(added["second"]))
    totals, least = from_plain(added["totals"]), int(added["least"])
    most, worst = int(added["worst"][0]), from_plain(added["worst"][1])
    blocks = int(plan["blocks"])
    return LossTotals(
        read,
        blocks,
        totals,
        seen,
        hashes,
        borders,
        sliced,
        least,
        most,
        worst,
        added["ids"],
        second,
    )


def _read_plan(loss: Loss, data: Mapping[str, Any]) -> Plan:
    given = from_plain(data["options"])
    options = Options(**{name: value for name, value in given.items() if name in OPTIONS})
    dtype, exact = np.dtype(data["dtype"]), from_plain(data["arguments"])
    arguments = {
        name: value.astype(dtype) if isinstance(value, np.ndarray) else value
        for name, value in exact.items()
    }
    groups: Any = None if data["groups"] is None else CountedGroups(int(data["groups"]))
    layout = Layout(**from_plain(data["layout"]), groups=groups)
    sources, beside = _read_sources(data["inputs"]), _read_sources(data["data"])
    weighted, grouped = data["beside"]
    return Plan(
        loss=loss,
        params=from_plain(data["params"]),
        exact_arguments=exact,
        arguments=arguments,
        sources=sources,
        weights=beside["weights"] if weighted else None,
        options=options,
        fit=Fit(layout, **from_plain(data["fit"])),
        dtype=dtype,
        kind=data["kind"],
        data=beside,
        group=beside["group"] if grouped else None,
        signed=from_plain(data["signed"]),
    )


def _read_sources(data: Sequence[Any]) -> dict[str, Source]:
    return {
        name: DescribedSource(label, tuple(shape), np.dtype(dtype))
        for name, shape, dtype, label in data
    }
