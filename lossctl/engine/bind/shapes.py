"""How the inputs of a loss fit together, from shapes and options; never broadcast in silence."""

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options
from lossctl.core.reading import Targets
from lossctl.engine.bind.layout import Layout, Lie, item_layout
from lossctl.engine.sources import Source

if TYPE_CHECKING:  # matched by words only where a loss declares such axes
    from lossctl.engine.bind.axes import Match


class Fit(NamedTuple):
    """How the inputs fit together.

    Attributes
    ----------
    layout
        How items lie in them.
    task
        What the labels mean.
    targets
        How targets are encoded: values, labels, signs, index, one_hot, label_rows or constant.
    sources
        The inputs as they are read, where that is not as they are given: the item axis first and
        groups together.
    notes
        What there is to say about that.
    order
        The order of the items, where groups had to be gathered.
    """

    layout: Layout
    task: str
    targets: Targets
    sources: dict[str, Source] | None = None
    notes: tuple[str, ...] = ()
    order: Array | None = None


def fit(loss: Loss, sources: dict[str, Source], options: Options, group: Source | None) -> Fit:
    """Match the inputs of a loss.

    Raises
    ------
    DataError
        When the shapes do not fit, with both shapes and what to do.
    UsageError
        When an option contradicts the loss or the shapes.
    """
    require_items(sources)
    if loss.in_words:
        return _fit_in_words(loss, sources, options, group)
    if loss.has_classes:
        from lossctl.engine.bind.labels import fit_labels  # noqa: PLC0415 - losses on labels only

        return fit_labels(loss, sources, options)
    return _fit_values(loss, sources, options)


def require_items(sources: Mapping[str, Source]) -> None:
    """Refuse inputs without items."""
    for name, source in sources.items():
        if prod(source.shape) == 0:
            raise DataError(
                f"{source.label}: {name} have shape {source.shape}, no items; "
                "an empty evaluation has no value"
            )


def _fit_values(loss: Loss, sources: Mapping[str, Source], options: Options) -> Fit:
    """Fit inputs of one number an item each."""
    predictions = sources["predictions"]
    for name, source in sources.items():
        require_same_shape(predictions, source, name)
    layout = item_layout(
        sources, predictions.shape, samples=samples_of(loss, predictions.shape, options)
    )
    return Fit(layout, loss.tasks[0], "values" if "targets" in sources else "constant")


def samples_of(loss: Loss, shape: tuple[int, ...], options: Options) -> int:
    """Return the length of the first axis for losses pooled by sample, 1 for others."""
    if not loss.pooled or options.pooling != "sample":
        return 1
    if len(shape) < 2:
        raise UsageError(
            f"pooling: by sample needs a first axis of samples; predictions have shape {shape}"
        )
    return shape[0]


def require_same_shape(predictions: Source, other: Source, name: str = "targets") -> None:
    """Refuse another shape than that of the predictions, with advice."""
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


def _fit_in_words(
    loss: Loss, sources: dict[str, Source], options: Options, group: Source | None
) -> Fit:
    """Fit inputs whose axes the loss declares in words."""
    from lossctl.engine.bind.axes import match  # noqa: PLC0415 - few losses need it
    from lossctl.engine.bind.groups import batches, describe  # noqa: PLC0415

    ways = match(loss, sources, options.axes)
    views = item_first(sources, ways)
    lies = {name: Lie(source.shape[len(ways.items) :]) for name, source in views.items()}
    notes = _reading(sources, ways)
    if loss.is_variant:
        notes.append(f"read from {' and '.join(views)}")
    groups = order = None
    if loss.grouped is not None:
        groups, order = batches(loss, ways.items, options, group)
        notes.append(describe(groups, options, group))
    if order is not None:
        from lossctl.engine.bind.views import Ordered  # noqa: PLC0415

        views = {
            name: Ordered(source, order, source.shape, max(prod(lies[name].own), 1))
            for name, source in views.items()
        }
    layout = Layout("any", ways.items, lies, least_rows=loss.least_rows, groups=groups)
    return Fit(layout, loss.tasks[0], "values", views, tuple(notes), order)


def item_first(sources: Mapping[str, Source], ways: "Match") -> dict[str, Source]:
    """Return the inputs with their item axis first; those laid end to end get one of their own."""
    views = dict(sources)
    for name, way in ways.seen.items():
        if way.place:
            from lossctl.engine.bind.views import Moved  # noqa: PLC0415 - rare

            views[name] = Moved(sources[name], way.place)
    for name, way in ways.seen.items():
        if way.items is None:
            from lossctl.engine.bind.views import Padded  # noqa: PLC0415 - rare

            lengths = views.get(way.words[1])
            if lengths is None:
                raise UsageError(f"{name} are packed end to end: give {way.words[1]}, one an item")
            views[name] = Padded(sources[name], lengths)
    return views


def _reading(sources: Mapping[str, Source], ways: "Match") -> list[str]:
    """Say how inputs are read that do not simply have the items first."""
    from lossctl.engine.bind.views import Stacked  # noqa: PLC0415 - few losses need it

    notes = [
        f"{name} are read as {', '.join(way.words)}"
        for name, way in ways.seen.items()
        if way.place or way.items is None
    ]
    if stacked := [name for name, source in sources.items() if isinstance(source, Stacked)]:
        notes.append(f"{', '.join(stacked)} are read from one array, stacked")
    return notes
