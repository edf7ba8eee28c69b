"""A loss bound to its targets, for a training loop: planned once, then called with predictions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lossctl.core.domain import bind_params
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import OPTIONS, Options, options_for, require_use
from lossctl.core.spelling import listed, option
from lossctl.data_places import Data, Opened
from lossctl.engine.bind.inputs import bind as bind_inputs
from lossctl.engine.evaluate import Request, first_plan, value_of
from lossctl.engine.gradient import early_slopes, resolved_gradient, resolved_gradient_of_block
from lossctl.engine.plan import Plan
from lossctl.engine.read.reader import Reader
from lossctl.engine.resolve import Resolved
from lossctl.engine.sources import ArraySink, ArraySource, Source, is_text, numbers_in_memory
from lossctl.evaluation import opened, places_of, request_of
from lossctl.loss_specs import Spec

UNREAD = ("by", "bins", "by_class", "worst", "min_size")  # what a value and its gradient have not


class BoundLoss:
    """A loss of given targets as a function of predictions: ``value, gradient = f(predictions)``.

    Attributes
    ----------
    loss, params
        The id of the loss, and every parameter.
    input
        What the predictions are read as, whatever their values: ``logits`` where the loss reads
        them and nothing else was said.
    """

    def __init__(self, spec: Spec, loss: Loss, held: Opened, options: Options) -> None:
        """Keep what does not change; the first call plans."""
        self._spec, self._loss, self._held, self._options = spec, loss, held, options
        inputs = [entry for entry in loss.inputs if entry.name in loss.predicted]
        self._predicted = [entry.name for entry in inputs]
        self._least = sum(entry.required for entry in inputs)
        self._plan: Plan | None = None
        self._early: dict[str, float] | None = None
        self._rows = 0, 0
        self._places: dict[str, ArraySource] = {}
        self._seen: dict[str, tuple[tuple[int, ...], np.dtype[Any]]] = {}
        self.loss, self.input = loss.id, _fixed(loss, options).input
        self.params: Mapping[str, Any] = bind_params(loss.id, loss.params, spec.params)

    def __repr__(self) -> str:
        return f"<BoundLoss {self.loss} of {', '.join(self._predicted)} read as {self.input}>"

    def __call__(self, *predictions: Any) -> tuple[float, Any]:
        """Return the loss of these predictions, and its gradient with respect to them.

        Parameters
        ----------
        *predictions
            The inputs that have a gradient, in declared order: one array for most losses, of the
            same shape and width in every call.

        Returns
        -------
        tuple
            The value, and an array shaped like the predictions; a tuple of arrays where there are
            several.

        Raises
        ------
        DataError
            For another shape or type than those of the first call, and for values that the loss
            cannot read.
        """
        arrays = self._arrays(predictions)
        if self._plan is None:
            self._start(arrays)
        else:
            self._exchange(arrays)
        assert self._plan is not None  # noqa: S101 - just made
        try:
            resolved, sinks = self._gradient(self._plan)
        finally:
            for place in self._places.values():
                place.array = _EMPTY  # the caller's arrays are the caller's
        gradients = tuple(sinks[name].array for name in self._seen)
        return float(value_of(resolved, None)), gradients[0] if len(gradients) == 1 else gradients

    def _gradient(self, plan: Plan) -> tuple[Resolved, dict[str, ArraySink]]:
        if not plan.fits_a_block:
            return resolved_gradient(plan, self._early, ArraySink)
        with np.errstate(all="ignore"):  # of the functions of a loss
            return resolved_gradient_of_block(plan, Reader(*self._rows))

    def _arrays(self, predictions: tuple[Any, ...]) -> dict[str, Array]:
        if self._seen:  # of inputs that may be left out, those of the first call
            self._predicted, self._least = list(self._seen), len(self._seen)
        if not self._least <= len(predictions) <= len(self._predicted):
            names = listed(self._predicted)
            raise UsageError(
                f"{self.loss}: a call takes {names}, the inputs with a gradient; got "
                f"{len(predictions)} arrays"
            )
        arrays = {}
        for name, given in zip(self._predicted, predictions, strict=False):
            source = numbers_in_memory(given, name)
            if source is None:
                from lossctl.engine.given import other_source  # noqa: PLC0415 - no plain array

                other = other_source(given, name)
                source = ArraySource(_whole(other), name)
            arrays[name] = source.array
        return arrays

    def _start(self, arrays: Mapping[str, Array]) -> None:
        """Plan with the first predictions: shapes, what labels mean, priors and weights."""
        places = {name: ArraySource(array, name) for name, array in arrays.items()}
        loss, sources = bind_inputs(
            self._loss, (), {**self._held.named, **places}, self._options.axes
        )
        request: Request = request_of(self._spec, loss, sources, self._held)
        options = _fixed(loss, request.with_own(self._options))
        require_use([loss], options)
        plan = first_plan(request, {}, self._held.weights, options)
        if plan.label_maps:
            raise UsageError(f"{self.loss} of label maps has no gradient; give scores of classes")
        self._places, self._plan, self._early = places, plan, early_slopes(plan)
        self._rows = plan.fit.layout.grid()[0]
        self.input = plan.kind
        self._seen = {name: (array.shape, array.dtype) for name, array in arrays.items()}

    def _exchange(self, arrays: Mapping[str, Array]) -> None:
        """Put the arrays of this call where the plan reads those of the first."""
        for name, array in arrays.items():
            shape, dtype = self._seen[name]
            if array.shape != shape or array.dtype != dtype:
                raise DataError(
                    f"{name}: {array.dtype} of shape {array.shape}, but the first call had {dtype} "
                    f"of shape {shape}; bind the loss again for other data"
                )
            self._places[name].array = array


_EMPTY: Array = np.empty(0)


def bind_spec(spec: Spec, data: Data, options: Options) -> BoundLoss:
    """Return a loss bound to everything but its predictions, which is copied.

    Raises
    ------
    UsageError, DataError
        For parameters and options that the loss does not take, and data that cannot be read.
    """
    loss = spec.target
    if not isinstance(loss, Loss):
        raise UsageError(f"bind takes a loss; {loss.id} is a recipe, a sum of several")
    if any(getattr(data, name) for name in UNREAD) or options.interval:
        raise UsageError("bind gives a value and its gradient, without slices and intervals")
    if not loss.predicted:
        raise UsageError(f"{loss.id} has no input with a gradient")
    held_names = [entry.name for entry in loss.inputs if entry.name not in loss.predicted]
    names = [name for name in held_names if name not in data.by_name]
    if len(data.by_place) > len(names):
        raise UsageError(
            f"{loss.id}: bind takes {listed(held_names) if held_names else 'no array'}, and the "
            f"function {listed(sorted(loss.predicted))}; got {len(data.by_place)} arrays"
        )
    if both := loss.predicted & data.by_name.keys():
        raise UsageError(f"{loss.id}: the function takes {listed(sorted(both))}, not bind")
    named = dict(zip(names, data.by_place, strict=False)) | dict(data.by_name)
    options = options_for(loss, options)
    data = data._replace(by_place=(), by_name=named)
    with opened(data, places_of(data, [loss]), options) as inputs:
        held = _copied(inputs)
    return BoundLoss(spec, loss, held, options)


def _fixed(loss: Loss, options: Options) -> Options:
    """Return options under which no values of predictions decide how they are read."""
    if options.reduction == "none":
        raise UsageError(f"{option('reduction')}: none has one value for each item; bind has one")
    if options.input != "auto" or not OPTIONS["input"].takes(loss):
        return options
    kind = "logits" if "logits" in loss.kinds else loss.kinds[0]
    return replace(options, input=kind)


def _copied(inputs: Opened) -> Opened:
    """Return the inputs in memory: between calls files are closed, and arrays are written to."""

    def copy(source: Source | None) -> Source | None:
        if source is None or (is_text(source) and not inputs.from_files):
            return source
        if is_text(source):
            raise UsageError(f"{source.label}: holds text; read it, and give an array of labels")
        return ArraySource(_whole(source).copy(), source.label)

    named = {name: copy(source) for name, source in inputs.named.items()}
    return inputs._replace(
        named={name: source for name, source in named.items() if source is not None},
        weights=copy(inputs.weights),
        group=copy(inputs.group),
    )


def _whole(source: Source) -> Array:
    """Return a source as an array of its shape."""
    size = int(np.prod(source.shape, dtype=np.int64))
    return np.asarray(source.read(0, size)).reshape(source.shape)
