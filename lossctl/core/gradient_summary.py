"""What a result says of the gradient of its value."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class GradientSummary:
    """What the gradient of a value with respect to an input is like.

    Attributes
    ----------
    input, elements
        The input, and how many entries it has.
    norm
        The Euclidean norm, of the entries that are finite.
    greatest
        The greatest magnitude.
    index, where
        Its first place in the array, and in words; None where all is 0.
    vanishing
        Share of entries below a millionth of the greatest, those that are 0 among them.
    saturated
        Share of entries within one percent of the greatest.
    zero, nan, infinite
        How many entries are 0, NaN and infinite.
    """

    input: str
    elements: int
    norm: float
    greatest: float
    index: tuple[int, ...] | None
    where: str | None
    vanishing: float
    saturated: float
    zero: int
    nan: int
    infinite: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as strict JSON data."""
        data = vars(self) | {"norm": self.norm if math.isfinite(self.norm) else None}
        return data | {"index": None if self.index is None else list(self.index)}
