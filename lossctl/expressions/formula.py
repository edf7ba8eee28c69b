"""The values a formula parameter may take."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lossctl.expressions.mistakes import mistake
from lossctl.expressions.tree import Node, reads_predictions


@dataclass(frozen=True)
class Formula:
    """Texts that ``parse`` reads and that say something about the predictions.

    Attributes
    ----------
    parse
        Text → tree; best a cached function, because evaluation asks for the tree again.
    examples
        Formulas to show and to test with.
    """

    parse: Callable[[str], Node]
    examples: tuple[str, ...]

    annotation = str

    def accept(self, value: Any) -> str:
        """Return `value` when it is a formula; a mistake is shown with a caret under its place."""
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"must be {self.describe()}, got {value!r}")
        if not reads_predictions(self.parse(value)):
            raise mistake(value, 0, "nothing here depends on the predictions, p")
        return value

    def describe(self) -> str:
        """Say what the text is."""
        return "an expression of p and t"

    def inside(self) -> list[Any]:
        """The examples."""
        return list(self.examples)

    def outside(self) -> list[Any]:
        """What is no text, and texts that hold nothing."""
        return [None, 3.5, True, ["p"], "", "  "]
