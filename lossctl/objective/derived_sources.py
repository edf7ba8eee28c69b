"""Sources made of other sources: single columns, slices, constants, formulas."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.core.spelling import item_at
from lossctl.engine.sources import Source, View
from lossctl.formulas.interpreter import slope_at, value_at
from lossctl.formulas.syntax_tree import Node

STEP = 262_144  # rows looked at together when the first fault is sought


def nan_advice(what: str) -> str:
    """Say what may be done about NaN in the data of a term."""
    return (
        f"{what} at {{where}}; leave such rows out with nan: omit (of a loss under reading), "
        "or keep the NaN with nan: propagate"
    )


class ColumnView(View):
    """One column of a source of rows, (N, C), as (N,)."""

    def __init__(self, source: Source, column: int, name: str) -> None:
        """Look at the column by its place."""
        super().__init__(source, source.shape[:1])
        self.column, self.name = column, name

    @property
    def lengths(self) -> None:
        """It holds no lists."""
        return

    def read(self, start: int, stop: int) -> Array:
        """Return rows of the column."""
        width = self.base.shape[1]
        block = self.base.read(start * width, stop * width)
        return block.reshape(-1, width)[:, self.column]

    def where(self, index: tuple[int, ...]) -> str:
        """Say where a row stands."""
        return self.base.where((*index, self.column))


class RowRange(View):
    """Rows `first` to `last` of a source."""

    def __init__(self, source: Source, first: int, last: int) -> None:
        """Look at these rows; names of columns stay, where the source has them."""
        super().__init__(source, (last - first, *source.shape[1:]))
        self.first, self.last = first, last
        self.columns = getattr(source, "columns", None)

    @property
    def lengths(self) -> Array | None:
        """The lengths of the lists of these rows, where those of all rows differ."""
        lengths = super().lengths
        return None if lengths is None else lengths[self.first : self.last]

    def read(self, start: int, stop: int) -> Array:
        """Return elements counted from the first row."""
        at = self.first * prod(self.shape[1:])
        return self.base.read(at + start, at + stop)

    def where(self, index: tuple[int, ...]) -> str:
        """Say where an element stands in the whole source."""
        return self.base.where((index[0] + self.first, *index[1:])) if index else "the only row"


@dataclass(frozen=True)
class ConstantSource:
    """One value everywhere."""

    value: float
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    label: str

    def read(self, start: int, stop: int) -> Array:
        """Return the value, once for each element."""
        return np.full(stop - start, self.value, self.dtype)

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its index."""
        return item_at(index)


def common_float_type(sources: Mapping[str, Source]) -> np.dtype[Any]:
    """Float32 where every source is a float of at most 32 bits, else float64."""
    narrow = all(
        source.dtype.kind == "f" and source.dtype.itemsize <= 4 for source in sources.values()
    )
    return np.dtype(np.float32 if narrow else np.float64)


@dataclass(frozen=True)
class FormulaSource:
    """What a formula gives in each row of its columns.

    Attributes
    ----------
    text
        The formula as it was written, for messages.
    truths
        Columns that must lie in [0, 1], because the formula takes them for truths.
    """

    text: str
    tree: Node
    inputs: Mapping[str, Source]
    label: str
    truths: frozenset[str] = frozenset()

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of rows."""
        return next(iter(self.inputs.values())).shape

    @property
    def nan_message(self) -> str:
        """What is said of rows where the formula has no value."""
        return nan_advice(f"{self.text} is NaN")

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type that the formula is computed in."""
        return common_float_type(self.inputs)

    def read(self, start: int, stop: int) -> Array:
        """Evaluate rows."""
        return value_at(self.tree, self.block(start, stop))

    def slope(self, by: str, start: int, stop: int) -> Array:
        """Differentiate rows with respect to one column."""
        return slope_at(self.tree, self.block(start, stop), by)

    def block(self, start: int, stop: int) -> dict[str, Array]:
        """Return rows of every column; a column of truths outside [0, 1] is an error."""
        kind = self.dtype
        columns = {
            name: source.read(start, stop).astype(kind, copy=False)
            for name, source in self.inputs.items()
        }
        for name in self.truths:
            if not _in_unit(columns[name]):
                self._raise_at_first(name, stop)
        return columns

    def where(self, index: tuple[int, ...]) -> str:
        """Say where a row stands."""
        return next(iter(self.inputs.values())).where(index)

    def _raise_at_first(self, name: str, stop: int) -> None:
        """Raise for the very first row that is no truth, whatever thread met one first."""
        source = self.inputs[name]
        for start in range(0, stop, STEP):
            values = source.read(start, min(start + STEP, stop))
            wrong = np.flatnonzero((values < 0.0) | (values > 1.0))
            if len(wrong):
                at, value = start + int(wrong[0]), float(values[wrong[0]])
                raise DataError(
                    f"{self.label}: column {name} is used as a truth value and must lie in [0, 1], "
                    f"got {value:.6g} at {source.where((at,))}; compare it ({name} > 0.5) or clip "
                    "it"
                )


def _in_unit(values: Array) -> bool:
    """Whether no value lies outside [0, 1]; NaN is left to the policy for NaN."""
    low, high = values.min(), values.max()
    if np.isnan(low):
        low, high = np.fmin.reduce(values), np.fmax.reduce(values)
    return bool(not low < 0.0 and not high > 1.0)


@dataclass(frozen=True)
class WeightProduct:
    """Weights multiplied: item weights, masks and conditions together, as float64."""

    factors: tuple[Source, ...]
    shape: tuple[int, ...]
    label: str

    @property
    def dtype(self) -> np.dtype[Any]:
        """Always float64."""
        return np.dtype(np.float64)

    def read(self, start: int, stop: int) -> Array:
        """Multiply blocks; shorter factors stand for whole leading entries."""
        weights = np.ones(stop - start)
        excluded = np.zeros(stop - start, bool)
        for factor in self.factors:
            part = _spread_read(factor, self.shape, start, stop)
            excluded |= np.signbit(part) & (part == 0.0)
            weights *= part
        weights[excluded] = -0.0  # a second −0 would make it 0
        return weights

    def where(self, index: tuple[int, ...]) -> str:
        """Say where a weight stands."""
        first = self.factors[0]
        return first.where(index[: len(first.shape)])


def _spread_read(source: Source, shape: tuple[int, ...], start: int, stop: int) -> Array:
    repeats = prod(shape[len(source.shape) :])
    if repeats == 1:
        return source.read(start, stop)
    first, last = start // repeats, -(-stop // repeats)
    spread = np.repeat(source.read(first, last), repeats)
    return spread[start - first * repeats : stop - first * repeats]


class FlagWeights(View):
    """A mask or a condition as weights: 1 where it is not 0. NaN is an error.

    What it leaves out weighs −0: not even a mean by items counts it.

    Attributes
    ----------
    what
        What it is, with its text.
    omit
        Whether rows where it is NaN are left out instead.
    """

    def __init__(self, source: Source, what: str, *, omit: bool = False) -> None:
        """Look at the flags; weights are float64."""
        super().__init__(source, dtype=np.dtype(np.float64))
        self.what, self.omit = what, omit

    def read(self, start: int, stop: int) -> Array:
        """Return 1, and −0 for what is left out."""
        values = self.base.read(start, stop)
        flags = np.where(values != 0, 1.0, -0.0)
        if values.dtype.kind == "f" and (unknown := np.isnan(values)).any():
            if not self.omit:
                self._raise_at_first(stop)
            flags[unknown] = -0.0
        return flags

    def _raise_at_first(self, stop: int) -> None:
        """Raise for the very first NaN, whatever thread met one first."""
        for start in range(0, stop, STEP):
            unknown = np.flatnonzero(np.isnan(self.base.read(start, min(start + STEP, stop))))
            if len(unknown):
                index = np.unravel_index(start + int(unknown[0]), self.shape)
                where = self.where(tuple(int(part) for part in index))
                advice = "; leave such rows out with nan: omit (of a loss under reading)"
                if self.what == "mask":
                    advice = "; a mask is 0 where items do not count"
                raise DataError(f"{self.label}: {self.what} is NaN at {where}{advice}")
