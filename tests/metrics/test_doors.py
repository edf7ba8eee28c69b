"""Metrics by the shell and by Python: options, gates, files, JSON, the list of them."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from sklearn import metrics as sk

import lossctl
from lossctl.report.results import render
from lossctl.report.schema import schema
from tests.cli.run import Answer, Outcome, inside

SCORES, TARGETS = [0.9, 0.2, 0.6, 0.4, 0.7, 0.1], [1, 0, 0, 1, 1, 0]  # 4 of 6 are right
TABLE = "said,seen,region\n" + "".join(
    f"{said},{seen},{'ns'[row % 2]}\n"
    for row, (said, seen) in enumerate([("cat", "cat"), ("dog", "cat"), ("fox", "fox")] * 8)
)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Answer:
    return lambda *words: inside(list(words), monkeypatch, capsys)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    np.save(tmp_path / "p.npy", np.array(SCORES))
    np.save(tmp_path / "q.npy", np.array(SCORES)[::-1])
    np.save(tmp_path / "t.npy", np.array(TARGETS))
    (tmp_path / "animals.csv").write_text(TABLE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def results_of(run: Outcome) -> list[dict[str, Any]]:
    document = json.loads(run.out)
    jsonschema.Draft202012Validator(schema("result")).validate(document)
    results: list[dict[str, Any]] = document["results"]
    return results


def test_metrics_stand_beside_losses(here: Path, shell: Answer) -> None:
    run = shell(
        "compute",
        "p.npy",
        "t.npy",
        "-l",
        "bce",
        "--metric",
        "accuracy,fbeta:beta=2,mae",
        "--metric",
        "r2",
        "-f",
        "json",
    )
    results = results_of(run)
    assert [(one["kind"], one.get("loss", one.get("metric"))) for one in results] == [
        ("loss", "bce"),
        ("metric", "accuracy"),
        ("metric", "fbeta"),
        ("loss", "mae"),
        ("metric", "r2"),
    ]
    assert [one["direction"] for one in results] == ["lower", "higher", "higher", "lower", "higher"]
    expected = [
        sk.accuracy_score(TARGETS, np.array(SCORES) > 0.5),
        sk.fbeta_score(TARGETS, np.array(SCORES) > 0.5, beta=2),
        sk.mean_absolute_error(TARGETS, SCORES),
        sk.r2_score(TARGETS, SCORES),
    ]
    assert [one["value"] for one in results[1:]] == pytest.approx(expected, rel=1e-12)
    assert "mae is a loss" in " ".join(results[3]["notes"])
    both = lossctl.evaluate(["bce"], SCORES, TARGETS, metrics=["accuracy", ("fbeta", {"beta": 2})])
    assert [one.value for one in both] == [one["value"] for one in results[:3]]


@pytest.mark.parametrize("form", ["table", "plain", "csv", "markdown", "jsonl"])
def test_every_format_has_them(here: Path, shell: Answer, form: str) -> None:
    run = shell("compute", "p.npy", "t.npy", "--metric", "accuracy,f1", "-f", form)
    assert run.code == 0
    assert "accuracy" in run.out
    assert "0.666667" in run.out or "0.6666666666666666" in run.out


def test_averages_and_thresholds_of_the_shell(here: Path, shell: Answer) -> None:
    words = ("compute", "p.npy", "t.npy", "--metric", "f1,accuracy", "--value-only")
    scores = np.array(SCORES)
    for average in ("micro", "macro", "weighted"):
        run = shell(*words, "--average", average)
        f1 = sk.f1_score(TARGETS, scores > 0.5, average=average)
        assert float(run.out.split()[0]) == pytest.approx(f1, rel=1e-12)
    run = shell(*words, "--threshold", "0.3")
    assert float(run.out.split()[0]) == pytest.approx(sk.f1_score(TARGETS, scores > 0.3))
    assert shell(*words, "--average", "samples").code == 2
    assert shell(*words, "--threshold", "1.5").code == 2
    assert shell("compute", "p.npy", "t.npy", "-l", "mae", "--threshold", "0.3").code == 2
    run = shell("compute", "p.npy", "t.npy", "--metric", "accuracy", "--average", "micro")
    assert run.code == 2
    assert "takes none" in run.err


def test_columns_of_text(here: Path, shell: Answer) -> None:
    run = shell(
        "compute",
        "animals.csv::said",
        "animals.csv::seen",
        "--metric",
        "f1",
        "--by",
        "region=animals.csv::region",
        "--worst",
        "1",
        "--by-class",
        "-f",
        "json",
    )
    (result,) = results_of(run)
    said, seen = (np.array([line.split(",")[at] for line in TABLE.split()[1:]]) for at in (0, 1))
    expected = sk.f1_score(seen, said, average=None)
    assert [(one["name"], one["value"]) for one in result["classes"]] == [
        (name, pytest.approx(value))
        for name, value in zip(["cat", "dog", "fox"], expected, strict=True)
    ]
    assert {(one["by"], one["slice"]) for one in result["slices"]} >= {
        ("region", "n"),
        ("region", "s"),
        ("class", "cat"),
    }
    assert (result["worst"][0]["prediction"], result["worst"][0]["target"]) == ("dog", "cat")


def test_gates_follow_the_direction(here: Path, shell: Answer) -> None:
    words = ("compute", "p.npy", "t.npy", "-l", "bce", "--metric", "accuracy,error_rate")
    assert shell(*words, "--fail-under", "accuracy=0.6").code == 0
    failed = shell(*words, "--fail-under", "accuracy=0.7")
    assert failed.code == 1
    assert "accuracy is 0.666667, under the limit 0.7" in failed.err
    assert "accuracy is 0.666667, under the limit 0.7" in failed.out
    assert shell(*words, "--fail-over", "error_rate=0.3").code == 1
    for side, name, other in (("over", "accuracy", "under"), ("under", "bce", "over")):
        refused = shell(*words, f"--fail-{side}", f"{name}=0.6")
        assert refused.code == 2
        assert f"set --fail-{other} {name}=0.6" in refused.err
    assert (
        shell(
            "compute", "p.npy", "t.npy", "--metric", "f1_score", "--fail-under", "f1_score=0.5"
        ).code
        == 0
    )


def test_what_is_no_number_passes_no_gate() -> None:
    nothing = lossctl.metric("roc_auc", [0.1, 0.2], [1, 1])
    verdict = lossctl.judge(nothing, fail_under=0.0)
    assert not verdict
    assert "passes no limit" in verdict.failures[0]


def test_baselines_follow_the_direction(here: Path, shell: Answer) -> None:
    shell("compute", "p.npy", "t.npy", "--metric", "accuracy", "-f", "json", "-o", "p.json")
    shell("compute", "q.npy", "t.npy", "--metric", "accuracy", "-f", "json", "-o", "q.json")
    worse = shell("compute", "q.npy", "t.npy", "--metric", "accuracy", "--baseline", "p.json")
    assert worse.code == 1
    assert "accuracy 0.333333 is 50 % worse than the baseline 0.666667" in worse.err
    better = shell("compute", "p.npy", "t.npy", "--metric", "accuracy", "--baseline", "q.json")
    assert better.code == 0
    assert "accuracy 0.666667 is 100 % better than the baseline 0.333333" in better.out
    wide = shell(
        "compute",
        "q.npy",
        "t.npy",
        "--metric",
        "accuracy",
        "--baseline",
        "p.json",
        "--tolerance",
        "0.5",
    )
    assert wide.code == 0


def test_models_are_compared_by_metrics(here: Path, shell: Answer) -> None:
    run = shell(
        "compare",
        "p.npy",
        "q.npy",
        "--targets",
        "t.npy",
        "--metric",
        "accuracy,roc_auc",
        "-f",
        "json",
    )
    found = json.loads(run.out)["comparisons"]
    assert [one["loss"] for one in found] == ["accuracy", "roc_auc"]
    assert found[0]["difference"] == pytest.approx(-2 / 6)
    assert (found[0]["wins"], found[0]["losses"]) == (2, 4)
    run = shell("slices", "p.npy", "t.npy", "--metric", "accuracy", "--by-class", "--min-size", "1")
    assert run.code == 0


@pytest.mark.parametrize("metric", ["accuracy", "f1", "roc_auc"])
@pytest.mark.parametrize("asked", [["--gradient", "g.npy"], ["--gradient-summary"]])
def test_no_gradient_of_a_metric(asked: list[str], metric: str, here: Path, shell: Answer) -> None:
    run = shell("compute", "p.npy", "t.npy", "-l", "mse", "--metric", metric, *asked)
    assert run.code == 2
    assert run.err == f"error: {asked[0]}: metrics have no gradient; ask for losses alone\n"
    with pytest.raises(lossctl.UsageError, match="gradient_summary: metrics have no gradient"):
        lossctl.metric(metric, [0.1, 0.9], [0, 1], gradient_summary=True)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("acuracy", "did you mean accuracy?"),
        ("f1,,mae", "expected metrics with commas between"),
        ("ece", "is not computed here"),
        ("f1:bta=2", "has no parameter 'bta'"),
        ("top_k_accuracy", "needs a score of each class"),
    ],
)
def test_mistakes_in_metrics(here: Path, shell: Answer, name: str, said: str) -> None:
    run = shell("compute", "p.npy", "t.npy", "--metric", name)
    assert run.code in {2, 3}
    assert said in run.err
    assert "Traceback" not in run.err


def test_a_metric_asked_for_as_a_loss_says_what_to_ask(here: Path, shell: Answer) -> None:
    run = shell("compute", "p.npy", "t.npy", "--loss", "f1")
    assert run.code == 2
    assert "--metric f1 computes the metric itself" in run.err


def test_soft_targets_are_no_labels() -> None:
    with pytest.raises(lossctl.DataError, match=r"must be labels, got 0\.5"):
        lossctl.metric("accuracy", [0.1, 0.9], [0.5, 1.0])
    with pytest.raises(lossctl.DataError, match="must be labels"):
        lossctl.metric("accuracy", [[0.1, 0.9], [0.5, 0.5]], [[0.3, 0.7], [0.4, 0.6]])


def test_lists_and_pages_of_metrics(shell: Answer) -> None:
    listed = shell("list", "--metrics", "-f", "plain").out.split()
    assert listed == [entry["id"] for entry in lossctl.catalogue(metrics=True)]
    assert "roc_auc" in shell("list", "--metrics").out
    assert shell("list", "--metrics", "--search", "quadratic kappa", "-f", "plain").out.split() == [
        "cohen_kappa"
    ]
    assert shell("list", "--metrics", "--task", "regression", "-f", "plain").out.split()[0] == "r2"
    for name in listed:
        text = repr(lossctl.show(name))
        assert text.startswith(f"{name}: ")
        assert "better" in text
    page = json.loads(shell("show", "matthews_corrcoef", "-f", "json").out)
    assert (page["id"], page["kind"], page["direction"]) == ("mcc", "metric", "higher")
    assert lossctl.show("f1").to_dict()["needs"] == "labels"


def test_labels_with_markup_are_harmless() -> None:
    labels = ["[red]a", "=b", "\x1b[31mc", "[red]a"]
    found = lossctl.metric("f1", labels, labels)
    for form in ("table", "csv", "markdown", "plain"):
        assert "\x1b[31m" not in render([found], form)
