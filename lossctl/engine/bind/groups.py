"""Which rows belong together in a loss of groups, and lists that differ in length.

A ``set`` is the batch or each sample, a ``grid`` the last axes of the items (each image); what a
``batch`` or ``lists`` are is said by `group` or `batch_size`, or else the last item axis.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Grouped, Loss
from lossctl.core.options import Options
from lossctl.core.spelling import option, plural
from lossctl.engine.bind.layout import EqualGroups, Fit, Groups, Layout, NamedGroups
from lossctl.engine.sources import Source, View

SHIFTED = "the scores at each position are compared with the next token (shift)"


def masks(loss: Loss, item_shape: tuple[int, ...], options: Options) -> Groups:
    """Return the groups of a loss of whole masks: sets or grids.

    Raises
    ------
    UsageError
        For several labels: a group is one mask.
    DataError
        When items have fewer axes than a grid.
    """
    reduction = loss.reduction
    assert isinstance(reduction, Grouped)  # noqa: S101 - asked of losses of groups only
    if options.task == "multilabel":
        raise UsageError(
            f"{option('task')}: {loss.id} is a loss of whole masks and has no multi-label reading"
        )
    count = 1
    if reduction.kind == "grid":
        if len(item_shape) < reduction.axes:
            raise DataError(
                f"{loss.id} needs masks of {reduction.axes} axes, items have shape {item_shape}"
            )
        count = prod(item_shape[: -reduction.axes])
    elif options.pooling == "sample":
        count = item_shape[0] if len(item_shape) > 1 else 1
    rows = prod(item_shape)
    return EqualGroups(rows, rows // count)


def channels_first(loss: Loss, sources: dict[str, Source], options: Options) -> dict[str, Source]:
    """Return the masks of a loss of grids with their class axis before the axes of an image.

    Raises
    ------
    DataError
        When the last axis may hold channels and nothing says where they lie.
    UsageError
        When the class axis is not one of the masks.
    """
    from lossctl.engine.bind.class_axis import (  # noqa: PLC0415 - masks only
        class_axis_of,
        may_be_channels_last,
    )

    shape = sources["predictions"].shape
    place, last = len(shape) - 3, len(shape) - 1
    if options.class_axis is None:
        if may_be_channels_last(shape):
            raise DataError(
                f"{loss.id}: predictions {shape} may be images of {shape[-2:]} or, channels last, "
                f"of {shape[-3:-1]}; name the channel axis with {option('class_axis', last)} or "
                f"{place}"
            )
        return sources
    axis = class_axis_of(options.class_axis, shape)
    if place < 0 or axis <= place:
        return sources
    from lossctl.engine.bind.views import Forward  # noqa: PLC0415 - rare

    return {name: Forward(source, axis, place) for name, source in sources.items()}


def batches(
    loss: Loss, item_shape: tuple[int, ...], options: Options, group: Source | None
) -> tuple[Groups, Array | None]:
    """Return the groups of batches or lists, and the order in which items make them consecutive.

    Raises
    ------
    UsageError
        When two options both say what a group is, or an option contradicts the shapes.
    DataError
        When `group` does not fit the items, or holds a NaN.
    """
    alone = loss.grouped == "batch"
    if group is not None:
        if options.batch_size is not None:
            raise UsageError(
                f"{option('batch_size')} and group both define the groups; give one of them"
            )
        bounds, order = _by_name(group, item_shape)
        return NamedGroups(bounds, alone), order
    size = options.batch_size
    if size is not None:
        if len(item_shape) != 1:
            raise UsageError(
                f"{option('batch_size')}: items of shape {item_shape} are already in groups along "
                "the last axis"
            )
    else:
        size = item_shape[-1] if item_shape else 1
    return EqualGroups(prod(item_shape), size, one_a_block=alone), None


def _by_name(group: Source, items: tuple[int, ...]) -> tuple[Array, Array | None]:
    if group.shape != items:
        raise DataError(
            f"group {group.shape} ({group.label}) does not match items of shape {items}: give one "
            "number per item"
        )
    names = np.asarray(group.read(0, prod(items)))
    if names.dtype.kind == "f" and np.isnan(names).any():
        place = group.where((int(np.flatnonzero(np.isnan(names))[0]),))
        raise DataError(f"{group.label}: NaN in the group at {place}")
    starts = np.flatnonzero(np.append(True, names[1:] != names[:-1]))
    if len(np.unique(names)) == len(starts):
        return np.append(starts, len(names)), None
    first, inverse = _by_first_appearance(names)  # some group is in several pieces
    counts = np.bincount(inverse, minlength=len(first))
    return np.append(0, np.cumsum(counts)), np.argsort(inverse, kind="stable")


def _by_first_appearance(names: Array) -> tuple[Array, Array]:
    """Return the distinct names as they first appear, and the number of each item's name."""
    _, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.sort(first), rank[inverse]


def sequences(fit: Fit, sources: dict[str, Source], options: Options, group: Source | None) -> Fit:
    """Say which tokens are a sequence: equal numbers of `group`, or an entry of the first axis.

    Raises
    ------
    UsageError
        When an option asks for sequences and there is but one, or two options disagree.
    DataError
        When `group` does not fit the tokens.
    """
    layout, items = fit.layout, fit.layout.item_shape
    if options.pooling == "sample" and options.batch_size is not None:
        raise UsageError(
            f"{option('pooling')} by sample evaluates each sequence separately; leave batch_size "
            "out"
        )
    if group is None:
        if len(items) > 1:
            return fit._replace(layout=replace(layout, samples=items[0]))
        if options.pooling == "sample" or options.batch_size is not None:
            asked = "pooling" if options.pooling == "sample" else "batch_size"
            raise UsageError(
                f"{asked}: tokens of shape {items} are one sequence; give (sequence, token), or "
                f"the sequence of each token with {option('group')}"
            )
        return fit
    if options.shift:
        raise UsageError(
            f"{option('shift')}: the last token of a group has no next token; give (sequence, "
            "token) instead"
        )
    bounds, order = _by_name(group, items)
    layout = replace(layout, samples=len(bounds) - 1, sample_bounds=bounds)
    notes = (*fit.notes, describe_groups(NamedGroups(bounds), options, group))
    if order is None:
        return fit._replace(layout=layout, notes=notes)
    if layout.inner != 1:
        raise DataError(
            f"{option('group')}: tokens of shape {items} are not contiguous; put the class axis "
            "last"
        )
    from lossctl.engine.bind.views import Ordered  # noqa: PLC0415 - gathered groups only

    views: dict[str, Source] = {
        name: Ordered(source, order, source.shape, max(prod(layout.lies[name].own), 1))
        for name, source in (fit.sources or sources).items()
    }
    return fit._replace(layout=layout, notes=notes, order=order, sources=views)


def shifted(sources: dict[str, Source], layout: Layout) -> tuple[dict[str, Source], int]:
    """Return scores without the last position and tokens without the first, and the class axis.

    Raises
    ------
    DataError
        When the targets are no token ids, or sequences of fewer than two.
    """
    scores, tokens = sources["predictions"].shape, layout.item_shape
    if sources["targets"].shape != tokens or not tokens or tokens[-1] < 2:
        raise DataError(
            f"{option('shift')}: needs at least two token ids per sequence, (N, T) with scores (N, "
            f"T, V); targets have shape {sources['targets'].shape}"
        )
    last = len(scores) - 1
    classes = next(
        axis
        for axis, length in enumerate(scores)
        if length == layout.columns
        and prod(scores[axis + 1 :]) == layout.inner
        and scores[:axis] + scores[axis + 1 :] == tokens
    )
    from lossctl.engine.bind.views import earlier, later  # noqa: PLC0415 - tokens only

    kept = (*tokens[:-1], tokens[-1] - 1)
    views = {
        name: later(source, kept)
        if source.shape == tokens
        else earlier(source, last - 1 if classes == last else last)
        for name, source in sources.items()
    }
    return views, classes


def describe_groups(groups: Groups, options: Options, group: Source | None) -> str:
    """Say how many groups there are, how large, and where that comes from."""
    sizes = np.diff(groups.bounds)
    each = str(sizes[0]) if sizes.min() == sizes.max() else f"{sizes.min()} to {sizes.max()}"
    origin = "group" if group is not None else "batch_size" if options.batch_size else "shape"
    text = f"{plural(len(sizes), 'group')} of {each} items (from the {origin})"
    alone = int((sizes == 1).sum())
    return f"{text}; {alone} of them have a single item" if alone else text


def require_equal_lists(sources: Mapping[str, Source], weights: Source | None) -> Source | None:
    """Require the lists of a row to be of one length in all inputs; return the weights.

    Weights in such lists are 0 behind the shorter ones.

    Raises
    ------
    DataError
        For the first row whose lists differ, and for an input without lists.
    """
    ragged: dict[str, Any] = {n: s for n, s in sources.items() if _is_ragged(s)}
    first, lengths = next((name, source.lengths) for name, source in ragged.items())
    beside: dict[str, Any] = (
        {} if weights is None or len(weights.shape) < 2 else {"weights": weights}
    )
    everything: dict[str, Any] = {**sources, **beside}
    for name, source in everything.items():
        if name == first or (name == "group" and len(source.shape) == 1):
            continue
        if not _is_ragged(source):
            raise DataError(
                f"{sources[first].label}: {_uneven(sources[first], first)}, but the {name} have "
                f"shape {source.shape}; give the {name} as lists of the same lengths"
            )
        if len(source.lengths) == len(lengths) and (source.lengths != lengths).any():
            row = int((source.lengths != lengths).argmax())
            raise DataError(
                f"{source.label}: {source.where((row,))}: {source.lengths[row]} {name}, but "
                f"{lengths[row]} {first}; the lists of one row must have the same length"
            )
    return ZeroBehindLists(beside["weights"]) if beside else weights


def _is_ragged(source: Any) -> bool:
    return getattr(source, "lengths", None) is not None


def _uneven(source: Any, name: str) -> str:
    short = int((source.lengths < source.lengths.max()).argmax())
    return (
        f"the {name} hold {source.lengths[short]} at {source.where((short,))} and up to "
        f"{source.lengths.max()} elsewhere"
    )


class ZeroBehindLists(View):
    """Weights in lists that differ in length, with 0 behind the shorter ones."""

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened array."""
        assert self.lengths is not None  # noqa: S101 - made for such sources only
        place = np.arange(start, stop)
        inner = prod(self.shape[2:])
        entry = place // inner % self.shape[1]
        behind = entry >= self.lengths[place // (inner * self.shape[1])]
        return np.where(behind, 0.0, self.base.read(start, stop))
