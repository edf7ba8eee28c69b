"""Intervals of weighted objectives, beside SciPy's t of the rows' weighted sums."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from scipy import stats

import lossctl
from lossctl.core.errors import UsageError
from lossctl.objective.objective_result import ObjectiveResult
from lossctl.report.schema import schema
from tests.cli.run import Outcome
from tests.cli.run import lossctl as lossctl_shell

RNG = np.random.default_rng(31)
N = 300
TRUE = RNG.normal(size=N)
PREDICTED = TRUE + RNG.normal(size=N)
RULES = RNG.random(N)


def objective(**more: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "data": {"p": PREDICTED, "t": TRUE},
        "supervised": [
            {"name": "squares", "loss": "mse", "predictions": "p", "targets": "t", "weight": 0.5},
            {"name": "sizes", "loss": "mae", "predictions": "p", "targets": "t", "weight": 2.0},
        ],
        **more,
    }


def run(configuration: dict[str, Any], **more: Any) -> ObjectiveResult:
    (result,) = lossctl.run(configuration, interval=True, **more)
    return result


def t_of(rows: np.ndarray, confidence: float = 0.95) -> tuple[float, float]:
    low, high = stats.t.interval(confidence, len(rows) - 1, rows.mean(), stats.sem(rows))
    return float(low), float(high)


@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_the_total_is_the_mean_of_weighted_sums_of_rows(confidence: float) -> None:
    """Not of independent components: both are of the same rows."""
    result = run(objective(), confidence=confidence)
    gap = PREDICTED - TRUE
    assert result.interval is not None
    found = (result.interval.low, result.interval.high)
    assert found == pytest.approx(t_of(0.5 * gap**2 + 2.0 * np.abs(gap), confidence), rel=1e-12)
    assert (result.interval.units, result.interval.confidence) == (N, confidence)
    squares, sizes = (component.interval for component in result.components)
    assert squares == pytest.approx(t_of(gap**2, confidence), rel=1e-12)
    assert sizes == pytest.approx(t_of(np.abs(gap), confidence), rel=1e-12)


def test_it_agrees_with_compute() -> None:
    one = objective()
    one["supervised"] = [one["supervised"][0] | {"weight": 1.0}]
    found = run(one).interval
    wanted = lossctl.compute("mse", PREDICTED, TRUE, interval=True).interval
    assert found is not None
    assert wanted is not None
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), rel=1e-12)


def test_weights_of_rows_and_scales() -> None:
    """A weighted mean is a ratio: its linear part has the variance of survey statistics."""
    weights = RNG.random(N) + 0.1
    configuration = objective(normalize={"by": "initial", "initial": {"squares": 4, "sizes": 1}})
    configuration["data"]["w"] = weights
    configuration["supervised"][0]["weights"] = "w"
    gap = PREDICTED - TRUE
    squares = np.average(gap**2, weights=weights)
    influence = 0.5 / 4 * weights * (gap**2 - squares) / weights.sum()
    influence += 2.0 * (np.abs(gap) - np.abs(gap).mean()) / N
    half = stats.t.ppf(0.975, N - 1) * np.sqrt(N) * influence.std(ddof=1)
    total = 0.5 / 4 * squares + 2.0 * np.abs(gap).mean()
    found = run(configuration).interval
    assert found is not None
    assert (found.low, found.high) == pytest.approx((total - half, total + half), rel=1e-11)


def test_rows_that_one_component_leaves_out() -> None:
    classes = RNG.normal(size=(N, 3))
    labels = RNG.integers(0, 3, size=N)
    labels[:50] = -100
    configuration = objective()
    configuration["data"] |= {"z": classes, "y": labels}
    configuration["supervised"][1] = {
        "name": "classes", "loss": "cross_entropy", "predictions": "z", "targets": "y",
    }  # fmt: skip
    nll = np.log(np.exp(classes).sum(axis=1)) - classes[np.arange(N), np.maximum(labels, 0)]
    kept, gap = labels >= 0, (PREDICTED - TRUE) ** 2
    influence = 0.5 * (gap - gap.mean()) / N
    influence += np.where(kept, nll - nll[kept].mean(), 0.0) / kept.sum()
    half = stats.t.ppf(0.975, N - 1) * np.sqrt(N) * influence.std(ddof=1)
    result = run(configuration)
    assert result.interval is not None
    limits = (result.interval.low, result.interval.high)
    assert limits == pytest.approx((result.total - half, result.total + half), rel=1e-10)


def test_rules_and_functions_of_sums() -> None:
    """By the jackknife, which is linear too, to its order."""
    scores = RNG.random((40, 1, 5, 5))
    masks = (RNG.random((40, 1, 5, 5)) < scores).astype(float)
    configuration = {
        "version": 1,
        "data": {"p": scores, "t": masks, "truth": RULES[:40]},
        "supervised": {"loss": "dice", "predictions": "p", "targets": "t"},
        "rules": [{"name": "soft", "values": "truth", "weight": 3.0}],
    }

    def total(kept: np.ndarray) -> float:
        data = {"p": scores[kept], "t": masks[kept], "truth": RULES[:40][kept]}
        return lossctl.run({**configuration, "data": data})[0].total

    every = np.arange(40)
    without = np.array([total(every != row) for row in range(40)])
    error = np.sqrt(39 / 40 * ((without - without.mean()) ** 2).sum())
    result = run(configuration)
    assert result.interval is not None
    half = (result.interval.high - result.interval.low) / 2
    assert half == pytest.approx(stats.t.ppf(0.975, 39) * error, rel=0.05)


def test_threads_change_nothing() -> None:
    long = RNG.normal(size=(2, 600_001))
    configuration = objective(data={"p": long[0], "t": long[1]})
    answers = [run(configuration, threads=threads).to_dict() for threads in (1, 3)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("case", ["other rows", "groups", "series"])
def test_why_there_is_none(case: str, tmp_path: Path) -> None:
    configuration = objective()
    if case == "other rows":
        configuration["data"] |= {"q": np.arange(7.0), "u": np.zeros(7)}
        configuration["supervised"][1] |= {"predictions": "q", "targets": "u"}
        words = "sizes is of 7 rows, others of 300"
    elif case == "groups":
        configuration["data"] |= {"truth": RULES, "site": np.arange(N) % 5}
        configuration["rules"] = [
            {"name": "soft", "values": "truth", "quantifier": "forall", "over": "site"}
        ]
        words = "soft: a rule over groups has one value for all rows"
    else:
        for step in (1, 2):
            np.save(tmp_path / f"p-{step}.npy", PREDICTED + step)
        np.save(tmp_path / "t.npy", TRUE)
        configuration["data"] = {"p": str(tmp_path / "p-*.npy"), "t": str(tmp_path / "t.npy")}
        words = "it is of a series of checkpoints; run one alone"
    result = run(configuration)
    assert result.interval is None
    assert f"no interval of the total: {words}" in result.notes


def test_recipes_have_intervals() -> None:
    scores, labels = RNG.normal(size=(30, 3, 4, 5)), RNG.integers(0, 3, size=(30, 4, 5))
    found = lossctl.compute("segmentation", scores, labels, interval=True).interval
    assert found is not None
    assert (found.units, found.method) == (30, "delta")
    assert found.low < lossctl.compute("segmentation", scores, labels).value < found.high


def test_the_shell(tmp_path: Path) -> None:
    def answer(*args: str) -> Outcome:
        return lossctl_shell(*args, cwd=tmp_path)

    np.save(tmp_path / "p.npy", PREDICTED)
    np.save(tmp_path / "t.npy", TRUE)
    configuration = objective(data={"p": "p.npy", "t": "t.npy"})
    (tmp_path / "c.yaml").write_text(json.dumps(configuration), encoding="utf-8")
    done = answer("run", "c.yaml", "--interval", "--confidence", "0.9", "-f", "json")
    document = json.loads(done.out)
    jsonschema.validate(document, schema("run"))
    gap = PREDICTED - TRUE
    wanted = t_of(0.5 * gap**2 + 2.0 * np.abs(gap), 0.9)
    assert document["interval"] == pytest.approx(wanted, rel=1e-12)
    assert document["components"][1]["interval"] == pytest.approx(t_of(np.abs(gap), 0.9))
    table = answer("run", "c.yaml", "--interval", "--confidence", "0.9").out
    assert "90 % interval" in table.splitlines()[0]
    total = next(line for line in table.splitlines() if line.startswith("total"))
    assert total.endswith(f"{wanted[0]:.4g} to {wanted[1]:.4g}")
    plain = answer("run", "c.yaml", "-f", "json")
    assert "interval" not in json.loads(plain.out)
    wrong = answer("run", "c.yaml", "--interval", "--confidence", "2")
    assert (wrong.code, "confidence" in wrong.err) == (2, True)


def test_a_wrong_level_is_an_error() -> None:
    with pytest.raises(UsageError, match="confidence"):
        run(objective(), confidence=0.0)
