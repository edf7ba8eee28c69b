"""Parameters of losses, and the domains of parameters and inputs, as data.

A domain checks a value, writes its own error, describes itself for pages, completion and schema,
and yields values inside and outside itself for the tests.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from numbers import Real
from types import GenericAlias
from typing import Any, Literal, Protocol

from lossctl.core.errors import PlacedError, UsageError
from lossctl.core.lazy import record
from lossctl.core.spelling import did_you_mean


class Domain(Protocol):
    """The set of values a parameter may take."""

    @property
    def annotation(self) -> Any:
        """The type of the values in Python: ``float``, ``Literal["soft", "hard"]``."""
        ...

    def accept(self, value: Any) -> Any:
        """Return `value` in its normal form; raise ``ValueError`` saying what is allowed."""
        ...

    def describe(self) -> str:
        """Say in a few characters what is allowed: ``(0, inf)``."""
        ...

    def inside(self) -> Iterable[Any]:
        """Values that must be accepted, for tests."""
        ...

    def outside(self) -> Iterable[Any]:
        """Values that must be refused, for tests."""
        ...


@record(frozen=True)
class Interval:
    """Real numbers between two ends, each open or closed; infinities are never inside."""

    low: float
    high: float
    closed: str = "both"  # both | left | right | neither
    tried: tuple[float, ...] = ()  # beyond `inside`, where a formula changes: the laws run there

    annotation = float

    def __contains__(self, value: float) -> bool:
        above = value >= self.low if self.closed in {"both", "left"} else value > self.low
        below = value <= self.high if self.closed in {"both", "right"} else value < self.high
        return above and below and not math.isinf(value)

    def accept(self, value: Any) -> float:
        """Return `value` as a float inside the interval."""
        number = _number_of(value)
        if number is None or number not in self:
            raise ValueError(f"must lie in {self.describe()}, got {value!r}")
        return number

    def describe(self) -> str:
        """Write the interval with its brackets."""
        left = "[" if self.closed in {"both", "left"} and not math.isinf(self.low) else "("
        right = "]" if self.closed in {"both", "right"} and not math.isinf(self.high) else ")"
        return f"{left}{self.low:g}, {self.high:g}{right}"

    def schema(self) -> dict[str, Any]:
        """Write the ends as JSON Schema."""
        least = "minimum" if self.closed in {"both", "left"} else "exclusiveMinimum"
        most = "maximum" if self.closed in {"both", "right"} else "exclusiveMaximum"
        ends = {least: self.low, most: self.high}
        return {"type": "number"} | {k: end for k, end in ends.items() if math.isfinite(end)}

    def inside(self) -> list[float]:
        """Three points well inside, the closed ends, and what is to be tried besides."""
        low = self.low if math.isfinite(self.low) else -3.0
        high = self.high if math.isfinite(self.high) else low + 4.0
        points = [low + (high - low) * part for part in (0.3, 0.5, 0.85)]
        return [*points, *(end for end in (self.low, self.high) if end in self), *self.tried]

    def outside(self) -> list[Any]:
        """Points beyond the ends, the open ends, and what is no number."""
        points: list[Any] = [math.nan, math.inf, -math.inf, "abc", None]
        for end, away in ((self.low, -1.0), (self.high, 1.0)):
            if math.isfinite(end):
                points.append(end + away)
                if end not in self:
                    points.append(end)
        return points


def _number_of(value: Any) -> float | None:
    """Return a real number, NumPy's too, as a float; anything else as None."""
    plain = value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value
    # decimals are no Real; asking for their class would import it
    if isinstance(plain, bool) or not (
        isinstance(plain, Real) or hasattr(plain, "as_integer_ratio")
    ):
        return None
    try:
        return float(plain)
    except OverflowError:
        return math.inf


@record(frozen=True)
class Flag:
    """True or false."""

    annotation = bool

    def accept(self, value: Any) -> bool:
        """Return `value` as a bool."""
        if isinstance(value, bool):
            return value
        raise ValueError(f"must be true or false, got {value!r}")

    def describe(self) -> str:
        """Name the two values."""
        return "true | false"

    def schema(self) -> dict[str, Any]:
        """Write it as JSON Schema."""
        return {"type": "boolean"}

    def inside(self) -> list[Any]:
        """Both values."""
        return [True, False]

    def outside(self) -> list[Any]:
        """Things that are often taken for a flag."""
        return [0.5, "maybe", None, 2]


@record(frozen=True)
class Choice:
    """One of a few names."""

    options: tuple[str, ...]

    @property
    def annotation(self) -> Any:
        """The names."""
        return Literal[self.options]

    def accept(self, value: Any) -> str:
        """Return `value` when it is one of the names."""
        if isinstance(value, str) and value in self.options:
            return str(value)
        raise ValueError(f"must be one of {', '.join(self.options)}, got {value!r}")

    def describe(self) -> str:
        """List the names."""
        return " | ".join(self.options)

    def schema(self) -> dict[str, Any]:
        """Write the names as JSON Schema."""
        return {"enum": list(self.options)}

    def inside(self) -> list[Any]:
        """Every name."""
        return list(self.options)

    def outside(self) -> list[Any]:
        """A name that is not there, and things that are no names."""
        return ["no-such-choice", 3.5, None]


@record(frozen=True)
class Nullable:
    """A domain, or null for "not used"."""

    domain: Domain

    @property
    def annotation(self) -> Any:
        """What the inner domain says, or None."""
        return self.domain.annotation | None

    def accept(self, value: Any) -> Any:
        """Return None for null, else what the inner domain accepts."""
        return None if value is None else self.domain.accept(value)

    def describe(self) -> str:
        """Describe the inner domain and add null."""
        return f"{self.domain.describe()} or null"

    def schema(self) -> dict[str, Any]:
        """Write the inner domain and null as JSON Schema."""
        return {"anyOf": [schema_of(self.domain), {"type": "null"}]}

    def inside(self) -> list[Any]:
        """Null, and what the inner domain accepts."""
        return [None, *self.domain.inside()]

    def outside(self) -> list[Any]:
        """What the inner domain refuses, but for null."""
        return [value for value in self.domain.outside() if value is not None]


@record(frozen=True)
class ScalarOrList:
    """One value for all classes or labels, or a list with one value each.

    With `pair`, a list of two stands for (negative, positive) where there is one binary label.
    """

    domain: Domain
    pair: bool = False

    @property
    def annotation(self) -> Any:
        """One value, or a list of them."""
        return self.domain.annotation | GenericAlias(Sequence, (self.domain.annotation,))

    def accept(self, value: Any) -> Any:
        """Return a float, or a tuple of floats for a list or an array."""
        entries = value.tolist() if hasattr(value, "tolist") else value
        if not isinstance(entries, list | tuple):
            return self.domain.accept(entries)
        if not entries:
            raise ValueError(f"must lie in {self.domain.describe()}, got an empty list")
        return tuple(self.domain.accept(entry) for entry in entries)

    def describe(self) -> str:
        """Describe the inner domain and add the list."""
        return f"{self.domain.describe()}, or a list"

    def schema(self) -> dict[str, Any]:
        """Write the inner domain, and a list of it, as JSON Schema."""
        inner = schema_of(self.domain)
        return {"anyOf": [inner, {"type": "array", "items": inner, "minItems": 1}]}

    def inside(self) -> list[Any]:
        """What the inner domain accepts; lists depend on the data, so tests make their own."""
        return list(self.domain.inside())

    def outside(self) -> list[Any]:
        """What the inner domain refuses, alone and in a list."""
        refused = list(self.domain.outside())
        return [*refused, *([value] for value in refused), []]


def schema_of(domain: Any) -> dict[str, Any]:
    """Return the JSON Schema of a domain; of one that does not write any, one that allows all."""
    schema: dict[str, Any] = getattr(domain, "schema", dict)()
    return schema


POSITIVE = Interval(0.0, math.inf, "neither")
NONNEGATIVE = Interval(0.0, math.inf, "left")
UNIT = Interval(0.0, 1.0)
REAL = Interval(-math.inf, math.inf)


@record(frozen=True)
class IntegerRange:
    """Whole numbers from `low` on, up to `high` if there is one."""

    low: int = 0
    high: int | None = None

    annotation = int

    def accept(self, value: Any) -> int:
        """Return `value` as an int; 3.0 is 3."""
        number = None
        if not isinstance(value, bool | str | bytes | list | tuple | dict) and value is not None:
            try:
                number = int(value)
            except (TypeError, ValueError, OverflowError):
                number = None
        if number is None or number != value or number < self.low:
            raise ValueError(f"must be {self._range()}, got {value!r}")
        if self.high is not None and number > self.high:
            raise ValueError(f"must be {self._range()}, got {value!r}")
        return number

    def _range(self) -> str:
        if self.high is None:
            return f"a whole number of at least {self.low}"
        return f"a whole number from {self.low} to {self.high}"

    def describe(self) -> str:
        """Write the first few."""
        if self.high is not None:
            return ", ".join(map(str, range(self.low, self.high + 1)))
        return f"{self.low}, {self.low + 1}, {self.low + 2}, …"

    def schema(self) -> dict[str, Any]:
        """Write the ends as JSON Schema."""
        ends = {"minimum": self.low, "maximum": self.high}
        return {"type": "integer"} | {k: end for k, end in ends.items() if end is not None}

    def inside(self) -> list[Any]:
        """The least and a few others."""
        if self.high is not None:
            return list(range(self.low, self.high + 1))
        return [self.low + 2, self.low + 1, self.low, self.low + 4]

    def outside(self) -> list[Any]:
        """One too few, a fraction, and what is no number."""
        above = [] if self.high is None else [self.high + 1]
        return [*above, self.low - 1, self.low + 0.5, float("nan"), float("inf"), "abc", None, True]


@record(frozen=True)
class OddInteger(IntegerRange):
    """Odd whole numbers from 1 on: widths with a middle."""

    low: int = 1

    def accept(self, value: Any) -> int:
        """Return `value` as an int; 3.0 is 3."""
        try:
            number = super().accept(value)
        except ValueError:
            number = 0
        if number % 2 == 0:
            raise ValueError(f"must be an odd whole number of at least {self.low}, got {value!r}")
        return number

    def describe(self) -> str:
        """Write the first few."""
        return f"{self.low}, {self.low + 2}, {self.low + 4}, …"

    def inside(self) -> list[Any]:
        """The least and its next."""
        return [self.low + 2, self.low, self.low + 4]

    def outside(self) -> list[Any]:
        """Even numbers, and what is no whole number."""
        return [*super().outside(), self.low + 1, self.low + 3]


@record(frozen=True)
class Param:
    """One keyword parameter of a loss.

    Attributes
    ----------
    measured
        Values that stand for something measured from the targets: the key (None, or a word such as
        "balanced") and the function that makes the argument out of the class counts, (C,) for
        classes, (2,) for binary labels and (2, L) where labels have columns.
    required
        Whether it must be given; then the default means nothing.
    """

    name: str
    default: Any
    domain: Domain
    help: str
    measured: Mapping[Any, Callable[[Any], Any]] = field(default_factory=dict)
    required: bool = False

    def accept(self, loss: str, value: Any) -> Any:
        """Return `value` in normal form; errors name the loss, the parameter and the range."""
        if (value is None or isinstance(value, str)) and value in self.measured:
            return value
        try:
            return self.domain.accept(value)
        except PlacedError as error:
            raise error.after(f"{loss}: {self.name} ") from None
        except ValueError as error:
            raise UsageError(f"{loss}: {self.name} {error}") from None


def defaults_of(params: Sequence[Param]) -> dict[str, Any]:
    """Return the defaults of the parameters that need not be given."""
    return {param.name: param.default for param in params if not param.required}


def bind_params(loss: str, params: Sequence[Param], values: Mapping[str, Any]) -> dict[str, Any]:
    """Check `values` against the declared `params` and fill in the defaults.

    Returns
    -------
    dict
        Every declared parameter in declared order.

    Raises
    ------
    UsageError
        For an unknown name (with the nearest one), a value outside its domain, or a required
        parameter that is missing.
    """
    known = {param.name: param for param in params}
    for name in values:
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes no parameters"
            hint = did_you_mean(name, known)
            raise UsageError(f"{loss} has no parameter {name!r}; {takes}{hint}")
    for name, param in known.items():
        if param.required and name not in values:
            raise UsageError(f"{loss} needs {name}, {param.domain.describe()}: {param.help}")
    return {
        name: param.accept(loss, values[name]) if name in values else param.default
        for name, param in known.items()
    }
