"""The decision tree as frozen records; ``loading.py`` reads them from ``tree.yaml``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lossctl.recommender.question import Question


@dataclass(frozen=True)
class Rule:
    """Where its conditions hold, its leaf is taken; a condition lists the answers it allows."""

    when: Mapping[str, tuple[str, ...]]
    leaf: str


@dataclass(frozen=True)
class Branch:
    """The questions of one task, and the rules that turn their answers into a leaf."""

    id: str
    ask: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]
    guide: tuple[Rule, ...]
    evidence: tuple[Rule, ...]
    allowed: Mapping[str, tuple[str, ...]]
    only_if: Mapping[str, tuple[Mapping[str, tuple[str, ...]], ...]]
    enough: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Alternative:
    """Another loss, and when to take it."""

    loss: str
    when: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Leaf:
    """What is recommended at one end of the tree, and everything said about it."""

    id: str
    loss: str
    because: str
    source: str
    evidence: str
    against: tuple[str, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    alternatives: tuple[Alternative, ...] = ()
    combine: str = ""
    post_hoc: tuple[str, ...] = ()
    pitfalls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Addition:
    """What a kind of constraint adds to the supervised loss, and the weights to start from."""

    leaf: str
    weights: Mapping[str, float]


@dataclass(frozen=True)
class Tree:
    """The whole tree; see tree.yaml."""

    questions: Mapping[str, Question]
    every_task: tuple[str, ...]
    branches: Mapping[str, Branch]
    leaves: Mapping[str, Leaf]
    constraints: Mapping[str, Addition]
    variables: Mapping[str, float]
    post_hoc: Mapping[str, str]
    tuning: Sequence[Mapping[str, Any]]
    pitfalls: Mapping[str, str]
    warning_signs: tuple[str, ...]
    expected: Mapping[str, Mapping[str, str]]

    def questions_of(self, branch: Branch) -> tuple[Question, ...]:
        """Return the questions of a branch, those of every task at the end."""
        return tuple(self.questions[name] for name in (*branch.ask, *self.every_task))

    @property
    def placed(self) -> frozenset[str]:
        """The losses that a leaf recommends, or names as an alternative."""
        leaves = self.leaves.values()
        others = (other.loss for leaf in leaves for other in leaf.alternatives)
        return frozenset([*(leaf.loss for leaf in leaves), *others])

    def tuning_of(self, loss: str) -> dict[str, str]:
        """Return learning rate, batch size and optimizer for a loss."""
        for entry in self.tuning:
            if loss in entry["losses"]:
                return {name: str(text) for name, text in entry.items() if name != "losses"}
        return {}

    def usual(self, question: str) -> str:
        """Return the number taken where a question for one is not answered, or nothing."""
        value = self.variables.get(f"${question}") if self.questions[question].number else None
        return "" if value is None else f"{value:g}"
