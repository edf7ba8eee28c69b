"""Decide from shapes (and options) how inputs fit together; never broadcast in silence."""

from dataclasses import replace
from math import prod
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options
from lossctl.core.reading import Targets
from lossctl.engine.layout import Layout, element_layout, row_layout
from lossctl.engine.sources import Source

MASS_TOLERANCE = 1e-3  # how far a row of probabilities may be from summing to one
HALF_MASS_TOLERANCE = 5e-3  # the same for float16, which carries three digits


class Fit(NamedTuple):
    """How the predictions and targets fit together.

    `targets` is values, labels, index, one_hot or constant; `task` what the labels mean. Of
    records: the `sources` as they are read, item axis first and groups together, what there is to
    say about that, and the `order` of the items where groups had to be gathered.
    """

    layout: Any
    task: str
    targets: Targets
    sources: dict[str, Source] | None = None
    notes: tuple[str, ...] = ()
    order: Array | None = None


def fit(loss: Loss, sources: dict[str, Source], options: Options) -> Fit:
    """Match predictions and targets for `loss`.

    Raises
    ------
    DataError
        When the shapes do not fit, with both shapes and what to do.
    UsageError
        When an option contradicts the loss or the shapes.
    """
    require_items(sources)
    fitted = _fit(loss, sources, options)
    if loss.grouped is None:
        return fitted
    return fitted._replace(layout=_grouped(loss, fitted.layout, options))


def _grouped(loss: Loss, layout: Layout, options: Options) -> Layout:
    """Make a block of every group: the batch, each sample, or each grid."""
    shape, samples = layout.item_shape, 1
    if options.task == "multilabel":
        raise UsageError(f"task: {loss.id} is a loss of whole masks and has no multi-label reading")
    if loss.grouped == "grid":
        if len(shape) < loss.grid_axes:
            raise DataError(
                f"{loss.id} needs masks of {loss.grid_axes} axes, items have shape {shape}"
            )
        samples = prod(shape[: -loss.grid_axes])
    elif options.pooling == "sample":
        samples = shape[0] if len(shape) > 1 else 1
    return replace(layout, samples=samples, whole=True)


def _fit(loss: Loss, sources: dict[str, Source], options: Options) -> Fit:
    predictions, targets = sources["predictions"], sources.get("targets")
    if not loss.has_classes:
        for name, source in sources.items():
            _require_same_shape(predictions, source, name)
        encoding: Targets = "values" if targets is not None else "constant"
        return Fit(_elements(loss, predictions.shape, options, None), loss.tasks[0], encoding)
    assert targets is not None  # noqa: S101 - labels have no default
    for name in sources.keys() - {"predictions", "targets"}:
        _require_same_shape(predictions, sources[name], name)
    if any(entry.axes == "item label" for entry in loss.inputs):
        return _fit_label_rows(loss, predictions, targets, options)
    if "row" in loss.layouts and _reads_rows(loss, predictions, targets, options):
        return _fit_rows(loss, predictions, targets, options)
    return _fit_labels(loss, predictions, targets, options)


def require_items(sources: dict[str, Source]) -> None:
    """Refuse inputs without items."""
    for name, source in sources.items():
        if prod(source.shape) == 0:
            raise DataError(
                f"{source.label}: {name} have shape {source.shape}, no items; "
                "an empty evaluation has no value"
            )


def _require_same_shape(predictions: Source, other: Source, name: str = "targets") -> None:
    p, t = predictions.shape, other.shape
    if p == t:
        return
    raise DataError(
        f"predictions {p} ({predictions.label}) and {name} {t} ({other.label}) differ in shape; "
        + _shape_advice(p, t, name)
    )


def _shape_advice(p: tuple[int, ...], t: tuple[int, ...], name: str) -> str:
    squeezed_p, squeezed_t = (tuple(n for n in shape if n != 1) for shape in (p, t))
    if squeezed_p == squeezed_t:
        longer, shape = ("predictions", t) if len(p) > len(t) else (name, p)
        return f"they are not broadcast: reshape the {longer} to {shape}"
    if p[:1] != t[:1]:
        counts = f"{p[0] if p else 1} and {t[0] if t else 1}"
        return f"they hold {counts} items: are they from the same data set?"
    if len(p) == len(t) + 1:
        return "class scores with class indices need a multi-class loss such as cross_entropy"
    if len(t) == len(p) + 1:
        return f"are predictions and {name} swapped?"
    return "give arrays of one shape"


def _elements(
    loss: Loss, shape: tuple[int, ...], options: Options, label_axis: int | None
) -> Layout:
    samples = 1
    if loss.pooled and options.pooling == "sample":
        if len(shape) < 2:
            raise UsageError(
                f"pooling: by sample needs a first axis of samples; predictions have shape {shape}"
            )
        samples = shape[0]
    return element_layout(shape, label_axis, samples)


def _reads_rows(loss: Loss, predictions: Source, targets: Source, options: Options) -> bool:
    """Whether predictions have a class axis for this loss."""
    p, t = predictions.shape, targets.shape
    if "element" not in loss.layouts:
        return True
    if options.task != "auto":
        return options.task == "multiclass"
    if (loss.pooled or loss.grouped) and p == t:
        return options.average != "micro" or loss.joint_classes
    if p != t:
        return len(p) == len(t) + 1
    if len(p) < 2 or p[-1] < 2:
        return False
    return len(p) == 2 and rows_are_distributions(targets)


def rows_are_distributions(targets: Source) -> bool:
    """Whether every row of 2-D targets sums to one: one-hot or soft classes, not several labels."""
    rows, width = targets.shape
    step = max(1, 65_536 // width)
    tolerance = mass_tolerance(targets.dtype)
    for at in range(0, rows, step):
        block = targets.read(at * width, min(at + step, rows) * width).reshape(-1, width)
        if not (np.abs(block.sum(axis=1, dtype=np.float64) - 1.0) <= tolerance).all():
            return False
    return True


def mass_tolerance(dtype: np.dtype[Any]) -> float:
    """How far the sum of a row of probabilities of this dtype may be from one."""
    return HALF_MASS_TOLERANCE if dtype.itemsize == 2 else MASS_TOLERANCE


def _fit_labels(loss: Loss, predictions: Source, targets: Source, options: Options) -> Fit:
    if options.task == "multiclass":
        raise UsageError(f"task: {loss.id} has no multi-class reading; use cross_entropy or focal")
    if options.task == "multilabel" and loss.joint_classes:
        raise UsageError(
            f"task: {loss.id} weighs all classes against each other and has no multi-label reading"
        )
    _require_same_shape(predictions, targets)
    shape = predictions.shape
    together = loss.pooled or loss.grouped
    alone = options.task == "binary" or (together and options.task != "multilabel")
    axis = None if alone else _label_axis(shape, options)
    if axis is None and not options.background:
        raise UsageError(
            f"background: there is no class to leave out, predictions {shape} are read as one mask "
            "(say which axis holds classes with class_axis)"
        )
    if axis is None and options.average != "micro":
        raise UsageError(
            f"average: {options.average} needs classes; predictions {shape} are read as one mask "
            "(say which axis holds classes with class_axis)"
        )
    if options.task == "multilabel" and axis is None:
        raise UsageError(f"task: multi-label predictions need a label axis, shape {shape} has none")
    task = "segmentation" if loss.pooled else "binary" if axis is None else "multilabel"
    signs = any(entry.kind == "sign" for entry in loss.inputs)
    return Fit(_elements(loss, shape, options, axis), task, "signs" if signs else "labels")


def _label_axis(shape: tuple[int, ...], options: Options) -> int | None:
    if options.class_axis is not None:
        return _axis(options.class_axis, shape)
    return 1 if len(shape) == 2 and shape[1] > 1 else None


def _fit_rows(loss: Loss, predictions: Source, targets: Source, options: Options) -> Fit:
    if options.task in {"binary", "multilabel"}:
        raise UsageError(
            f"task: {loss.id} reads classes; for {options.task} labels use bce or focal"
        )
    p, t = predictions.shape, targets.shape
    axis = _class_axis(loss, p, t, options)
    samples = p[0] if loss.pooled and options.pooling == "sample" else 1
    layout = row_layout(p, axis, samples)
    if layout.columns < 2:
        raise DataError(
            f"predictions {p} have a class axis of length {layout.columns}; {loss.id} needs at "
            f"least 2 classes (for one score an item reshape the predictions to {t} and use a "
            "binary loss)"
        )
    return Fit(layout, "multiclass", "one_hot" if p == t else "index")


def _fit_label_rows(loss: Loss, predictions: Source, targets: Source, options: Options) -> Fit:
    """Fit rows of labels of which several may be true."""
    if options.task in {"binary", "multiclass"}:
        raise UsageError(f"task: {loss.id} reads rows of labels; leave task at auto")
    _require_same_shape(predictions, targets)
    shape = predictions.shape
    if len(shape) < 2:
        raise DataError(f"{loss.id} reads rows of labels, (N, L); predictions have shape {shape}")
    axis = _class_axis(loss, shape, shape, options)
    return Fit(row_layout(shape, axis, 1), "multilabel", "label_rows")


def _class_axis(loss: Loss, p: tuple[int, ...], t: tuple[int, ...], options: Options) -> int:
    """Find the class axis: 1 for (N, C, …), the last for (N, T, C); ambiguous is an error."""
    if len(p) == 0 or (p != t and len(p) != len(t) + 1):
        raise DataError(_row_mismatch(loss, p, t))
    if options.class_axis is not None:
        axis = _axis(options.class_axis, p)
        if p != t and p[:axis] + p[axis + 1 :] != t:
            raise DataError(_row_mismatch(loss, p, t, axis))
        return axis
    candidates = dict.fromkeys((min(1, len(p) - 1), len(p) - 1))
    fitting = [axis for axis in candidates if p == t or p[:axis] + p[axis + 1 :] == t]
    if not fitting:
        raise DataError(_row_mismatch(loss, p, t))
    if len(fitting) > 1:
        raise DataError(
            f"predictions {p} and targets {t}: classes may lie along axis 1 or axis {len(p) - 1}; "
            "say which with class_axis (--class-axis)"
        )
    return fitting[0]


def _axis(axis: int, shape: tuple[int, ...]) -> int:
    if not -len(shape) <= axis < len(shape):
        raise UsageError(f"class_axis {axis} is not an axis of predictions with shape {shape}")
    return axis % len(shape)


def _row_mismatch(
    loss: Loss, p: tuple[int, ...], t: tuple[int, ...], axis: int | None = None
) -> str:
    if len(t) == len(p) + 1:
        return f"predictions {p} and targets {t} look swapped: class scores come first"
    if len(p) == len(t):
        advice = (
            "one score an item? use bce, bce_with_logits or focal"
            if len(p) == 1
            else ("index targets have one axis less than the predictions, one-hot targets as many")
        )
        return f"predictions {p} and targets {t} do not fit {loss.id}: {advice}"
    along = "" if axis is None else f" with classes along axis {axis}"
    return (
        f"predictions {p} and targets {t} do not fit {loss.id}{along}: expected (N, C) with (N,), "
        "(N, C, H, W) with (N, H, W), (N, T, C) with (N, T), or one-hot targets of the same shape"
    )
