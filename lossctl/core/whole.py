"""The domain of whole numbers, for parameters that count something."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Whole:
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


@dataclass(frozen=True)
class Odd(Whole):
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
