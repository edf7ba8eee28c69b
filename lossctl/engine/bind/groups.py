"""Which rows belong together in a loss of groups.

A ``set`` is the batch or each sample, a ``grid`` the last axes of the items (each image); what a
``batch`` or ``lists`` are is said by `group` or `batch_size`, or else the last item axis.
"""

from math import prod

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Grouped, Loss
from lossctl.core.options import Options
from lossctl.core.spelling import plural
from lossctl.engine.bind.layout import EqualGroups, Groups, NamedGroups
from lossctl.engine.sources import Source


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
        raise UsageError(f"task: {loss.id} is a loss of whole masks and has no multi-label reading")
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
    shape = sources["predictions"].shape
    place, last = len(shape) - 3, len(shape) - 1
    if options.class_axis is None:
        from lossctl.engine.bind.axes import may_be_channels_last  # noqa: PLC0415 - few losses

        if may_be_channels_last(shape):
            raise DataError(
                f"{loss.id}: predictions {shape} may be images of {shape[-2:]} or, channels last, "
                f"of {shape[-3:-1]}; say where channels lie with class_axis (--class-axis {last} "
                f"or {place})"
            )
        return sources
    from lossctl.engine.bind.labels import class_axis_of  # noqa: PLC0415 - it asks for this module

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
            raise UsageError("batch_size and group both say what a group is; give one of them")
        bounds, order = _by_name(group, item_shape)
        return NamedGroups(bounds, alone), order
    size = options.batch_size
    if size is not None:
        if len(item_shape) != 1:
            raise UsageError(
                f"batch_size: items of shape {item_shape} are already in groups along the last axis"
            )
    else:
        size = item_shape[-1] if item_shape else 1
    return EqualGroups(prod(item_shape), size, one_a_block=alone), None


def _by_name(group: Source, items: tuple[int, ...]) -> tuple[Array, Array | None]:
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


def describe_groups(groups: Groups, options: Options, group: Source | None) -> str:
    """Say how many groups there are, how large, and where that comes from."""
    sizes = np.diff(groups.bounds)
    each = str(sizes[0]) if sizes.min() == sizes.max() else f"{sizes.min()} to {sizes.max()}"
    origin = "group" if group is not None else "batch_size" if options.batch_size else "shape"
    text = f"{plural(len(sizes), 'group')} of {each} items (from the {origin})"
    alone = int((sizes == 1).sum())
    return f"{text}; {alone} of them have one item, with no other beside it" if alone else text
