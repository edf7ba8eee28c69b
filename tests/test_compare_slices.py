"""The values of models in slices: their intervals, and limits on them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import lossctl
from tests.cli.run import lossctl as shell

ROWS = 300
RNG = np.random.default_rng(29)
SIDE = RNG.choice(["left", "right", "tiny"], ROWS, p=[0.5, 0.46, 0.04])
TARGETS = RNG.normal(size=ROWS)
OLD = TARGETS + RNG.normal(size=ROWS)
NEW = TARGETS + np.where(SIDE == "left", 1.5, 0.8) * RNG.normal(size=ROWS)
USERS = np.arange(ROWS) // 5
WEIGHTS = RNG.uniform(0.5, 2.0, ROWS)


def compared(loss: str = "mse", **more: Any) -> lossctl.Comparisons:
    by = {"side": SIDE}
    return lossctl.compare({"old": OLD, "new": NEW}, targets=TARGETS, loss=loss, by=by, **more)


@pytest.mark.parametrize("more", [{}, {"weights": WEIGHTS}], ids=["plain", "weighted"])
@pytest.mark.parametrize("loss", ["mse", "rmse"])
def test_the_interval_of_a_slice_is_that_of_compute(loss: str, more: dict[str, Any]) -> None:
    """Of both models the same machinery as of one alone, by other sums."""
    found = {one.name: one.interval for one in compared(loss, **more).slices[0]}
    alone = lossctl.compute(loss, NEW, TARGETS, by={"side": SIDE}, **more)
    assert found == {one.name: pytest.approx(one.interval, rel=1e-6) for one in alone.slices}
    if (loss, more) == ("mse", {}):
        errors = (NEW - TARGETS)[SIDE == "left"] ** 2
        low, high = stats.t.interval(0.95, len(errors) - 1, errors.mean(), stats.sem(errors))
        assert found["left"] == pytest.approx((low, high), rel=1e-9)


def test_with_clusters_it_is_of_clusters() -> None:
    """CR1 by hand: users of a slice are as many units, each with the sum of its residuals."""
    answer = compared(cluster_by=USERS)
    (found,) = [one.interval for one in answer.slices[0] if one.name == "left"]
    here = SIDE == "left"
    errors, users = (NEW - TARGETS)[here] ** 2, USERS[here]
    residuals = np.bincount(users, errors - errors.mean()) / len(errors)
    groups = len(np.unique(users))
    error = np.sqrt(groups / (groups - 1) * (residuals**2).sum())
    half = stats.t.ppf(0.975, groups - 1) * error
    assert found == pytest.approx((errors.mean() - half, errors.mean() + half), rel=1e-9)


def test_shares_in_slices_have_wilsons() -> None:
    true = (TARGETS > 0.0).astype(int)
    said = {"old": (OLD > 0.0).astype(int), "new": (NEW > 0.0).astype(int)}
    answer = lossctl.compare(said, targets=true, metric="accuracy", by={"side": SIDE})
    for one in answer.slices[0]:
        here = np.equal(SIDE, one.name)
        right = int(np.count_nonzero((said["new"] == true)[here]))
        wanted = stats.binomtest(right, int(here.sum())).proportion_ci(method="wilson")
        assert one.interval == pytest.approx((wanted.low, wanted.high), rel=1e-7)


def test_limits_of_slices_have_their_own_noise() -> None:
    answer = compared()
    (found,) = [one for one in answer.slices[0] if one.name == "left"]
    assert found.interval is not None
    low, high = found.interval
    for limit, verdict in ((high + 1e-9, "passed"), (high - 1e-9, "undecided"),
                           (low + 1e-9, "undecided"), (low - 1e-9, "failed")):  # fmt: skip
        judged = lossctl.judge(answer, fail_over={"mse[side=left]": limit})
        (gate,) = judged.gates[0]
        assert gate.verdict == verdict
        assert gate.interval == (low, high)
        assert judged.exit_code == (1 if verdict == "failed" else 0)
    strict = lossctl.judge(answer, fail_over=f"mse[side=left]={high - 1e-9}", undecided="fail")
    assert strict.exit_code == 4
    data = answer.to_dict()["comparisons"][0]["slices"]
    assert [low, high] in [one["value_interval"] for one in data]


def test_a_slice_whose_rows_are_all_alike_decides_nothing() -> None:
    near = np.where(SIDE == "tiny", TARGETS, NEW)
    models = {"old": OLD, "new": near}
    answer = lossctl.compare(models, targets=TARGETS, loss="mse", by={"side": SIDE})
    judged = lossctl.judge(answer, fail_over="mse[side=tiny]=0.5", undecided="fail")
    assert judged.exit_code == 4
    count = int(np.count_nonzero(SIDE == "tiny"))
    assert f"all {count} are alike" in judged.failures[0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--fail-over", "mae=1"), "mae is not computed"),
        (("--fail-over", "x"), "expected a number"),
        (("--fail-under", "mse=1"), "of mse less is better; set --fail-over"),
        (("--fail-over", "90%constant"), "numbers or shares of baseline"),
    ],
)
def test_limits_are_read_before_the_data(
    options: tuple[str, str], said: str, tmp_path: Path
) -> None:
    """The files hold nothing that could be read: a mistake in a limit is found first."""
    files = [tmp_path / name for name in ("a.csv", "b.csv", "t.csv")]
    for file in files:
        file.write_text("v\nx\n")
    a, b, t = map(str, files)
    found = shell("compare", a, b, "--targets", t, "-l", "mse", *options)
    assert found.code == 2
    assert said in found.err


def test_limits_of_scores_are_read_before_too(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("v\nx\n")
    a, b = str(tmp_path / "a.csv"), str(tmp_path / "b.csv")
    more = shell("compare", "--items", a, b, "--higher-is-better", "--fail-over", "1")
    assert (more.code, "more is better; set --fail-under 1" in more.err) == (2, True)
    (tmp_path / "a.csv").write_text("v\n" + "\n".join(map(str, range(9))))
    (tmp_path / "b.csv").write_text("v\n" + "\n".join(map(str, range(1, 10))))
    fine = shell("compare", "--items", a, b, "--higher-is-better", "--fail-under", "3",
                 "-f", "json")  # fmt: skip
    assert json.loads(fine.out)["gates"][0]["verdict"] == "passed"


@pytest.mark.parametrize("more", [{}, {"cluster_by": USERS}], ids=["rows", "clusters"])
def test_metrics_of_all_rows_are_compared_in_slices(more: dict[str, Any]) -> None:
    """As each slice alone is."""
    true = (TARGETS > 0.0).astype(int)
    models = {"old": OLD, "new": NEW}
    whole = lossctl.compare(
        models, targets=true, metric="roc_auc", by={"side": SIDE}, input="logits", **more
    )
    assert {one.name for one in whole.slices[0]} == {"left", "right", "tiny"}
    for one in whole.slices[0]:
        here = np.equal(SIDE, one.name)
        own = {name: values[here] for name, values in more.items()}
        cut = {name: values[here] for name, values in models.items()}
        alone = lossctl.compare(cut, targets=true[here], metric="roc_auc", input="logits", **own)
        (wanted,) = alone.comparisons
        assert one.comparison.difference == pytest.approx(wanted.difference, rel=1e-12)
        assert one.comparison.interval == pytest.approx(wanted.interval, rel=1e-9)
        assert one.comparison.method == wanted.method
        assert one.comparison.p_value == pytest.approx(wanted.p_value, rel=1e-9)
        assert one.interval is not None
        if not more:
            value = lossctl.metric("roc_auc", NEW[here], true[here], input="logits", interval=True)
            assert value.interval is not None
            assert one.interval == pytest.approx(value.interval[:2], rel=1e-9)


def test_a_slice_of_one_class_is_left_out_by_metrics_of_ranks() -> None:
    true = (TARGETS > 0.0).astype(int)
    side = np.where(true & (np.arange(ROWS) < 100), "only ones", "rest")
    answer = lossctl.compare(
        {"old": OLD, "new": NEW}, targets=true, metric="roc_auc", by={"side": side}, input="logits"
    )
    assert [one.name for one in answer.slices[0]] == ["rest"]


def test_slices_of_many_sums_say_that_they_have_no_intervals() -> None:
    classes = RNG.integers(0, 10, ROWS)
    scores = {name: RNG.dirichlet(np.ones(10), ROWS) for name in ("old", "new")}
    by = {"side": SIDE}
    value = lossctl.metric("f1", scores["old"], classes, average="macro", by=by)
    assert [one.interval for one in value.slices] == [None] * 3
    assert any(note.startswith("side: no intervals: f1 is a function of") for note in value.notes)
    answer = lossctl.compare(scores, targets=classes, metric="f1_macro", by=by)
    assert answer.slices == ((),)
    assert any(note.startswith("side: slices are not compared: f1") for note in answer.notes)
    few = lossctl.metric("accuracy", scores["old"], classes, by=by)
    assert all(one.interval is not None for one in few.slices)
    assert not few.notes
