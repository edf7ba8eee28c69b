"""Which axis holds classes, and what labels mean."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeAlias

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Loss
from lossctl.core.options import Options
from lossctl.core.spelling import option
from lossctl.engine.bind.layout import (
    Fit,
    Groups,
    Layout,
    class_layout,
    item_layout,
    samples_of,
)
from lossctl.engine.sources import Source

CLASS_AXES, TARGET_AXES = "item ~class", "item | item ~class"
Shape: TypeAlias = tuple[int, ...]


def fit_labels(
    loss: Loss,
    sources: dict[str, Source],
    options: Options,
    weights: Source | None = None,
    known: tuple[Any, ...] | None = None,
) -> Fit:
    """Match the inputs of a loss on labels; items that weigh nothing show nothing.

    Raises
    ------
    DataError
        When the shapes do not fit, with both shapes and what to do.
    UsageError
        When an option contradicts the loss or the shapes.
    """
    predictions, targets = sources["predictions"], sources["targets"]
    for entry in loss.inputs:
        if entry.name in {"predictions", "targets"} or entry.name not in sources:
            continue
        if entry.axes == "item":
            _require_one_each(predictions, targets, sources[entry.name], entry.name)
        else:
            require_same_shape(predictions, sources[entry.name], entry.name)
    maps = _fit_hard_labels(loss, sources, options, weights, known=known)
    if maps is not None:
        return maps
    if any(entry.axes == "item label" for entry in loss.inputs):
        return _fit_label_rows(loss, sources, options)
    if "item class" in loss.form_axes and _reads_rows(loss, sources, options, weights):
        return _fit_rows(loss, sources, options)
    return _fit_items(loss, sources, options)


def _fit_hard_labels(
    loss: Loss,
    sources: dict[str, Source],
    options: Options,
    weights: Source | None,
    *,
    known: tuple[Any, ...] | None,
) -> Fit | None:
    """Read predictions that are labels themselves; None where they are scores."""
    if loss.is_metric:
        from lossctl.engine.bind.predicted_labels import (  # noqa: PLC0415 - metrics only
            fit_predicted_labels,
        )

        return fit_predicted_labels(loss, sources, options, known)
    if options.input != "labels" or not loss.hard_masks:
        return None
    from lossctl.engine.bind.label_maps import fit_label_maps  # noqa: PLC0415 - where said

    maps, views = fit_label_maps(loss, sources, options)
    if maps is None and views is not sources:
        return fit_labels(loss, views, options, weights)._replace(sources=views)
    return maps


def _groups(loss: Loss, item_shape: tuple[int, ...], options: Options) -> Groups | None:
    if loss.grouped is None:
        return None
    from lossctl.engine.bind.groups import masks  # noqa: PLC0415 - few losses need it

    return masks(loss, item_shape, options)


def _reads_rows(
    loss: Loss, sources: Mapping[str, Source], options: Options, weights: Source | None
) -> bool:
    """Whether predictions have a class axis for this loss."""
    predictions, targets = sources["predictions"], sources["targets"]
    p, t = predictions.shape, targets.shape
    if "item" not in loss.form_axes:
        return True
    if options.task != "auto":
        return options.task == "multiclass"
    if p != t:
        return len(p) == len(t) + 1
    joint = loss.joint_classes and not loss.is_metric
    if joint or len(p) < 2:
        return joint
    if options.class_axis is not None:  # one class alone leaves nothing to choose from
        return p[_said_axis(options.class_axis, p)] > 1
    from lossctl.engine.bind.class_axis import holds_classes  # noqa: PLC0415 - few look at values

    return holds_classes(loss, predictions, targets, options, weights)


def _fit_items(loss: Loss, sources: dict[str, Source], options: Options) -> Fit:
    predictions = sources["predictions"]
    if options.task == "multiclass":
        raise UsageError(
            f"{option('task')}: {loss.id} has no multi-class reading; use cross_entropy or focal"
        )
    if options.task == "multilabel" and loss.joint_classes and not loss.is_metric:
        raise UsageError(
            f"{option('task')}: {loss.id} compares all classes with each other and has no "
            "multi-label reading"
        )
    require_same_shape(predictions, sources["targets"], rows="item class" in loss.form_axes)
    views = None
    if loss.grouped == "grid":
        from lossctl.engine.bind.groups import channels_first  # noqa: PLC0415 - few losses

        sources = views = channels_first(loss, sources, options)
        predictions = sources["predictions"]
    shape = predictions.shape
    together = (loss.pooled or loss.grouped) and not loss.is_metric
    alone = options.task == "binary" or (together and options.task != "multilabel")
    axis = None if alone else _label_axis(shape, options)
    if axis is None and not options.background:
        raise _one_mask(
            f"{option('background')}: there is no background class to leave out,",
            loss,
            shape,
            options,
        )
    if axis is None and options.average != "micro":
        raise _one_mask(
            f"{option('average')}: {options.average} needs several classes;", loss, shape, options
        )
    if options.task == "multilabel" and axis is None:
        raise UsageError(
            f"{option('task')}: multi-label predictions need a label axis, shape {shape} has none"
        )
    task = "binary" if axis is None else "multilabel"
    if loss.pooled and not loss.is_metric:
        task = "segmentation"
    signs = any(entry.kind == "sign" for entry in loss.inputs)
    samples = samples_of(loss, shape, options)
    layout = item_layout(tuple(sources), shape, axis, samples, _groups(loss, shape, options))
    if axis is not None and loss.is_metric and loss.per_row:  # type: ignore[attr-defined]
        own = dict.fromkeys(sources, (shape[axis],))
        layout = replace(class_layout(own, shape, axis, samples), axes="item")
    return Fit(layout, task, "signs" if signs else "labels", views)


def _one_mask(what: str, loss: Loss, shape: Shape, options: Options) -> UsageError:
    """Return the error of an option for classes where there is one mask, with a way to several."""
    if len(shape) < 2:
        advice = "they have no class axis; leave this option out"
    elif options.task == "binary":
        advice = "because of task binary; leave out the task, or this option"
    elif options.class_axis is not None:
        advice = f"axis {options.class_axis} holds a single class; leave this option out"
    else:
        maps = f"two label maps are read with {option('input', 'labels')}; " * loss.hard_masks
        advice = (
            f"{maps}{option('class_axis')} names a class axis, {option('task', 'multilabel')} "
            "classes that overlap"
        )
    return UsageError(f"{what} predictions {shape} are read as one mask ({advice})")


def _said_axis(axis: int, shape: Shape) -> int:
    from lossctl.engine.bind.class_axis import class_axis_of  # noqa: PLC0415 - few say one

    return class_axis_of(axis, shape)


def _label_axis(shape: tuple[int, ...], options: Options) -> int | None:
    if options.class_axis is not None:
        return _said_axis(options.class_axis, shape)
    return 1 if len(shape) == 2 and shape[1] > 1 else None


def _rows(loss: Loss, sources: dict[str, Source], options: Options, samples: int = 1) -> Layout:
    """Lay out rows of classes along the class axis; ambiguous is an error.

    That is axis 1 for (N, C, …), the last for (N, T, C), or what `class_axis` says.
    """
    p, t = sources["predictions"].shape, sources["targets"].shape
    axis = None
    if options.class_axis is not None and p and (p == t or len(p) == len(t) + 1):
        axis = _said_axis(options.class_axis, p)
    shapes = tuple([source.shape for source in sources.values()])
    one_each = frozenset([entry.name for entry in loss.inputs[1:] if entry.axes == "item"])
    fitting = _layouts(tuple(sources), shapes, axis, samples, one_each)
    if not fitting:
        raise DataError(_row_mismatch(loss, p, t, axis))
    if len(fitting) > 1:
        if p == t and all(sources[name].dtype.kind in "iu" for name in ("predictions", "targets")):
            raise DataError(
                f"predictions {p} and targets {t} are both whole numbers, like label maps; "
                f"{loss.id} needs one score per class (dice compares two label maps)"
            )
        raise DataError(
            f"predictions {p} and targets {t}: classes may lie along axis 1 or axis {len(p) - 1}; "
            f"choose one with {option('class_axis')}"
        )
    return fitting[0]


@lru_cache(256)
def _layouts(
    names: tuple[str, ...],
    shapes: tuple[Shape, ...],
    axis: int | None,
    samples: int,
    one_each: frozenset[str] = frozenset(),
) -> tuple[Layout, ...]:
    """Return the layout for every class axis along which the inputs fit together."""
    from lossctl.engine.bind.axes import matches  # noqa: PLC0415 - not for labels without classes

    axes = {"targets": TARGET_AXES, **dict.fromkeys(one_each, "item")}
    declared = tuple((name, axes.get(name, CLASS_AXES)) for name in names)
    scores = shapes[names.index("predictions")]
    layouts = []
    for match in matches(declared, shapes, class_axis=axis):
        along = match.seen["predictions"].class_axis
        assert along is not None  # noqa: S101 - predictions are declared with one
        own = {name: seen.own for name, seen in match.seen.items()}
        layouts.append(class_layout(own, scores, along, samples))
    return tuple(layouts)


def _fit_rows(loss: Loss, sources: dict[str, Source], options: Options) -> Fit:
    if options.task in {"binary", "multilabel"}:
        raise UsageError(
            f"{option('task')}: {loss.id} reads exclusive classes; for {options.task} labels use "
            "bce or focal"
        )
    p, t = sources["predictions"].shape, sources["targets"].shape
    layout = _rows(loss, sources, options, samples_of(loss, p, options))
    if layout.columns < 2:
        raise DataError(_one_class(loss, sources))
    if loss.grouped is not None:
        layout = replace(layout, groups=_groups(loss, layout.item_shape, options))
    if not options.shift:
        return Fit(layout, "multiclass", "one_hot" if p == t else "index")
    from lossctl.engine.bind.groups import SHIFTED, shifted  # noqa: PLC0415 - tokens only

    views, axis = shifted(sources, layout)
    layout = _rows(loss, views, replace(options, class_axis=axis))
    return Fit(layout, "multiclass", "index", views, (SHIFTED,))


def _one_class(loss: Loss, sources: Mapping[str, Source]) -> str:
    """Say that there is one score per item, and how such are read."""
    p, t = sources["predictions"].shape, sources["targets"].shape
    ways = [] if "item" in loss.form_axes else ["use bce"]
    if p != t:
        ways.append(f"reshape the predictions to {t}")
    said = f"for one score per item {' and '.join(ways)}"
    if loss.hard_masks and all(sources[n].dtype.kind in "iu" for n in ("predictions", "targets")):
        said += f"; label maps? set {option('input', 'labels')}"
    return f"predictions {p} have one class; {loss.id} needs 2 classes or more ({said})"


def _fit_label_rows(loss: Loss, sources: dict[str, Source], options: Options) -> Fit:
    """Fit rows of labels of which several may be true."""
    if options.task in {"binary", "multiclass"}:
        raise UsageError(f"{option('task')}: {loss.id} reads rows of labels; leave it at auto")
    require_same_shape(sources["predictions"], sources["targets"])
    shape = sources["predictions"].shape
    if len(shape) < 2:
        raise DataError(f"{loss.id} reads rows of labels, (N, L); predictions have shape {shape}")
    return Fit(_rows(loss, sources, options), "multilabel", "label_rows")


def require_same_shape(
    predictions: Source, other: Source, name: str = "targets", *, rows: bool = False
) -> None:
    """Refuse another shape than that of the predictions, with advice.

    `rows` says whether the loss reads a score of each class too.
    """
    p, t = predictions.shape, other.shape
    if p == t:
        return
    raise DataError(
        f"predictions {p} ({predictions.label}) and {name} {t} ({other.label}) differ in shape; "
        + _shape_advice(p, t, name, rows=rows)
    )


def _require_one_each(predictions: Source, targets: Source, other: Source, name: str) -> None:
    """Refuse an input that does not have one number per item, as targets of indices have."""
    if other.shape != targets.shape:
        raise DataError(
            f"{name} {other.shape} ({other.label}) do not match predictions {predictions.shape} "
            f"with targets {targets.shape}: give one number per target"
        )


def _kept_axis(p: Shape, t: Shape) -> Shape:
    """Return the shape of indices of classes that kept an axis of length 1: (N, 1, H, W)."""
    if len(t) != len(p):
        return ()
    places = [at for at, n in enumerate(t) if n == 1 and p[at] > 1]
    kept = [at for at in places if t[:at] == p[:at] and t[at + 1 :] == p[at + 1 :]]
    return t[: kept[0]] + t[kept[0] + 1 :] if kept else ()


def _shape_advice(p: Shape, t: Shape, name: str, *, rows: bool) -> str:
    squeezed_p, squeezed_t = (tuple(n for n in shape if n != 1) for shape in (p, t))
    if rows and name == "targets" and (indices := _kept_axis(p, t)):
        return f"class indices? reshape the targets to {indices}"
    if squeezed_p == squeezed_t:
        longer, shape = ("predictions", t) if len(p) > len(t) else (name, p)
        return f"they are not broadcast: reshape the {longer} to {shape}"
    if p[:1] != t[:1]:
        counts = f"{p[0] if p else 1} and {t[0] if t else 1}"
        return f"they hold {counts} items: are they from the same data set?"
    if name == "targets" and t in (p[:-1], p[:1] + p[2:]):
        return "give one number per target; scores of each class are for losses like cross_entropy"
    if rows and p in (t[:-1], t[:1] + t[2:]):
        return f"are predictions and {name} swapped?"
    return "give arrays of the same shape"


def _row_mismatch(
    loss: Loss, p: tuple[int, ...], t: tuple[int, ...], axis: int | None = None
) -> str:
    if len(t) == len(p) + 1:
        return f"predictions {p} and targets {t} look swapped: class scores come first"
    if len(p) == len(t):
        advice = (
            "index targets have one axis less than the predictions, one-hot targets the same axes"
        )
        if indices := _kept_axis(p, t):
            advice = f"reshape the targets to {indices}"
        elif len(p) == 1:
            advice = "one score per item? use bce, bce_with_logits or focal"
            if 0 < t[0] < p[0] and p[0] % t[0] == 0:
                advice = f"reshape the predictions to ({t[0]}, {p[0] // t[0]}) if they are rows"
        return f"predictions {p} and targets {t} do not fit {loss.id}: {advice}"
    along = "" if axis is None else f" with classes along axis {axis}"
    if axis is None and p[1:] == t and len(t) > 1 and p[0] > 1:
        return (
            f"predictions {p} and targets {t}: classes may lie along axis 0; if so, set "
            f"{option('class_axis', 0)}"
        )
    if axis is None and len(t) > 1 and p[:2] == t[1::-1] and p[2:-1] == t[2:]:
        return (
            f"predictions {p} and targets {t} do not fit {loss.id}: their first two axes are "
            "exchanged; give np.swapaxes(targets, 0, 1)"
        )
    return (
        f"predictions {p} and targets {t} do not fit {loss.id}{along}: expected scores "
        "(N, C, …) or (N, …, C) with indices (N, …), or with one-hot targets of their shape"
    )
