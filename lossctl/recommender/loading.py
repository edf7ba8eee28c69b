"""Read the decision tree from ``tree.yaml``.

What must be true of the tree is checked by the tests and not whenever a command starts: the tree
ships with lossctl, and a catalogue with more losses than it names is no fault of it.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from lossctl.recommender.question import Question
from lossctl.recommender.questions import QUESTIONS
from lossctl.recommender.tree import Addition, Alternative, Branch, Leaf, Rule, Tree

FOLDER = files("lossctl.recommender")


@cache
def load_tree() -> Tree:
    """Return the tree that ships with lossctl."""
    return build_tree(read_yaml("tree.yaml"), QUESTIONS)


def read_yaml(name: str) -> Any:
    """Return what a file of this package holds."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = FOLDER.joinpath(name).read_text(encoding="utf-8")
    return yaml.load(text, loader)  # noqa: S506 - both loaders are the safe ones


def build_tree(data: Mapping[str, Any], questions: Mapping[str, Question]) -> Tree:
    """Turn the mappings of the file into records."""
    every_task = tuple(data["every_task"])
    return Tree(
        questions=questions,
        every_task=every_task,
        branches={
            name: _branch(name, entry, every_task, questions)
            for name, entry in data["branches"].items()
        },
        leaves={name: _leaf(name, entry) for name, entry in data["leaves"].items()},
        constraints={n: Addition(**e) for n, e in data["constraints"].items() if e},
        variables=data["variables"],
        post_hoc=data["post_hoc"],
        tuning=data["tuning"],
        pitfalls=data["pitfalls"],
        warning_signs=tuple(data["warning_signs"]),
        expected=data["expected"],
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
    return Branch(
        name,
        ask=ask,
        needs=tuple(tuple(group) for group in entry["needs"]),
        guide=tuple(_rule(rule) for rule in entry["guide"]),
        evidence=tuple(_rule(rule) for rule in entry["evidence"]),
        allowed={
            key: restricted.get(key, tuple(questions[key].answers)) for key in (*ask, *every_task)
        },
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
    fields: dict[str, Any] = {k: tuple(v) if k in lists else v for k, v in entry.items()}
    others = fields.pop("alternatives", ())
    return Leaf(name, alternatives=tuple(Alternative(**one) for one in others), **fields)
