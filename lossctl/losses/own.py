"""A loss of one's own, made from a function of arrays.

The function gives the loss of each element. Arguments that must be given by position are inputs,
all others are parameters; see ``docs/plugins.md``.
"""

import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, TypeAlias, TypeVar, overload

import numpy as np

from lossctl.core.build import elementwise
from lossctl.core.curves import Curve
from lossctl.core.domain import Domain, Interval
from lossctl.core.errors import UsageError, file_line, place_of
from lossctl.core.inputs import REGRESSION
from lossctl.core.loss import Array, Input, Loss, Page
from lossctl.core.options import OPTIONS
from lossctl.core.param import Param
from lossctl.kernels.numeric_slope import complex_step, contradicted, numeric_slope
from lossctl.losses.function_source import (
    domain_of_text,
    first_paragraph,
    formula_of,
    name_of,
    param_of,
)

Function: TypeAlias = Callable[..., Any]
Marked = TypeVar("Marked", bound=Function)

PREDICTIONS = ("predictions", "preds", "y_pred", "p")
TARGETS = ("targets", "target", "y_true", "t")
RESERVED = ("weights", "group", *OPTIONS)
MARK, MADE = "__lossctl_settings__", "__lossctl_loss__"
OF_THE_DATA = (ValueError, ArithmeticError, AssertionError)  # a function may refuse some values

ANALYTIC = (
    "slope by complex step, exact to the last digits; where a finite difference contradicts it, by "
    "central difference, about ten digits"
)
DIFFERENCE = (
    "slope by central difference, about ten digits: the function is not analytic (abs, max, …) or "
    "takes no complex numbers"
)


@dataclass(frozen=True)
class Settings:
    """What :func:`loss` says beside the function."""

    name: str | None = None
    summary: str | None = None
    tasks: Sequence[str] = ("regression",)
    domains: Mapping[str, Domain | str] = field(default_factory=dict)
    inputs: Sequence[Input] | None = None
    slope: Function | Mapping[str, Function] | None = None


@overload
def loss(function: Marked) -> Marked: ...


@overload
def loss(
    *,
    name: str | None = None,
    summary: str | None = None,
    tasks: Sequence[str] = ("regression",),
    domains: Mapping[str, Domain | str] | None = None,
    inputs: Sequence[Input] | None = None,
    slope: Function | Mapping[str, Function] | None = None,
) -> Callable[[Marked], Marked]: ...


def loss(function: Any = None, **settings: Any) -> Any:
    """Make a loss of a function that gives the loss of each element; it stays callable.

    Parameters
    ----------
    function
        ``function(predictions, targets, *, scale=1.0)``: arrays of one shape, an array of that
        shape. Further arguments without a default are inputs, the others parameters.
    name
        The id of the loss; the name of the function.
    summary
        A sentence for ``lossctl list``; the first paragraph of the docstring.
    tasks
        What it is for: regression, binary, …
    domains
        What parameters and inputs may be, by name: ``"(0, inf)"``, ``"soft | hard"`` or a domain.
    inputs
        Declarations of the inputs, with help and which are differentiable.
    slope
        The derivative with respect to the predictions, a function of the same arguments; or a
        function by the name of each differentiable input. Found numerically when not given.

    Examples
    --------
    >>> import lossctl
    >>> @lossctl.loss(domains={"scale": "(0, inf)"})
    ... def scaled(predictions, targets, *, scale=1.0):
    ...     return scale * (predictions - targets) ** 2
    >>> lossctl.compute(scaled, [1.0, 2.0], [0.0, 0.0], scale=2.0).value
    5.0
    """
    if settings.get("domains") is None:
        settings.pop("domains", None)
    made = Settings(**settings)

    def mark(marked: Marked) -> Marked:
        setattr(marked, MARK, made)
        return marked

    return mark if function is None else mark(function)


def is_marked(function: object) -> bool:
    """Whether a function is decorated with :func:`loss`."""
    return hasattr(function, MARK)


def looks_like_loss(function: Function) -> bool:
    """Whether the first two arguments of a function are named predictions and targets."""
    names = [*inspect.signature(function).parameters][:2]
    return len(names) == 2 and _is_pair(*names)


def _is_pair(first: str, second: str) -> bool:
    either = {first, second}
    return bool(either & set(PREDICTIONS)) and bool(either & set(TARGETS))


def loss_of(function: Function) -> Loss:
    """Return the loss that a function declares; it is made once.

    Raises
    ------
    UsageError
        With file and line, when the function is no loss of each element.
    """
    made: Loss | None = getattr(function, MADE, None)
    if made is None:
        made = _make(function, getattr(function, MARK, Settings()))
        with suppress(AttributeError):  # what takes no attributes is made anew each time
            setattr(function, MADE, made)
    return made


@dataclass(frozen=True)
class _Call:
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


def _make(function: Function, settings: Settings) -> Loss:
    name = name_of(function)
    call, inputs, declared = _arguments(_call(function), settings)
    loss_id = "".join(c if c.isalnum() else "_" for c in settings.name or name).strip("_").lower()
    if not loss_id.isascii() or not loss_id[:1].isalpha():
        raise UsageError(f"{call.where}: {name}: give a name of letters, digits and _, name=…")
    params = tuple(param_of(one, function, settings.domains, call.where) for one in declared)
    unknown = set(settings.domains) - {e.name for e in inputs} - {one.name for one in params}
    if unknown:
        raise call.mistake(f"has no argument {', '.join(sorted(unknown))} for a domain")
    slopes, note = _slopes(call, settings.slope, inputs, params)
    made = elementwise(
        loss_id,
        title=loss_id.replace("_", " ").capitalize(),
        tasks=tuple(settings.tasks),
        inputs=inputs,
        value=lambda *arrays, **given: _real(call, arrays, given),
        slope=slopes,
        params=params,
        page=Page(
            summary=settings.summary or first_paragraph(function) or f"The function {name}.",
            formula=formula_of(function),
            use_when=(),
            avoid_when=(),
            expected={},
            references=(),
            examples=(),
            curve=_curve(inputs),
            notes=(f"declared by {name} in {call.where}", *((note,) if note else ())),
            kinks="not known",
            is_brief=True,
        ),
    )
    return replace(made, slope_note=note)


def _call(function: Function) -> _Call:
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        raise UsageError(f"{function!r} is no Python function, and so no loss")
    return _Call(function, (), code.co_filename, code.co_firstlineno)


def _arguments(
    call: _Call, settings: Settings
) -> tuple[_Call, tuple[Input, ...], list[inspect.Parameter]]:
    """Tell the inputs of a function from its parameters."""
    every = inspect.signature(call.function).parameters.values()
    if any(one.kind in {one.VAR_POSITIONAL, one.VAR_KEYWORD} for one in every):
        raise call.mistake("takes *args or **kwargs; name every input and parameter")
    is_input = [one.default is one.empty and one.kind is not one.KEYWORD_ONLY for one in every]
    names = [one.name for one, taken in zip(every, is_input, strict=True) if taken]
    params = [one for one, taken in zip(every, is_input, strict=True) if not taken]
    if not names:
        raise call.mistake("takes no arrays; its first arguments are predictions and targets")
    if reserved := [one.name for one in params if one.name in RESERVED]:
        raise call.mistake(f"has the parameter {reserved[0]}, an option of every loss; rename it")
    order = [*range(len(names))]
    if len(names) > 1 and _is_pair(*names[:2]) and names[0] in TARGETS:
        order[:2] = [1, 0]
    known = ("predictions", "targets", *names[2:])[: len(names)]
    inputs = settings.inputs or _inputs(known)
    if sorted(one.name for one in inputs) != sorted(known) or inputs[0].name != "predictions":
        wanted = ", ".join(known)
        raise call.mistake(f"takes {wanted}; inputs= declares {[one.name for one in inputs]}")
    at = {one.name: number for number, one in enumerate(inputs)}
    places = tuple(at[known[number]] for number in order)
    found = [replace(one, **_domain(one.name, settings.domains, call)) for one in inputs]
    return replace(call, order=places), tuple(found), params


def _inputs(names: Sequence[str]) -> tuple[Input, ...]:
    more = (Input(name, "item", "value", "numbers, shaped like the others") for name in names[2:])
    return (*REGRESSION[: len(names)], *more)


def _domain(name: str, domains: Mapping[str, Any], call: _Call) -> dict[str, Any]:
    if name not in domains:
        return {}
    domain = domains[name]
    if isinstance(domain, str):
        domain = domain_of_text(domain, call.where)
    if not isinstance(domain, Interval):
        raise call.mistake(f"has an input {name}, whose domain must be an interval")
    return {"domain": domain}


def _real(call: _Call, arrays: Sequence[Array], params: Mapping[str, Any]) -> Array:
    """Return the losses in the type of the predictions: float32 items stay float32."""
    values = call(*arrays, **params)
    if values.dtype.kind == "c":
        raise call.mistake("returns complex numbers for real inputs; return real losses")
    return values.astype(arrays[0].dtype, copy=False)


def _slopes(
    call: _Call,
    formula: Function | Mapping[str, Function] | None,
    inputs: Sequence[Input],
    params: Sequence[Param],
) -> tuple[dict[str, Function], str]:
    """Return the slope of every differentiable input, and how it is found."""
    analytic = _probe(call, inputs, params, differentiate=formula is None)
    if formula is None:
        places = [number for number, one in enumerate(inputs) if one.differentiable]
        slopes = {inputs[at].name: _numeric(call, at, analytic=analytic) for at in places}
        return slopes, ANALYTIC if analytic else DIFFERENCE
    functions = formula if isinstance(formula, Mapping) else {"predictions": formula}
    if set(functions) != {one.name for one in inputs if one.differentiable}:
        raise call.mistake("needs slope= for every differentiable input, by name")
    return {n: replace(_call(one), order=call.order) for n, one in functions.items()}, ""


def _numeric(call: _Call, place: int, *, analytic: bool) -> Function:
    """Return the slope with respect to one input, found by moving it."""

    def slope(*arrays: Array, **params: Any) -> Array:
        wide = [array.astype(np.float64, copy=False) for array in arrays]
        scale = np.max(np.abs(wide), axis=0)
        moving = _along(call, wide, place, params)
        return numeric_slope(moving, wide[place], scale, analytic=analytic)

    return slope


def _along(
    call: _Call, arrays: Sequence[Array], place: int, params: Mapping[str, Any]
) -> Callable[[Array], Array]:
    """Return the function of one input, the others held."""
    return lambda x: call(*arrays[:place], x, *arrays[place + 1 :], **params)


def _probe(
    call: _Call, inputs: Sequence[Input], params: Sequence[Param], *, differentiate: bool
) -> bool:
    """Try the function on numbers of many sizes; return whether complex steps are right there.

    Raises
    ------
    UsageError
        When it does not give the loss of each element, or fails whatever the values are.
    """
    arrays = _numbers(inputs)
    given = {
        one.name: next(iter(one.domain.inside())) if one.required else one.default for one in params
    }
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            values = call(*arrays, **given)
            half = call(*(array[::2] for array in arrays), **given)
        except UsageError:
            raise
        except OF_THE_DATA:
            return False
        except Exception as error:
            where = place_of(error, lambda f: f.f_code.co_filename == call.file) or call.where
            raise UsageError(f"{where}: {type(error).__name__}: {error}") from error
        if not np.allclose(values[::2], half, rtol=1e-6, atol=0.0, equal_nan=True):
            raise call.mistake(
                "gives an element another loss when others stand beside it; it must depend on its "
                "own element alone, and not on chance"
            )
        return differentiate and _is_analytic(call, arrays, inputs, given)


def _is_analytic(
    call: _Call, arrays: Sequence[Array], inputs: Sequence[Input], params: Mapping[str, Any]
) -> bool:
    scale = np.max(np.abs(arrays), axis=0)
    for place, entry in enumerate(inputs):
        if entry.differentiable:
            along = _along(call, arrays, place, params)
            try:
                slope = complex_step(along, arrays[place])
                wrong = contradicted(along, arrays[place], slope, scale)
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
    for entry, shift in zip(inputs, count(), strict=False):
        numbers = (1.0 + 0.17 * shift) * np.roll(both, 5 * shift)
        if entry.domain is not None:
            low, high = entry.domain.low, entry.domain.high
            if np.isfinite([low, high]).all():
                numbers = low + (high - low) * (np.abs(numbers) + 0.01) / (1.0 + np.abs(numbers))
            else:
                numbers = high - np.abs(numbers) if np.isfinite(high) else low + np.abs(numbers)
        arrays.append(numbers)
    return arrays


def _curve(inputs: Sequence[Input]) -> Curve:
    """Draw against the predictions; every other input is 0, or a number within its domain."""
    held = [0.0 if e.domain is None else e.domain.inside()[1] for e in inputs[1:]]
    domain = inputs[0].domain
    low, high = (-3.0, 3.0) if domain is None else sorted(domain.inside()[:3:2])
    names = ", ".join(f"{e.name} {value:g}" for e, value in zip(inputs[1:], held, strict=True))
    label = f"predictions, {names}" if names else "predictions"
    return Curve(label, low, high, lambda x: ([x], *([value] for value in held)))
