"""The domains of shared options, beside those of parameters: what is accepted, in which form."""

import operator
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lossctl.core.domain import NONNEGATIVE, Choice
from lossctl.core.lazy import record


@record(frozen=True)
class Integer:
    """Whole numbers, from `least` on if there is one."""

    least: int | None = None

    annotation = int

    def accept(self, value: Any) -> int:
        """Return a whole number, Python's or NumPy's, as an int."""
        number = _integer(value)
        if number is None or (self.least is not None and number < self.least):
            raise ValueError(f"must be {self.describe()}, got {value!r}")
        return number

    def describe(self) -> str:
        """Say which numbers."""
        at_least = "" if self.least is None else f" of at least {self.least}"
        return f"a whole number{at_least}"

    def schema(self) -> dict[str, Any]:
        """Write the numbers as JSON Schema."""
        return {"type": "integer"} | ({} if self.least is None else {"minimum": self.least})

    def inside(self) -> list[Any]:
        """Return the least and its next, or numbers of both signs."""
        return [-3, 0, 2] if self.least is None else [self.least, self.least + 1]

    def outside(self) -> list[Any]:
        """Return one too few, fractions, and what is no number."""
        below = [] if self.least is None else [self.least - 1]
        return [*below, 1.5, "one", True]


class ChoiceOrIndex(NamedTuple):
    """One of a few names, or the index of a class."""

    names: Choice

    @property
    def annotation(self) -> Any:
        """The names, or a number."""
        return self.names.annotation | int

    def accept(self, value: Any) -> str | int:
        """Return the name or the index."""
        index = _integer(value)
        if index is None and value not in self.names.options:
            names = ", ".join(self.names.options)
            raise ValueError(f"must be one of {names}, or the index of a class, got {value!r}")
        return str(value) if index is None else index

    def describe(self) -> str:
        """List the names and add the class."""
        return f"{self.names.describe()} | the index of a class"

    def schema(self) -> dict[str, Any]:
        """Write the names and the class as JSON Schema."""
        return {"anyOf": [self.names.schema(), {"type": "integer"}]}

    def inside(self) -> list[Any]:
        """Return every name, and a class."""
        return [*self.names.inside(), 1]

    def outside(self) -> list[Any]:
        """Return what is neither a name nor a whole number."""
        return [*self.names.outside(), True]


class ClassWeights:
    """One non-negative number per class, or the name of a rule that measures them."""

    rules = ("balanced", "effective:β")
    annotation = Sequence[float] | str

    def accept(self, value: Any) -> tuple[float, ...] | str:
        """Return the numbers as a tuple; the text of a rule is checked against the data."""
        entries = value.tolist() if hasattr(value, "tolist") else value
        if isinstance(entries, str):
            return entries
        if not isinstance(entries, list | tuple) or not entries:
            raise ValueError(f"must be {self.describe()}, got {value!r}")
        try:
            weights = tuple(NONNEGATIVE.accept(entry) for entry in entries)
        except ValueError as error:
            raise ValueError(f"must hold numbers: each {error}") from None
        if not any(weights):
            raise ValueError("must not all be 0")
        return weights

    def describe(self) -> str:
        """Say what may be given."""
        return f"a list of numbers, one per class, or {' or '.join(self.rules)}"

    def schema(self) -> dict[str, Any]:
        """Write the numbers and the text of a rule as JSON Schema."""
        return {"type": ["array", "string"], "items": NONNEGATIVE.schema(), "minItems": 1}

    def inside(self) -> list[Any]:
        """Return the rule that takes no number."""
        return ["balanced"]

    def outside(self) -> list[Any]:
        """Return empty, negative and vanishing weights, and what is no list."""
        return [[], [-1.0, 1.0], [0.0, 0.0], 3.5]


class Names:
    """A list of names."""

    annotation = Sequence[str]

    def accept(self, value: Any) -> tuple[str, ...]:
        """Return the names as a tuple."""
        entries = value.tolist() if hasattr(value, "tolist") else value
        if not isinstance(entries, list | tuple) or not entries:
            raise ValueError(f"must be {self.describe()}, got {value!r}")
        if not all(isinstance(entry, str) for entry in entries):
            raise ValueError(f"must be {self.describe()}, got {value!r}")
        if len(set(entries)) < len(entries):
            twice = next(name for name in entries if entries.count(name) > 1)
            raise ValueError(f"must be different names, got {twice!r} twice")
        return tuple(entries)

    def describe(self) -> str:
        """Say what may be given."""
        return "a list of names"

    def schema(self) -> dict[str, Any]:
        """Write the list as JSON Schema."""
        return {"type": "array", "items": {"type": "string"}, "minItems": 1}

    def inside(self) -> list[Any]:
        """Return two names."""
        return [["first", "second"]]

    def outside(self) -> list[Any]:
        """Return a bare text, numbers, and an empty list."""
        return ["first", [1, 2], []]


class Label:
    """One label, as text."""

    annotation = Any  # a text, or whatever prints as one; some losses have an input of that name

    def accept(self, value: Any) -> str:
        """Return the label; a number or a truth value as it is written."""
        value = value.item() if hasattr(value, "item") else value
        if isinstance(value, str | int | float) and str(value):
            return str(value)
        raise ValueError(f"must be {self.describe()}, got {value!r}")

    def describe(self) -> str:
        """Say what may be given."""
        return "a label"

    def schema(self) -> dict[str, Any]:
        """Write it as JSON Schema."""
        return {"type": ["string", "number", "boolean"]}

    def inside(self) -> list[Any]:
        """Return a label."""
        return ["yes"]

    def outside(self) -> list[Any]:
        """Return the empty text, and several."""
        return ["", ["yes", "no"]]


class AxesInWords:
    """The axes of inputs: ``{"predictions": "item time class"}``."""

    annotation = Mapping[str, str]

    def accept(self, value: Any) -> dict[str, str]:
        """Return the words of each input, one blank between them."""
        if not isinstance(value, Mapping) or not value:
            raise ValueError(f"must be {self.describe()}, got {value!r}")
        if not all(isinstance(words, str) and words.strip() for words in value.values()):
            raise ValueError(f"must be {self.describe()}, got {value!r}")
        return {str(name): " ".join(words.split()) for name, words in value.items()}

    def describe(self) -> str:
        """Say what may be given."""
        return "axis names by the name of the input, such as {'predictions': 'item time class'}"

    def schema(self) -> dict[str, Any]:
        """Write the words by name as JSON Schema."""
        return {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}

    def inside(self) -> list[Any]:
        """Return the axes of one input."""
        return [{"predictions": "item time class"}]

    def outside(self) -> list[Any]:
        """Return bare words, and what are no words."""
        return ["item time class", {}, {"predictions": 3}]


def _integer(value: Any) -> int | None:
    """Return a whole number, Python's or NumPy's, as an int; None for anything else."""
    try:
        return None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None
