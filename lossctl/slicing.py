"""Slices of the data as they are asked for: columns by name, bins, classes of the targets."""

from collections.abc import Mapping, Sequence
from functools import partial
from math import prod
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.options import Options
from lossctl.core.spelling import option
from lossctl.data_places import COLUMN_OF, Data, Opened, in_table
from lossctl.engine.bind.layout import read_rows
from lossctl.engine.categories import Categories, binned, categories_of, crossed
from lossctl.engine.details import LEAST, Details
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.averages import class_names_of
from lossctl.engine.reduce.units import units_of
from lossctl.engine.slice_sums import Slicing
from lossctl.engine.sources import Source
from lossctl.io.file_formats import by_suffix, packing_of

if TYPE_CHECKING:
    from lossctl.core.loss import Array

MOST_BINS = 1000


def column_places(data: Data, targets: Any = None) -> dict[str, Any]:
    """Return where the columns are that the data is sliced by, each by its name.

    Without a table a column is one of the file that the targets are a column of.

    Raises
    ------
    UsageError
        For a column without a table or a place.
    """
    wanted: dict[str, Any] = {}
    by = data.by or ()
    for entry, place in _entries(by).items():
        several = {name: name for name in entry.split(",")}
        wanted |= several if place is None else {entry: place}
    bins = _bins(data.bins)
    wanted |= {name: wanted.get(name, name) for name in bins}
    places = {}
    table = data.table if data.table is not None else _table_of(targets)
    for name, place in wanted.items():
        is_name = isinstance(place, str) and place == name
        if is_name and (table is None or (data.table is None and "::" in name)):
            raise _without_place(name, "bins" if name in bins else "by")
        places[COLUMN_OF + name] = in_table(table if is_name else data.table, place)
    return places


def _without_place(name: str, given: str) -> UsageError:
    """Return the error for a column that no table was named for, or a file without a name."""
    file, colons, column = name.rpartition("::")
    path = PurePath(name)
    if not colons and by_suffix(packing_of(path)[0]) is not None:
        named = option("by", {path.name.partition(".")[0]: name})
        return UsageError(f"{option(given)}: {name} is a file; name what it holds: {named}")
    found = option("by", {column: name if colons and file else f"FILE::{name}"})
    return UsageError(
        f"{option(given)}: {name} is a column of which table? say {option('table')}, or where it "
        f"is: {found}"
    )


def _table_of(targets: Any) -> Any:
    """Return the file that the targets are a column of; None where they are none."""
    if isinstance(targets, Path):
        targets = str(targets)
    file, colons, _ = targets.rpartition("::") if isinstance(targets, str) else ("", "", "")
    return file if colons and file else None


def _entries(by: Any) -> dict[str, Any]:
    """Return each way to slice, with its place where it is no column of the table."""
    if isinstance(by, Mapping):
        return {
            name: None if isinstance(place, str) and place == name else place
            for name, place in by.items()
        }
    entries = [by] if isinstance(by, str) else by
    if isinstance(entries, Sequence) and all(isinstance(entry, str) for entry in entries):
        return dict.fromkeys(entries)
    raise UsageError(
        f"{option('by')}: must be names of columns, or places by name, got {type(by).__name__}"
    )


def _bins(bins: Any) -> Mapping[str, Any]:
    """Return into how many bins each column is cut."""
    if bins is None or isinstance(bins, Mapping):
        return bins or {}
    raise UsageError(
        f"{option('bins')}: must be numbers of bins by name, such as "
        f"{option('bins', {'age': 4})}, got {type(bins).__name__}"
    )


def slicings_of(data: Data, inputs: Opened) -> list[Any]:
    """Return, for each way to slice, what makes the slice of each unit of a plan."""
    bins = dict(_bins(data.bins))
    by = data.by or ()
    asked = [
        entry.split(",") if place is None else [entry] for entry, place in _entries(by).items()
    ]
    asked += [[name] for name in bins if not any(name in names for names in asked)]
    makers: list[Any] = [
        partial(_by_columns, names=names, columns=inputs.columns, bins=bins) for names in asked
    ]
    return [*makers, _by_class] if data.by_class else makers


def details_of(data: Data, inputs: Opened, options: Options) -> Details:
    """Return what is asked for of each value: interval, slices, worst rows."""
    ids = None if inputs.ids is None else inputs.ids.values.tolist()
    return Details(
        options.interval,
        options.confidence,
        slicings_of(data, inputs),
        least_of(data),
        _count(data.worst, "worst", 0),
        ids,
    )


def least_of(data: Data) -> int:
    """Return how many rows a slice has at least."""
    return LEAST if data.min_size is None else _count(data.min_size, "min_size", 1)


def _count(value: Any, name: str, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise UsageError(f"{option(name, value)}: must be a whole number of at least {least}")
    return int(value)


def _by_columns(
    plan: Plan, *, names: Sequence[str], columns: Mapping[str, Source], bins: Mapping[str, int]
) -> Slicing:
    """Slice by one column or by the combinations of several."""
    units = units_of(plan).count
    parts = []
    for name in names:
        source = columns[COLUMN_OF + name]
        if name in bins:
            count = _count(bins[name], "bins", 2)
            parts.append(binned(source, units, min(count, MOST_BINS), f"the column {name}"))
        else:
            what, threads = f"the column {name}", plan.options.threads
            parts.append(categories_of(source, units, what, threads, named_before=True))
    return Slicing(",".join(names), parts[0] if len(parts) == 1 else crossed(parts))


def _by_class(plan: Plan) -> Slicing:
    """Slice by the class of the targets.

    Raises
    ------
    UsageError
        Where a unit has no single class.
    """
    units, targets = units_of(plan), plan.sources.get("targets")
    one_each = units.rows == 1 and targets is not None and plan.loss.has_classes
    width = 0 if targets is None else prod(targets.shape) // max(units.count, 1)
    if not one_each or targets is None or (width > 1 and plan.fit.targets != "one_hot"):
        raise UsageError(
            f"{option('by_class')}: {plan.loss.id} has no single class a {units.noun} here"
        )
    rows = read_rows(targets, plan.fit.layout.lies["targets"], 0, units.count, "memory")
    labels: Array = rows.reshape(units.count, -1)
    codes = labels.argmax(axis=1) if width > 1 else labels[:, 0]
    distinct, places = np.unique(codes, return_inverse=True)
    names = class_names_of(plan)
    called = [_class_name(value, names) for value in distinct.tolist()]
    return Slicing("class", Categories(places.reshape(-1).astype(np.int32), called))


def _class_name(value: float, names: Sequence[str] | None) -> str:
    number = f"{value:g}"
    is_index = names is not None and value == int(value) and 0 <= value < len(names)
    return names[int(value)] if is_index and names is not None else number
