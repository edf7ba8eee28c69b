"""A plan: one loss with its parameters, bound to inputs, a layout, a dtype and a kind."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from lossctl.core.domain import Domain, Param, ScalarOrList, bind_params
from lossctl.core.errors import DataError, UsageError
from lossctl.core.lazy import lazy
from lossctl.core.loss import WHOLE_KINDS, Array, Form, Input, Loss, no_notes
from lossctl.core.options import Options, options_for
from lossctl.core.spelling import option
from lossctl.engine.bind.layout import Fit, item_layout, samples_of
from lossctl.engine.sources import Source, is_text, names_of

if TYPE_CHECKING:  # text is rare, and data is hashed only where that is asked for
    from lossctl.engine.bind.class_names import Numbered
    from lossctl.engine.digests import Digests

Sources: TypeAlias = dict[str, Source]
Order: TypeAlias = Literal["class", "memory"]
# What sums of float32 probabilities leave; float64 arrays often came from such. float16: 3 digits.
SLACK, HALF_SLACK = 1e-6, 1e-3
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
        Power of two that the weights of items are multiplied by (see ``reduce.rescale``); 1
        unless sums would overflow or vanish.
    signed
        What else shapes the value, by name: what says which class a text label is.
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
    signed: Mapping[str, Any] = field(default_factory=dict)

    @lazy
    def form(self) -> Form:
        """The functions that evaluate this kind in this reading of the axes."""
        return self.loss.form(self.fit.layout.axes, self.loss.computed_as(self.kind))

    @lazy
    def order(self) -> Order:
        """How short rows of classes are laid out; one-hot targets are looked at class by class."""
        axes, kind = self.fit.layout.axes, self.loss.computed_as(self.kind)
        if axes == "any":
            return "memory"
        if self.fit.targets == "one_hot":
            return "class"
        for form in self.loss.forms:
            if form.axes == axes and form.kind == kind:
                return form.order
        return "class"

    @lazy
    def reading_key(self) -> tuple[Any, ...]:
        """Plans with equal keys see the very same prepared blocks."""
        loss = self.loss
        if loss.faults is not no_notes:  # they depend on parameters too
            return (id(self),)
        return (
            tuple(self.fit.layout.lies.items()),
            self.fit.targets,
            self.order,
            self.dtype,
            self.kind,
            (loss.left_out, loss.has_classes),
            tuple((e.kind, e.domain, e.expected, e.default) for e in loss.inputs),
            tuple(self.params[e.clipped_by] for e in loss.inputs if e.clipped_by),
            tuple((name, id(source)) for name, source in self.sources.items()),
            (id(self.data.get(WEIGHTS)), self.fit.layout.item_shape),
            (self.options.nan, self.options.ignore_index, self.options.clip_predictions),
        )

    @lazy
    def label_maps(self) -> bool:
        """Whether predictions hold the class of each item rather than a score of each class."""
        layout = self.fit.layout
        return layout.axes == "item class" and not layout.lies["predictions"].own

    @lazy
    def slack(self) -> float:
        """How far outside [0, 1] rounding may take a probability, by the dtype it was stored in."""
        if not self.loss.has_classes or "probabilities" not in self.loss.kinds:
            return 0.0
        dtype = self.sources[self.loss.inputs[0].name].dtype
        if dtype.kind != "f":
            return 0.0
        return HALF_SLACK if dtype.itemsize == 2 else SLACK

    @property
    def is_weighted(self) -> bool:
        """Whether items or classes have weights."""
        return self.weights is not None or self.arguments.get("class_weights") is not None

    @lazy
    def by_sample(self) -> bool:
        """Whether sums are taken sample by sample: each image, or each sequence."""
        if self.loss.of_sequences:
            return self.fit.layout.samples > 1 or self.options.pooling == "sample"
        return self.loss.pooled and self.options.pooling == "sample"

    @property
    def weighs_lists(self) -> bool:
        """Whether weights are given for whole lists of items, rather than for each item."""
        if self.weights is None or self.loss.grouped != "lists":
            return False
        return self.data[WEIGHTS].shape != self.fit.layout.item_shape

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
    digests: "Digests | None" = None,
) -> Plan:
    """Check parameters, options and shapes; the kind is still the declared one.

    With `digests` the data is hashed while it is read.
    """
    bound = bind_params(loss.id, loss.params, params)
    options = options_for(loss, options)
    if any(getattr(source, "lengths", None) is not None for source in sources.values()):
        from lossctl.engine.bind.views import require_equal_lists  # noqa: PLC0415 - few are lists

        weights = require_equal_lists(sources, weights)
    sources, weights, labels = _without_text(loss, sources, weights, options)
    if weights is not None and loss.grouped not in {None, "lists"}:
        raise UsageError(
            f"{option('weights')}: {loss.id} is a loss of whole groups and takes no item weights"
        )
    data = {name: source for name, source in sources.items() if name not in loss.predicted}
    if weights is not None:
        data[WEIGHTS] = weights
    if digests is not None:
        data = {name: digests.of(source) for name, source in data.items()}
        weights = data.get(WEIGHTS)
    group = data.get(GROUP)
    if digests is not None or group is not None:
        sources = {name: data.get(name, own) for name, own in sources.items() if name != GROUP}
    if group is not None and not (loss.grouped in {"batch", "lists"} or loss.of_sequences):
        raise UsageError(
            f"{option('group')}: {loss.id} takes each item by itself and has no groups"
        )
    fitted = _fit(loss, sources, options, group, weights)
    sources = fitted.sources or sources
    signed: Mapping[str, Any] = {}
    if labels is not None:
        fitted, signed = fitted._replace(notes=(*fitted.notes, *labels.notes)), labels.signed
    dtype = _computing_dtype(loss, sources, options)
    item_weights = None if weights is None else _fit_weights(weights, fitted, options)
    exact: Mapping[str, Any] = bound
    if loss.params or loss.has_classes:  # lists become arrays, and some values are measured
        exact = bind_arguments(loss, bound, fitted, sources, options, weights=item_weights)
    return Plan(
        loss=loss,
        params=bound,
        exact_arguments=exact,
        arguments=_as_dtype(exact, dtype),
        sources=sources,
        weights=item_weights,
        options=options,
        fit=fitted,
        dtype=dtype,
        kind=loss.kinds[0],
        data=data,
        group=group,
        signed=signed,
    )


def _without_text(
    loss: Loss, sources: Sources, weights: Source | None, options: Options
) -> "tuple[Sources, Source | None, Numbered | None]":
    """Put numbers in the place of text labels; most inputs hold none."""
    given = sources if weights is None else sources | {WEIGHTS: weights}
    if sum(len(names_of(source)) > 1 for source in given.values()) > 1:
        from lossctl.engine.bind.class_names import require_columns_alike  # noqa: PLC0415 - tables

        require_columns_alike(given)
    if not any(map(is_text, given.values())):
        for name in ("positive", "class_names"):
            if getattr(options, name) is not None and not (loss.pooled and name == "class_names"):
                raise UsageError(
                    f"{name}: {loss.id} takes none where the targets are numbers; it names text"
                )
        return sources, weights, None
    from lossctl.engine.bind.class_names import number_labels  # noqa: PLC0415 - text only

    def fit(own: Sources) -> Fit:
        inputs = {n: s for n, s in own.items() if n not in {GROUP, WEIGHTS}}
        return _fit(loss, inputs, options, own.get(GROUP), own.get(WEIGHTS))

    labels = number_labels(loss, given, options, fit)
    inputs = {name: labels.sources[name] for name in sources}
    return inputs, labels.sources.get(WEIGHTS), labels


def _fit(
    loss: Loss,
    sources: Sources,
    options: Options,
    group: Source | None,
    weights: Source | None,
) -> Fit:
    """Match the inputs: by words, as labels, or one number an item each; nothing is broadcast."""
    _require_items(sources)
    if loss.in_words:
        from lossctl.engine.bind.axes import fit_in_words  # noqa: PLC0415 - not for plain values

        return fit_in_words(loss, sources, options, group)
    if not loss.has_classes:
        fitted = _fit_values(loss, sources, options)
    else:
        from lossctl.engine.bind.labels import fit_labels  # noqa: PLC0415 - not for plain values

        fitted = fit_labels(loss, sources, options, weights)
    if not loss.of_sequences:
        return fitted
    from lossctl.engine.bind.groups import sequences  # noqa: PLC0415 - tokens only

    return sequences(fitted, sources, options, group)


def _fit_values(loss: Loss, sources: Mapping[str, Source], options: Options) -> Fit:
    """Fit inputs of one number an item each.

    Raises
    ------
    DataError
        When their shapes differ, with both and what to do.
    """
    predictions = sources["predictions"]
    for name, source in sources.items():
        if source.shape != predictions.shape:
            from lossctl.engine.bind.labels import require_same_shape  # noqa: PLC0415 - the error

            require_same_shape(predictions, source, name)
    layout = item_layout(
        tuple(sources), predictions.shape, samples=samples_of(loss, predictions.shape, options)
    )
    return Fit(layout, loss.tasks[0], "values" if "targets" in sources else "constant")


def _require_items(sources: Mapping[str, Source]) -> None:
    """Refuse inputs without items."""
    for name, source in sources.items():
        if prod(source.shape) == 0:
            raise DataError(
                f"{source.label}: {name} have shape {source.shape}, no items; "
                "an empty evaluation has no value"
            )


def _computing_dtype(loss: Loss, sources: Sources, options: Options) -> np.dtype[Any]:
    """float32 when nothing is wider; integers count as float64 unless they are labels."""
    if options.precision == "double":
        return np.dtype(np.float64)
    inputs = {entry.name: entry for entry in loss.inputs}
    widths = [
        4 if source.dtype.kind == "f" and source.dtype.itemsize <= 4 else 8
        for name, source in sources.items()
        if not (source.dtype.kind in "biu" and not _sets_width(loss, inputs[name]))
        and inputs[name].kind not in WHOLE_KINDS
    ]
    return np.dtype(np.float32 if max(widths, default=8) == 4 else np.float64)


def _sets_width(loss: Loss, entry: Input) -> bool:
    if entry.sets_width is not None:
        return entry.sets_width
    return entry.kind != "label" and not (loss.in_words and entry.kind == "sign")


def _as_dtype(arguments: Mapping[str, Any], dtype: np.dtype[Any]) -> dict[str, Any]:
    """Return the arguments with their arrays in the computing dtype."""
    return {
        name: value.astype(dtype) if isinstance(value, np.ndarray) else value
        for name, value in arguments.items()
    }


def _fit_weights(weights: Source, fitted: Fit, options: Options) -> Source:
    """Fit item weights to the items, in the order in which those are read."""
    if options.shift:
        from lossctl.engine.bind.views import later  # noqa: PLC0415 - tokens only

        weights = later(weights, fitted.layout.item_shape)
    spread = spread_weights(weights, fitted.layout.item_shape)
    if fitted.order is None:
        return spread
    from lossctl.engine.bind.views import Ordered  # noqa: PLC0415 - gathered groups only

    return Ordered(spread, fitted.order, spread.shape, 1)


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
    from lossctl.engine.bind.views import SpreadWeights  # noqa: PLC0415 - rare

    return SpreadWeights(weights, item_shape)


class Binding:
    """One loss bound to data; counts its labels at most once, and only if something asks."""

    def __init__(
        self,
        loss: Loss,
        fit: Fit,
        targets: Source | None,
        weights: Source | None,
        options: Options,
    ) -> None:
        """Keep what arguments may depend on."""
        self.loss, self.fit, self.options = loss, fit, options
        self._targets, self._weights = targets, weights

    @cached_property
    def counts(self) -> Array:
        """Items of each class."""
        if self._targets is None:
            raise UsageError(f"{self.loss.id}: class counts are measured from targets; none given")
        from lossctl.engine.bind.labels import count_labels  # noqa: PLC0415 - rare

        options = self.options
        return count_labels(
            self._targets,
            self.fit,
            weights=self._weights,
            ignore_index=options.ignore_index,
            threads=options.threads,
        )


def bind_arguments(
    loss: Loss,
    params: Mapping[str, Any],
    fit: Fit,
    sources: Mapping[str, Source],
    options: Options,
    *,
    weights: Source | None,
) -> dict[str, Any]:
    """Return the arguments: parameters with lists as float64 arrays, measured values, weights."""
    binding = Binding(loss, fit, sources.get("targets"), weights, options)
    arguments = dict(params)
    for param in loss.params:
        value = params[param.name]
        if (value is None or isinstance(value, str)) and value in param.measured:
            arguments[param.name] = np.asarray(param.measured[value](binding.counts))
        elif isinstance(value, tuple):
            arguments[param.name] = _list_argument(binding, param, value)
    if loss.has_classes and not loss.pooled and not loss.grouped:
        arguments["class_weights"] = _class_weights(binding)
    return arguments


def _list_argument(binding: Binding, param: Param, values: tuple[float, ...]) -> Any:
    if len(values) == 1:
        return values[0]
    columns = binding.fit.layout.columns
    pair = _takes_pair(param.domain) and not columns
    if len(values) == columns or (pair and len(values) == 2):
        return np.array(values)
    if columns:
        wanted = f"{columns} (one for each class or label)"
    else:
        wanted = (
            "1 or 2 (negative, positive)" if pair else "1, since predictions have no label axis"
        )
        shape = binding.fit.layout.item_shape
        if len(values) in shape[1:]:
            axis = shape.index(len(values), 1)
            wanted += f"; say where labels lie with {option('class_axis', axis)}"
            if "item class" in binding.loss.form_axes:
                wanted += f" and {option('task', 'multilabel')}"
    loss = binding.loss.id
    raise UsageError(f"{loss}: {param.name} has {len(values)} entries, needs {wanted}")


def _takes_pair(domain: Domain) -> bool:
    inner = getattr(domain, "domain", domain)
    return any(isinstance(one, ScalarOrList) and one.pair for one in (domain, inner))


def _class_weights(binding: Binding) -> Array | None:
    weights, columns = binding.options.class_weights, binding.fit.layout.columns
    if weights is None:
        return None
    if isinstance(weights, str):
        if binding.fit.task == "multilabel":
            raise UsageError(
                f"{option('class_weights')}: {weights} is for classes; for several labels give one "
                "weight a "
                "label or use pos_weight=balanced"
            )
        from lossctl.engine.bind.labels import named_weights  # noqa: PLC0415 - rare

        return named_weights(weights)(binding.counts)
    wanted = columns or 2
    if len(weights) != wanted:
        kind = {"multiclass": "classes", "multilabel": "labels"}.get(
            binding.fit.task, "weights (negative, positive)"
        )
        raise UsageError(
            f"{option('class_weights')}: {len(weights)} given, but {binding.loss.id} sees {wanted} "
            f"{kind} here"
        )
    return np.array(weights)
