"""Where arrays go that are made block by block."""

from typing import Protocol

from lossctl.core.loss import Array


class Sink(Protocol):
    """Takes per-item values or gradients in pieces, in any order."""

    def write(self, start: int, values: Array) -> None:
        """Store `values` from element `start` of the flattened array on."""
        ...


class Store(Sink, Protocol):
    """A sink that holds a whole array of one dtype."""

    def widen(self) -> None:
        """Make room for float64 values instead; what was written is written again."""
        ...
