"""The page that asks: its rules and texts, read as its script reads them, are the terminal's."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from lossctl.core.spelling import at_door
from lossctl.losses.catalogue import get
from lossctl.recommender.decision_tree import load_tree
from lossctl.recommender.recommendation import Recommendation, advise
from lossctl.recommender.traverse import open_questions
from lossctl.report.advice import render_advice
from tools.site.loss_pages import loss_page
from tools.site.wizard import outline, script_of_data

Answers = dict[str, str]


class Exported:
    """The rules of the exported tree, followed without any code of the recommender."""

    def __init__(self, script: str) -> None:
        text = re.fullmatch(r"window\.LOSSCTL_TREE = (\{.*\});\n", script)
        assert text is not None
        self.data: dict[str, Any] = json.loads(text[1])

    def holds(self, when: Mapping[str, list[str]], answers: Answers) -> bool:
        return all(answers.get(name, "unknown") in allowed for name, allowed in when.items())

    def open(self, answers: Answers) -> list[str]:
        if "task" not in answers:
            return ["task"]
        branch = self.data["branches"][answers["task"]]

        def is_open(name: str) -> bool:
            only_if = branch["only_if"].get(name)
            decided = branch["decided"].get(name, [])
            makes_sense = only_if is None or any(self.holds(when, answers) for when in only_if)
            return makes_sense and not any(self.holds(when, answers) for when in decided)

        return [name for name in branch["asks"] if name not in answers and is_open(name)]

    def paths(self, answers: Answers) -> Iterator[Answers]:
        asked = self.open(answers)
        if not asked:
            yield answers
            return
        name = asked[0]
        question = self.data["questions"][name]
        task = self.data["branches"].get(answers.get("task"))
        names = task["allowed"][name] if task else [*question["answers"]]
        for value in [*names, *(["unknown"] if question["skippable"] else [])]:
            yield from self.paths({**answers, name: value})

    def leaf(self, answers: Answers, kinds: tuple[str, ...] = ("evidence", "guide")) -> str:
        branch = self.data["branches"][answers["task"]]
        rules = [rule for kind in kinds for rule in branch[kind]]
        return next(rule["leaf"] for rule in rules if self.holds(rule["when"], answers))

    def plain(self, answers: Answers) -> list[str]:
        """Return the answer as lines of ``-f plain``."""
        data, leaf, guide = self.data, self.leaf(answers), self.leaf(answers, ("guide",))
        allowed = data["branches"][answers["task"]]["allowed"].get("model", [])
        models = allowed if answers.get("model", "unknown") == "unknown" else []
        by_model = [self.leaf({**answers, "model": model}) for model in models]
        named = "metric" if answers.get("metric", "unknown") != "unknown" else "no metric"
        sections = dict(data["leaves"][leaf]["sections"])
        sections["notes"] = data["notes"][
            " ".join([answers["task"], named, leaf, guide, *by_model])
        ]
        sections["together"] = data["together"][f"{leaf} {answers['constraints']}"]
        sections["guides say"] = data["guides"][f"{leaf} {guide}"]
        head = [self.text(at, answers) for at in data["leaves"][leaf]["head"]]
        lines = [f"Recommended: {head[0]}", f"Evidence: {head[1]}", f"Because: {head[2]}"]
        for label in data["order"]:
            texts = [self.text(at, answers) for at in sections.get(label, [])]
            if label == "again":
                ordered = [name for name in data["questions"] if name in answers]
                said = [f"{data['questions'][name]['option']} {answers[name]}" for name in ordered]
                texts = [" ".join(["lossctl recommend", *said])]
            lines += [f"{label.capitalize()}: {text}" for text in texts]
        return lines

    def text(self, at: int, answers: Answers) -> str:
        usual = self.data["questions"]["quantile"]["usual"]
        said = answers.get("quantile", "unknown")
        text: str = self.data["texts"][at]
        return text.replace("{quantile}", usual if said == "unknown" else said)


@pytest.fixture(scope="module")
def tree() -> Exported:
    return Exported(script_of_data())


TASKS = (
    *("classification", "regression", "segmentation", "detection", "language", "embedding"),
    *("generative", "preference"),
)


@pytest.mark.parametrize("task", TASKS)
@at_door("shell")
def test_every_path_ends_as_in_the_terminal(task: str, tree: Exported) -> None:
    """The questions asked on the way, and every sentence at the end."""
    assert tree.data["branches"].keys() == set(TASKS)
    shipped, seen = load_tree(), set()
    for answers in tree.paths({"task": task}):
        said: Answers = {}
        for name, value in answers.items():
            assert name == next(iter(open_questions(shipped, said))).id
            said[name] = value
        assert open_questions(shipped, said) == []
        found = advise(shipped, answers)
        assert tree.leaf(answers) == found.leaf.id
        key = text_key(found)
        if key not in seen or answers.get("quantile", "unknown") != "unknown":
            assert tree.plain(answers) == render_advice(found, "plain").split("\n")
        seen.add(key)
    assert seen


def test_options_are_spelled_as_in_the_shell(tree: Exported) -> None:
    answers = {"task": "regression", "metric": "mae", "model": "linear", "setting": "standard"}
    lines = tree.plain({**answers, "constraints": "soft"})
    assert "Together: --write config.yaml writes the sum, run evaluates it" in lines
    assert "--batch-size or --group" in loss_page(get("info_nce"))


def text_key(found: Recommendation) -> tuple[str, ...]:
    """Return what the sentences can depend on, beside the command that asks again."""
    return (
        found.headline,
        found.leaf.id,
        found.path.guide.id,
        str(found.extra),
        *found.measured.notes,
    )


def test_the_tree_is_there_without_the_script() -> None:
    text = outline()
    assert text.count("<details") == len(TASKS)
    assert '<a href="../losses/dice.html">' in text
    tree = load_tree()
    rules = sum(len(each.guide) + len(each.evidence) for each in tree.branches.values())
    asked = sum(len(tree.questions_of(each)) for each in tree.branches.values())
    assert text.count("<li>") == rules + asked
