"""What the source of a function says: its parameters, summary and formula."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from lossctl.core.domain import REAL, Choice, Domain, Flag, Interval, Nullable, Param
from lossctl.core.errors import UsageError
from lossctl.core.option_domains import Integer

INTERVAL = re.compile(r"([\[(])\s*([^,\s]+)\s*,\s*([^,\s]+)\s*([\])])")
CLOSED = {"[]": "both", "[)": "left", "(]": "right", "()": "neither"}


def domain_of_text(text: str, place: str) -> Domain:
    """Read a domain as pages write it: ``(0, inf)``, ``[0, 1]`` or ``soft | hard``.

    Raises
    ------
    UsageError
        When it is neither.
    """
    if match := INTERVAL.fullmatch(text.strip()):
        left, low, high, right = match.groups()
        try:
            return Interval(float(low), float(high), CLOSED[left + right])
        except ValueError:
            pass
    elif len(names := [name.strip() for name in text.split("|")]) > 1 and all(names):
        return Choice(tuple(names))
    raise UsageError(
        f"{place}: domain {text!r}: write an interval such as '(0, inf)', or 'soft | hard'"
    )


def name_of(function: Callable[..., Any]) -> str:
    """Return what a function is called."""
    return getattr(function, "__name__", type(function).__name__)


def param_of(
    argument: inspect.Parameter,
    function: Callable[..., Any],
    domains: Mapping[str, Domain | str],
    place: str,
) -> Param:
    """Declare a parameter of a loss from an argument with a default, or by keyword only.

    Raises
    ------
    UsageError
        When nothing says what it may be, or the default is something else.
    """
    required, name = argument.default is argument.empty, name_of(function)
    default = None if required else argument.default
    domain = domains.get(argument.name)
    if isinstance(domain, str):
        domain = domain_of_text(domain, place)
    if domain is None:
        domain = _of_annotation(_annotation(argument, function)) or _of_default(default)
    elif default is None and not required:
        domain = Nullable(domain)
    if domain is None and not required:
        raise UsageError(
            f"{place}: {name}: say what {argument.name} may be: "
            f"domains={{'{argument.name}': '(0, inf)'}}, or its names, 'soft | hard'"
        )
    about = _help_of(argument.name, inspect.getdoc(function) or "") or f"Argument of {name}."
    param = Param(argument.name, default, domain or REAL, about, required=required)
    if not required:
        param.accept(f"{place}: {name}", default)
    return param


def _annotation(argument: inspect.Parameter, function: Callable[..., Any]) -> Any:
    try:
        return get_type_hints(function).get(argument.name)
    except Exception:  # noqa: BLE001 - a name that exists only for type checkers, or anything else
        return None


def _of_annotation(hint: Any) -> Domain | None:
    if get_origin(hint) in {Union, UnionType}:
        inner = [part for part in get_args(hint) if part is not NoneType]
        domain = _of_annotation(inner[0]) if len(inner) == 1 else None
        return None if domain is None else Nullable(domain)
    if get_origin(hint) is Literal and all(isinstance(name, str) for name in get_args(hint)):
        return Choice(get_args(hint))
    plain: dict[Any, Domain] = {bool: Flag(), int: Integer(), float: REAL}
    return plain.get(hint)


def _of_default(default: Any) -> Domain | None:
    if isinstance(default, bool):
        return Flag()
    return REAL if isinstance(default, int | float) else None


def _help_of(name: str, doc: str) -> str:
    """Find what a docstring in the style of NumPy or Google says of an argument."""
    entry = re.search(
        rf"^([ \t]*){name}(\s*\(.*?\))?(\s*):(.*)\n?((?:\1[ \t]+\S.*\n?)*)", doc, re.MULTILINE
    )
    if entry is None:
        return ""
    is_numpy = bool(entry[3]) and bool(entry[5])  # "name : type", and the help below it
    return sentence(" ".join(f"{'' if is_numpy else entry[4]} {entry[5]}".split()))


def sentence(text: str) -> str:
    """Return a text with a full stop at its end; nothing for nothing."""
    return text if not text or text.endswith((".", "!")) else f"{text}."


def first_paragraph(function: Callable[..., Any]) -> str:
    """Return the first paragraph of a docstring as one sentence."""
    return sentence(" ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split()))


def formula_of(function: Callable[..., Any]) -> str:
    """Return the expression a function returns when that is all it does, else its call."""
    call = f"{name_of(function)}{inspect.signature(function)}"
    try:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return call
    body = tree.body if isinstance(tree, ast.FunctionDef) else []
    if body and inspect.getdoc(function):
        body = body[1:]
    if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None:
        return ast.unparse(body[0].value)
    return call
