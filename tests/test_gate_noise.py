"""Gates that look at intervals, and limits that are shares of what is known.

Expected limits are from SciPy and the definitions.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import lossctl
from lossctl.core.errors import DataError, UsageError
from lossctl.core.gate import Bound, read_bound, verdict_of
from lossctl.core.result import Result

GENERATOR = np.random.default_rng(11)
REGION = np.repeat(["north", "south", "a=b, c"], [40, 60, 50])
TARGETS = GENERATOR.normal(size=150)
ERRORS = np.where(REGION == "north", 1.0, 0.5) * GENERATOR.gamma(4.0, 0.25, size=150)
PREDICTIONS = TARGETS + ERRORS


def mae(predictions: Any = PREDICTIONS, **more: Any) -> Result:
    return lossctl.compute("mae", predictions, TARGETS, context=True, **more)


def interval(values: Any) -> tuple[float, float]:
    low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    return float(low), float(high)


@pytest.mark.parametrize(("text", "bound"), [
    ("0.35", Bound(0.35)), (0.35, Bound(0.35)), ("1e-3", Bound(1e-3)),
    ("constant", Bound(1.0, "constant")), ("90%constant", Bound(0.9, "constant")),
    ("90 % of chance", Bound(0.9, "chance")), (" 110% of overall ", Bound(1.1, "overall")),
    ("102.5%baseline", Bound(1.025, "baseline")),
])  # fmt: skip
def test_limits_are_numbers_or_shares(text: Any, bound: Bound) -> None:
    assert read_bound(text, "x") == pytest.approx(bound)


@pytest.mark.parametrize(("text", "said"), [
    ("", "expected a number"), ("nan", "expected a number"), ("inf", "expected a number"),
    ("x%constant", "expected a number, got 'x'"), ("90%", "expected a number"),
    ("90%konstant", "did you mean constant?"), ("zzz", "references are constant, chance"),
    ("nan%constant", "expected a number"), (None, "expected a number"), ([1], "expected a number"),
])  # fmt: skip
def test_limits_that_are_neither(text: Any, said: str) -> None:
    with pytest.raises(UsageError, match=r"^x: ") as caught:
        read_bound(text, "x")
    assert said in str(caught.value)


@pytest.mark.parametrize(("value", "limits", "at_least", "verdict"), [
    (1.0, None, False, "passed"), (1.5, None, False, "failed"), (0.5, None, True, "failed"),
    (0.5, (0.2, 0.8), False, "passed"), (0.5, (0.0, 1.0), False, "passed"),
    (0.5, (-1.0, 2.0), False, "undecided"), (1.5, (0.9, 2.1), False, "undecided"),
    (1.5, (1.0, 2.0), False, "undecided"), (1.5, (1.1, 1.9), False, "failed"),
    (1.5, (1.0, 2.0), True, "passed"), (0.5, (0.1, 0.9), True, "failed"),
    (0.9, (0.5, 1.3), True, "undecided"), (float("nan"), (0.0, 0.5), False, "failed"),
    (float("nan"), None, True, "failed"), (0.5, (float("nan"), 1.0), False, "passed"),
])  # fmt: skip
def test_verdicts(value: float, limits: Any, at_least: bool, verdict: str) -> None:
    """The limit is 1."""
    assert verdict_of(value, 1.0, at_least=at_least, interval=limits) == verdict


def test_slices_fail_beyond_their_noise_only() -> None:
    result = mae(by={"region": REGION})
    low, high = interval(ERRORS[REGION == "north"])
    mean = float(ERRORS[REGION == "north"].mean())
    for limit, verdict in (
        (high + 1e-9, "passed"), (mean + 1e-9, "undecided"), (mean - 1e-9, "undecided"),
        (low + 1e-9, "undecided"), (low - 1e-9, "failed"),
    ):  # fmt: skip
        judged = lossctl.judge(result, fail_over={"mae[region=north]": limit})
        (gate,) = judged.gates[0]
        assert (gate.verdict, judged.passed) == (verdict, verdict != "failed")
        assert gate.interval == pytest.approx((low, high), rel=1e-9)
        assert gate.confidence == 0.95
        assert gate.value == pytest.approx(mean, rel=1e-12)
        strict = lossctl.judge(result, fail_over={"mae[region=north]": limit}, undecided="fail")
        assert strict.exit_code == {"passed": 0, "failed": 1, "undecided": 4}[verdict]
        assert bool(judged.notes) is (verdict == "undecided")


def test_every_slice_of_a_column_and_strange_names() -> None:
    result = mae(by={"region": REGION})
    judged = lossctl.judge(result, fail_over="mae[region=*]=1e9")
    names = {gate.name for gate in judged.gates[0]}
    assert names == {f"mae[region={name}]" for name in ("north", "south", "a=b, c")}
    assert lossctl.judge(result, fail_over="[region=a=b, c]=1e9")
    assert not lossctl.judge(result, fail_over="mae[region=a=b, c]=0")
    assert lossctl.judge(result, fail_over="mae.region=north=1e9"), "as it is printed"


def test_slices_of_several_columns() -> None:
    half = np.where(np.arange(150) % 2, "odd", "even")
    table = {"region": REGION.tolist(), "half": half.tolist()}
    import pandas as pd

    frame = pd.DataFrame({"p": PREDICTIONS, "y": TARGETS, **table})
    result = lossctl.compute(
        "mae", table=frame, column={"predictions": "p", "targets": "y"}, by="region,half"
    )
    wanted = float(ERRORS[(REGION == "north") & (half == "odd")].mean())
    for spelled in ("mae[region=north,half=odd]", "mae[region,half=north, odd]"):
        (gate,) = lossctl.judge(result, fail_over={spelled: 1}).gates[0]
        assert gate.value == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(("limit", "said"), [
    ("mae[region=nort]=1", "no slice region=nort .* did you mean region=north?"),
    ("mae[area=north]=1", "no slice area=north"),
    ("mae=90%overall", "overall is for limits of slices"),
    ("mae[region=north]=102%baseline", "of which baseline"),
    ("mae=chance", "chance is not known of mae .* known are constant"),
])  # fmt: skip
def test_slices_and_references_that_there_are_not(limit: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        lossctl.judge(mae(by={"region": REGION}), fail_over=limit)
    with pytest.raises(UsageError, match="there are no slices; say how with by='region'"):
        lossctl.judge(mae(), fail_over="mae[region=north]=1")


def test_shares_of_the_best_constant_and_of_the_whole() -> None:
    constant = float(np.mean(np.abs(TARGETS - np.median(TARGETS))))
    result = mae(by={"region": REGION})
    share = 100.0 * float(ERRORS.mean()) / constant
    assert lossctl.judge(result, fail_over=f"{share * 1.001}% of constant")
    judged = lossctl.judge(result, fail_over=f"{share * 0.999}% of constant")
    (gate,) = judged.gates[0]
    assert not judged
    assert (gate.kind, gate.reference) == ("reference", pytest.approx(constant, rel=1e-9))
    assert gate.limit == pytest.approx(float(ERRORS.mean()) * 0.999, rel=1e-9)
    overall = lossctl.judge(result, fail_over="mae[region=north]=100%overall").gates[0][0]
    assert overall.limit == pytest.approx(float(ERRORS.mean()), rel=1e-12)


def test_a_share_of_something_negative_is_refused() -> None:
    density = {"predictions": [0.0, 0.1], "targets": [0.0, 0.1], "variance": [1e-4, 1e-4]}
    result = lossctl.compute("gaussian_nll", **density, context=True, full=True)
    bound = Result(**{**vars(result), "context": {"constant": -1.0}})
    assert result.value < -1.0
    assert lossctl.judge(bound, fail_over="constant")
    with pytest.raises(UsageError, match="a share of a negative value is no limit"):
        lossctl.judge(bound, fail_over="90%constant")


def test_the_mse_of_the_mean_is_the_constant_of_mse() -> None:
    result = lossctl.compute("mse", PREDICTIONS, TARGETS, context=True)
    (gate,) = lossctl.judge(result, fail_over="50% of constant").gates[0]
    assert gate.limit == pytest.approx(0.5 * float(np.var(TARGETS)), rel=1e-9)


def test_a_baseline_with_its_noise_is_welch() -> None:
    old, new = mae(interval=True), mae(TARGETS + ERRORS * 1.02, interval=True)
    test = stats.ttest_ind(ERRORS * 1.02, ERRORS, equal_var=False)
    low, high = test.confidence_interval(0.95)
    judged = lossctl.judge(new, baseline=old, undecided="fail")
    (gate,) = judged.gates[0]
    before = float(ERRORS.mean())
    assert gate.interval == pytest.approx((low / before, high / before), rel=1e-9)
    assert (gate.verdict, judged.exit_code) == ("undecided", 4)
    assert "2 % worse than the baseline" in gate.sentence()
    assert gate.sentence().endswith("of unpaired rows: undecided)")
    assert not lossctl.judge(new, baseline=old), "without noise, the values alone decide"
    plain = lossctl.judge(new, baseline=mae(), undecided="pass")
    assert plain.gates[0][0].interval is None, "a baseline without an interval"


def test_slices_of_a_baseline() -> None:
    slices = {"by": {"region": REGION}}
    old, new = mae(**slices), mae(TARGETS + ERRORS * 1.02, **slices)
    gates = {"baseline": old, "tolerance": "5%"}
    (gate, _) = lossctl.judge(new, fail_over="mae[region=south]=101%baseline", **gates).gates[0]
    assert gate.limit == pytest.approx(1.01 * float(ERRORS[REGION == "south"].mean()), rel=1e-9)
    with pytest.raises(UsageError, match=r"the baseline has no region=south of mae"):
        lossctl.judge(new, fail_over="mae[region=south]=101%baseline", baseline=mae())


def test_whole_values_look_at_intervals_where_that_is_asked_for() -> None:
    result, mean = mae(interval=True), float(ERRORS.mean())
    assert not lossctl.judge(result, fail_over=mean * 0.999)
    assert lossctl.judge(result, fail_over=mean * 0.999, undecided="pass")
    assert lossctl.judge(result, fail_over=mean * 1.001, undecided="fail").exit_code == 4
    with pytest.raises(UsageError, match="undecided must be pass or fail, got 'maybe'"):
        lossctl.judge(result, undecided="maybe")


def models(**more: Any) -> Any:
    worse = TARGETS + ERRORS + np.where(REGION == "north", 0.5, 0.0)
    options = {"targets": TARGETS, "loss": "mae", "names": ["old", "new"], **more}
    return lossctl.compare(PREDICTIONS, worse, **options)


def test_comparisons_are_judged() -> None:
    answer = models()
    judged = lossctl.judge(answer, fail_if_worse=True)
    (gate,) = judged.gates[0]
    change = 0.5 * 40 / 150 / float(ERRORS.mean())
    assert (judged.exit_code, gate.verdict, gate.kind) == (1, "failed", "comparison")
    said = f"is {100 * change:.1f} % worse than old {ERRORS.mean():.6g} (margin 0 %; 95 % interval "
    assert said in gate.sentence()
    differences = np.where(REGION == "north", 0.5, 0.0)
    wanted = np.array(interval(differences)) / ERRORS.mean()
    assert gate.interval == pytest.approx(tuple(wanted), rel=1e-9)
    assert lossctl.judge(answer), "without a gate there is nothing to fail"
    assert lossctl.judge(models(margin=0.6), fail_if_worse=True)


def test_limits_of_models_and_of_their_slices() -> None:
    answer = models(by={"region": REGION})
    judged = lossctl.judge(answer, fail_over="mae[region=*]=101%baseline")
    verdicts = {gate.name: gate.verdict for gate in judged.gates[0]}
    assert verdicts == {
        "mae[region=north] of new": "failed",
        "mae[region=south] of new": "passed",
        "mae[region=a=b, c] of new": "passed",
    }
    assert not lossctl.judge(answer, fail_over=0.1)
    for limit, said in (
        ("mae=chance", "are numbers or shares of baseline"), ("mse=1", "mse is not computed"),
        ("mae.x=1", "as a whole"), ("mae[region=x]=1", "no such slice"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=said):
            lossctl.judge(answer, fail_over=limit)
    with pytest.raises(UsageError, match="there are no slices"):
        lossctl.judge(models(), fail_over="mae[region=north]=1")


def objective(predictions: Any = PREDICTIONS, **more: Any) -> dict[str, Any]:
    term = {"loss": "mae", "predictions": "p", "targets": "y"}
    data = {"p": predictions, "y": TARGETS}
    return {"version": 1, "name": "doc", "data": data, "supervised": [term], **more}


def test_runs_against_an_earlier_run(tmp_path: Path) -> None:
    (old,) = lossctl.run(objective())
    path = tmp_path / "old.json"
    path.write_text(json.dumps({"schema_version": 1, **old.to_dict()}))
    worse = TARGETS + ERRORS * 1.02
    for baseline in (old, [old], path, str(path)):
        results = lossctl.run(objective(worse))
        assert not lossctl.judge(results, baseline=baseline, tolerance="1.9%")
        assert lossctl.judge(results, baseline=baseline, tolerance="2.1%")
    gates = {"baseline": str(path), "tolerance": "1.9%", "components": {"mae": "103% of baseline"}}
    judged = lossctl.judge(lossctl.run(objective(worse, gates=gates)))
    assert [gate.verdict for gate in judged.gates[0]] == ["passed", "failed"]
    (failure,) = judged.failures
    assert "total" in failure
    assert "2 % worse than the baseline" in failure


@pytest.mark.parametrize(("change", "error", "said"), [
    ({"weights": {"supervised": 2.0}}, UsageError, "baseline weight:1.0, now weight:2.0"),
    ({"data": {"p": PREDICTIONS, "y": TARGETS[::-1]}}, DataError, "on other data: baseline y"),
    ({"data": {"p": PREDICTIONS[:9], "y": TARGETS[:9]}}, DataError, "other data: baseline items"),
    ({"supervised": [{"loss": "mse", "predictions": "p", "targets": "y"}]}, UsageError,
     "has other components: baseline mae, now mse"),
    ({"supervised": [{"loss": "mae", "predictions": "p", "targets": "y",
                      "reading": {"reduction": "sum"}}]}, UsageError, "reduction:mean, now"),
])  # fmt: skip
def test_runs_that_cannot_be_compared(change: dict[str, Any], error: Any, said: str) -> None:
    (old,) = lossctl.run(objective())
    with pytest.raises(error, match=said):
        lossctl.judge(lossctl.run(objective(**change)), baseline=old)


@pytest.mark.parametrize("text", [
    "", "{}", "[]", "3", '{"total": 1}', '{"total": 1, "name": "x", "components": []}',
    '{"total": "1", "name": "x", "components": [{"name": "a", "raw": 1}]}',
    '{"total": 1, "name": "x", "components": [{"name": "a"}]}', '{"documents": []}',
])  # fmt: skip
def test_files_that_are_no_earlier_run(text: str, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text(text)
    with pytest.raises((DataError, UsageError), match=r"old\.json"):
        lossctl.judge(lossctl.run(objective()), baseline=tmp_path / "old.json")
    with pytest.raises(UsageError, match="tolerance: needs a baseline"):
        lossctl.judge(lossctl.run(objective()), tolerance="2%")


def test_shares_of_the_constant_in_a_run() -> None:
    constant = float(np.mean(np.abs(TARGETS - np.median(TARGETS))))
    gates = {"components": {"mae": "constant"}}
    (gate,) = lossctl.judge(lossctl.run(objective(gates=gates))).gates[0]
    assert (gate.limit, gate.reference) == pytest.approx((constant, constant), rel=1e-9)
    with pytest.raises(UsageError, match="constant is not known of total"):
        lossctl.judge(lossctl.run(objective()), fail_over="constant")
    with pytest.raises(UsageError, match=r"gates\.components\.mae must be a number or a share of"):
        lossctl.run(objective(gates={"components": {"mae": "90% of overall"}}))
    with pytest.raises(UsageError, match="tolerance needs a baseline"):
        lossctl.run(objective(gates={"tolerance": 1}))
