"""How the inputs of a loss fit together, from shapes and options; never broadcast in silence."""

from collections.abc import Mapping
from math import prod
from typing import NamedTuple

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options
from lossctl.core.reading import Targets
from lossctl.engine.bind.layout import Layout, item_layout
from lossctl.engine.sources import Source


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


def require_items(sources: Mapping[str, Source]) -> None:
    """Refuse inputs without items."""
    for name, source in sources.items():
        if prod(source.shape) == 0:
            raise DataError(
                f"{source.label}: {name} have shape {source.shape}, no items; "
                "an empty evaluation has no value"
            )


def fit_values(loss: Loss, sources: Mapping[str, Source], options: Options) -> Fit:
    """Fit inputs of one number an item each.

    Raises
    ------
    DataError
        When their shapes differ, with both and what to do.
    """
    predictions = sources["predictions"]
    for name, source in sources.items():
        require_same_shape(predictions, source, name)
    layout = item_layout(
        tuple(sources), predictions.shape, samples=samples_of(loss, predictions.shape, options)
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
