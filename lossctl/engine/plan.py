"""A plan: one loss with its parameters, bound to inputs, a layout, a dtype and a kind."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.lazy import lazy
from lossctl.core.loss import WHOLE_KINDS, Array, Form, Input, Loss
from lossctl.core.options import Options, options_for
from lossctl.core.param import bind_params
from lossctl.engine.arguments import as_dtype, bind_arguments
from lossctl.engine.digests import Digests
from lossctl.engine.kinds import computed_as
from lossctl.engine.record_shapes import fit_records
from lossctl.engine.shapes import Fit, fit
from lossctl.engine.sources import Source

Sources: TypeAlias = dict[str, Source]
WEIGHTS, GROUP = "weights", "group"  # beside the inputs of a loss: of each item


@dataclass(frozen=True)
class Plan:
    """Everything that is decided before the first block is read, but for the kind in `auto`.

    Attributes
    ----------
    params
        Every parameter as the user knows it.
    exact_arguments
        The same as the functions take them: lists and what was measured as float64 arrays.
    arguments
        The same with arrays of the computing dtype.
    data
        What the value belongs to beside the predictions, by name: the sources of every input
        without a gradient, of weights and of groups.
    scale
        Power of two that the weights of items are multiplied by (see ``magnitude``); 1 unless sums
        would overflow or vanish.
    """

    loss: Loss
    params: Mapping[str, Any]
    exact_arguments: Mapping[str, Any]
    arguments: Mapping[str, Any]
    sources: Sources
    weights: Source | None
    options: Options
    fit: Fit
    dtype: np.dtype[Any]
    kind: str
    data: Mapping[str, Source]
    group: Source | None = None
    scale: float = 1.0

    @lazy
    def form(self) -> Form:
        """The functions that evaluate this kind in this layout."""
        return self.loss.form(self.fit.layout.form, computed_as(self.loss, self.kind))

    @lazy
    def turned(self) -> bool:
        """Whether short rows are laid out class by class."""
        kind = computed_as(self.loss, self.kind)
        forms = (form for form in self.loss.forms if form.layout == "row" and form.kind == kind)
        return self.fit.targets == "one_hot" or not any(form.sums_only for form in forms)

    @lazy
    def reading_key(self) -> tuple[Any, ...]:
        """Plans with equal keys see the very same prepared blocks."""
        if self.loss.is_record:
            return (id(self),)  # their inputs are read once all the same
        return (
            self.fit.layout,
            self.fit.targets,
            self.turned,
            self.dtype,
            self.kind,
            tuple((e.kind, e.domain, e.expected, e.default) for e in self.loss.inputs),
            tuple((name, id(source)) for name, source in self.sources.items()),
            id(getattr(self.weights, "weights", self.weights)),
            (self.options.nan, self.options.ignore_index),
        )

    def read_as(self, kind: str) -> "Plan":
        """Return the plan for another kind of predictions."""
        return self if kind == self.kind else replace(self, kind=kind)

    def in_double(self) -> "Plan":
        """Return the plan computed in float64."""
        return replace(self, dtype=np.dtype(np.float64), arguments=self.exact_arguments)


def make_plan(
    loss: Loss,
    params: Mapping[str, Any],
    sources: Sources,
    weights: Source | None,
    options: Options,
    *,
    digests: Digests | None = None,
) -> Plan:
    """Check parameters, options and shapes; the kind is still the declared one.

    With `digests` the data is hashed while it is read.
    """
    bound = bind_params(loss.id, loss.params, params)
    options = options_for(loss, options)
    if weights is not None and loss.grouped:
        raise UsageError(f"weights: {loss.id} is a loss of whole groups and takes no item weights")
    data = {name: source for name, source in sources.items() if name not in loss.predicted}
    if weights is not None:
        data[WEIGHTS] = weights
    if digests is not None:
        data = {name: digests.of(source) for name, source in data.items()}
        weights = data.get(WEIGHTS)
    group = data.get(GROUP)
    if digests is not None or group is not None:
        sources = {name: data.get(name, one) for name, one in sources.items() if name != GROUP}
    if group is not None and loss.grouped not in {"batch", "lists"}:
        raise UsageError(f"group: {loss.id} takes each item by itself and has no groups")
    if loss.is_record:
        fitted = fit_records(loss, sources, options, group)
        sources = fitted.sources or sources
    else:
        fitted = fit(loss, sources, options)
    dtype = _computing_dtype(loss, sources, options)
    item_weights = None if weights is None else spread_weights(weights, fitted.layout.item_shape)
    exact = bind_arguments(loss, bound, fitted, sources, options, weights=item_weights)
    return Plan(
        loss=loss,
        params=bound,
        exact_arguments=exact,
        arguments=as_dtype(exact, dtype),
        sources=sources,
        weights=item_weights,
        options=options,
        fit=fitted,
        dtype=dtype,
        kind=loss.kinds[0],
        data=data,
        group=group,
    )


def _computing_dtype(loss: Loss, sources: Sources, options: Options) -> np.dtype[Any]:
    """float32 when nothing is wider; integers count as float64 unless they are labels."""
    if options.precision == "double":
        return np.dtype(np.float64)
    inputs = {entry.name: entry for entry in loss.inputs}
    widths = [
        4 if source.dtype.kind == "f" and source.dtype.itemsize <= 4 else 8
        for name, source in sources.items()
        if not (_says_no_width(loss, inputs[name]) and source.dtype.kind in "biu")
        and inputs[name].kind not in WHOLE_KINDS
    ]
    return np.dtype(np.float32 if max(widths, default=8) == 4 else np.float64)


def _says_no_width(loss: Loss, entry: Input) -> bool:
    return entry.kind == "label" or (loss.is_record and entry.kind == "sign")


class SpreadWeights(NamedTuple):
    """Weights of whole samples, repeated for every item of a sample."""

    weights: Source
    shape: tuple[int, ...]
    repeats: int
    dtype: np.dtype[Any]
    label: str

    def read(self, start: int, stop: int) -> Array:
        """Return the weights of items `start` to `stop`."""
        first, last = start // self.repeats, -(-stop // self.repeats)
        spread = np.repeat(self.weights.read(first, last), self.repeats)
        return spread[start - first * self.repeats : stop - first * self.repeats]

    def where(self, index: tuple[int, ...]) -> str:
        """Name the weight that stands for an item."""
        return self.weights.where(index[: len(self.weights.shape)])


def spread_weights(weights: Source, item_shape: tuple[int, ...]) -> Source:
    """Fit item weights to the items: one each, or one for each entry of the leading axes."""
    shape = weights.shape
    if shape == item_shape:
        return weights
    if not shape or item_shape[: len(shape)] != shape:
        raise DataError(
            f"weights {shape} ({weights.label}) do not fit items of shape {item_shape}: give one "
            "weight an item, or one for each entry of the first axis"
        )
    repeats = prod(item_shape[len(shape) :])
    return SpreadWeights(weights, item_shape, repeats, weights.dtype, weights.label)
