"""The decision tree as frozen records, read from ``tree/``: one file per task, one for every task.

What must be true of the tree is checked by the tests and not whenever a command starts: the tree
ships with lossctl, and a catalogue with more losses than it names is no fault of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from lossctl.recommender.figures import cite, read_figures
from lossctl.recommender.question import Question
from lossctl.recommender.questions import QUESTIONS

SHARED = "every_task"  # the file of what no task has alone
ANY = "any"  # answer, in what settles a question


@dataclass(frozen=True)
class BranchRule:
    """Where its conditions hold, its leaf is taken; a condition lists the answers it allows."""

    when: Mapping[str, tuple[str, ...]]
    leaf: str


@dataclass(frozen=True)
class Branch:
    """The questions of one task, and the rules that turn their answers into a leaf.

    `decided` says by which answers a question is: it is then not asked, as no rule depends on it.
    """

    id: str
    ask: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]
    guide: tuple[BranchRule, ...]
    evidence: tuple[BranchRule, ...]
    allowed: Mapping[str, tuple[str, ...]]
    only_if: Mapping[str, tuple[Mapping[str, tuple[str, ...]], ...]]
    enough: Mapping[str, tuple[str, ...]]
    decided: Mapping[str, tuple[Mapping[str, tuple[str, ...]], ...]]


@dataclass(frozen=True)
class Alternative:
    """Another loss, and when to take it."""

    loss: str
    when: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Leaf:
    """What is recommended at one end of the tree, and everything said about it.

    `file` is the name of the file that it stands in: its task, or ``every_task``. `otherwise` is
    the leaf to take where the loss does not read the targets that were measured, `after` the one
    to take where a step after training was measured to help: plain training, and that step.
    """

    id: str
    file: str
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
    otherwise: str = ""
    after: str = ""


@dataclass(frozen=True)
class Addition:
    """What a kind of constraint adds to the supervised loss, and the weights to start from."""

    leaf: str
    weights: Mapping[str, float]


@dataclass(frozen=True)
class Tree:
    """The whole tree; see ``tree/every_task.yaml``."""

    questions: Mapping[str, Question]
    every_task: tuple[str, ...]
    branches: Mapping[str, Branch]
    leaves: Mapping[str, Leaf]
    constraints: Mapping[str, Addition]
    variables: Mapping[str, float]
    boosting: Mapping[str, Any]
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
        alternatives = (alternative.loss for leaf in leaves for alternative in leaf.alternatives)
        return frozenset([*(leaf.loss for leaf in leaves), *alternatives])

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


@cache
def load_tree() -> Tree:
    """Return the tree that ships with lossctl."""
    return build_tree(read_tree(), QUESTIONS)


def read_tree() -> dict[str, dict[str, Any]]:
    """Return what the files of the tree hold, by name: those of the tasks, and ``every_task``."""
    return {name: read_yaml(f"tree/{name}.yaml") for name in (*QUESTIONS["task"].answers, SHARED)}


def read_yaml(name: str) -> Any:
    """Return what a file of this package holds."""
    # libyaml, which reads the tree in a sixth of the time, is not in every build of PyYAML.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = files("lossctl.recommender").joinpath(name).read_text(encoding="utf-8")
    return yaml.load(text, loader)  # noqa: S506 - both loaders are the safe ones


def build_tree(data: Mapping[str, Mapping[str, Any]], questions: Mapping[str, Question]) -> Tree:
    """Turn the mappings of the files into records."""
    shared, figures = data[SHARED], read_figures()
    every_task = tuple(shared["every_task"])
    return Tree(
        questions=questions,
        every_task=every_task,
        branches={
            name: _branch(name, entry, every_task, questions)
            for name, entry in data.items()
            if name != SHARED
        },
        leaves={
            name: _leaf(name, file, leaf, figures)
            for file, entry in data.items()
            for name, leaf in entry["leaves"].items()
        },
        constraints={n: Addition(**e) for n, e in shared["constraints"].items() if e},
        variables=shared["variables"],
        boosting=shared["boosting"],
        post_hoc=shared["post_hoc"],
        tuning=shared["tuning"],
        pitfalls=shared["pitfalls"],
        warning_signs=tuple(shared["warning_signs"]),
        expected=shared["expected"],
    )


def _branch(
    name: str,
    entry: Mapping[str, Any],
    every_task: tuple[str, ...],
    questions: Mapping[str, Question],
) -> Branch:
    restricted = {key: tuple(value) for key, value in entry.get("restrict", {}).items()}
    restricted["metric"] = tuple(entry["metrics"])
    ask = tuple(entry["ask"])
    allowed = {
        key: restricted.get(key, tuple(questions[key].answers)) for key in (*ask, *every_task)
    }
    return Branch(
        name,
        ask=ask,
        needs=tuple(tuple(group) for group in entry["needs"]),
        guide=tuple(_branch_rule(rule) for rule in entry["guide"]),
        evidence=tuple(_branch_rule(rule) for rule in entry["evidence"]),
        allowed=allowed,
        only_if={
            key: tuple(_conditions(condition) for condition in conditions)
            for key, conditions in entry.get("only_if", {}).items()
        },
        enough=_conditions(entry.get("enough", {})),
        decided={
            key: tuple(
                {
                    name: allowed[name] if values == ANY else _listed(values)
                    for name, values in condition.items()
                }
                for condition in conditions
            )
            for key, conditions in entry.get("decided", {}).items()
        },
    )


def _branch_rule(entry: Mapping[str, Any]) -> BranchRule:
    return BranchRule(_conditions(entry.get("when", {})), entry["leaf"])


def _conditions(entry: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: _listed(allowed) for name, allowed in entry.items()}


def _listed(allowed: str | Sequence[str]) -> tuple[str, ...]:
    return (allowed,) if isinstance(allowed, str) else tuple(allowed)


def _leaf(name: str, file: str, entry: Mapping[str, Any], figures: Mapping[str, Any]) -> Leaf:
    lists = ("against", "post_hoc", "pitfalls")
    fields: dict[str, Any] = {k: tuple(v) if k in lists else v for k, v in entry.items()}
    for key in ("because", "combine"):
        if key in fields:
            fields[key] = cite(fields[key], figures)
    against = fields.pop("against", ())
    alternatives = fields.pop("alternatives", ())
    return Leaf(
        name,
        file=file,
        against=tuple(cite(text, figures) for text in against),
        alternatives=tuple(
            Alternative(**{**alternative, "when": cite(str(alternative["when"]), figures)})
            for alternative in alternatives
        ),
        **fields,
    )
