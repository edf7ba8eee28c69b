"""Typed entries of a configuration: each kind reads a node and describes itself as JSON Schema."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from lossctl.core.domain import Interval
from lossctl.core.spelling import did_you_mean, visible
from lossctl.objective.nodes import (
    Entries,
    Items,
    Node,
    Scalar,
    Word,
    as_plain,
    describe_names,
    described,
    refuse,
)

Schema: TypeAlias = dict[str, Any]


class Kind(Protocol):
    """What may stand at an entry."""

    def read(self, node: Node, path: str) -> Any:
        """Return the value of a node; `path` is what messages call the entry."""
        ...

    def schema(self) -> Schema:
        """Describe it as JSON Schema."""
        ...


@dataclass(frozen=True)
class Text:
    """A text that is not empty; it keeps its place."""

    what: str = "a text"

    def read(self, node: Node, path: str) -> Word:
        """Return the text."""
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, str) or not value.strip():
            refuse(node.place, f"{path} must be {self.what}, got {described(node)}")
        return Word(value, node.place)

    def schema(self) -> Schema:
        """A string."""
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True)
class Real:
    """A number in an interval."""

    domain: Interval

    def read(self, node: Node, path: str) -> float:
        """Return the number as a float."""
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            refuse(node.place, f"{path} must be a number, got {described(node)}")
        try:
            return self.domain.accept(value)
        except ValueError as error:
            refuse(node.place, f"{path} {error}")

    def schema(self) -> Schema:
        """A number with its ends."""
        found: Schema = {"type": "number"}
        for end, closed, key in (
            (self.domain.low, {"both", "left"}, "minimum"),
            (self.domain.high, {"both", "right"}, "maximum"),
        ):
            if abs(end) != float("inf"):
                name = key if self.domain.closed in closed else f"exclusive{key.capitalize()}"
                found[name] = end
        return found


@dataclass(frozen=True)
class Whole:
    """A whole number between two ends."""

    low: int
    high: int

    def read(self, node: Node, path: str) -> int:
        """Return the number."""
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int):
            refuse(node.place, f"{path} must be a whole number, got {described(node)}")
        if not self.low <= value <= self.high:
            refuse(node.place, f"{path} must lie in [{self.low}, {self.high}], got {value}")
        return value

    def schema(self) -> Schema:
        """An integer with its ends."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Truth:
    """True or false."""

    def read(self, node: Node, path: str) -> bool:
        """Return the flag."""
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        return refuse(node.place, f"{path} must be true or false, got {described(node)}")

    def schema(self) -> Schema:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class OneOf:
    """One of a few names."""

    options: Sequence[str]

    def read(self, node: Node, path: str) -> Word:
        """Return the name."""
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, str) and value in self.options:
            return Word(value, node.place)
        hint = did_you_mean(value, self.options) if isinstance(value, str) else ""
        choices = describe_names(list(self.options))
        return refuse(node.place, f"{path} must be one of {choices}, got {described(node)}{hint}")

    def schema(self) -> Schema:
        """An enumeration."""
        return {"enum": list(self.options)}


@dataclass(frozen=True)
class Literal:
    """A number, a text, true, false, null or a flat list of these: a parameter of a loss."""

    def read(self, node: Node, path: str) -> Any:
        """Return the plain value."""
        if isinstance(node, Items) and all(isinstance(entry, Scalar) for entry in node.entries):
            return as_plain(node)
        if not isinstance(node, Scalar):
            refuse(node.place, f"{path} must be a value or a flat list, got {described(node)}")
        return node.value

    def schema(self) -> Schema:
        """Anything flat."""
        return {"type": ["number", "string", "boolean", "null", "array"]}


@dataclass(frozen=True)
class ListOf:
    """A list of entries of one kind; with `single`, one entry may stand for itself."""

    kind: Kind
    single: bool = False
    most: int = 1000

    def read(self, node: Node, path: str) -> tuple[Any, ...]:
        """Return the entries."""
        if not isinstance(node, Items):
            if self.single:
                return (self.kind.read(node, path),)
            refuse(node.place, f"{path} must be a list, got {described(node)}")
        if not node.entries:
            refuse(node.place, f"{path} is an empty list; drop it or fill it")
        if len(node.entries) > self.most:
            refuse(node.place, f"{path} has {len(node.entries)} entries, at most {self.most}")
        return tuple(
            self.kind.read(entry, f"{path}[{number}]") for number, entry in enumerate(node.entries)
        )

    def schema(self) -> Schema:
        """An array, or one entry."""
        array = {"type": "array", "items": self.kind.schema(), "minItems": 1}
        return {"anyOf": [array, self.kind.schema()]} if self.single else array


@dataclass(frozen=True)
class MapOf:
    """Entries of one kind under names of the user's choice."""

    kind: Kind

    def read(self, node: Node, path: str) -> dict[str, Any]:
        """Return the entries by name."""
        if not isinstance(node, Entries):
            refuse(node.place, f"{path} must be a mapping of names, got {described(node)}")
        return {
            Word(name, node.places[name]): self.kind.read(entry, f"{path}.{visible(name)}")
            for name, entry in node.entries.items()
        }

    def schema(self) -> Schema:
        """An object with any keys."""
        return {"type": "object", "additionalProperties": self.kind.schema()}


@dataclass(frozen=True)
class Either:
    """One kind for scalars, another for lists and mappings."""

    scalar: Kind
    other: Kind

    def read(self, node: Node, path: str) -> Any:
        """Read as the kind that fits the node."""
        return (self.scalar if isinstance(node, Scalar) else self.other).read(node, path)

    def schema(self) -> Schema:
        """Either."""
        return {"anyOf": [self.scalar.schema(), self.other.schema()]}


@dataclass(frozen=True)
class NumberOr:
    """A number, or what another kind reads."""

    number: Kind
    other: Kind

    def read(self, node: Node, path: str) -> Any:
        """Read a number as a number, anything else as the other kind."""
        numeric = isinstance(node, Scalar) and isinstance(node.value, int | float)
        return (self.number if numeric else self.other).read(node, path)

    def schema(self) -> Schema:
        """Either."""
        return {"anyOf": [self.number.schema(), self.other.schema()]}


@dataclass(frozen=True)
class Field:
    """One key of a record."""

    name: str
    kind: Kind
    help: str
    default: Any = None
    required: bool = False


@dataclass(frozen=True)
class Record:
    """A mapping with known keys, made into a dataclass that also gets its ``place``.

    Attributes
    ----------
    make
        Called with the fields by name, and ``place``.
    only
        Names of mutually exclusive keys of which exactly one must be given.
    """

    make: Callable[..., Any]
    fields: Sequence[Field]
    help: str = ""
    only: Sequence[str] = ()
    names: Mapping[str, Field] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", {one.name: one for one in self.fields})

    def read(self, node: Node, path: str) -> Any:
        """Read every key; unknown ones get the nearest spelling."""
        if not isinstance(node, Entries):
            keys = describe_names(list(self.names))
            refuse(node.place, f"{path} must be a mapping with {keys}, got {described(node)}")
        prefix = f"{path}." if path else ""
        for name in node.entries:
            if name not in self.names:
                hint = did_you_mean(name, self.names)
                known = hint or f"; known are {describe_names(list(self.names))}"
                where = f" in {path}" if path else ""
                refuse(node.places[name], f"unknown key {visible(repr(name))}{where}{known}")
        values = {name: one.default for name, one in self.names.items()}
        for name, entry in node.entries.items():
            values[name] = self.names[name].kind.read(entry, prefix + name)
        for one in self.fields:
            if one.required and one.name not in node.entries:
                refuse(node.place, f"{path or 'the file'} needs the key {one.name}: {one.help}")
        self._require_one(node, path)
        return self.make(**values, place=node.place)

    def _require_one(self, node: Entries, path: str) -> None:
        given = [name for name in self.only if name in node.entries]
        if self.only and not given:
            refuse(node.place, f"{path} needs one of {' or '.join(self.only)}")
        if len(given) > 1:
            refuse(node.places[given[1]], f"{path} takes {' or '.join(self.only)}, not several")

    def schema(self) -> Schema:
        """An object with these properties only."""
        properties = {
            one.name: one.kind.schema() | {"description": one.help} for one in self.fields
        }
        found: Schema = {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        required = [one.name for one in self.fields if one.required]
        if required:
            found["required"] = required
        if self.only:
            found["oneOf"] = [{"required": [name]} for name in self.only]
        if self.help:
            found["description"] = self.help
        return found
