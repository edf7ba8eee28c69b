"""Advice on a screen: every leaf fits, at 80 and at 60 columns, and says what matters."""

import json
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator

from lossctl.recommender.data_summary import Improvement, Measurements
from lossctl.recommender.decision_tree import load_tree
from lossctl.recommender.recommendation import Recommendation, advise
from lossctl.report.advice import improvement_text, render_advice
from lossctl.report.schema import schema
from tests.recommender.checks import every_answer

DATA = Measurements(
    facts={"items": 5000},
    evidence={"task": "two distinct whole values among 5000 items"},
    improvements=[Improvement("threshold", "f1", 0.21, 0.46, 0.02, True, "threshold 0.098")],
    notes=["the smallest class has 8 items: metrics of it are uncertain"],
)


def advice_of_every_leaf() -> Iterator[Recommendation]:
    tree, seen = load_tree(), set()
    for task, branch in tree.branches.items():
        for answers in every_answer(branch, (*branch.guide, *branch.evidence)):
            advice = advise(tree, {"task": task, **answers, "constraints": "multiple"}, DATA)
            if advice.leaf.id not in seen:
                seen.add(advice.leaf.id)
                yield advice


ADVICE = {advice.leaf.id: advice for advice in advice_of_every_leaf()}


@pytest.mark.parametrize("columns", [80, 60])
def test_every_answer_fits_one_screen(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", "24")
    tree = load_tree()
    after_steps = {leaf.after for leaf in tree.leaves.values() if leaf.after}
    constraints = {addition.leaf for addition in tree.constraints.values()}
    in_place = {leaf.otherwise for leaf in tree.leaves.values() if leaf.otherwise}
    assert {*ADVICE} | after_steps | constraints | in_place == set(tree.leaves)
    for name, advice in ADVICE.items():
        text = render_advice(advice, "table", screen=True)
        lines = text.splitlines()
        assert max(map(len, lines)) <= columns, name
        if columns == 80:
            assert len(lines) <= 23, name
        step = "first try" if advice.then is None else "then"
        for words in ("your data", step, "together", "compute"):
            assert f"\n{words}" in text, name
        assert ("\nguides say" in text) != advice.agrees, name


def test_the_whole_answer_leaves_nothing_out() -> None:
    for advice in ADVICE.values():
        for form in ("markdown", "plain"):
            text = render_advice(advice, form)
            for objection in advice.leaf.against:
                assert objection in text
            for choice, when in advice.alternatives:
                assert f"{choice.spec}: {when}" in text
            assert advice.command in text
            assert advice.recommend_command in text


def test_a_step_that_fits_is_part_of_the_recommendation() -> None:
    answers = {"task": "classification", "classes": "binary", "metric": "f1"}
    advice = advise(load_tree(), answers, DATA)
    assert advice.then is DATA.improvements[0]
    assert str(advice).startswith("bce_with_logits, then threshold 0.098 (")
    head, _, rest = render_advice(advice, "table").partition("\n")
    assert head.startswith("bce_with_logits, then threshold 0.098  ")
    assert "then       threshold 0.098, no training: F1 0.210 → 0.460 (±0.020, held out)" in rest
    assert "first try" not in rest
    assert advice.to_dict()["recommendation"]["then"]["after"] == 0.46
    assert "Recommended: bce_with_logits, then threshold 0.098" in render_advice(advice, "plain")
    # of another metric, or without one, it is only something to try
    for metric in ("accuracy", "unknown"):
        other = advise(load_tree(), {**answers, "metric": metric}, DATA)
        assert other.then is None
        assert other.to_dict()["recommendation"]["then"] is None
        assert "first try  threshold 0.098" in render_advice(other, "table")


def test_colour_only_adds_colour() -> None:
    for advice in ADVICE.values():
        plain = render_advice(advice, "table")
        coloured = render_advice(advice, "table", colour=True)
        assert "\x1b" not in plain
        for code in ("\x1b[1;32m", "\x1b[1m", "\x1b[2m", "\x1b[0m"):
            coloured = coloured.replace(code, "")
        assert coloured == plain


def test_text_from_files_cannot_steer_the_terminal() -> None:
    measured = Measurements(answers={}, evidence={"imbalance": "bad \x1b[2J name"})
    tree = load_tree()
    answers = {"task": "classification", "classes": "binary", "imbalance": "severe"}
    for form in ("table", "plain", "markdown"):
        assert "\x1b" not in render_advice(advise(tree, answers, measured), form)


def test_gains_are_said_with_their_error() -> None:
    good = Improvement("threshold", "f1", 0.2, 0.4, 0.01, True, "threshold 0.1")
    assert (
        improvement_text(good) == "threshold 0.1, no training: F1 0.200 → 0.400 (±0.010, held out)"
    )
    assert "F1 0.2 → 0.4 (±0.01," in improvement_text(good, 3)
    none = Improvement("threshold", "f1", 0.688, 0.719, 0.052, False, "threshold 0.4")
    text = "Tuning the threshold: F1 0.688 → 0.719, within noise (±0.052, held out)"
    assert improvement_text(none) == text
    worse = Improvement("temperature", "log_loss", 0.2, 0.3, 0.01, False, "temperature 1.01")
    text = "Temperature scaling: log loss 0.200 → 0.300, no relevant gain (±0.010, held out)"
    assert improvement_text(worse) == text


def test_json_follows_its_schema() -> None:
    validator = Draft202012Validator(schema("recommendation"))
    for advice in ADVICE.values():
        document = json.loads(render_advice(advice, "json"), parse_constant=pytest.fail)
        assert list(validator.iter_errors(document)) == []
    del document["guide"]
    assert list(validator.iter_errors(document))
