"""Read the inputs of one range of rows for a plan, and report what is wrong with them."""

import math
from collections.abc import Iterable
from dataclasses import field
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.lazy import lazy, record
from lossctl.core.loss import Array, FormAxes, Loss
from lossctl.core.options import DecidedBy
from lossctl.core.spelling import option, seen_as
from lossctl.engine.bind.layout import Layout, Lie, read_rows
from lossctl.engine.plan import InputReading, Order, Plan
from lossctl.engine.sources import EXACT_INTEGERS, Source
from lossctl.kernels.numeric.block_cache import extent_for_block
from lossctl.kernels.numeric.primitives import measured_extent

ROUNDING = 1e-3  # further outside [0, 1] rounding takes no probability, but for many of 16 bits
SEVERAL = 64  # roundings
NEAR = 0.05  # probabilities that were resampled or subtracted stray no further from [0, 1]
ROUNDED = 0.05  # how far rounding to two digits may take the sum of a row of ten classes from one
FLOAT64 = np.dtype(np.float64)
PERCENT, BYTE = 100.0, 255.0  # what stands for 1 where probabilities are saved on another scale
BEYOND = (
    "holds integers beyond 2^53, which float64 cannot distinguish ({value} at {where}); subtract a "
    "common offset first"
)

ONE_OR_NONE = (
    "weights of items must be 0 or 1, since items of ranked lists count fully or not at all"
)


@record()
class Fault:
    """Items of one kind that cannot be evaluated: how many, and the first."""

    count: int
    row: int
    message: str


class Negatives(NamedTuple):
    """Relevance below 0 in lists, which may be padding.

    Attributes
    ----------
    items, low, high
        How many items have it, the least and the greatest.
    at_end
        Whether each stands after all others of its list.
    others
        Whether other items of the same lists have relevance of 0 or more.
    """

    items: int
    low: float
    high: float
    at_end: bool
    others: bool

    def __add__(self, other: Any) -> "Negatives":
        """Add those of another block."""
        return Negatives(
            self.items + other.items,
            min(self.low, other.low),
            max(self.high, other.high),
            self.at_end and other.at_end,
            self.others or other.others,
        )


@record()
class Findings:
    """Findings of one block, or of all when merged.

    Attributes
    ----------
    low, high
        Range of the predictions that count.
    unnormalized_rows
        Rows of class scores whose sum is not one, where sums were looked at.
    first_row_sum
        The first such sum.
    slack
        How far outside [0, 1] rounding may take a probability as it was stored.
    scores, outside, strays
        How many predictions were looked at, lie outside [0, 1], and do so by more than the slack;
        the last two are counted where probabilities are read or all lie near [0, 1].
    hard
        Whether every prediction is exactly 0 or 1.
    integers
        Whether predictions are stored as integers.
    whole
        Whether every prediction is a whole number, where none is negative.
    total
        100 or 255 where every row of predictions sums to about that, None otherwise.
    soft_targets
        Whether some binary target is neither 0 nor 1.
    labels
        Which of 0 and -1 stand for the negative label, where both are allowed.
    faults
        Reasons not to evaluate, by what is wrong.
    nonfinite
        Items whose loss is inf or NaN, and the first.
    negatives
        Relevance below 0, of ranked lists.
    omitted_places
        A digest of which items are omitted for holding NaN: equal for the same ones.
    """

    low: float = math.inf
    high: float = -math.inf
    unnormalized_rows: int = 0
    first_row_sum: float = math.nan
    slack: float = 0.0
    scores: int = 0
    outside: int = 0
    strays: int = 0
    hard: bool = True
    integers: bool = False
    whole: bool = True
    total: float | None = None
    soft_targets: bool = False
    labels: set[float] = field(default_factory=set)
    faults: dict[str, Fault] = field(default_factory=dict)
    nonfinite: Fault | None = None
    negatives: Negatives | None = None
    omitted_places: int = 0

    @classmethod
    def none(cls) -> "Findings":
        """Return those of a block before anything was found."""
        none = object.__new__(cls)  # most stay at their defaults, which are the class's own
        none.labels, none.faults = set(), {}
        return none

    @property
    def within_unit(self) -> bool:
        """Whether every prediction lies in [0, 1], but for the slack."""
        return self.low >= -self.slack and self.high <= 1.0 + self.slack

    @property
    def near_unit(self) -> bool:
        """Whether nothing lies far outside [0, 1]."""
        near = max(NEAR, SEVERAL * self.slack)
        return self.low >= -near and self.high <= 1.0 + near

    @property
    def at_unit(self) -> bool:
        """Whether several roundings may have taken what lies outside [0, 1] out of it."""
        near = max(ROUNDING, SEVERAL * self.slack)
        is_small = self.low >= -near and self.high <= 1.0 + near
        return is_small and (self.high > 0.5 or -self.low <= ROUNDING)

    @property
    def outside_unit(self) -> float:
        """A prediction outside [0, 1]."""
        return self.low if self.low < 0.0 else self.high

    @property
    def farthest(self) -> float:
        """The prediction that lies farthest outside [0, 1]."""
        return self.low if -self.low > self.high - 1.0 else self.high

    def report(self, key: str, count: int, row: int, message: str) -> None:
        """Record a fault of this block."""
        self.faults[key] = Fault(count, row, message)

    def raise_faults(self) -> None:
        """Raise the first fault as an error that says where, what and how many."""
        if not self.faults:
            return
        fault = min(self.faults.values(), key=lambda fault: fault.row)
        more = f" ({fault.count} items are affected)" if fault.count > 1 else ""
        raise DataError(fault.message + more)


NOTHING = Findings()
"""What is found of a block whose findings stand with those of another."""


def merge(parts: Iterable[Findings]) -> Findings:
    """Merge the findings of blocks, given in the order of the grid."""
    merged, totals = Findings(), set()
    for part in parts:
        if part is NOTHING:
            continue
        if part.unnormalized_rows and not merged.unnormalized_rows:
            merged.first_row_sum = part.first_row_sum
        merged.low, merged.high = min(merged.low, part.low), max(merged.high, part.high)
        merged.unnormalized_rows += part.unnormalized_rows
        merged.slack = max(merged.slack, part.slack)
        merged.scores += part.scores
        merged.outside += part.outside
        merged.strays += part.strays
        merged.hard &= part.hard
        merged.integers |= part.integers
        merged.whole &= part.whole
        if part.scores:
            totals.add(part.total)
        merged.soft_targets |= part.soft_targets
        merged.omitted_places = (merged.omitted_places + part.omitted_places) % 2**64
        merged.labels |= part.labels
        if part.negatives:
            known_lists = merged.negatives
            merged.negatives = known_lists + part.negatives if known_lists else part.negatives
        for key, fault in part.faults.items():
            known = merged.faults.setdefault(key, Fault(0, fault.row, fault.message))
            known.count += fault.count
        if part.nonfinite:
            known = merged.nonfinite or Fault(0, part.nonfinite.row, part.nonfinite.message)
            merged.nonfinite = Fault(known.count + part.nonfinite.count, known.row, known.message)
    merged.total = totals.pop() if len(totals) == 1 else None
    return merged


class Decision(NamedTuple):
    """A kind, who decided it (declared, option or data), why, and what to warn of."""

    kind: str
    decided_by: DecidedBy
    evidence: str
    warnings: tuple[str, ...] = ()


def values_as_declared(loss: Loss, axes: FormAxes, findings: Findings) -> Decision:
    """Take predictions of a loss of plain values as what it declares; warn of unusual ones."""
    what = ", ".join(entry.name for entry in loss.inputs) if axes == "any" else "values"
    first = loss.inputs[0]
    warnings: tuple[str, ...] = ()
    usual = first.expected
    if usual is not None and not (findings.low in usual and findings.high in usual):
        seen = f"{findings.low:.6g} … {findings.high:.6g}"
        warnings = (f"{first.kind} values usually lie in {usual.describe()}, seen {seen}",)
    return Decision("values", "declared", f"{loss.id} reads {what}", warnings)


class InputBlock:
    """One input in one block; its least and greatest value are found once, if at all."""

    def __init__(self, values: Array) -> None:
        """Wrap an array that nobody changes."""
        self.values = values

    @lazy
    def low(self) -> float:
        """The least value, NaN if there is any."""
        low: float
        low, high = extent_for_block(self.values, measured_extent)  # its loss needs not look again
        vars(self).update(high=high, has_nan=low != low)  # noqa: PLR0124 - of NaN alone
        return low

    @lazy
    def high(self) -> float:
        """The greatest value, NaN if there is any; found with the least."""
        return math.nan if math.isnan(self.low) else float(vars(self)["high"])

    @lazy
    def has_nan(self) -> bool:
        """Whether some value is NaN."""
        return self.values.dtype.kind == "f" and self.values.size > 0 and math.isnan(self.low)

    @property
    def in_unit(self) -> bool:
        """Whether every value lies in [0, 1]; NaN does not."""
        return self.low >= 0.0 and self.high <= 1.0

    def may_hold(self, value: float) -> bool:
        """Whether `value` lies between the least and the greatest."""
        return not (value < self.low or value > self.high)

    def finite_extent(self) -> tuple[float, float]:
        """Return the least and the greatest value that are not NaN."""
        low, high = self.low, self.high
        if not self.has_nan:
            return low, high
        return float(np.fmin.reduce(self.values, axis=None)), float(
            np.fmax.reduce(self.values, axis=None)
        )


class Reader:
    """Reads rows `start` to `stop`, each array once however many losses want it."""

    def __init__(self, start: int, stop: int) -> None:
        """Set the range."""
        self.start, self.stop = start, stop
        self._read: dict[tuple[Any, ...], InputBlock] = {}

    def block(
        self, source: Source, lie: Lie, order: Order, dtype: np.dtype[Any] | None
    ) -> InputBlock:
        """Return the rows of an array as `dtype`, in its own dtype for None.

        Their extent is found once however many ask.
        """
        key = (id(source), lie, order, dtype)
        block = self._read.get(key)
        if block is None:
            if lie.own:
                rows = read_rows(source, lie, self.start, self.stop, order)
            else:
                rows = source.read(self.start, self.stop)
            if dtype is not None:
                rows = rows.astype(dtype, copy=False)
            block = self._read[key] = InputBlock(rows)
        return block


class BlockReader:
    """A plan reading one range of rows: what it found, and what is wrong.

    Attributes
    ----------
    keep
        Marks the rows that stay, once the others have been taken out; None for all.
    """

    def __init__(self, plan: Plan, reader: Reader) -> None:
        """Begin without findings."""
        self.plan, self.reader = plan, reader
        self.layout: Layout = plan.fit.layout
        self.findings = Findings.none()
        self.keep: Array | None = None

    def read(self, reading: InputReading) -> InputBlock:
        """Return the rows of an input; report integers that the computing dtype cannot hold."""
        name, lie, order, dtype, may_lose_digits = reading
        source = self.plan.sources[name]
        if may_lose_digits:
            integers = self.reader.block(source, lie, order, None).values
            beyond = integers > EXACT_INTEGERS
            if integers.dtype.kind == "i":
                beyond |= integers < -EXACT_INTEGERS
            self.report(name, beyond, BEYOND, integers)
        return self.reader.block(source, lie, order, dtype)

    def weights(self) -> InputBlock | None:
        """Return the weights of the items in float64; report those that are no weights."""
        plan, source = self.plan, self.plan.weights
        if source is None:
            return None
        lie, order = self.layout.items_lie, plan.order
        block = self.reader.block(source, lie, order, FLOAT64)
        weights = block.values
        if not (block.low >= 0.0 and block.high < math.inf):
            wrong = ~(weights >= 0.0) | np.isinf(weights)
            message = "weights must be finite and at least 0, got {value} at {where}"
            self.report_source(source, wrong, message, weights)
        if plan.loss.grouped == "lists" and not (plan.loss.item_weights or plan.weighs_lists):
            message = f"{plan.loss.id}: {ONE_OR_NONE}, got {{value}} at {{where}}"
            self.report_source(source, (weights != 0.0) & (weights != 1.0), message, weights)
        return block

    def by_item(self, mask: Array) -> Array:
        """Mark the items of which some entry is marked."""
        axes = self.layout.item_axes
        if mask.ndim <= axes:
            return mask
        marked: Array = np.logical_or.reduce(mask.reshape(*mask.shape[:axes], -1), axis=axes)
        return marked

    def report(
        self, name: str, wrong: Array, message: str, values: Array | None = None, hint: str = ""
    ) -> None:
        """Record the entries of an input marked in `wrong`, by the items that they belong to.

        The count of items, and the place and value of the first. ``{where}`` and ``{value}`` in
        `message` stand for these; `hint` may differ from block to block.
        """
        if wrong.any():
            self.report_source(self.plan.sources[name], wrong, message, values, hint)

    def report_source(
        self, source: Source, wrong: Array, message: str, values: Array | None, hint: str = ""
    ) -> None:
        """Record the marked entries of a source that may be no input."""
        if not wrong.any():
            return
        by_item = self.by_item(wrong)
        first = tuple(int(part[0]) for part in np.nonzero(by_item))
        value, entry, entries = "", 0, np.empty(0)
        if values is not None:
            entries = values[first].reshape(-1)
            entry = int(wrong[first].argmax()) if len(entries) > 1 else 0
            value = seen_as(entries[entry])
        row = first[0] if self.keep is None else int(np.flatnonzero(self.keep)[first[0]])
        row += self.reader.start
        index = self.layout.index_of(row, first[1] if len(first) > 1 else None)
        if not index and len(source.shape) == 1 and len(entries) == source.shape[0]:
            index = (entry,)  # of the one row there is
        where = source.where(index)
        known = message.startswith(source.label)  # an array in memory is called by its input's name
        text = message if known else f"{source.label}: {message}"
        text = text.replace("{value}", value).replace("{where}", where) + hint
        self.findings.report(message, int(np.count_nonzero(by_item)), row, text)


def nan_message(name: str, source: Source) -> str:
    """Return what is said of NaN in an input: the words of the source, where it has its own."""
    words: str | None = getattr(source, "nan_message", None)
    return words or (
        f"NaN in the {name} at {{where}}; leave such items out with {option('nan', 'omit')}, "
        f"or keep the NaN with {option('nan', 'propagate')}"
    )
