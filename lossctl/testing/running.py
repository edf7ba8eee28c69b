"""Evaluate a case: its value, its items, its gradients."""

from collections.abc import Sequence
from typing import Any

from lossctl.core.loss import Array
from lossctl.core.options import OPTIONS, Options
from lossctl.core.result import Result
from lossctl.engine.bind.inputs import bind
from lossctl.engine.evaluate import Request
from lossctl.engine.sources import as_source
from lossctl.evaluation import Data, Spec, differentiate, evaluate
from lossctl.testing.cases import Case


def run(case: Case, arrays: Sequence[Any], *, weights: Any = None, **given: Any) -> Result:
    """Evaluate the case on arrays or sources; `given` are options, or parameters instead of its."""
    params, options = apart(case, given)
    (result,) = evaluate([Spec(case.loss, params)], Data(arrays, weights=weights), options)
    return result


def slopes(
    case: Case, arrays: Sequence[Any], *, weights: Any = None, **given: Any
) -> dict[str, Array]:
    """Return the gradient of the case with respect to every differentiable input."""
    params, options = apart(case, given)
    return differentiate(Spec(case.loss, params), Data(arrays, weights=weights), options)[1]


def bound(case: Case, arrays: Sequence[Any], given: dict[str, Any]) -> tuple[Request, Options]:
    """Return the request with its inputs, and the options."""
    params, options = apart(case, given)
    sources = [as_source(array, "input") for array in arrays]
    loss, named = bind(case.loss, sources, {}, options.axes)
    return Request(loss, params, None, named), options


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
