"""The tree is right, and its checks find what is wrong with it."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from lossctl.core.errors import UsageError
from lossctl.losses.catalogue import CATALOGUE
from lossctl.recommender.loading import build_tree, load_tree, read_yaml
from lossctl.recommender.question import Question
from lossctl.recommender.questions import QUESTIONS
from lossctl.recommender.traverse import check_answers, missing
from tests.recommender.checks import TreeError, check_tree

Change = Callable[[dict[str, Any]], object]

NOT_RECOMMENDED = {"custom": "a formula of one's own: nobody but its author can recommend it"}


def test_the_tree_that_ships_is_right() -> None:
    check_tree(load_tree())


def test_losses_without_a_leaf_are_meant_to_have_none() -> None:
    without = set(CATALOGUE) - load_tree().placed
    assert set(NOT_RECOMMENDED) <= without
    if new := without - set(NOT_RECOMMENDED):
        pytest.skip(f"no leaf names {', '.join(new)}: place it in tree.yaml, or list it here")


FAULTS: dict[str, tuple[Change, str]] = {
    "unknown loss": (lambda d: d["leaves"]["mse_mean"].update(loss="mze"), "no loss mze"),
    "unknown parameter": (
        lambda d: d["leaves"]["mse_mean"].update(params={"gamma": 1}), "no parameter gamma"),
    "parameter outside its domain": (
        lambda d: d["leaves"]["huber_some"].update(params={"delta": -1.0}), "delta"),
    "unknown variable": (
        lambda d: d["leaves"]["huber_some"].update(params={"delta": "$nothing"}), r"\$nothing"),
    "no reason": (lambda d: d["leaves"]["mse_mean"].update(because=""), "reason"),
    "no source": (lambda d: d["leaves"]["mse_mean"].update(source=""), "source"),
    "nothing against": (lambda d: d["leaves"]["mse_mean"].update(against=[]), "against"),
    "unknown grade": (lambda d: d["leaves"]["mse_mean"].update(evidence="hearsay"), "evidence"),
    "unknown step": (lambda d: d["leaves"]["mse_mean"].update(post_hoc=["magic"]), "mse_mean"),
    "unknown key of an alternative": (
        lambda d: d["leaves"]["mse_mean"]["alternatives"][0].update(wenn="x"), "wenn"),
    "leaf without tuning": (lambda d: d["tuning"][0]["losses"].remove("mse"), "tuning of mse"),
    "leaf never reached": (
        lambda d: d["leaves"].update(orphan=d["leaves"]["mse_mean"]), "orphan"),
    "rule to nowhere": (
        lambda d: d["branches"]["regression"]["guide"][0].update(leaf="gone"), "gone"),
    "rule never reached": (
        lambda d: d["branches"]["regression"]["guide"].insert(0, {"leaf": "mse_mean"}),
        "never be reached"),
    "no last rule": (
        lambda d: d["branches"]["regression"]["guide"].pop(), "must always hold"),
    "question of another branch": (
        lambda d: d["branches"]["detection"]["guide"][0]["when"].update(outliers="none"),
        "not asked"),
    "unknown answer": (
        lambda d: d["branches"]["regression"]["guide"][3]["when"].update(goal="mode"), "goal"),
    "too many questions": (
        lambda d: d["branches"]["regression"]["ask"].extend(["classes", "kind"]), "more than 8"),
    "task without a branch": (
        lambda d: d["branches"].pop("preference"), "has no branch"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_found(fault: str) -> None:
    change, message = FAULTS[fault]
    data = deepcopy(read_yaml("tree.yaml"))
    change(data)
    with pytest.raises((TreeError, TypeError), match=message):  # records refuse unknown keys
        check_tree(build_tree(data, QUESTIONS))


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (Question("hue", "Which hue?", "", {"red": "", "blue": ""}), "hue: is never asked"),
        (replace(QUESTIONS["goal"], aliases={"average": "men"}), "names what does not exist"),
        (replace(QUESTIONS["goal"], aliases={"median": "mean"}), "hides an answer"),
        (replace(QUESTIONS["goal"], number=True), "has no usual number"),
    ],
)
def test_faults_of_questions_are_found(question: Question, message: str) -> None:
    tree = build_tree(read_yaml("tree.yaml"), {**QUESTIONS, question.id: question})
    with pytest.raises(TreeError, match=message):
        check_tree(tree)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"task": "clasification"}, "did you mean classification"),
        ({"task": "regression", "goal": "meen"}, "did you mean mean"),
        ({"task": "regression", "metric": "accuracy"}, "metric for regression"),
        ({"task": "regression", "classes": "binary"}, "classes is not asked for regression"),
        ({"tusk": "regression"}, "did you mean task"),
        ({"task": "regression", "quantile": "1.5"}, "between 0 and 1"),
    ],
)
def test_wrong_answers_are_named(answers: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_answers(load_tree(), answers)


def test_answers_take_other_spellings() -> None:
    tree = load_tree()
    said = check_answers(tree, {"task": "Segmentation", "metric": "mIoU", "object_size": "TINY"})
    assert said == {"task": "segmentation", "metric": "iou", "object_size": "tiny"}
    assert check_answers(tree, {"task": "regression", "quantile": ".90"})["quantile"] == "0.9"


def test_what_must_be_said() -> None:
    tree = load_tree()

    def one_minus_dice(**answers: str) -> list[set[str]]:
        return [{one.id for one in group} for group in missing(tree, answers)]

    assert one_minus_dice() == [{"task"}]
    assert one_minus_dice(task="detection") == [{"part"}]
    assert one_minus_dice(task="classification")[0] == {"classes"}
    assert one_minus_dice(task="classification", classes="binary") == []
    assert "imbalance" in one_minus_dice(task="classification", classes="multiclass")[0]
    assert one_minus_dice(task="classification", classes="multiclass", metric="f1") == []
    assert one_minus_dice(task="regression", goal="unknown") == []
