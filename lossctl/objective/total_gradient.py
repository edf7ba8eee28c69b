"""The gradient of the total with respect to every named array, block by block."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine import gradient as engine
from lossctl.engine.sources import CachedSource, Source
from lossctl.objective.components import fold_groups, request_of, write_group_gradient
from lossctl.objective.derived_sources import ColumnView, FormulaSource
from lossctl.objective.objective_result import Component
from lossctl.objective.terms import Term
from lossctl.objective.yaml_nodes import errors_at


class GradientSum(Protocol):
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


class NoSum:
    """What another process sums."""

    def add(self, start: int, values: Array) -> None:
        """Add nothing."""


MakeSum = Callable[[str, tuple[int, ...], np.dtype[Any]], GradientSum]


@dataclass(frozen=True)
class ScaledSink:
    """A sink that adds a multiple of what it is given."""

    target: GradientSum
    factor: float

    def write(self, start: int, values: Array) -> None:
        """Add a block."""
        self.target.add(start, values * values.dtype.type(self.factor))


@dataclass(frozen=True)
class FormulaSink:
    """A sink for the gradient of a formula's value: carries it on to the formula's columns."""

    derived: FormulaSource
    targets: Mapping[str, tuple[GradientSum, int, int]]
    factor: float

    def write(self, start: int, values: Array) -> None:
        """Add the block times the derivative by each column."""
        for name, (target, column, width) in self.targets.items():
            slope = self.derived.slope(name, start, start + len(values))
            products = slope * values * self.factor
            # 0 · inf is NaN: a row without gradient stays without, whatever the formula does there.
            products[values == 0.0] = 0.0
            if width == 1:
                target.add(start, products)
            else:
                rows = np.zeros((len(products), width), products.dtype)
                rows[:, column] = products
                target.add(start * width, rows.reshape(-1))


class GradientSums:
    """The sums of every named array that the total depends on."""

    def __init__(self, make: MakeSum, names: Mapping[int, str]) -> None:
        """Make sums when they are first needed; `names` are those of arrays, by identity."""
        self.sums: dict[str, GradientSum] = {}
        self._make, self._names = make, names

    def of(self, name: str, source: Source) -> GradientSum:
        """Return the sum of an array."""
        if name not in self.sums:
            single = source.dtype.kind == "f" and source.dtype.itemsize <= 4
            kind = np.dtype(np.float32 if single else np.float64)
            self.sums[name] = self._make(name, source.shape, kind)
        return self.sums[name]

    def column(self, source: Source) -> tuple[GradientSum, int, int]:
        """Return the sum that a column is part of, its number and the number of columns."""
        if isinstance(source, ColumnView):
            whole = source.base
            return self.of(self._names[id(whole)], whole), source.column, whole.shape[1]
        return self.of(self._names[id(source)], source), 0, 1


def gradients(
    terms: Sequence[Term],
    components: Sequence[Component],
    names: Mapping[int, str],
    make: MakeSum,
    kept_sums: dict[str, GradientSum] | None = None,
) -> dict[str, GradientSum]:
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
    sums = GradientSums(make, names)
    if kept_sums is not None:
        sums.sums = kept_sums
    for term, component in zip(terms, components, strict=True):
        factor = term.weight / component.scale
        with errors_at(term.place, term.name):
            if term.group is not None:
                _add_grouped_rule(term, factor, sums)
            else:
                _add_term(term, factor, sums)
    return sums.sums


def left_out(terms: Sequence[Term], sums: Mapping[str, GradientSum]) -> list[str]:
    """Say which arrays are also inputs that their losses are not differentiated by."""
    notes = []
    for term in terms:
        fixed = {entry.name for entry in term.loss.inputs if not entry.differentiable}
        for role, name in term.arrays.items():
            if role in fixed and name in sums:
                notes.append(
                    f"the gradient with respect to {name} leaves out {term.name}, which uses it as "
                    f"its {role}"
                )
    return notes


def _add_term(term: Term, factor: float, sums: GradientSums) -> None:
    inputs = [entry.name for entry in term.loss.inputs if entry.differentiable]
    input_names = iter([name for name in inputs if name in term.sources])

    def make_sink(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
        del shape, dtype
        return _sink(term, next(input_names), factor, sums)

    engine.gradient(request_of(term), dict(term.sources), term.weights, term.options, make_sink)


def _add_grouped_rule(term: Term, factor: float, sums: GradientSums) -> None:
    groups = fold_groups(term)
    write_group_gradient(term, groups, _sink(term, "predictions", factor, sums).write)


def _sink(term: Term, name: str, factor: float, sums: GradientSums) -> ScaledSink | FormulaSink:
    source = term.sources[name]
    if name in term.arrays:
        return ScaledSink(sums.of(term.arrays[name], source), factor)
    derived = source.base if isinstance(source, CachedSource) else source
    assert isinstance(derived, FormulaSource)  # noqa: S101 - what is no array is a formula
    targets = {
        column: sums.column(source_of_column) for column, source_of_column in derived.inputs.items()
    }
    return FormulaSink(derived, targets, factor)
