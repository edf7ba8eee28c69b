"""Read one range of rows for a plan, and record what is wrong with them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.spelling import seen_as
from lossctl.engine.evidence import Evidence
from lossctl.engine.layout import Layout
from lossctl.engine.plan import Plan
from lossctl.engine.record_layout import RecordLayout
from lossctl.engine.sources import Source


def nan_message(name: str, source: Source) -> str:
    """Return what is said of NaN in an input: the words of the source, where it has its own."""
    own: str | None = getattr(source, "nan_message", None)
    return own or (
        f"NaN in the {name} at {{where}}; leave such items out with nan=omit (--nan omit), "
        "or keep the NaN with propagate"
    )


class Reader:
    """Reads rows `start` to `stop`, each array once however many losses want it."""

    def __init__(self, start: int, stop: int) -> None:
        """Set the range."""
        self.start, self.stop = start, stop
        self._read: dict[tuple[Any, ...], Array] = {}

    def matrix(
        self, layout: Layout, source: Source, dtype: np.dtype[Any], *, turned: bool
    ) -> Array:
        """Return the rows of an array shaped like the predictions, as `dtype`."""
        key = (id(source), layout.columns, layout.inner, dtype.num, turned)
        rows = self._read.get(key)
        if rows is None:
            rows = layout.read(source, self.start, self.stop, turned=turned)
            rows = rows.astype(dtype, copy=False)
            self._read[key] = rows
        return rows

    def items(self, layout: RecordLayout, name: str, source: Source) -> Array:
        """Return the items of an input of records, (n, …), in their own dtype."""
        key = (id(source), name)
        if key not in self._read:
            self._read[key] = layout.read_input(name, source, self.start, self.stop)
        return self._read[key]

    def flat(self, source: Source) -> Array:
        """Return the elements of an array with one element a row, in their own dtype."""
        key = (id(source),)
        if key not in self._read:
            self._read[key] = source.read(self.start, self.stop)
        return self._read[key]


@dataclass
class BlockReader:
    """A plan looking at one range of rows, collecting evidence and faults.

    `keep` marks the records that count, once the others have been taken out; None for all.
    """

    plan: Plan
    reader: Reader
    evidence: Evidence = field(default_factory=Evidence)
    keep: Array | None = None

    @property
    def layout(self) -> Layout:
        """The layout of the plan."""
        return self.plan.fit.layout

    def matrix(self, source: Source, dtype: np.dtype[Any] | None = None) -> Array:
        """Return rows shaped like the predictions, in the computing dtype unless told."""
        return self.reader.matrix(
            self.layout, source, dtype or self.plan.dtype, turned=self.plan.turned
        )

    def blame(
        self, source: Source, wrong: Array, message: str, *, values: Array | None = None
    ) -> None:
        """Record the items marked in `wrong`: their count, and the place and value of the first.

        ``{where}`` and ``{value}`` in `message` stand for the first one's.
        """
        if not wrong.any():
            return
        first = tuple(int(part[0]) for part in np.nonzero(wrong))
        row = self.reader.start + first[0]
        where = source.where(self.layout.index_of(row, first[1] if len(first) > 1 else None))
        value = "" if values is None else seen_as(np.ravel(values[first])[0])
        known = message.startswith(source.label)  # an array in memory is called by its input's name
        text = message if known else f"{source.label}: {message}"
        text = text.replace("{value}", value).replace("{where}", where)
        self.evidence.blame(message, int(np.count_nonzero(wrong)), row, text)
