"""The model is a question: what depends on it, what was assumed, and the figures that are cited."""

import json
import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import yaml

from lossctl.recommender.decision_tree import load_tree, read_tree
from lossctl.recommender.figures import CITED, cite, read_figures
from lossctl.recommender.recommend import recommend
from lossctl.recommender.traverse import open_questions
from tests.test_contributing import ROOT

MODELS = ("linear", "network", "boosting", "other")
TREE = ROOT / "lossctl/recommender/tree"
MEASURED = re.compile(
    r"\d+ (data sets|better|worse|ties|tied)|above the best \w+ by \d|of \d+ data"
)


def notes(**answers: str) -> list[str]:
    return recommend(no_input=True, **answers).measured.notes


def test_the_model_decides_where_measurements_say_so() -> None:
    def loss(metric: str, model: str, **more: str) -> str:
        return recommend(task="regression", metric=metric, model=model, no_input=True, **more).loss

    assert [loss("mae", model) for model in MODELS] == ["mae", "huber", "mae", "huber"]
    assert [loss("rmse", model) for model in MODELS] == ["mse", "log_cosh", "mse", "mse"]
    for model, outliers in product(MODELS, ("none", "some", "many")):
        assert loss("rmse", model, outliers=outliers) != "huber"
        assert loss("rmse", model, support="zero_inflated", outliers=outliers) == "mse"


@pytest.mark.parametrize("classes", ["binary", "multiclass"])
@pytest.mark.parametrize("metric", ["accuracy", "roc_auc", "average_precision"])
def test_labels_are_smoothed_for_networks_alone(metric: str, classes: str) -> None:
    answers = {"task": "classification", "classes": classes, "metric": metric}
    found = {model: recommend(**answers, model=model, no_input=True).params for model in MODELS}
    assert found.pop("network") == {"label_smoothing": 0.1}
    assert not any(found.values())
    (note,) = notes(**answers)
    assert note.endswith("with label_smoothing 0.1")


def test_without_a_model_the_answer_says_what_it_assumed() -> None:
    (note, _) = notes(task="regression", metric="mae")
    assert note == (
        "no model was named: this is for a network or another model; a linear model and boosted "
        "trees would get mae"
    )
    (note,) = notes(task="regression", metric="rmse")
    assert note.endswith(
        "a linear model, boosted trees or another model; a network would get log_cosh"
    )
    assert notes(task="regression", metric="rmse", model="linear") == []
    assert notes(task="regression", metric="pinball") == []  # whatever the model


def test_without_a_metric_the_guides_stand_and_the_answer_says_so() -> None:
    tree = load_tree()
    for task, branch in tree.branches.items():
        found = recommend(task=task, no_input=True)
        assert found.leaf is found.path.guide
        models = set(branch.allowed.get("model", ())) == set(MODELS)
        first = found.measured.notes[0]
        assert first.startswith("no metric was named: this is the guides' choice")
        assert first.endswith("for any model") == models


def test_boosted_trees_are_told_what_a_library_needs() -> None:
    def said(model: str, **answers: str) -> str:
        return " ".join(note for note in notes(model=model, **answers) if "trees:" in note)

    mae = {"task": "regression", "metric": "mae"}
    assert "fits each leaf to the median" in said("boosting", **mae)
    assert "scale_pos_weight" in said("boosting", task="classification", metric="f1")
    custom = said("boosting", task="classification", scheme="margin", classes="binary")
    assert "not of their mean" in custom
    assert said("linear", **mae) == said("network", **mae) == ""
    trees, net = (recommend(**mae, model=m, no_input=True).tuning for m in ("boosting", "network"))
    assert "early stopping" in trees["learning_rate"]
    assert "Adam" not in trees["optimizer"]
    assert "Adam" in net["optimizer"]


def test_metric_first_and_only_what_matters() -> None:
    tree = load_tree()

    def asked(**answers: str) -> list[str]:
        return [question.id for question in open_questions(tree, answers)]

    assert asked(task="regression")[0] == "metric"
    assert asked(task="classification")[0] == "metric"
    assert asked(task="classification", metric="f1") == ["classes", "scheme", "constraints"]
    assert "model" in asked(task="regression", metric="mae")
    assert asked(task="regression", metric="poisson_deviance") == ["setting", "constraints"]
    assert "outliers" in asked(task="regression", metric="unknown", goal="mean")


@pytest.mark.parametrize(
    ("metric", "classes", "alone", "stepped"),
    [
        ("balanced_accuracy", 2, "logit_adjusted_pair", "bce_prior_threshold"),
        ("f1_macro", 2, "bce_effective", "bce_threshold"),
        ("balanced_accuracy", 3, "logit_adjusted", "ce_prior_correction"),
        ("f1_macro", 3, "ce_effective", "ce_threshold"),
    ],
)
def test_a_step_that_helps_makes_the_plain_loss_enough(
    metric: str, classes: int, alone: str, stepped: str
) -> None:
    """Bayes' scores of rare classes: only the decision is wrong for these metrics."""
    rng = np.random.default_rng(0)
    shares = np.array([0.97, 0.03] if classes == 2 else [0.9, 0.07, 0.03])
    labels = rng.choice(classes, p=shares, size=12_000)
    scores = 1.5 * (rng.normal(size=(12_000, classes)) + 1.5 * np.eye(classes)[labels])
    scores += np.log(shares)
    scores = scores[:, 1] - scores[:, 0] if classes == 2 else scores
    assert recommend(targets=labels, metric=metric, no_input=True).leaf.id == alone
    found = recommend(targets=labels, predictions=scores, metric=metric, no_input=True)
    assert found.leaf.id == stepped
    assert found.then is not None
    assert found.then.after > found.then.before + 0.01
    assert found.choice.params.get("pos_weight", 1.0) == 1.0
    assert "class_weights" not in found.options
    assert found.headline == f"{found.choice}, then {found.then.setting}"


def test_every_figure_of_the_tree_is_cited_and_names_its_model() -> None:
    """No number of a measurement is typed into a text, and each cited one says of which model."""
    figures = read_figures()
    assert set(figures["losses"]) == {"linear", "network", "boosting"}
    cited = 0
    for file in sorted(TREE.glob("*.yaml")):
        for text in strings(yaml.safe_load(file.read_text(encoding="utf-8"))):
            assert not MEASURED.search(text), text
            filled = cite(text, figures)
            assert "{" not in filled
            if CITED.search(text) and "{data_sets}" not in text:
                cited += 1
                assert "linear" in filled
                assert "network" in filled
    assert cited > 20


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    entries = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    return [text for entry in entries for text in strings(entry)]


def test_figures_are_cited_as_they_are() -> None:
    one = {"better": 3, "worse": 1, "tied": 6, "above": 0.0123}
    other = {"better": 0, "worse": 2, "tied": 8, "above": 0.5}
    figures = {"losses": {"linear": {"mae": {"mse": one}}, "network": {"mae": {"mse": other}}}}
    assert cite("{versus mae mse}", figures) == (
        "linear 3 better, 1 worse, network 0 better, 2 worse of 10 data sets"
    )
    figures["losses"]["boosting"] = {"mae": {"mse": {**one, "tied": 1}, "mae": one}}
    assert cite("{versus mae mse}", figures).endswith(
        "2 worse of 10, boosting 3 better, 1 worse of 5 data sets"
    )
    assert cite("{above mae mae}", figures) == "boosting 1.2 %"  # which alone trained it
    del figures["losses"]["boosting"]
    assert cite("{above mae mse} above", figures) == "linear 1.2 %, network 50 % above"
    figures["losses"]["network"]["mae"]["mse"] = {**other, "above": 15.08}
    assert cite("{above mae mse}", figures) == "linear 1.2 %, network over 1,000 %"
    with pytest.raises(KeyError):
        cite("{above mae nothing}", figures)


def test_figures_agree_with_each_other() -> None:
    """Counts add up to the data sets, and rates lie within their intervals."""
    figures = read_figures()
    names, families = set(figures["names"]), figures["families"]
    assert figures["data_sets"] == len(names) >= families >= 5
    assert all(names.issuperset(some) for some in figures["names_of"].values())
    for of_metric in figures["losses"].values():
        for losses in of_metric.values():
            sizes = {one["better"] + one["worse"] + one["tied"] for one in losses.values()}
            assert max(sizes) <= len(names)
            assert min(one["above"] for one in losses.values()) >= 0
            default = losses.get("cross_entropy") or losses["mse"]
            assert (default["better"], default["worse"]) == (0, 0)
    for of_metric in figures["strategies"].values():
        for strategies in of_metric.values():
            for found in strategies.values():
                for what, (mean, low, high) in found.items():
                    assert low <= mean <= high
                    assert what == "regret" or 0 <= low <= high <= 1


def test_the_table_of_the_page_is_of_the_figures() -> None:
    from benchmarks.recommend_figures import table

    page = (ROOT / "docs/recommend.md").read_text(encoding="utf-8")
    assert table(read_figures()) in page, (
        f"the table of docs/recommend.md must read\n{table(read_figures())}"
    )


def test_the_tables_of_other_data_sets_are_of_their_figures() -> None:
    from benchmarks.recommend_figures import claims_table, overall, races_table, table
    from benchmarks.recommend_held_out import LOOKED_AT, TABLES

    page = (ROOT / "docs/recommend.md").read_text(encoding="utf-8")
    figures = json.loads((ROOT / "docs/recommend_held_out.json").read_text(encoding="utf-8"))
    claims, races = claims_table(figures["claims"]), races_table(figures["races"])
    for made in (table(figures), overall(figures), claims):
        assert made in page, f"docs/recommend.md must have\n{made}"
    assert races in (ROOT / "docs/race.md").read_text(encoding="utf-8"), f"docs/race.md:\n{races}"
    assert f"{figures['data_sets']} data sets of {figures['families']} other families" in page
    assert not {*figures["names"]} & {*read_figures()["names"], *LOOKED_AT}
    assert figures["data_sets"] == len(figures["names"]) >= 40
    assert sum(map(len, TABLES.values())) > 40


def test_no_refuted_claim_is_left() -> None:
    texts = " ".join(strings(read_tree()))
    for claim in ("all ten losses tied", "7 of 7", "same correction after training does as well"):
        assert claim not in texts
    assert "tied" not in (Path(ROOT) / "docs/recommend.md").read_text(encoding="utf-8")
    assert json.dumps(read_figures())  # plain data
