"""Domains of lists whose length is their own: not one entry for each class or label."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from types import GenericAlias
from typing import Any

from lossctl.core.domain import Domain, schema_of
from lossctl.core.lazy import record


@record(frozen=True)
class ListOf:
    """A list of values, or of rows of them; `examples` are what tests take.

    With `distinct`, each value stands in it once at most. `square` lists are rows as long as their
    number.
    """

    domain: Domain
    examples: tuple[Any, ...]
    what: str = "a list of values"
    distinct: bool = False
    square: bool = False

    @property
    def annotation(self) -> Any:
        """A sequence of what the inner domain says."""
        return GenericAlias(Sequence, (self.domain.annotation,))

    def accept(self, value: Any) -> Any:
        """Return a tuple of accepted values; raise ``ValueError`` saying what is allowed."""
        entries = value.tolist() if hasattr(value, "tolist") else value
        if not isinstance(entries, list | tuple) or not entries:
            raise ValueError(f"must be {self.describe()}, got {value!r}")
        accepted = tuple(self.domain.accept(entry) for entry in entries)
        if self.distinct and len(set(accepted)) < len(accepted):
            raise ValueError(f"must be {self.describe()}, each once; got {value!r}")
        if self.square and any(len(row) != len(accepted) for row in accepted):
            lengths = ", ".join(str(len(row)) for row in accepted)
            raise ValueError(
                f"must be {self.describe()}, got {len(accepted)} rows of length {lengths}"
            )
        return accepted

    def describe(self) -> str:
        """Say what the list is."""
        return self.what

    def schema(self) -> dict[str, Any]:
        """Write the list as JSON Schema."""
        unique = {"uniqueItems": True} if self.distinct else {}
        return {"type": "array", "items": schema_of(self.domain), "minItems": 1, **unique}

    def inside(self) -> list[Any]:
        """The examples."""
        return list(self.examples)

    def outside(self) -> list[Any]:
        """No lists, an empty one, and lists of what the inner domain refuses."""
        twice = [self.examples[0] * 2] if self.distinct or self.square else []
        return [None, "no list", 0.5, [], *([value] for value in self.domain.outside()), *twice]


@record(frozen=True)
class Union:
    """A value of one of several domains: the first that accepts it."""

    domains: tuple[Domain, ...]

    @property
    def annotation(self) -> Any:
        """What any of the domains says."""
        return reduce(or_, (domain.annotation for domain in self.domains))

    def accept(self, value: Any) -> Any:
        """Return what the first domain that takes `value` makes of it."""
        for domain in self.domains:
            try:
                return domain.accept(value)
            except ValueError:
                continue
        raise ValueError(f"must be {self.describe()}, got {value!r}")

    def describe(self) -> str:
        """Describe each of them."""
        return " | ".join(domain.describe() for domain in self.domains)

    def schema(self) -> dict[str, Any]:
        """Write all of them as JSON Schema."""
        return {"anyOf": [schema_of(domain) for domain in self.domains]}

    def inside(self) -> list[Any]:
        """What each accepts."""
        return [value for domain in self.domains for value in domain.inside()]

    def outside(self) -> list[Any]:
        """What each refuses and none accepts."""
        return [
            value for domain in self.domains for value in domain.outside() if not self._takes(value)
        ]

    def _takes(self, value: Any) -> bool:
        try:
            self.accept(value)
        except ValueError:
            return False
        return True
