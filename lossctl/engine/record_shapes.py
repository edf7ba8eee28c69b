"""Fit the inputs of a record loss together: axes, groups, and the sources they are read from."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options
from lossctl.core.spelling import plural
from lossctl.engine.axes import Match, match
from lossctl.engine.derived import Moved, Ordered, Stacked
from lossctl.engine.packed import Padded
from lossctl.engine.record_layout import Groups, RecordLayout
from lossctl.engine.shapes import Fit, require_items
from lossctl.engine.sources import Source


def fit_records(
    loss: Loss, sources: dict[str, Source], options: Options, group: Source | None
) -> Fit:
    """Match the inputs of a loss of records.

    Raises
    ------
    DataError
        When shapes do not fit, with those that disagree.
    UsageError
        When an option contradicts the loss or the shapes.
    """
    require_items(sources)
    found = match(loss, sources, options.axes)
    seen = {name: _item_first(name, source, found) for name, source in sources.items()}
    for name, source in seen.items():
        if found.seen[name].items is None:
            seen[name] = _unpacked(name, source, found, seen)
    own = {name: source.shape[len(found.items) :] for name, source in seen.items()}
    notes = _reading(sources, found)
    if loss.is_variant:
        notes.append(f"read from {' and '.join(seen)}")
    groups, order = _groups(loss, found.items, options, group)
    if order is not None:
        seen = {
            name: Ordered(source, order, source.shape, max(prod(own[name]), 1))
            for name, source in seen.items()
        }
    if groups is not None:
        notes.append(_told(groups, options, group))
    layout = RecordLayout(
        rows=prod(found.items),
        item_shape=found.items,
        own=tuple(own.items()),
        groups=groups,
        one_a_block=loss.grouped == "batch",
    )
    return Fit(layout, loss.tasks[0], "values", seen, tuple(notes), order)


def _reading(sources: Mapping[str, Source], found: Match) -> list[str]:
    """Say how inputs are read that do not simply have the items first."""
    notes = [
        f"{name} are read as {', '.join(one.words)}"
        for name, one in found.seen.items()
        if one.place or one.items is None
    ]
    if stacked := [name for name, source in sources.items() if isinstance(source, Stacked)]:
        notes.append(f"{', '.join(stacked)} are read from one array, stacked")
    return notes


def _item_first(name: str, source: Source, found: Match) -> Source:
    place = found.seen[name].place
    return Moved(source, place) if place else source


def _unpacked(name: str, source: Source, found: Match, sources: Mapping[str, Source]) -> Source:
    """Give items laid end to end an axis of their own, padded at their ends."""
    lengths = sources.get(found.seen[name].words[1])
    if lengths is None:
        wanted = found.seen[name].words[1]
        raise UsageError(f"{name} are packed end to end: give {wanted}, one an item")
    return Padded(source, lengths)


def _groups(
    loss: Loss, items: tuple[int, ...], options: Options, group: Source | None
) -> tuple[Groups | None, Array | None]:
    """Return the groups, and the order in which items make them consecutive."""
    if loss.grouped is None:
        return None, None
    rows = prod(items)
    if group is not None:
        if options.batch_size is not None:
            raise UsageError("batch_size and group both say what a group is; give one of them")
        return _by_name(group, items)
    size = options.batch_size
    if size is not None:
        if len(items) != 1:
            raise UsageError(
                f"batch_size: items of shape {items} are already in groups along the last axis"
            )
    else:
        size = items[-1] if items else 1
    return Groups(np.append(np.arange(0, rows, size), rows)), None


def _by_name(group: Source, items: tuple[int, ...]) -> tuple[Groups, Array | None]:
    if group.shape != items:
        raise DataError(
            f"group {group.shape} ({group.label}) does not fit items of shape {items}: "
            "give one number an item"
        )
    names = np.asarray(group.read(0, prod(items)))
    if names.dtype.kind == "f" and np.isnan(names).any():
        place = group.where((int(np.flatnonzero(np.isnan(names))[0]),))
        raise DataError(f"{group.label}: NaN in the group at {place}")
    starts = np.flatnonzero(np.append(True, names[1:] != names[:-1]))
    order = None
    if len(np.unique(names)) < len(starts):  # some group is in several pieces
        first, inverse = _by_first_appearance(names)
        order = np.argsort(inverse, kind="stable")
        counts = np.bincount(inverse, minlength=len(first))
        return Groups(np.append(0, np.cumsum(counts))), order
    return Groups(np.append(starts, len(names))), None


def _by_first_appearance(names: Array) -> tuple[Array, Array]:
    """Return the distinct names as they first appear, and the number of each item's name."""
    _, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.sort(first), rank[inverse]


def _told(groups: Groups, options: Options, group: Source | None) -> str:
    sizes = np.diff(groups.bounds)
    each = str(sizes[0]) if sizes.min() == sizes.max() else f"{sizes.min()} to {sizes.max()}"
    why: Any = "group" if group is not None else "batch_size" if options.batch_size else "shape"
    told = f"{plural(len(sizes), 'group')} of {each} items (from the {why})"
    alone = int((sizes == 1).sum())
    return f"{told}; {alone} of them have one item, with no other beside it" if alone else told
