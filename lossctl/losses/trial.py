"""Call a function of arrays, differentiate it numerically, and try it out before it is a loss.

Slopes of functions without a formula are found by complex steps and central differences: Squire and
Trapp, Using complex variables to estimate derivatives of real functions (1998),
doi:10.1137/S003614459631241X.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from lossctl.core.domain import Param
from lossctl.core.errors import UsageError, file_line, place_of
from lossctl.core.loss import Array, Input
from lossctl.losses.function_source import name_of

ArrayFunction: TypeAlias = Callable[[Array], Array]
EPSILON = 2.0**-52
COMPLEX_STEP = 2.0**-100  # nothing is subtracted, so nothing is lost however small the step
CHECK_STEP = 2.0**-30  # small, to stay clear of kinks and within domains; only contradicts
BEST_STEP = EPSILON ** (1.0 / 3.0)  # truncation and rounding of a central difference in balance
SMALLEST = 2.0**-10  # numbers below this are moved as if they were this large
CONTRADICTION = 1e-3  # relative difference of two slopes that cannot both be right


def numeric_slope(function: ArrayFunction, x: Array, scale: Array, *, analytic: bool) -> Array:
    """Return the derivative of an elementwise function at every element of `x`, in float64.

    Parameters
    ----------
    function
        Takes an array shaped like `x` and returns one; where `analytic`, also of complex numbers.
    x
        Where to differentiate.
    scale
        The largest magnitude of any of its inputs at each element, for the rounding to expect.
    analytic
        Whether to take the complex step. Elements where a finite difference contradicts it (the
        function has a branch there that is not analytic) get the central difference.
    """
    if not analytic:
        return central_difference(function, x)
    slope = complex_step(function, x)
    wrong = contradicted(function, x, slope, scale)
    if wrong.any():
        slope[wrong] = central_difference(function, x)[wrong]
    return slope


def complex_step(function: ArrayFunction, x: Array) -> Array:
    """Return Im f(x + ih) / h, exact to the last digits where f is analytic."""
    step = COMPLEX_STEP * np.where(x == 0.0, 1.0, np.abs(x))
    return np.imag(function(x + 1j * step)) / step


def central_difference(function: ArrayFunction, x: Array) -> Array:
    """Return (f(x + h) − f(x − h)) / 2h, good to about ten digits.

    The step is relative to numbers above 1 and absolute below; where it leaves the domain of the
    function, it is relative there too.
    """
    size = np.abs(x)
    slope, _ = _difference(function, x, BEST_STEP * np.maximum(size, 1.0))
    outside = ~np.isfinite(slope) & (size > 0.0)
    if outside.any():
        closer, _ = _difference(function, x, BEST_STEP * np.where(outside, size, 1.0))
        slope[outside] = closer[outside]
    return slope


def contradicted(function: ArrayFunction, x: Array, slope: Array, scale: Array) -> Array:
    """Mark the elements whose slope a finite difference shows to be wrong, beyond its rounding."""
    step = CHECK_STEP * np.maximum(np.abs(x), SMALLEST)
    difference, values = _difference(function, x, step)
    # of the values, of the inputs, and of numbers near 1 within, as in log(cosh(x)) at a small x
    rounding = 4.0 * EPSILON * (values + scale * np.abs(difference) + 1.0) / step
    larger = np.maximum(np.abs(slope), np.abs(difference))
    differ = np.abs(slope - difference) > CONTRADICTION * larger + rounding
    wrong: Array = np.isfinite(difference) & (differ | ~np.isfinite(slope))
    return wrong


def _difference(function: ArrayFunction, x: Array, step: Array) -> tuple[Array, Array]:
    """Return the central difference, and the magnitude of what was subtracted."""
    above, below = x + step, x - step
    high, low = (np.asarray(function(x), dtype=np.float64) for x in (above, below))
    return (high - low) / (above - below), np.abs(high) + np.abs(low)


Function: TypeAlias = Callable[..., Any]
OF_THE_DATA = (ValueError, ArithmeticError, AssertionError)  # a function may refuse some values


@dataclass(frozen=True)
class Call:
    """A function with the order of its inputs; arrays come in the order the loss declares."""

    function: Function
    order: tuple[int, ...]  # which of the inputs each argument of the function is
    file: str
    line: int

    def __call__(self, *arrays: Array, **params: Any) -> Array:
        """Call the function; nothing it does can change the arrays of the caller."""
        views = [array.view() for array in arrays]
        for view in views:
            view.flags.writeable = False
        answer = self.function(*(views[at] for at in self.order), **params)
        values = np.asarray(answer)
        if values.dtype.kind not in "bifuc" or values.shape != arrays[0].shape:
            raise self.mistake(_wrong_answer(answer, values, arrays[0].shape))
        return values

    def mistake(self, text: str) -> UsageError:
        """Return an error that names the function with its file and line."""
        return UsageError(f"{self.where}: {name_of(self.function)} {text}")

    @property
    def where(self) -> str:
        """Where the function stands."""
        return file_line(self.file, self.line)


def _wrong_answer(answer: Any, values: Array, shape: tuple[int, ...]) -> str:
    if answer is None:
        return "returns nothing; return the loss of each element"
    if values.dtype.kind not in "bifuc":
        return f"returns {type(answer).__name__} of {values.dtype}; return an array of numbers"
    if values.ndim == 0:
        return "returns a single number; return the loss of each element, lossctl averages"
    return f"returns an array {values.shape} for inputs {shape}; return the loss of each element"


def along(
    call: Call, arrays: Sequence[Array], place: int, params: Mapping[str, Any]
) -> Callable[[Array], Array]:
    """Return the function of one input, the others held."""
    return lambda x: call(*arrays[:place], x, *arrays[place + 1 :], **params)


def try_out(
    call: Call, inputs: Sequence[Input], params: Sequence[Param], *, differentiate: bool
) -> bool:
    """Try the function on numbers of many sizes; return whether complex steps are right there.

    Raises
    ------
    UsageError
        When it does not give the loss of each element, or fails whatever the values are.
    """
    arrays = _numbers(inputs)
    defaults = {
        param.name: next(iter(param.domain.inside())) if param.required else param.default
        for param in params
    }
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            values = call(*arrays, **defaults)
            half = call(*(array[::2] for array in arrays), **defaults)
        except UsageError:
            raise
        except OF_THE_DATA:
            return False
        except Exception as error:
            where = place_of(error, lambda f: f.f_code.co_filename == call.file) or call.where
            raise UsageError(f"{where}: {type(error).__name__}: {error}") from error
        if not np.allclose(values[::2], half, rtol=1e-6, atol=1e-12, equal_nan=True):
            raise call.mistake(
                "gives an element another loss when the other elements change; the loss of an "
                "element must depend only on that element, and not be random"
            )
        return differentiate and _is_analytic(call, arrays, inputs, defaults)


def _is_analytic(
    call: Call, arrays: Sequence[Array], inputs: Sequence[Input], params: Mapping[str, Any]
) -> bool:
    scale = np.max(np.abs(arrays), axis=0)
    for place, entry in enumerate(inputs):
        if entry.differentiable:
            moving = along(call, arrays, place, params)
            try:
                slope = complex_step(moving, arrays[place])
                wrong = contradicted(moving, arrays[place], slope, scale)
            except Exception:  # noqa: BLE001 - whatever it does not do with complex numbers
                return False
            if wrong.any() or not np.isfinite(slope).any():
                return False
    return True


def _numbers(inputs: Sequence[Input]) -> list[Array]:
    """Return numbers of many sizes and both signs for each input, within its domain."""
    spread = np.geomspace(1e-3, 5e3, 12)
    both = np.concatenate([spread, -spread, np.linspace(0.03, 0.97, 8)])
    arrays = []
    for shift, entry in enumerate(inputs):
        numbers = (1.0 + 0.17 * shift) * np.roll(both, 5 * shift)
        if entry.domain is not None:
            low, high = entry.domain.low, entry.domain.high
            if np.isfinite([low, high]).all():
                numbers = low + (high - low) * (np.abs(numbers) + 0.01) / (1.0 + np.abs(numbers))
            else:
                numbers = high - np.abs(numbers) if np.isfinite(high) else low + np.abs(numbers)
        arrays.append(numbers)
    return arrays
