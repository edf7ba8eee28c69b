"""Evaluate a case: its value, its items, its gradients."""

from collections.abc import Sequence
from typing import Any

from lossctl.api import assign_inputs
from lossctl.core.loss import Array
from lossctl.core.options import OPTIONS, Options
from lossctl.core.result import Result
from lossctl.engine.evaluate import ArraySink, Request, evaluate
from lossctl.engine.gradient import gradient
from lossctl.engine.sources import as_source
from lossctl.testing.cases import Case


def run(case: Case, arrays: Sequence[Any], *, weights: Any = None, **given: Any) -> Result:
    """Evaluate the case on arrays or sources; `given` are options, or parameters instead of its."""
    request, options = bound(case, arrays, given)
    read = None if weights is None else as_source(weights, "weights")
    (result,) = evaluate([request], {}, read, options)
    return result


def slopes(
    case: Case, arrays: Sequence[Any], *, weights: Any = None, **given: Any
) -> dict[str, Array]:
    """Return the gradient of the case with respect to every differentiable input."""
    request, options = bound(case, arrays, given)
    read = None if weights is None else as_source(weights, "weights")
    _, sinks = gradient(request, {}, read, options)
    return {name: sink.array for name, sink in sinks.items() if isinstance(sink, ArraySink)}


def bound(case: Case, arrays: Sequence[Any], given: dict[str, Any]) -> tuple[Request, Options]:
    """Return the request with its inputs, and the options."""
    params, options = apart(case, given)
    (request,) = assign_inputs([Request(case.loss, params)], arrays, {}, None, options)
    return request, options


def slope(case: Case, arrays: Sequence[Any], *, weights: Any = None, **given: Any) -> Array:
    """Return the gradient of the case with respect to the predictions."""
    return slopes(case, arrays, weights=weights, **given)["predictions"]


def apart(case: Case, given: dict[str, Any]) -> tuple[dict[str, Any], Options]:
    """Tell the parameters of the loss from the options."""
    names = {param.name for param in case.loss.params}
    params = {name: value for name, value in given.items() if name in names}
    known = {name: value for name, value in given.items() if name not in names}
    for name in known:
        if name not in OPTIONS:
            raise TypeError(f"{case.loss.id} has no parameter or option {name!r}")
    return {**case.params, **params}, Options(**{**case.options, **known})
