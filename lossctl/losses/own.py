"""A loss of one's own, made from a function of arrays.

The function gives the loss of each element. Arguments that must be given by position are inputs,
all others are parameters; see ``docs/plugins.md``.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, overload

import numpy as np

from lossctl.core.domain import Domain, Interval, Param
from lossctl.core.errors import UsageError
from lossctl.core.loss import Array, Curve, Input, Loss, Page
from lossctl.core.options import OPTIONS
from lossctl.losses.builders.elementwise import REGRESSION, elementwise
from lossctl.losses.function_source import (
    domain_of_text,
    first_paragraph,
    formula_of,
    name_of,
    param_of,
)
from lossctl.losses.trial import Call, Function, along, numeric_slope, try_out

Marked = TypeVar("Marked", bound=Function)

PREDICTIONS = ("predictions", "preds", "y_pred", "p")
TARGETS = ("targets", "target", "y_true", "t")
RESERVED = ("weights", "group", *OPTIONS)
MARK, MADE = "__lossctl_settings__", "__lossctl_loss__"

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
    made = Settings(**{name: value for name, value in settings.items() if value is not None})

    def mark(marked: Marked) -> Marked:
        setattr(marked, MARK, made)
        setattr(marked, MADE, None)  # it may have been used before it was decorated
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


def _make(function: Function, settings: Settings) -> Loss:
    name = name_of(function)
    call, inputs, declared = _arguments(_call(function), settings)
    loss_id = "".join(c if c.isalnum() else "_" for c in settings.name or name).strip("_").lower()
    if not loss_id.isascii() or not loss_id[:1].isalpha():
        raise UsageError(f"{call.where}: {name}: give a name of letters, digits and _, name=…")
    params = tuple(
        param_of(argument, function, settings.domains, call.where) for argument in declared
    )
    unknown = set(settings.domains) - {e.name for e in inputs} - {param.name for param in params}
    if unknown:
        raise call.mistake(f"has no argument {', '.join(sorted(unknown))} for a domain")
    slopes, note = _slopes(call, settings.slope, inputs, params)
    made = elementwise(
        loss_id,
        title=loss_id.replace("_", " ").capitalize(),
        tasks=tuple(settings.tasks),
        inputs=inputs,
        value=lambda *arrays, **keywords: _real(call, arrays, keywords),
        slope=slopes,
        params=params,
        page=_page(call, settings.summary, inputs, note),
    )
    return replace(made, slope_note=note)


def _page(call: Call, summary: str | None, inputs: Sequence[Input], note: str) -> Page:
    function, name = call.function, name_of(call.function)
    return Page(
        summary=summary or first_paragraph(function) or f"The function {name}.",
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
    )


def _call(function: Function) -> Call:
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        raise UsageError(f"{function!r} is not a Python function")
    return Call(function, (), code.co_filename, code.co_firstlineno)


def _arguments(
    call: Call, settings: Settings
) -> tuple[Call, tuple[Input, ...], list[inspect.Parameter]]:
    """Tell the inputs of a function from its parameters."""
    every = inspect.signature(call.function).parameters.values()
    if any(argument.kind in {argument.VAR_POSITIONAL, argument.VAR_KEYWORD} for argument in every):
        raise call.mistake("takes *args or **kwargs; name every input and parameter")
    is_input = [
        argument.default is argument.empty and argument.kind is not argument.KEYWORD_ONLY
        for argument in every
    ]
    names = [argument.name for argument, taken in zip(every, is_input, strict=True) if taken]
    params = [argument for argument, taken in zip(every, is_input, strict=True) if not taken]
    if not names:
        raise call.mistake("takes no arrays; its first arguments are predictions and targets")
    if reserved := [argument.name for argument in params if argument.name in RESERVED]:
        raise call.mistake(f"has the parameter {reserved[0]}, an option of every loss; rename it")
    order = [*range(len(names))]
    if len(names) > 1 and _is_pair(*names[:2]) and names[0] in TARGETS:
        order[:2] = [1, 0]
    known = ("predictions", "targets", *names[2:])[: len(names)]
    inputs = settings.inputs or _inputs(known)
    if sorted(entry.name for entry in inputs) != sorted(known) or inputs[0].name != "predictions":
        names_of_inputs = ", ".join(known)
        raise call.mistake(
            f"takes {names_of_inputs}; inputs= declares {[entry.name for entry in inputs]}"
        )
    at = {entry.name: number for number, entry in enumerate(inputs)}
    places = tuple(at[known[number]] for number in order)
    declared = [replace(entry, **_domain(entry.name, settings.domains, call)) for entry in inputs]
    return replace(call, order=places), tuple(declared), params


def _inputs(names: Sequence[str]) -> tuple[Input, ...]:
    more = (
        Input(name, "item", "value", "numbers, of the shape of the others") for name in names[2:]
    )
    return (*REGRESSION[: len(names)], *more)


def _domain(name: str, domains: Mapping[str, Any], call: Call) -> dict[str, Any]:
    if name not in domains:
        return {}
    domain = domains[name]
    if isinstance(domain, str):
        domain = domain_of_text(domain, call.where)
    if not isinstance(domain, Interval):
        raise call.mistake(f"has an input {name}, whose domain must be an interval")
    return {"domain": domain}


def _real(call: Call, arrays: Sequence[Array], params: Mapping[str, Any]) -> Array:
    """Return the losses in the type of the predictions: float32 items stay float32."""
    values = call(*arrays, **params)
    if values.dtype.kind == "c":
        raise call.mistake("returns complex numbers for real inputs; return real losses")
    return values.astype(arrays[0].dtype, copy=False)


def _slopes(
    call: Call,
    formula: Function | Mapping[str, Function] | None,
    inputs: Sequence[Input],
    params: Sequence[Param],
) -> tuple[dict[str, Function], str]:
    """Return the slope of every differentiable input, and how it is found."""
    analytic = try_out(call, inputs, params, differentiate=formula is None)
    if formula is None:
        places = [number for number, entry in enumerate(inputs) if entry.differentiable]
        slopes = {inputs[at].name: _numeric(call, at, analytic=analytic) for at in places}
        return slopes, ANALYTIC if analytic else DIFFERENCE
    functions = formula if isinstance(formula, Mapping) else {"predictions": formula}
    if set(functions) != {entry.name for entry in inputs if entry.differentiable}:
        raise call.mistake("needs slope= for every differentiable input, by name")
    return {n: replace(_call(slope), order=call.order) for n, slope in functions.items()}, ""


def _numeric(call: Call, place: int, *, analytic: bool) -> Function:
    """Return the slope with respect to one input, found by moving it."""

    def slope(*arrays: Array, **params: Any) -> Array:
        wide = [array.astype(np.float64, copy=False) for array in arrays]
        scale = np.max(np.abs(wide), axis=0)
        moving = along(call, wide, place, params)
        return numeric_slope(moving, wide[place], scale, analytic=analytic)

    return slope


def _curve(inputs: Sequence[Input]) -> Curve:
    """Draw against the predictions; every other input is 0, or a number within its domain."""
    held = [0.0 if e.domain is None else e.domain.inside()[1] for e in inputs[1:]]
    domain = inputs[0].domain
    low, high = (-3.0, 3.0) if domain is None else sorted(domain.inside()[:3:2])
    names = ", ".join(f"{e.name} {value:g}" for e, value in zip(inputs[1:], held, strict=True))
    label = f"predictions, {names}" if names else "predictions"
    return Curve(label, low, high, lambda x: ([x], *([value] for value in held)))
