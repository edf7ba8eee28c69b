"""Metrics beside the total of a run; the expected values are scikit-learn's."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

import lossctl
from lossctl.core.errors import UsageError
from lossctl.report.schema import schema
from tests.cli.run import lossctl as shell

RNG = np.random.default_rng(43)
TRUE = RNG.integers(0, 2, 90)
SCORES = np.clip(0.3 * TRUE + 0.7 * RNG.random(90), 0.01, 0.99)
SAID = (SCORES > 0.5).astype(int)
BASE: dict[str, Any] = {
    "version": 1,
    "data": {"p": SCORES, "y": TRUE},
    "supervised": {"loss": "bce", "predictions": "p", "targets": "y"},
}


def run(**more: Any) -> Any:
    (result,) = lossctl.run({**BASE, **more})
    return result


def test_metrics_are_those_of_scikit_learn_and_change_no_total() -> None:
    plain = run()
    result = run(
        metrics=[
            "recall",
            {"metric": "precision", "name": "strict", "params": {"threshold": 0.7}},
            "f1:average=macro",
            "roc_auc",
            "brier",
        ]
    )
    found = {name: float(each) for name, each in result.metrics.items()}
    assert found == {
        "recall": pytest.approx(sk.recall_score(TRUE, SAID)),
        "strict": pytest.approx(sk.precision_score(TRUE, SCORES > 0.7)),
        "f1": pytest.approx(sk.f1_score(TRUE, SAID, average="macro")),
        "roc_auc": pytest.approx(sk.roc_auc_score(TRUE, SCORES)),
        "brier": pytest.approx(sk.brier_score_loss(TRUE, SCORES)),
    }
    assert result.total == plain.total
    assert [one.name for one in result.components] == ["bce"]


def test_metrics_have_data_weights_and_readings_of_their_own() -> None:
    weights = RNG.uniform(0.5, 2.0, 90)
    other = RNG.integers(0, 2, 90)
    data = {**BASE["data"], "w": weights, "other": other}
    entry = {"metric": "accuracy", "predictions": "other", "weights": "w"}
    found = run(data=data, metrics=entry).metrics["accuracy"]
    expected = sk.accuracy_score(TRUE, other, sample_weight=weights)
    assert float(found) == pytest.approx(expected)
    read = run(metrics={"metric": "accuracy", "reading": {"input": "logits"}})
    logits = sk.accuracy_score(TRUE, SCORES > 0.0)  # all of them
    assert float(read.metrics["accuracy"]) == pytest.approx(logits)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write an objective of files with two metrics."""
    np.save(tmp_path / "p.npy", SCORES)
    np.save(tmp_path / "y.npy", TRUE)
    (tmp_path / "o.yaml").write_text(
        "version: 1\n"
        "data: {p: p.npy, y: y.npy}\n"
        "supervised: {loss: bce, predictions: p, targets: y}\n"
        "metrics:\n"
        "  - recall\n"
        "  - {metric: mae, name: distance}\n"
        "gates:\n"
        "  metrics: {recall: 0.5, distance: 0.9}\n"
    )
    return tmp_path / "o.yaml"


def test_gates_hold_metrics_in_their_direction(config: Path) -> None:
    recall = sk.recall_score(TRUE, SAID)
    assert shell("run", str(config)).code == 0
    high = shell("run", str(config), "--set", f"gates.metrics.recall={recall + 0.01}")
    assert high.code == 1
    assert f"recall is {recall:.6g}, under the limit" in high.err
    config.write_text(config.read_text().replace("distance: 0.9", "distance: 0.01"))
    low = shell("run", str(config), "-f", "json")
    assert low.code == 1
    (failed,) = [gate for gate in json.loads(low.out)["gates"] if gate["verdict"] == "failed"]
    assert (failed["name"], failed["at_least"], failed["line"]) == ("distance", False, 8)


@pytest.mark.parametrize("form", ["table", "markdown", "plain", "csv", "json", "jsonl"])
def test_metrics_stand_in_every_format(config: Path, form: str) -> None:
    done = shell("run", str(config), "-f", form, "--interval")
    assert done.code == 0
    recall = sk.recall_score(TRUE, SAID)
    assert f"{recall:.6g}"[:6] in done.out
    assert "distance" in done.out
    if form == "json":
        data = json.loads(done.out)
        jsonschema.validate(data, schema("run"))
        found = stats.binomtest(int(SAID[TRUE == 1].sum()), int(TRUE.sum()))
        wilson = found.proportion_ci(method="wilson")
        expected = pytest.approx((wilson.low, wilson.high), rel=1e-7)
        assert tuple(data["metrics"]["recall"]["interval"]) == expected


def test_metrics_at_every_checkpoint(config: Path) -> None:
    for number, noise in enumerate((0.0, 0.5)):
        flipped = np.where(RNG.random(90) < noise, 1.0 - SCORES, SCORES)
        np.save(config.parent / f"p{number}.npy", flipped)
    series = config.read_text().replace("p: p.npy", "p: 'p?.npy'").partition("gates:")[0]
    config.write_text(series)
    done = shell("run", str(config), "-f", "json")
    steps = json.loads(done.out)["checkpoints"]
    for number, step in enumerate(steps):
        scores = np.load(config.parent / f"p{number}.npy")
        expected = sk.recall_score(TRUE, scores > 0.5)
        assert step["metrics"]["recall"] == pytest.approx(expected)
    assert "recall" in shell("run", str(config)).out.splitlines()[-3]


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        (["recal"], "unknown metric 'recal'; did you mean recall?"),
        (["recall", "recall"], "two metrics are named recall"),
        ([{"metric": "recall", "targets": "z"}], "recall needs targets: there is no data 'z'"),
        ([{"metric": "recall", "reading": {"axes": "items"}}], "axes"),
        (["recall:beta=2"], "beta"),
        ([{"metric": "fbeta", "params": {"beta": -1}}], "beta"),
    ],
)
def test_mistakes_in_metrics(metrics: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("?", r"\?")):
        run(metrics=metrics)
    with pytest.raises(UsageError, match=r"gates\.metrics: no metric 'f2'"):
        run(metrics=["recall"], gates={"metrics": {"f2": 0.5}})
