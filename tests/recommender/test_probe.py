"""Data with a known answer: the facts are found, and the recommendation is right."""

import numpy as np
import pytest

from lossctl.core.errors import DataError
from lossctl.engine.sources import ArraySource
from lossctl.recommender.data_summary import BLOCK, Measurements, Moments, summarize
from lossctl.recommender.decision_tree import load_tree
from lossctl.recommender.probe import probe
from lossctl.recommender.recommendation import advise
from lossctl.recommender.traverse import check_answers
from tests.exhaustive import rest
from tests.recommender.synthetic import Case, cases

CASES = list(cases())
FACTS_RIGHT, ADVICE_RIGHT = 0.95, 0.90


def measured(case: Case) -> Measurements:
    sources = {"targets": ArraySource(case.targets, "targets")}
    if case.predictions is not None:
        sources["predictions"] = ArraySource(case.predictions, "predictions")
    said = {"task": case.truth["task"], **case.said} if "goal" in case.said else dict(case.said)
    return probe(load_tree(), sources, said)


def outcome(case: Case) -> tuple[list[str], str]:
    """Return the facts that are wrong, and the loss recommended."""
    found, tree = measured(case), load_tree()
    said = {**case.said, **({"task": case.truth["task"]} if "goal" in case.said else {})}
    answers = {**found.answers, **said}
    wrong = [
        f"{n}: {answers.get(n)}, not {v}" for n, v in case.truth.items() if answers.get(n) != v
    ]
    wrong += [
        f"{n}: {found.facts.get(n)}" for n, v in case.facts.items() if found.facts.get(n) != v
    ]
    if "task" not in answers:
        return wrong, "nothing"
    return wrong, advise(tree, check_answers(tree, answers), found).choice.loss


@pytest.mark.parametrize("step", [3, rest(1)])
def test_known_answers(step: int) -> None:
    """All cases, or every third of them."""
    assert len(CASES) >= 120
    chosen = CASES[::step]
    outcomes = {case.name: outcome(case) for case in chosen}
    facts = [wrong for wrong, _ in outcomes.values()]
    total = sum(len(case.truth) + len(case.facts) for case in chosen)
    mistaken = {name: wrong for name, (wrong, _) in outcomes.items() if wrong}
    assert 1 - sum(map(len, facts)) / total >= FACTS_RIGHT, mistaken
    bad = {c.name: outcomes[c.name][1] for c in chosen if outcomes[c.name][1] not in c.losses}
    assert 1 - len(bad) / len(chosen) >= ADVICE_RIGHT, bad


def test_whole_numbers_are_not_called_classes() -> None:
    """Targets of a regression that happen to be whole: counts, years, prices, scores."""
    rng = np.random.default_rng(0)
    whole = {
        "counts": rng.poisson(3, 2000),
        "years": rng.integers(1950, 2020, 2000),
        "prices": rng.integers(1, 400, 2000) * 1000,
        "ages": rng.integers(18, 90, 2000),
        "even scores": rng.integers(0, 50, 2000) * 2,
        "children": rng.negative_binomial(2, 0.5, 2000),
    }
    for name, targets in whole.items():
        found = probe(load_tree(), {"targets": ArraySource(targets, "targets")}, {})
        assert found.answers.get("task") == "regression", name


def test_scores_settle_what_whole_numbers_leave_open() -> None:
    rng = np.random.default_rng(0)
    targets = np.minimum(rng.poisson(1.2, 500), 3) + 1  # children and one: classes, or counts
    alone = probe(load_tree(), {"targets": ArraySource(targets, "targets")}, {})
    assert "task" not in alone.answers
    assert "could be classes or counts" in alone.evidence["task"]
    rows, values = rng.normal(size=(500, 6)), rng.normal(3, 1, 500)
    for scores, task in ((rows, "classification"), (values, "regression")):
        sources = {
            "targets": ArraySource(targets, "targets"),
            "predictions": ArraySource(scores, "predictions"),
        }
        assert probe(load_tree(), sources, {}).answers["task"] == task


def test_options_overrule_data_and_contradictions_are_noted() -> None:
    targets = np.r_[np.zeros(900), np.ones(100)]
    sources = {"targets": ArraySource(targets, "targets")}
    found = probe(load_tree(), sources, {"imbalance": "severe"})
    assert "imbalance" not in found.answers
    assert any("stated as severe, but the data looks like moderate" in note for note in found.notes)
    with pytest.raises(DataError, match="fractions"):
        probe(load_tree(), {"targets": ArraySource([0.1, 0.5], "t")}, {"task": "classification"})


def test_half_the_residuals_equal_is_no_division_by_zero() -> None:
    targets = np.r_[np.zeros(700), np.random.default_rng(0).gamma(2, 50, 300)]
    sources = {
        "targets": ArraySource(targets, "targets"),
        "predictions": ArraySource(np.zeros(1000), "predictions"),
    }
    found = probe(load_tree(), sources, {"task": "regression"})
    assert found.answers["support"] == "zero_inflated"
    assert "outliers" not in found.answers  # half the residuals are 0: there is no one scale
    assert 0 < found.variables["$delta"] < 100
    same = {
        "targets": ArraySource(np.ones(10), "t"), "predictions": ArraySource(np.ones(10), "p"),
    }  # fmt: skip
    assert probe(load_tree(), same, {"task": "regression"}).answers["outliers"] == "none"


def test_moments_do_not_depend_on_blocks() -> None:
    values = np.random.default_rng(0).gamma(2, 3, 10_000) + 1e4
    whole, parts = Moments(), Moments()
    whole.add(values)
    for part in np.array_split(values, 37):
        parts.add(part)
    centred = values - values.mean()
    assert parts.variance == pytest.approx(values.var(), rel=1e-10)
    assert parts.skew == pytest.approx(np.mean(centred**3) / values.std() ** 3, rel=1e-8)
    assert whole.skew == pytest.approx(parts.skew, rel=1e-8)


def test_the_sample_is_even_and_aligned() -> None:
    rows = BLOCK + 12_345
    targets = np.arange(rows, dtype=float)
    sources = {
        "targets": ArraySource(targets, "targets"),
        "predictions": ArraySource(targets * 2, "predictions"),
        "groups": ArraySource(targets // 10, "groups"),
    }
    found = summarize(sources)
    assert found.scores is not None
    assert found.groups is not None
    assert 100_000 < len(found.targets) <= 200_000
    assert np.all(np.diff(found.targets) == found.targets[1] - found.targets[0])
    assert np.array_equal(found.scores, 2 * found.targets)
    assert np.array_equal(found.groups, found.targets // 10)
    assert found.moments.count == rows


def test_rows_must_match() -> None:
    sources = {"targets": ArraySource([1.0, 2.0], "t"), "predictions": ArraySource([1.0], "p")}
    with pytest.raises(DataError, match="2 rows"):
        summarize(sources)


def test_two_columns_of_scores_are_read_as_one() -> None:
    """Two columns, whose difference is the logit, lead to the same thresholds as one."""
    rng = np.random.default_rng(0)
    labels = (rng.uniform(size=3000) < 0.1).astype(int)
    logit = rng.normal(2.0 * labels - 3, 1)
    one, two = (
        probe(
            load_tree(),
            {
                "targets": ArraySource(labels, "targets"),
                "predictions": ArraySource(scores, "predictions"),
            },
            {"metric": "f1"},
        )
        for scores in (logit, np.stack([-0.5 * logit, 0.5 * logit], axis=1))
    )
    assert one.answers["classes"] == two.answers["classes"] == "binary"
    assert one.improvements[0].better
    assert one.improvements[0].after == pytest.approx(two.improvements[0].after, rel=1e-9)


def test_labels_from_one_and_constant_targets() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(1, 4, 600)
    scores = rng.normal(size=(600, 3)) + 2 * np.eye(3)[labels - 1]
    sources = {
        "targets": ArraySource(labels, "targets"),
        "predictions": ArraySource(scores, "predictions"),
    }
    found = probe(load_tree(), sources, {})
    assert found.facts["error_rate"] == pytest.approx(
        np.mean(scores.argmax(axis=1) + 1 != labels), rel=1e-5
    )
    same = probe(load_tree(), {"targets": ArraySource(np.full(9, 5.0), "t")}, {})
    assert any("nothing to predict" in note for note in same.notes)
