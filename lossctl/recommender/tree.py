"""The decision tree, read from tree.yaml into frozen records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from lossctl.core.errors import UsageError

UNKNOWN = "unknown"
GRADES = ("theorem", "benchmark", "guide")


class TreeError(UsageError):
    """The tree itself is wrong: said when it is loaded, not when a user reaches the place."""


@dataclass(frozen=True)
class Question:
    """One question: its words, why it is asked, and what may be answered.

    Attributes
    ----------
    id
        Its name in answers and, with hyphens, as an option.
    answers
        Each answer and what it means.
    number
        Whether any number between 0 and 1 answers it as well.
    """

    id: str
    ask: str
    why: str
    answers: Mapping[str, str]
    number: bool = False

    @property
    def option(self) -> str:
        """The option that answers it."""
        return "--" + self.id.replace("_", "-")


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

    sources: Mapping[str, str]
    questions: Mapping[str, Question]
    branches: Mapping[str, Branch]
    leaves: Mapping[str, Leaf]
    constraints: Mapping[str, Addition]
    metric_aliases: Mapping[str, str]
    variables: Mapping[str, float]
    post_hoc: Mapping[str, str]
    tuning: Sequence[Mapping[str, Any]]
    pitfalls: Mapping[str, str]
    warning_signs: tuple[str, ...]
    expected: Mapping[str, Mapping[str, str]]
    not_recommended: Mapping[str, str]

    def asked(self, branch: Branch) -> tuple[Question, ...]:
        """Return the questions of a branch, with the one every task is asked at the end."""
        return tuple(self.questions[name] for name in (*branch.ask, "constraints"))

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
    """Read the tree that ships with lossctl, and check it; tests check it in depth."""
    return parse_tree(tree_text(), deep=False)


def tree_text() -> str:
    """Return the text of the tree that ships with lossctl."""
    return files("lossctl.recommender").joinpath("tree.yaml").read_text(encoding="utf-8")


def parse_tree(text: str, *, deep: bool = True) -> Tree:
    """Read a tree and check it.

    Parameters
    ----------
    text
        YAML.
    deep
        Whether to import every loss to check its parameters, and to try all answers.

    Raises
    ------
    TreeError
        For an unknown key, loss, parameter or question, a rule that can never be reached, a leaf
        without reason or source, a loss of the catalogue that has no place.
    """
    import yaml  # noqa: PLC0415 - only a command that needs the tree pays for it

    from lossctl.recommender.checks import check_tree  # noqa: PLC0415 - it imports this module

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    tree = build_tree(yaml.load(text, loader))  # noqa: S506 - both loaders are the safe ones
    check_tree(tree, deep=deep)
    return tree


def build_tree(data: Mapping[str, Any]) -> Tree:
    """Turn the mappings of the file into records."""
    try:
        questions = {name: Question(name, **entry) for name, entry in data["questions"].items()}
        return Tree(
            sources=data["sources"],
            questions=questions,
            branches={name: _branch(name, e, questions) for name, e in data["branches"].items()},
            leaves={name: _leaf(name, entry) for name, entry in data["leaves"].items()},
            constraints={n: Addition(**e) for n, e in data["constraints"].items() if e},
            metric_aliases=data["metric_aliases"],
            variables=data["variables"],
            post_hoc=data["post_hoc"],
            tuning=data["tuning"],
            pitfalls=data["pitfalls"],
            warning_signs=tuple(data["warning_signs"]),
            expected=data["expected"],
            not_recommended=data["not_recommended"],
        )
    except (KeyError, TypeError) as error:
        raise TreeError(f"tree: {error}") from None


def _branch(name: str, entry: Mapping[str, Any], questions: Mapping[str, Question]) -> Branch:
    restricted = {key: tuple(value) for key, value in entry.get("restrict", {}).items()}
    restricted["metric"] = tuple(entry["metrics"])
    asked = (*entry["ask"], "constraints")
    return Branch(
        name,
        ask=tuple(entry["ask"]),
        needs=tuple(tuple(group) for group in entry["needs"]),
        guide=tuple(_rule(rule) for rule in entry["guide"]),
        evidence=tuple(_rule(rule) for rule in entry["evidence"]),
        allowed={key: restricted.get(key, tuple(questions[key].answers)) for key in asked},
        only_if={
            key: tuple(_conditions(one) for one in several)
            for key, several in entry.get("only_if", {}).items()
        },
        enough=_conditions(entry.get("enough", {})),
    )


def _rule(entry: Mapping[str, Any]) -> Rule:
    return Rule(_conditions(entry.get("when", {})), entry["leaf"])


def _conditions(entry: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        name: (allowed,) if isinstance(allowed, str) else tuple(allowed)
        for name, allowed in entry.items()
    }


def _leaf(name: str, entry: Mapping[str, Any]) -> Leaf:
    lists = ("against", "post_hoc", "pitfalls")
    made: dict[str, Any] = {k: tuple(v) if k in lists else v for k, v in entry.items()}
    others = made.pop("alternatives", ())
    return Leaf(name, alternatives=tuple(Alternative(**one) for one in others), **made)
