"""What an HTML report holds beside its outcomes: sections of tables, lines, code and pictures."""

from collections.abc import Sequence
from typing import NamedTuple

from lossctl.pictures.picture import Panel
from lossctl.report.formats import Table


class Interval(NamedTuple):
    """A value with its limits, a row of a picture of intervals."""

    name: str
    low: float
    value: float
    high: float


class Section(NamedTuple):
    """One section of a report.

    Attributes
    ----------
    tables
        Shown as they are; their columns can be sorted.
    lines
        A list of sentences.
    code
        Commands and signatures, each with a label.
    panels, intervals
        What is drawn: panels of traces, and values with their limits: those of one unit share an
        axis, whose label says what they are.
    """

    title: str
    tables: Sequence[Table] = ()
    lines: Sequence[str] = ()
    code: Sequence[tuple[str, str]] = ()
    panels: Sequence[Panel] = ()
    intervals: Sequence[tuple[str, Sequence[Interval]]] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        drawn = self.panels or any(rows for _, rows in self.intervals)
        return not (any(table.rows for table in self.tables) or self.lines or self.code or drawn)
