"""What a picture is: panels of traces, a surface or a matrix, with its numbers and what they say.

A picture is computed once; renderers draw it, or write its numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.notebook import frame, html_table
from lossctl.core.result import SCHEMA_VERSION, strict
from lossctl.core.spelling import html_text, number

Style: TypeAlias = Literal[
    "line", "steps", "dashed", "band", "bars", "points", "marks", "open", "spans"
]

FLAT = 1e-6  # of a value, by which a constant may vary
ROOM = 0.04  # of an axis, beside what would lie on the frame


class Axis(NamedTuple):
    """What an axis shows, with its unit where there is one, and its ends where they are fixed.

    `names` are those of rows, the first on top, or of columns from left to right; their places on
    the axis are 0, 1, 2, …. Of a `whole` axis only whole numbers mean something; a `log` axis has
    both ends fixed.
    """

    label: str
    low: float | None = None
    high: float | None = None
    names: Sequence[str] = ()
    whole: bool = False
    log: bool = False


class Trace(NamedTuple):
    """One curve, band, row of bars, cloud of points, some marks or spans from left to right.

    Open marks are hollow, so that a mark at the same place is seen in them.

    Attributes
    ----------
    x, y
        (n,) coordinates; of bars the left ends and the heights; NaN where there is none.
    upper
        (n,) of a band, whose lower end is `y`; of bars and spans the right ends.
    colour
        The place of its colour and its mark among those there are; its order in the panel when
        None.
    """

    name: str
    x: Array
    y: Array
    style: Style = "line"
    upper: Array | None = None
    colour: int | None = None


class Panel(NamedTuple):
    """Traces that share their axes."""

    title: str
    x: Axis
    y: Axis
    traces: Sequence[Trace]

    def colours(self) -> list[int]:
        """Return the place of the colour of each trace; what helps the eye has none of its own."""
        solid = [trace.name for trace in self.traces if trace.style not in {"band", "dashed"}]
        order = list(dict.fromkeys(solid))
        return [
            trace.colour
            if trace.colour is not None
            else (order.index(trace.name) if trace.name in order else 0)
            for trace in self.traces
        ]

    def range_of(self, axis: Literal["x", "y"]) -> tuple[float, float]:
        """Return the ends of an axis: the fixed ones, or the least and greatest that are shown."""
        fixed: Axis = getattr(self, axis)
        if fixed.names:
            return -0.5, len(fixed.names) - 0.5
        values = [getattr(trace, axis) for trace in self.traces]
        sides = {"x": ("bars", "spans"), "y": ("band",)}[axis]
        values += [one.upper for one in self.traces if one.style in sides and one.upper is not None]
        shown = np.concatenate([np.ravel(each) for each in values]) if values else np.empty(0)
        shown = shown[np.isfinite(shown)]
        low, high = (float(shown.min()), float(shown.max())) if shown.size else (0.0, 1.0)
        if axis == "y" and any(trace.style == "bars" for trace in self.traces):
            low = min(low, 0.0)
        low = low if fixed.low is None else fixed.low
        high = high if fixed.high is None else fixed.high
        flat = high - low <= FLAT * max(abs(low), abs(high))  # what differs is rounding
        return (low - 0.5, high + 0.5) if flat else (low, high)

    def limits(self, axis: Literal["x", "y"]) -> tuple[float, float]:
        """Return the ends of an axis as it is drawn: marks and curves do not lie on the frame.

        Bars stand on it, and curves without marks begin and end there.
        """
        low, high = self.range_of(axis)
        own: Axis = getattr(self, axis)
        styles = {trace.style for trace in self.traces}
        is_crossed = axis == "x" and not styles & {"points", "marks", "open", "spans"}
        if own.names or own.log or is_crossed:
            return low, high
        room = ROOM * (high - low)
        stands = axis == "y" and "bars" in styles and low == 0.0
        return low - room * (not stands), high + room


class Mark(NamedTuple):
    """A point on a surface with a name."""

    name: str
    x: float
    y: float
    value: float


class Surface(NamedTuple):
    """A function of two variables on a grid: `values` (len(ys), len(xs))."""

    x: Axis
    y: Axis
    label: str
    xs: Array
    ys: Array
    values: Array
    marks: Sequence[Mark]


class Matrix(NamedTuple):
    """Counts of pairs, (rows, columns), and the shades of their cells, from 0 to 1."""

    rows: Axis
    columns: Axis
    label: str
    counts: Array
    shades: Array


@dataclass(frozen=True)
class Picture:
    """A picture: what is drawn, the numbers, and what they say.

    Attributes
    ----------
    kind
        Its name, as ``lossctl plot`` calls it.
    columns
        The numbers as a table: columns of equal length by name, texts or numbers.
    facts
        Single numbers and words by name.
    sentences
        What the picture shows, for people.
    """

    kind: str
    title: str
    columns: Mapping[str, Sequence[Any]]
    panels: Sequence[Panel] = ()
    surface: Surface | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    sentences: Sequence[str] = ()
    matrix: Matrix | None = None

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the rows of the table of numbers."""
        return list(zip(*self.columns.values(), strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return it as strict JSON data; what is not finite is None."""
        return {
            "schema_version": SCHEMA_VERSION,
            "picture": self.kind,
            "title": self.title,
            "sentences": list(self.sentences),
            "facts": strict(dict(self.facts)),
            "columns": {name: strict(list(values)) for name, values in self.columns.items()},
        }

    def to_frame(self) -> Any:
        """Return the numbers as a pandas frame."""
        return frame(list(self.columns), self.rows())

    def __repr__(self) -> str:
        """Say what it shows in one line."""
        count = len(next(iter(self.columns.values()), ()))
        return f"<Picture {self.kind} {self.title!r}: {count} rows of numbers>"

    def _repr_html_(self) -> str:
        """Return what it says and its single numbers, for notebooks."""
        shown = [
            (name, number(value) if isinstance(value, float) else str(value))
            for name, value in self.facts.items()
        ]
        said = "".join(f"<p>{html_text(text)}</p>" for text in self.sentences)
        return f"<p><b>{html_text(self.title)}</b></p>{said}{html_table(shown)}"


def floats(values: Array) -> list[float]:
    """Return numbers as a column of a picture."""
    return [float(value) for value in np.ravel(values)]
