"""A plan: one loss with its parameters, bound to inputs, a layout, a dtype and a kind."""

import math
from collections.abc import Mapping
from dataclasses import field, replace
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.domain import bind_params
from lossctl.core.errors import DataError, UsageError
from lossctl.core.lazy import lazy, record
from lossctl.core.loss import LABEL_KINDS, WHOLE_KINDS, Form, Input, Loss, no_notes
from lossctl.core.options import IGNORABLE, Options, options_for
from lossctl.core.result import Reading, Result
from lossctl.core.spelling import option
from lossctl.engine.bind import layout as layouts
from lossctl.engine.bind.layout import Fit, Lie, item_layout, samples_of
from lossctl.engine.sources import Source, is_text, names_of

if TYPE_CHECKING:  # text is rare, and data is hashed only where that is asked for
    from lossctl.engine.bind.class_names import Numbered
    from lossctl.engine.digests import Digests

Sources: TypeAlias = dict[str, Source]
Order: TypeAlias = Literal["class", "memory"]
# What sums of float32 probabilities leave; float64 arrays often came from such. float16: 3 digits.
SLACK, HALF_SLACK = 1e-6, 1e-3
WEIGHTS, GROUP = "weights", "group"  # beside the inputs of a loss: of each item


class InputReading(NamedTuple):
    """How the rows of an input are read: where and in which order they lie, and their dtype.

    `dtype` is None for its own. `may_lose_digits` marks integers that float64 may not hold.
    """

    name: str
    lie: Lie
    order: Order
    dtype: np.dtype[Any] | None
    may_lose_digits: bool


@record(frozen=True)
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
    names_of_labels: tuple[str, ...] | None = None

    @lazy
    def form(self) -> Form:
        """The functions that evaluate this kind in this reading of the axes."""
        return self.loss.form(self.fit.layout.axes, self.loss.computed_as(self.kind))

    @lazy
    def order(self) -> Order:
        """How short rows of classes are laid out; one-hot targets are looked at class by class."""
        if self.fit.layout.axes == "any":
            return "memory"
        order = self.form.order
        if order == "as_is":
            return "memory"
        return "class" if self.fit.targets == "one_hot" else order

    @lazy
    def readings(self) -> tuple[InputReading, ...]:
        """How every input that is given is read, in declared order.

        Numbers are read in the computing dtype, whole numbers and indices as they are.
        """
        return tuple(self._reading(one) for one in self.loss.inputs if one.name in self.sources)

    def _reading(self, entry: Input) -> InputReading:
        lie, dtype = self.fit.layout.lies[entry.name], self.sources[entry.name].dtype
        order: Order = self.order if lie.own else "memory"  # of one number there is one order
        is_label = entry.kind in LABEL_KINDS
        if entry.kind in WHOLE_KINDS or (is_label and self.fit.targets == "index"):
            return InputReading(entry.name, lie, order, None, may_lose_digits=False)
        # The range of labels is checked, which is narrower.
        may_lose_digits = not is_label and dtype.kind in "iu" and dtype.itemsize == 8
        return InputReading(entry.name, lie, order, self.dtype, may_lose_digits)

    @lazy
    def ignorable(self) -> tuple[int, ...]:
        """Which inputs hold labels that may say that their items are to be ignored."""
        if self.options.ignore_index is None or self.fit.targets in {"one_hot", "label_rows"}:
            return ()
        return tuple(n for n, entry in enumerate(self.loss.inputs) if entry.kind in IGNORABLE)

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
            (loss.left_out, loss.has_classes, loss.is_metric),
            tuple((e.kind, e.domain_with(self.params), e.expected, e.default) for e in loss.inputs),
            tuple((name, id(source)) for name, source in self.sources.items()),
            (id(self.data.get(WEIGHTS)), self.fit.layout.item_shape),
            (self.options.nan, self.options.ignore_index, self.options.clip_predictions),
        )

    @lazy
    def fits_a_block(self) -> bool:
        """Whether the data is one block, so small that its functions need no threads either."""
        sizes = [prod(source.shape) for source in (*self.sources.values(), *self.data.values())]
        return len(self.fit.layout.grid()) == 1 and max(sizes) <= layouts.BLOCK_ELEMENTS

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

    @lazy
    def signed_options(self) -> Mapping[str, Any]:
        """What shapes the number and is not at its default, by name.

        Beside options those are the inputs, where they are others than predictions and targets:
        variants, and inputs that may be left out, are other readings.
        """
        signed = {**self.options.signed, **self.signed}
        for name in ("reduction", "input"):  # these stand in the signature for themselves
            signed.pop(name, None)
        if not self.is_weighted or self.options.reduction != "mean":  # then it changes nothing
            signed.pop("mean_by", None)
        if self.sources.keys() != {"predictions", "targets"}:
            read = [entry.name for entry in self.loss.inputs if entry.name in self.sources]
            signed = {"inputs": "+".join(read), **signed}
        if self.label_maps:  # their number is found in the data, or from names
            signed["classes"] = self.fit.layout.columns
        if self.weights is not None:
            signed["weights"] = "given"
        if self.group is not None:
            signed["group"] = "given"
        return signed

    @lazy
    def described(self) -> Result:
        """What a result says of its plan, whatever the values are: one without a value."""
        loss, unknown = self.loss, Reading(self.kind, "declared", "", self.fit.task, "values")
        return Result(
            loss=loss.id,
            params=self.params,
            value=math.nan,
            reduction=self.options.reduction,
            items=0,
            ignored=0,
            omitted=0,
            input=unknown,
            kind="metric" if loss.is_metric else "loss",
            higher_is_better=loss.higher_is_better,
            defaults=loss.defaults,
        )

    @lazy
    def is_digested(self) -> bool:
        """Whether some of the data is hashed as it is read."""
        return any(hasattr(source, "digest") for source in self.data.values())

    @lazy
    def undigested(self) -> dict[str, Any]:
        """What a result says of its data where nothing of it is hashed."""
        return {"rows": (*self.fit.layout.item_shape, 1)[0], **dict.fromkeys(self.data)}

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
    known_labels: tuple[Any, ...] | None = None,
) -> Plan:
    """Check parameters, options and shapes; the kind is still the declared one.

    With `digests` data is hashed as it is read; `known_labels` are those of other models.
    """
    bound = bind_params(loss.id, loss.params, params)
    options = options_for(loss, options)
    if any(getattr(source, "lengths", None) is not None for source in sources.values()):
        from lossctl.engine.bind.groups import require_equal_lists  # noqa: PLC0415 - few are lists

        weights = require_equal_lists(sources, weights)
    if loss.is_metric and any(map(is_text, sources.values())):
        from lossctl.engine.bind.predicted_labels import without_text  # noqa: PLC0415 - text only

        sources = without_text(sources, options)
    sources, weights, labels = _without_text(loss, sources, weights, options)
    _require_use_of_items(loss, weights, sources.get(GROUP))
    data = _data_of(loss, sources, weights, digests)
    weights, group = data.get(WEIGHTS), data.get(GROUP)
    if digests is not None or group is not None:
        sources = {name: data.get(name, own) for name, own in sources.items() if name != GROUP}
    fitted = _fit(loss, sources, options, group, weights, params=bound, labels=known_labels)
    columns, names = fitted.layout.columns, options.class_names
    pooled = loss.pooled and not loss.is_metric  # whose names are counted with their sums
    if names is not None and columns > 1 and not pooled:
        from lossctl.engine.bind.class_names import require_a_name_each  # noqa: PLC0415 - tables

        require_a_name_each(loss, names, columns)
    if fitted.names is not None:  # predictions are labels, which name their classes
        options = replace(options, class_names=fitted.names)
    sources = fitted.sources or sources
    signed: Mapping[str, Any] = {} if labels is None else labels.signed
    if labels is not None:
        fitted = fitted._replace(notes=(*fitted.notes, *labels.notes))
    dtype = _computing_dtype(loss, sources, options)
    item_weights = None if weights is None else _fit_weights(weights, fitted, options)
    exact: Mapping[str, Any] = bound
    if loss.params or loss.has_classes or loss.is_metric:
        exact = _bind_arguments(loss, bound, fitted, sources, options, weights=item_weights)
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
        names_of_labels=None if labels is None else labels.names,
    )


def _data_of(
    loss: Loss, sources: Sources, weights: Source | None, digests: "Digests | None"
) -> Sources:
    """Return what a value belongs to beside the predictions, hashed where that is asked for."""
    data = {name: source for name, source in sources.items() if name not in loss.predicted}
    if weights is not None:
        data[WEIGHTS] = weights
    if digests is None:
        return data
    return {name: digests.of(source) for name, source in data.items()}


def _require_use_of_items(loss: Loss, weights: Source | None, group: Source | None) -> None:
    """Refuse weights or groups of items that a loss has no use for."""
    if weights is not None and loss.grouped not in {None, "lists"}:
        raise UsageError(
            f"{option('weights')}: {loss.id} is a loss of whole groups and takes no item weights"
        )
    if group is not None and not (loss.grouped in {"batch", "lists"} or loss.of_sequences):
        raise UsageError(
            f"{option('group')}: {loss.id} evaluates each item separately and has no groups"
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
            has_names = loss.pooled or any(form.axes == "item class" for form in loss.forms)
            if getattr(options, name) is not None and not (
                loss.is_metric or (has_names and name == "class_names")
            ):
                raise UsageError(
                    f"{option(name)}: {loss.id} takes none where the targets are numbers; it is "
                    "for text labels"
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
    *,
    params: Mapping[str, Any] = MappingProxyType({}),
    labels: tuple[Any, ...] | None = None,
) -> Fit:
    """Match the inputs: by words, as labels, or one number per item; nothing is broadcast."""
    _require_items(sources)
    if loss.in_words:
        from lossctl.engine.bind.axes import fit_in_words  # noqa: PLC0415 - not for plain values

        return fit_in_words(loss, sources, options, group)
    if not loss.has_classes:
        fitted = _fit_values(loss, sources, options, params)
    else:
        from lossctl.engine.bind.labels import fit_labels  # noqa: PLC0415 - not for plain values

        fitted = fit_labels(loss, sources, options, weights, labels)
    if not loss.of_sequences:
        return fitted
    from lossctl.engine.bind.groups import sequences  # noqa: PLC0415 - tokens only

    return sequences(fitted, sources, options, group)


def _fit_values(
    loss: Loss, sources: Mapping[str, Source], options: Options, params: Mapping[str, Any]
) -> Fit:
    """Fit inputs of one number per item, or predictions of several with a list of parameters.

    Raises
    ------
    DataError
        When their shapes differ, with both and what to do.
    """
    predictions = sources["predictions"]
    if "item class" in loss.form_axes and sources["targets"].shape != predictions.shape:
        from lossctl.engine.bind.axes import fit_columns  # noqa: PLC0415 - few losses have several

        columns = fit_columns(loss, sources, params)
        if columns is not None:
            return columns
    for name, source in sources.items():
        if source.shape != predictions.shape:
            from lossctl.engine.bind.labels import require_same_shape  # noqa: PLC0415 - the error

            require_same_shape(predictions, source, name)
    shape = predictions.shape
    outputs = 1 if loss.is_metric and len(shape) == 2 and shape[1] > 1 else None
    layout = item_layout(tuple(sources), shape, outputs, samples_of(loss, shape, options))
    return Fit(layout, loss.tasks[0], "values" if "targets" in sources else "constant")


def _require_items(sources: Mapping[str, Source]) -> None:
    """Refuse inputs without items."""
    for name, source in sources.items():
        if prod(source.shape) == 0:
            raise DataError(
                f"{source.label}: {name} have shape {source.shape} and hold no items; an empty "
                "evaluation has no value"
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


def _bind_arguments(
    loss: Loss,
    params: Mapping[str, Any],
    fit: Fit,
    sources: Sources,
    options: Options,
    *,
    weights: Source | None,
) -> Mapping[str, Any]:
    """Return the arguments: parameters, of which lists and names become what they stand for."""
    if loss.is_metric:
        from lossctl.engine.bind.metric_arguments import metric_arguments  # noqa: PLC0415 - metrics

        return metric_arguments(loss, params, fit, sources)
    arguments = dict(params)
    if loss.has_classes and not loss.pooled and not loss.grouped:
        arguments["class_weights"] = options.class_weights
    measured = any(param.measured for param in loss.params) or options.class_weights is not None
    if not measured and not any(isinstance(value, tuple) for value in params.values()):
        return arguments
    from lossctl.engine.bind.arguments import Binding, bind  # noqa: PLC0415 - most are numbers

    return bind(arguments, Binding(loss, fit, sources.get("targets"), weights, options))


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
    """Fit item weights to the items: one each, or one for each entry of the leading axes.

    (N, 1) is (N,), and a number is the weight of every item.
    """
    shape = weights.shape
    if shape == item_shape:
        return weights
    while len(shape) > 1 and shape[-1] == 1 and item_shape[: len(shape)] != shape:
        shape = shape[:-1]
    if item_shape[: len(shape)] != shape:
        raise DataError(
            f"weights {weights.shape} ({weights.label}) do not match items of shape {item_shape}: "
            "give one weight per item, or one per entry of the first axis"
        )
    from lossctl.engine.bind.views import SpreadWeights  # noqa: PLC0415 - rare

    return SpreadWeights(weights, item_shape, len(shape))
