"""Two label maps: predictions that hold a class each, beside the true classes.

They are read so only where the caller says that predictions are labels. Each is one whole number
an item; a block of them becomes rows of 0 and 1, the whole never does.
"""

from collections.abc import Sequence
from math import prod

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options
from lossctl.core.spelling import option
from lossctl.core.threads import run_blocks
from lossctl.engine.bind.layout import MOST_LABELS, ONE_EACH, Fit, Layout, plain_grid, samples_of
from lossctl.engine.sources import Source, View

Shape = tuple[int, ...]
WIDEST_GAP = 16  # below the greatest label, which then names a class and not what is left out


def fit_label_maps(
    loss: Loss, sources: dict[str, Source], options: Options
) -> tuple[Fit | None, dict[str, Source]]:
    """Read predictions and targets as label maps; None where they are masks of 0 and 1.

    Maps of 0 and 1 are two classes where options ask for classes, and one mask otherwise.

    Returns
    -------
    tuple
        The fit, and the inputs in one shape.

    Raises
    ------
    DataError
        When labels leave open how many classes there are.
    """
    views = same_shape(sources, options.class_axis)
    if views is None or options.task in {"binary", "multilabel"}:
        return None, sources
    shape = views["predictions"].shape
    seen, items = _labels_in(views, options)
    classes = max(2, *map(len, seen.values()))
    if classes == 2 and not (_asks_for_classes(loss, options) and _hold(seen, items)):
        return None, views
    names = options.class_names or ()
    if classes == 2:
        _require_no_one_hot(seen, shape, options)
    elif len(names) < classes:
        _require_no_gap(seen)
    classes = max(classes, len(names))
    layout = layout_of_labels(loss, views, classes, options)
    return Fit(layout, "multiclass", "index", views), views


def layout_of_labels(
    loss: Loss, views: dict[str, Source], classes: int, options: Options
) -> Layout:
    """Return the layout of labels of one shape, which become rows of 0 and 1."""
    shape = views["predictions"].shape
    lies = dict.fromkeys(views, ONE_EACH)
    samples = samples_of(loss, shape, options)
    return Layout("item class", shape, lies, classes, samples=samples, width=classes)


def _hold(seen: dict[str, Array], items: int) -> bool:
    """Whether predictions hold labels and nothing else."""
    return int(seen["predictions"].sum()) == items


def _asks_for_classes(loss: Loss, options: Options) -> bool:
    averaged = options.average != "micro" or not options.background
    said = options.task == "multiclass" or options.class_names is not None
    return averaged or said or loss.joint_classes


class WithoutAxis(View):
    """An array seen without an axis of length one."""

    def __init__(self, base: Source, axis: int) -> None:
        """Leave out the axis."""
        super().__init__(base, base.shape[:axis] + base.shape[axis + 1 :])
        self.axis = axis

    def where(self, index: Shape) -> str:
        """Name an element as the base does."""
        return self.base.where((*index[: self.axis], 0, *index[self.axis :]))


def same_shape(sources: dict[str, Source], class_axis: int | None) -> dict[str, Source] | None:
    """Return both maps in one shape, one of them without its class axis of length one, or None."""
    predictions, targets = sources["predictions"], sources["targets"]
    p, t = predictions.shape, targets.shape
    if p == t:
        return sources if class_axis is None else None
    for name, longer, other in (("predictions", predictions, t), ("targets", targets, p)):
        places = (1, len(longer.shape) - 1, 0) if class_axis is None else (class_axis,)
        for axis in places:
            at = axis + len(longer.shape) if axis < 0 else axis
            if longer.shape[at : at + 1] == (1,) and longer.shape[:at] + longer.shape[at + 1 :] == (
                other
            ):
                return {**sources, name: WithoutAxis(longer, at)}
    return None


def _labels_in(views: dict[str, Source], options: Options) -> tuple[dict[str, Array], int]:
    """Count each label of both maps, and all predictions but NaN, without ignored items.

    What is no label, a fraction or below 0, is not counted: reading the block reports it.
    """
    names = ("predictions", "targets")

    def work(start: int, stop: int) -> tuple[list[Array], int]:
        maps = [views[name].read(start, stop) for name in names]
        if options.ignore_index is not None:
            kept = maps[1] != options.ignore_index
            maps = [labels[kept] for labels in maps]
        counts = [_counts(one, views[name].label) for name, one in zip(names, maps, strict=True)]
        missing = np.count_nonzero(np.isnan(maps[0])) if maps[0].dtype.kind == "f" else 0
        return counts, len(maps[0]) - int(missing)

    blocks = run_blocks(plain_grid(prod(views[names[0]].shape)), work, options.threads)
    counts = zip(*(parts for parts, _ in blocks), strict=True)
    seen = {name: _added(parts) for name, parts in zip(names, counts, strict=True)}
    return seen, sum(items for _, items in blocks)


def _counts(labels: Array, where: str) -> Array:
    if labels.dtype.kind == "f":
        labels = labels[np.isfinite(labels) & (np.floor(labels) == labels)]
    labels = labels[labels >= 0]
    if labels.size and labels.max() >= MOST_LABELS:
        raise DataError(
            f"{where}: holds the label {labels.max():g}, but label maps hold classes from 0 to "
            f"{MOST_LABELS - 1}; number the classes from 0 on"
        )
    return np.bincount(labels.astype(np.intp))


def _added(parts: Sequence[Array]) -> Array:
    total = np.zeros(max(map(len, parts)), np.int64)
    for part in parts:
        total[: len(part)] += part
    return total


def _require_no_gap(seen: dict[str, Array]) -> None:
    """Refuse a greatest label far above all others: a mark, or another scale."""
    present = np.flatnonzero(_added(list(seen.values())))
    if len(present) < 2:
        return
    below, top = int(present[-2]), int(present[-1])
    if top - below <= max(WIDEST_GAP, below + 1):
        return
    ways = f"leave it out with {option('ignore_index', top)}"
    if len(seen["predictions"]) > top:
        ways = (
            f"leave it out by weights of 0, or relabel it ({option('ignore_index')} is for targets)"
        )
    if below == 0:
        ways = f"masks of 0 and {top}? divide both by {top}"
    raise DataError(
        f"label maps: the greatest label is {top}, the next lower one {below}; {ways}, or name "
        f"every class with {option('class_names')}"
    )


def _require_no_one_hot(seen: dict[str, Array], shape: Shape, options: Options) -> None:
    """Refuse maps of 0 and 1 with as many ones as one-hot masks of classes along an axis have."""
    if len(options.class_names or ()) == 2 or len(shape) < 2:
        return
    size = prod(shape)
    ones = {int(counts[1]) if len(counts) > 1 else 0 for counts in seen.values()}
    for axis, length in enumerate(shape):
        if length > 1 and ones == {size // length}:
            raise DataError(
                f"predictions and targets {shape} look like one-hot masks of classes along axis "
                f"{axis}: set {option('input', 'probabilities')} and {option('class_axis', axis)}, "
                f"or name the two classes with {option('class_names')}"
            )
