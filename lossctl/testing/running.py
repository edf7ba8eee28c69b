"""Evaluate a case: its value, its items, its gradients; compare, and say what was compared."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lossctl.core.errors import LossctlError
from lossctl.core.loss import Array
from lossctl.core.options import OPTIONS, Options
from lossctl.core.result import Result
from lossctl.data_places import Data
from lossctl.engine.bind.inputs import bind
from lossctl.engine.evaluate import Request
from lossctl.engine.given import as_source
from lossctl.evaluation import differentiate, evaluate
from lossctl.loss_specs import Spec
from lossctl.testing.cases import Case


def run(case: Case, arrays: Sequence[Any], *, weights: Any = None, **given: Any) -> Result:
    """Evaluate the case on arrays or sources; `given` are options, or parameters instead of its."""
    params, options = split_options(case, given)
    (result,) = evaluate([Spec(case.loss, params)], Data(arrays, weights=weights), options)
    return result


def slopes(
    case: Case, arrays: Sequence[Any], *, weights: Any = None, **given: Any
) -> dict[str, Array]:
    """Return the gradient of the case with respect to every differentiable input."""
    params, options = split_options(case, given)
    return differentiate(Spec(case.loss, params), Data(arrays, weights=weights), options)[1]


def bound(case: Case, arrays: Sequence[Any], given: dict[str, Any]) -> tuple[Request, Options]:
    """Return the request with its inputs, and the options."""
    params, options = split_options(case, given)
    sources = [as_source(array, "input") for array in arrays]
    loss, named = bind(case.loss, sources, {}, options.axes)
    return Request(loss, params, None, named), options


def slope(case: Case, arrays: Sequence[Any], *, weights: Any = None, **given: Any) -> Array:
    """Return the gradient of the case with respect to the predictions."""
    return slopes(case, arrays, weights=weights, **given)["predictions"]


def split_options(case: Case, given: dict[str, Any]) -> tuple[dict[str, Any], Options]:
    """Tell the parameters of the loss from the options."""
    names = {param.name for param in case.loss.params}
    params = {name: value for name, value in given.items() if name in names}
    known = {name: value for name, value in given.items() if name not in names}
    for name in known:
        if name not in OPTIONS:
            raise TypeError(f"{case.loss.id} has no parameter or option {name!r}")
    return {**case.params, **params}, Options(**{**case.options, **known})


def require(holds: Any, message: str) -> None:
    """Fail with a message where something does not hold."""
    if not holds:
        raise AssertionError(message)


def near(found: Any, wanted: Any, what: str, *, rtol: float = 1e-13, atol: float = 1e-14) -> None:
    """Require two numbers or arrays to be close; `what` says which they are."""
    np.testing.assert_allclose(found, wanted, rtol=rtol, atol=atol, err_msg=what)


def near_each(
    found: dict[str, Any], wanted: dict[str, Any], *, rtol: float = 1e-13, atol: float = 1e-14
) -> None:
    """Require the gradients with respect to every input to be close."""
    require(found.keys() == wanted.keys(), f"gradients of {list(found)}, not of {list(wanted)}")
    for name, gradient in found.items():
        near(gradient, wanted[name], f"gradient of {name}", rtol=rtol, atol=atol)


def equal(found: Any, wanted: Any, what: str) -> None:
    """Require two numbers or arrays to be the very same; NaN equals NaN."""
    np.testing.assert_array_equal(found, wanted, err_msg=what)


def refusal(kind: type[LossctlError], what: str, call: Callable[[], Any]) -> str:
    """Require an error of a kind; return its message."""
    try:
        found = call()
    except kind as error:
        return str(error)
    value = getattr(found, "value", found)
    raise AssertionError(f"{what} is not refused: the answer was {value!r}")
