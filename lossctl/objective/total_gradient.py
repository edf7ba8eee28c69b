"""The gradient of the total with respect to every named array, block by block."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine import gradient as engine
from lossctl.engine.evaluate import Request
from lossctl.engine.sources import Source
from lossctl.objective.components import fold_groups, pull_back
from lossctl.objective.derived_sources import Column, Derived, Shared
from lossctl.objective.objective_result import Component
from lossctl.objective.terms import Term
from lossctl.objective.yaml_nodes import at


class Sum(Protocol):
    """An array of zeros to which blocks are added."""

    def add(self, start: int, values: Array) -> None:
        """Add to the elements from `start` on."""
        ...


class ArraySum:
    """A sum in memory."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        """Start with zeros."""
        self.array = np.zeros(shape, dtype)

    def add(self, start: int, values: Array) -> None:
        """Add to the elements from `start` on."""
        self.array.reshape(-1)[start : start + len(values)] += values


MakeSum = Callable[[str, tuple[int, ...], np.dtype[Any]], Sum]


@dataclass(frozen=True)
class Scaled:
    """A sink that adds a multiple of what it is given."""

    target: Sum
    factor: float

    def write(self, start: int, values: Array) -> None:
        """Add a block."""
        self.target.add(start, values * values.dtype.type(self.factor))


@dataclass(frozen=True)
class Chained:
    """A sink for the gradient of a formula's value: carries it on to the formula's columns."""

    derived: Derived
    targets: Mapping[str, tuple[Sum, int, int]]
    factor: float

    def write(self, start: int, values: Array) -> None:
        """Add the block times the derivative by each column."""
        for name, (target, column, width) in self.targets.items():
            slope = self.derived.slope(name, start, start + len(values))
            found = slope * values * self.factor
            found[values == 0.0] = 0.0  # rows that do not count, whatever stands there
            if width == 1:
                target.add(start, found)
            else:
                rows = np.zeros((len(found), width), found.dtype)
                rows[:, column] = found
                target.add(start * width, rows.reshape(-1))


class Gradients:
    """The sums of every named array that the total depends on."""

    def __init__(self, make: MakeSum, names: Mapping[int, str]) -> None:
        """Make sums when they are first needed; `names` are those of arrays, by identity."""
        self.sums: dict[str, Sum] = {}
        self._make, self._names = make, names

    def of(self, name: str, source: Source) -> Sum:
        """Return the sum of an array."""
        if name not in self.sums:
            single = source.dtype.kind == "f" and source.dtype.itemsize <= 4
            kind = np.dtype(np.float32 if single else np.float64)
            self.sums[name] = self._make(name, source.shape, kind)
        return self.sums[name]

    def column(self, source: Source) -> tuple[Sum, int, int]:
        """Return the sum that a column is part of, its number and the number of columns."""
        if isinstance(source, Column):
            whole = source.source
            return self.of(self._names[id(whole)], whole), source.column, whole.shape[1]
        return self.of(self._names[id(source)], source), 0, 1


def gradients(
    terms: Sequence[Term],
    components: Sequence[Component],
    names: Mapping[int, str],
    make: MakeSum,
    opened: dict[str, Sum] | None = None,
) -> dict[str, Sum]:
    """Add up the gradients of every term that counts.

    Parameters
    ----------
    terms, components
        What was evaluated, and what came out, in the same order.
    names
        Name of each array, by the identity of its source.
    make
        Makes the sum of an array: name, shape, dtype.
    opened
        Where sums are kept as they are made, for those who must clean up after an error.
    """
    found = Gradients(make, names)
    if opened is not None:
        found.sums = opened
    for term, component in zip(terms, components, strict=True):
        factor = term.weight / component.scale
        with at(term.place, term.name):
            if term.group is not None:
                _of_groups(term, factor, found)
            else:
                _of_term(term, factor, found)
    return found.sums


def left_out(terms: Sequence[Term], sums: Mapping[str, Sum]) -> list[str]:
    """Say which arrays are also inputs that their losses are not differentiated by."""
    notes = []
    for term in terms:
        fixed = {entry.name for entry in term.loss.inputs if not entry.differentiable}
        for role, name in term.arrays.items():
            if role in fixed and name in sums:
                notes.append(f"the gradient by {name} leaves out {term.name}, whose {role} it is")
    return notes


def _of_term(term: Term, factor: float, found: Gradients) -> None:
    inputs = [entry.name for entry in term.loss.inputs if entry.differentiable]
    given = iter([name for name in inputs if name in term.sources])

    def make_sink(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
        del shape, dtype
        return _sink(term, next(given), factor, found)

    engine.gradient(
        Request(term.loss, term.params), dict(term.sources), term.weights, term.options, make_sink
    )


def _of_groups(term: Term, factor: float, found: Gradients) -> None:
    groups = fold_groups(term)
    pull_back(term, groups, _sink(term, "predictions", factor, found).write)


def _sink(term: Term, name: str, factor: float, found: Gradients) -> Scaled | Chained:
    source = term.sources[name]
    if name in term.arrays:
        return Scaled(found.of(term.arrays[name], source), factor)
    derived = source.source if isinstance(source, Shared) else source
    assert isinstance(derived, Derived)  # noqa: S101 - what is no array is a formula
    targets = {column: found.column(one) for column, one in derived.inputs.items()}
    return Chained(derived, targets, factor)
