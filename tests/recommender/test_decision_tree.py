"""The tree is right, and its checks find what is wrong with it."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from lossctl.core.errors import UsageError
from lossctl.losses.catalogue import CATALOGUE
from lossctl.recommender.decision_tree import build_tree, load_tree, read_tree
from lossctl.recommender.question import Question
from lossctl.recommender.questions import QUESTIONS
from lossctl.recommender.traverse import check_answers, missing
from tests.recommender.checks import TreeError, check_decided, check_files, check_tree

Change = Callable[[dict[str, Any]], object]

NOT_RECOMMENDED = {"custom": "a formula of one's own: nobody but its author can recommend it"}


def test_the_tree_that_ships_is_right() -> None:
    check_files(read_tree())
    check_tree(load_tree())


def test_what_is_not_asked_changes_nothing() -> None:
    for branch in load_tree().branches.values():
        check_decided(branch)


def test_a_question_that_matters_is_not_decided() -> None:
    data = deepcopy(read_tree())
    data["regression"]["decided"]["model"] = [{"metric": "any"}]
    with pytest.raises(TreeError, match=r"model: is not decided by .*'metric': '(rmse|r2|mae)'"):
        check_decided(build_tree(data, QUESTIONS).branches["regression"])


def test_losses_without_a_leaf_are_meant_to_have_none() -> None:
    without = set(CATALOGUE) - load_tree().placed
    assert set(NOT_RECOMMENDED) <= without
    if new := without - set(NOT_RECOMMENDED):
        pytest.skip(f"no leaf names {', '.join(new)}: place it in tree/TASK.yaml, or list it here")


def mse_mean(data: dict[str, Any]) -> Any:
    return data["regression"]["leaves"]["mse_mean"]


def huber_some(data: dict[str, Any]) -> Any:
    return data["regression"]["leaves"]["huber_some"]


def check(data: dict[str, Any]) -> None:
    check_files(data)
    check_tree(build_tree(data, QUESTIONS))


FAULTS: dict[str, tuple[Change, str]] = {
    "unknown loss": (
        lambda d: mse_mean(d).update(loss="mze"),
        r"tree/regression\.yaml, leaf mse_mean: there is no loss mze"),
    "unknown parameter": (
        lambda d: mse_mean(d).update(params={"gamma": 1}), "no parameter gamma"),
    "parameter outside its domain": (
        lambda d: huber_some(d).update(params={"delta": -1.0}), "delta"),
    "unknown variable": (
        lambda d: huber_some(d).update(params={"delta": "$nothing"}), r"\$nothing"),
    "no reason": (lambda d: mse_mean(d).update(because=""), "reason"),
    "no source": (lambda d: mse_mean(d).update(source=""), "source"),
    "nothing against": (lambda d: mse_mean(d).update(against=[]), "against"),
    "unknown grade": (lambda d: mse_mean(d).update(evidence="hearsay"), "evidence"),
    "unknown step": (lambda d: mse_mean(d).update(post_hoc=["magic"]), "mse_mean"),
    "unknown key of an alternative": (
        lambda d: mse_mean(d)["alternatives"][0].update(wenn="x"), "wenn"),
    "leaf without tuning": (
        lambda d: d["every_task"]["tuning"][0]["losses"].remove("mse"), "tuning of mse"),
    "leaf never reached": (
        lambda d: d["regression"]["leaves"].update(orphan=mse_mean(d)), "orphan"),
    "rule to nowhere": (
        lambda d: d["regression"]["guide"][0].update(leaf="gone"),
        r"tree/regression\.yaml, leaf gone: does not exist"),
    "rule never reached": (
        lambda d: d["regression"]["guide"].insert(0, {"leaf": "mse_mean"}),
        "never be reached"),
    "no last rule": (
        lambda d: d["regression"]["guide"].pop(), "must always hold"),
    "question of another branch": (
        lambda d: d["detection"]["guide"][0]["when"].update(outliers="none"),
         r"tree/detection\.yaml, outliers: is not asked"),
    "unknown answer": (
        lambda d: d["regression"]["guide"][3]["when"].update(goal="mode"), "goal"),
    "too many questions": (
        lambda d: d["regression"]["ask"].extend(["classes", "kind"]), "more than 8"),
    "leaf of two files": (
        lambda d: d["detection"]["leaves"].update(mse_mean=mse_mean(d)),
        r"tree/detection\.yaml, leaf mse_mean: stands in tree/regression\.yaml too"),
    "task without a branch": (
        lambda d: d.pop("preference"), "has no branch"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_found(fault: str) -> None:
    change, message = FAULTS[fault]
    data = deepcopy(read_tree())
    change(data)
    with pytest.raises((TreeError, TypeError), match=message):  # records refuse unknown keys
        check(data)


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
    tree = build_tree(read_tree(), {**QUESTIONS, question.id: question})
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

    def needed(**answers: str) -> list[set[str]]:
        return [{question.id for question in group} for group in missing(tree, answers)]

    assert needed() == [{"task"}]
    assert needed(task="detection") == [{"part"}]
    assert needed(task="classification")[0] == {"classes"}
    assert needed(task="classification", classes="binary") == []
    assert "imbalance" in needed(task="classification", classes="multiclass")[0]
    assert needed(task="classification", classes="multiclass", metric="f1") == []
    assert needed(task="regression", goal="unknown") == []
