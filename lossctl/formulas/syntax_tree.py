"""The tree of a formula: numbers, variables, losses, and functions of these.

Operators are functions too: ``p - t`` applies ``-`` to two nodes, ``-p`` applies ``neg`` to one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lossctl.core.loss import Array

MAX_DEPTH = 64
MAX_NODES = 1000


@dataclass(frozen=True)
class ElementLoss:
    """A loss of single elements, its parameters already given.

    Attributes
    ----------
    value, slope
        Functions of predictions and targets: the loss of each element, and its derivative with
        respect to the prediction.
    """

    value: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array], Array]


@dataclass(frozen=True)
class Number:
    """A finite constant."""

    value: float
    at: int
    depth: int = 1


@dataclass(frozen=True)
class Variable:
    """``predictions``, ``targets``, or a column of rules and constraints."""

    name: str
    at: int
    depth: int = 1


@dataclass(frozen=True)
class LossTerm:
    """A loss of the catalogue, standing for its value at each element."""

    name: str
    loss: ElementLoss
    at: int
    depth: int = 1


@dataclass(frozen=True)
class Apply:
    """A function or an operator, and its arguments."""

    function: str
    arguments: tuple["Node", ...]
    at: int
    depth: int


Node: TypeAlias = Number | Variable | LossTerm | Apply


def nodes_of(node: Node) -> Iterator[Node]:
    """Yield every node of a tree."""
    waiting = [node]
    while waiting:
        visited = waiting.pop()
        yield visited
        if isinstance(visited, Apply):
            waiting += visited.arguments


def reads_predictions(node: Node) -> bool:
    """Whether the value of a tree can depend on the predictions."""
    return any(
        isinstance(part, LossTerm) or (isinstance(part, Variable) and part.name == "predictions")
        for part in nodes_of(node)
    )
