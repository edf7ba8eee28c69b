"""Comparisons that say what was compared, and errors that must come."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lossctl.core.errors import LossctlError


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
