"""Losses as specs, ``name`` or ``name:key=value,key=value``: read, written, and as labels."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from lossctl.core.errors import UsageError

OF_XGBOOST = {"reg", "binary", "multi", "rank", "count", "survival"}  # kinds in names, reg:gamma
CONSTANTS = {"null": None, "none": None, "true": True, "false": False}
MARKS = re.compile(r"""\"[^"]*\"|'[^']*'|[(\[]|[)\]]|,""")  # a quoted text is passed over whole
QUOTED = re.compile(r"""\"([^"]*)\"|'([^']*)'""")


def parse_spec(text: str) -> tuple[str, dict[str, Any]]:
    """Split a spec into the name and its parameters.

    Raises
    ------
    UsageError
        When a part is not ``key=value`` or a key comes twice.

    Examples
    --------
    >>> parse_spec("focal:gamma=1.5,alpha=[0.2,0.8]")
    ('focal', {'gamma': 1.5, 'alpha': [0.2, 0.8]})
    >>> parse_spec("custom:formula=max(abs(p - t), 0.1*t)")
    ('custom', {'formula': 'max(abs(p - t), 0.1*t)'})
    """
    name, colon, rest = text.partition(":")
    if name.strip() in OF_XGBOOST and colon:
        inner, colon, rest = rest.partition(":")
        name = f"{name}:{inner}"
    params: dict[str, Any] = {}
    for part in split(rest) if colon else []:
        key, equals, value = part.partition("=")
        key = key.strip()
        if not equals or not key or not value.strip():
            hint = f"; did you mean {name}:formula={rest}?" if name == "custom" else ""
            raise UsageError(f"{text!r}: expected name:key=value,key=value, got {part!r}{hint}")
        if key in params:
            raise UsageError(f"{text!r}: {key} is given twice")
        params[key] = parse_value(value.strip())
    return name.strip(), params


def split(text: str) -> list[str]:
    """Split at the commas that stand outside of brackets, parentheses and quotes."""
    parts, start, depth = [], 0, 0
    for mark in MARKS.finditer(text):
        if mark[0] in "([":
            depth += 1
        elif mark[0] in ")]":
            depth = max(depth - 1, 0)
        elif mark[0] == "," and depth == 0:
            parts.append(text[start : mark.start()])
            start = mark.end()
    return [*parts, text[start:]]


def parse_value(text: str) -> Any:
    """Read null, true, false, numbers, lists in brackets; all else, and what is quoted, is text."""
    if quoted := QUOTED.fullmatch(text):
        return quoted[1] if quoted[2] is None else quoted[2]
    if text.startswith("[") and text.endswith("]"):
        return [parse_value(part.strip()) for part in split(text[1:-1]) if part.strip()]
    if text.lower() in CONSTANTS:
        return CONSTANTS[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def parse_whole(option: str, text: str | None) -> int | None:
    """Read a whole number; ``none`` and no text at all are None."""
    if text is None or text.lower() in {"none", "null"}:
        return None
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{option}: expected a whole number, got {text!r}") from None


def parse_weights(option: str, text: str) -> list[float] | str:
    """Read a list of numbers, with or without brackets, or the name of a rule."""
    if text == "balanced" or text.startswith("effective"):
        return text
    try:
        return [float(part) for part in text.strip("[] ").split(",")]
    except ValueError:
        raise UsageError(
            f"{option}: expected numbers separated by commas, balanced or effective:β, got {text!r}"
        ) from None


def param(value: object) -> str:
    """Write the value of a parameter as the command line reads it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{name}={param(entry)}" for name, entry in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "[" + ",".join(param(entry) for entry in value) + "]"
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def spec(loss: str, params: Mapping[str, Any]) -> str:
    """Write a loss with parameters as the command line reads it."""
    text = ",".join(f"{name}={param(value)}" for name, value in params.items())
    return f"{loss}:{text}" if text else loss


class HasParams(Protocol):
    """Anything with the id of a loss and its parameters, as a result has."""

    @property
    def loss(self) -> str:
        """Id of the loss."""
        ...

    @property
    def params(self) -> Mapping[str, Any]:
        """Every parameter, those at their defaults too."""
        ...

    @property
    def changed(self) -> Mapping[str, Any]:
        """The parameters that are not at their defaults."""
        ...


def labels(results: Sequence[HasParams], *, changed: bool = False) -> list[str]:
    """Return a label for each result: the id of its loss, with the parameters where these differ.

    Results of one loss with equal parameters share a label.

    Parameters
    ----------
    changed
        Whether parameters that are not at their defaults are named too.

    Examples
    --------
    >>> from types import SimpleNamespace as Named
    >>> labels([Named(loss="mae", params={})] + [
    ...     Named(loss="quantile", params={"q": q, "log": False}) for q in (0.1, 0.9)])
    ['mae', 'quantile:q=0.1', 'quantile:q=0.9']
    """
    alike: dict[str, list[Mapping[str, Any]]] = {}
    for one in results:
        alike.setdefault(one.loss, []).append(one.params)
    named = [_distinct(one.params, alike[one.loss]) for one in results]
    if changed:
        named = [names | one.changed.keys() for one, names in zip(results, named, strict=True)]
    return [
        spec(one.loss, {name: value for name, value in one.params.items() if name in names})
        for one, names in zip(results, named, strict=True)
    ]


def _distinct(params: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the parameters of which some other result has another value."""
    return {
        name
        for name, value in params.items()
        if any(name not in other or other[name] != value for other in others)
    }


def finite_number(text: Any, where: str) -> float:
    """Read a number; anything else, or no finite one, is an error."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"{where}: expected a number, got {str(text)!r}")
    return value


class Amount(NamedTuple):
    """A tolerance or a margin: a share of a reference, or a number to add to it.

    Attributes
    ----------
    size
        The share or the number.
    relative
        Whether it is a share.
    text
        As it is written: ``2%`` or ``0.01``.
    """

    size: float
    relative: bool
    text: str

    def of(self, reference: float) -> float:
        """Return how much it is beside a reference: of a negative one a share of its size."""
        return self.size * abs(reference) if self.relative else self.size


def amount(text: Any, where: str) -> Amount:
    """Read ``2%``, a share of something, or ``0.01``, an amount to add.

    Raises
    ------
    UsageError
        For anything else, and for less than 0.
    """
    written = str(text)
    number = finite_number(written.removesuffix("%"), where)
    if number < 0.0:
        raise UsageError(f"{where}: must be at least 0")
    relative = written.endswith("%")
    return Amount(number / 100.0 if relative else number, relative, written)
