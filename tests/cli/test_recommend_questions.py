"""A question is declared once: shell, wizard, Python, JSON and documents have it from there."""

import inspect
import json
from pathlib import Path

import pytest

import lossctl
from lossctl.cli.commands import COMMANDS
from lossctl.recommender.decision_tree import load_tree
from lossctl.recommender.question import UNKNOWN, Question
from lossctl.recommender.questions import QUESTIONS
from lossctl.report.tree_view import render_tree
from tests.cli.terminal import Terminal
from tests.test_contributing import ROOT, cli, python, replace, tree

__all__ = ["tree"]  # the fixture

HUE = """_DECLARED = (
    Question(
        "hue",
        "Which hue is it?",
        "Nothing hangs on a hue but a rule of this test.",
        {"red": "like a rose", "deep_blue": "like the sea"},
        aliases={"navy": "deep_blue"},
    ),
"""


def options_of_the_shell() -> dict[str, list[str]]:
    command = COMMANDS["recommend"].build("recommend")
    return {param.name: param.opts for param in command.params}


@pytest.mark.parametrize("question", [pytest.param(q, id=q.id) for q in QUESTIONS.values()])
def test_every_question_is_asked_by_every_door(question: Question) -> None:
    assert options_of_the_shell()[question.id] == [question.option]
    assert question.id in inspect.signature(lossctl.recommend).parameters
    assert load_tree().questions[question.id] is question
    assert question.option in (ROOT / "docs/recommend.md").read_text(encoding="utf-8")


def test_the_table_of_the_documents_is_the_tree() -> None:
    table = render_tree(load_tree(), "markdown")
    page = (ROOT / "docs/recommend.md").read_text(encoding="utf-8")
    assert table in page, f"the table of docs/recommend.md must read\n{table}"


def test_answers_are_read_in_any_spelling() -> None:
    goal, metric, quantile = (QUESTIONS[name] for name in ("goal", "metric", "quantile"))
    assert goal.read(" Median ", goal.answers) == "median"
    assert goal.read("mode", goal.answers) is None
    assert metric.read("mIoU", metric.answers) == "iou"
    assert metric.read("macro-f1", ["f1_macro"]) == "f1_macro"
    assert metric.read("macro-f1", ["accuracy"]) is None
    assert quantile.read("0.123456789", quantile.answers) == "0.123456789"
    assert quantile.read("1e-3", quantile.answers) == "0.001"
    for text in ("0", "1", "1.5", "-0.5", "nan", "inf", "half"):
        assert quantile.read(text, quantile.answers) is None
    assert quantile.read(UNKNOWN, [*quantile.answers, UNKNOWN]) == UNKNOWN


def test_a_new_question_is_an_entry_and_its_place(tree: Path, terminals: list[Terminal]) -> None:
    """Take the steps of "Adding a question" in a copy of the tree."""
    rules = tree / "lossctl/recommender/tree/detection.yaml"
    replace(tree / "lossctl/recommender/questions.py", "_DECLARED = (\n", HUE)
    replace(rules, "ask: [part, metric]\n", "ask: [part, hue, metric]\n")
    rule = "  - {when: {part: classes}, leaf: focal_detection}\n"
    replace(rules, rule, f"  - {{when: {{hue: deep_blue}}, leaf: ce_classes}}\n{rule}")
    asked = ("recommend", "--task", "detection", "--part", "boxes", "--hue", "navy", "--no-input")
    found = json.loads(cli(tree, *asked, "-f", "json"))
    assert found["answers"]["hue"] == "deep_blue"
    assert found["recommendation"]["loss"] == "cross_entropy"
    assert "--hue deep_blue" in found["recommend_command"]
    assert "--hue red|deep_blue" in cli(tree, "recommend", "--help")
    assert "| detection | `--part` `--hue` |" in cli(
        tree, "recommend", "--explain-tree", "-f", "markdown"
    )
    call = "lossctl.recommend(task='detection', part='boxes', hue='navy').loss"
    python(tree, "-c", f"import lossctl; assert {call} == 'cross_entropy'")
    shell = Terminal("--plain", "--task", "detection", "--part", "boxes",
                     env={"PYTHONPATH": str(tree)})  # fmt: skip
    terminals.append(shell)
    shell.expect("Which hue is it?")
    shell.expect("2: deep_blue, like the sea")
    shell.send("?\n")
    shell.expect("Nothing hangs on a hue")
    shell.send("navy\n")
    shell.expect("How will the model be judged?")
    assert shell.process.poll() is None
