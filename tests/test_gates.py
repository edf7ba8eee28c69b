"""Judging results in Python: limits, comparisons with earlier results, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import DataError, UsageError
from lossctl.core.options import OPTIONS
from lossctl.core.result import Result
from lossctl.report.results import render
from tests.conformance.test_signatures import CHANGES, Change

PREDICTIONS, TARGETS = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0])  # errors 0, 1, 2
WEIGHTS = np.array([1.0, 2.0, 3.0])
WORSE = PREDICTIONS + np.array([0.0, 0.0, 1.0])  # the last error is 3


def mae(predictions: Any = PREDICTIONS, targets: Any = TARGETS, **more: Any) -> Result:
    return lossctl.compute("mae", predictions, targets, context=True, **more)


@pytest.mark.parametrize("limit", [
    1.0, "1", "mae=1", "MAE=1.0", "l1=1", {"mae": 1.0}, {"mean_absolute_error": "1"}, ["1"],
])  # fmt: skip
def test_the_spellings_of_a_limit(limit: Any) -> None:
    assert lossctl.judge(mae(), fail_over=limit)
    verdict = lossctl.judge(mae(WORSE), fail_over=limit)
    assert not verdict
    assert (verdict.passed, verdict.exit_code) == (False, 1)
    assert verdict.failures == ("gate failed: mae is 1.33333, over the limit 1",)


def test_no_gates_pass() -> None:
    verdict = lossctl.judge([mae(), mae(WORSE)])
    assert verdict
    assert (verdict.exit_code, verdict.failures, verdict.notes) == (0, (), ())


def quantiles() -> list[Result]:
    """Return two results whose values are mean(q·e) of residuals t − p = 0, 1, −2: they differ."""
    specs = ["quantile:q=0.1", "quantile:q=0.9"]
    results = lossctl.evaluate(specs, PREDICTIONS, TARGETS, context=True)
    assert [one.value for one in results] == pytest.approx([1.9 / 3, 1.1 / 3])
    return results


@pytest.mark.parametrize(("limit", "failures"), [
    ("quantile:q=0.1=0.5", 1), ("quantile:q=0.9=0.5", 0), ("quantile:q=0.90=0.3", 1),
    ("quantile:q=1e-1=0.7", 0), ("quantile=0.5", 1), ("quantile=0.3", 2), ("pinball:q=0.1=0.5", 1),
])  # fmt: skip
def test_one_of_several_results_of_a_loss(limit: str, failures: int) -> None:
    verdict = lossctl.judge(quantiles(), fail_over=limit)
    assert len(verdict.failures) == failures
    assert all("quantile:q=0." in text for text in verdict.failures)


@pytest.mark.parametrize(("limit", "said"), [
    ("quantile:q=0.5=0.3", "computed are quantile:q=0.1, quantile:q=0.9"),
    ("quantile:qq=0.1=0.3", "has no parameter qq; did you mean q?"),
    ("quantile:q=0.3", "expected name:key=value"),
    ("mse=0.3", "mse is not computed"),
    ("quantil=0.3", "did you mean quantile?"),
    ("0.3", "of which loss? for example quantile=0.3"),
    ("quantile=many", "expected a number, or a share of a reference, got 'many'"),
    ("quantile=nan", "expected a number"),
    ("quantile.part=1", "has no part part"),
])  # fmt: skip
def test_limits_that_are_refused(limit: str, said: str) -> None:
    with pytest.raises(UsageError, match=r"^fail_over ") as caught:
        lossctl.judge(quantiles(), fail_over=limit)
    assert said in str(caught.value)
    assert limit in str(caught.value)


def test_a_limit_of_one_class() -> None:
    predictions = np.eye(3)[[0, 1, 2, 2]]
    targets = np.array([0, 1, 2, 1])
    result = lossctl.compute("dice", predictions, targets, average="macro", task="multiclass")
    values = {f"dice.class.{one.index}": one.value for one in result.classes}
    wanted = {"dice.class.0": 0.0, "dice.class.1": 1 / 3, "dice.class.2": 1 / 3}
    assert values == pytest.approx(wanted, abs=1e-6)
    assert lossctl.judge(result, fail_over={"dice.class.0": 0.01, "dice.class.1": 0.34})
    assert not lossctl.judge(result, fail_over={"dice.class.2": 0.33})
    with pytest.raises(UsageError, match=r"dice has no part class\.7 on these inputs"):
        lossctl.judge(result, fail_over={"dice.class.7": 0.33})


def rows_of_every_kind() -> list[tuple[list[Result], list[str]]]:
    """Return results with the names their rows have in csv, markdown and plain."""
    generator = np.random.default_rng(5)
    images, mean = generator.uniform(size=(5, 4, 4)), generator.normal(size=(5, 2))
    recipes = [("vae", {"beta": beta}) for beta in (0.5, 4.0)]
    vae = lossctl.evaluate(recipes, images / 2, images, mean, mean)
    masks = np.eye(3)[[0, 1, 2, 2]], np.array([0, 1, 2, 1])
    dice = [("dice", {"smooth": smooth}) for smooth in (0.5, 1.0)]
    options = {"average": "macro", "task": "multiclass"}
    named = lossctl.evaluate(dice, *masks, class_names=["ox", "v1.5 kl", "a.class.b"], **options)
    numbered = lossctl.evaluate(dice, *masks, **options)
    return [
        (results, [row.split("\t")[0] for row in render(results, "plain").splitlines()])
        for results in (vae, vae[:1], named, numbered[:1], quantiles())
    ]


def test_every_row_that_is_printed_can_be_limited_by_its_name() -> None:
    for results, names in rows_of_every_kind():
        for name in names:
            assert lossctl.judge(results, fail_over=f"{name}=1e9"), name
            assert len(lossctl.judge(results, fail_over=f"{name}=-1e9").failures) == 1, name


def test_a_part_that_is_not_there_is_answered_with_those_that_are() -> None:
    (results, _), *_ = rows_of_every_kind()
    with pytest.raises(UsageError, match=r"has no part kll .*; its parts are reconstruction, kl$"):
        lossctl.judge(results[0], fail_over="vae.kll=1")


def test_values_that_are_not_finite() -> None:
    result = mae(np.array([1.0, np.nan, 2.0]), nan="propagate")
    verdict = lossctl.judge(result, fail_over=1e300)
    assert verdict.exit_code == 3
    assert not verdict
    beside = lossctl.judge(result, baseline=mae(nan="propagate"))
    assert beside.exit_code == 3
    assert beside.results[0].to_dict()["baseline"]["difference"] is None
    assert beside.results[0].baseline["verdict"] == "worse"


@pytest.mark.parametrize(("predictions", "tolerance", "verdict"), [
    (PREDICTIONS, None, "equivalent"), (TARGETS, None, "better"), (WORSE, None, "worse"),
    (WORSE, "33%", "worse"), (WORSE, "34%", "equivalent"), (WORSE, 0.33, "worse"),
    (WORSE, 0.34, "equivalent"), (WORSE, "0.34", "equivalent"),
])  # fmt: skip
def test_comparisons(predictions: Any, tolerance: Any, verdict: str) -> None:
    """The baseline is 1, the worse value 4/3 and the better 0."""
    result = mae(predictions)
    judged = lossctl.judge(result, baseline=mae(), tolerance=tolerance)
    assert judged.passed is (verdict != "worse")
    allowed = 1.0 + (0.0 if tolerance is None else float(str(tolerance).removesuffix("%")) / (
        100 if "%" in str(tolerance) else 1))  # fmt: skip
    value = float(np.mean(np.abs(predictions - TARGETS)))
    assert judged.results[0].baseline == pytest.approx(
        {"value": 1.0, "difference": value - 1.0, "allowed": allowed, "verdict": verdict}
    )
    (gate,) = judged.gates[0]
    assert gate.verdict == ("failed" if verdict == "worse" else "passed")
    assert (gate.value, gate.limit, gate.reference) == pytest.approx((value, allowed, 1.0))
    said = {"equivalent": "equal to", "better": "100 % better than", "worse": "33.3 % worse than"}
    relation = said["worse" if value > 1.0 else verdict]
    words = "0 %" if tolerance is None else str(tolerance).replace("%", " %")
    sentence = f"mae {value:.6g} is {relation} the baseline 1 (tolerance {words}: {gate.verdict})"
    assert gate.sentence() == sentence
    assert judged.notes == (() if verdict == "worse" else (sentence,))
    assert judged.failures == ((f"gate failed: {sentence}",) if verdict == "worse" else ())


@pytest.mark.parametrize(
    ("option", "change"),
    [(name, one) for name, changes in CHANGES.items() for one in changes if OPTIONS[name].signed],
    ids=lambda one: one.loss if isinstance(one, Change) else one,
)
def test_a_baseline_of_another_option(option: str, change: Change) -> None:
    """Whatever changes a value makes another measurement, and the error names it."""
    first, second = (
        lossctl.compute(change.loss, *change.inputs, context=True, **change.more, **{option: value})
        for value in change.values[:2]
    )
    assert lossctl.judge(first, baseline=first) or first.status != "ok" or first.reduction == "none"
    for result, baseline in ((first, second), (second, first)):
        with pytest.raises(UsageError, match="was computed differently") as caught:
            lossctl.judge(result, baseline=baseline)
        assert f"baseline {option}:" in str(caught.value)
        assert f"now {option}:" in str(caught.value)


@pytest.mark.parametrize(("now", "said"), [
    (lambda: lossctl.compute("mse", PREDICTIONS, TARGETS, context=True), "no result of mse"),
    (lambda: mae(weights=WEIGHTS), "baseline weights:none, now weights:given"),
    (lambda: mae(reduction="sum"), "baseline reduction:mean, now reduction:sum"),
])  # fmt: skip
def test_a_baseline_of_something_else(now: Any, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        lossctl.judge(now(), baseline=mae())
    assert said in str(caught.value)


def test_a_baseline_of_other_parameters_or_kinds() -> None:
    def focal(**more: Any) -> Result:
        return lossctl.compute("focal", [0.2, 0.9], [0, 1], context=True, **more)

    with pytest.raises(UsageError, match=r"baseline gamma:2, now gamma:1$"):
        lossctl.judge(focal(gamma=1.0), baseline=focal())
    with pytest.raises(UsageError, match=r"baseline input:logits, now input:probabilities$"):
        lossctl.judge(focal(), baseline=focal(input="logits"))
    assert lossctl.judge(focal(task="binary"), baseline=focal()), "the task was found before"


def test_a_baseline_of_another_variant_or_of_optional_inputs() -> None:
    scores = np.array([0.5, -1.0])

    def gan(**inputs: Any) -> Result:
        return lossctl.compute("gan_discriminator", context=True, **inputs)

    with pytest.raises(UsageError, match="baseline inputs:fake, now inputs:real"):
        lossctl.judge(gan(real=scores), baseline=gan(fake=scores))


@pytest.mark.parametrize(("inputs", "name"), [
    (
        {"targets": TARGETS[:2], "predictions": PREDICTIONS[:2], "weights": WEIGHTS[:2]},
        "rows 3, now 2",
    ),
    ({"targets": np.array([1.0, 3.0, np.nextafter(2.0, 3.0)])}, "targets"),
    ({"targets": TARGETS[::-1], "predictions": PREDICTIONS[::-1]}, "targets"),
    ({"weights": WEIGHTS[::-1]}, "weights"),
    ({"predictions": np.array([1.0, 2.0, np.nan])}, "items 3, now 2"),
])  # fmt: skip
def test_a_baseline_of_other_data(inputs: dict[str, Any], name: str) -> None:
    given = {"predictions": PREDICTIONS, "targets": TARGETS, "weights": WEIGHTS}
    baseline = mae(**given, nan="omit")
    with pytest.raises(DataError, match=f"was computed on other data: baseline {name}"):
        lossctl.judge(mae(**{**given, **inputs}, nan="omit"), baseline=baseline)
    other = given | {"predictions": WORSE}
    assert not lossctl.judge(mae(**other, nan="omit"), baseline=baseline), "predictions may differ"


def test_results_without_digests() -> None:
    plain = lossctl.compute("mae", PREDICTIONS, TARGETS)
    for result, baseline in ((plain, mae()), (mae(), plain), (plain, plain)):
        with pytest.raises(UsageError, match=r"there is no digest of targets.*context=True"):
            lossctl.judge(result, baseline=baseline)
    pair = lossctl.compute("cosine_distance", np.eye(3), np.eye(3))
    assert lossctl.judge(pair, baseline=pair), "rows are all that is known of two predictions"


def test_results_of_files_have_digests_without_asking(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", TARGETS)
    result = lossctl.compute("mae", PREDICTIONS, tmp_path / "t.npy")
    assert dict(result.data) == dict(mae().data)
    assert lossctl.judge(result, baseline=mae())


def test_several_results_of_one_loss_are_matched_by_their_parameters(tmp_path: Path) -> None:
    results = quantiles()
    path = tmp_path / "old.json"
    path.write_text(json.dumps({"results": [one.to_dict() for one in results[::-1]]}))
    verdict = lossctl.judge(results, baseline=path)
    assert verdict
    assert [one.baseline["value"] for one in verdict.results] == [one.value for one in results]
    assert lossctl.judge(results, baseline=results[::-1])
    alone = [results[1]]
    with pytest.raises(UsageError, match=r"baseline q:0\.9, now q:0\.1"):
        lossctl.judge(results, baseline=alone)


def test_recipes() -> None:
    generator = np.random.default_rng(1)
    images, mean = generator.uniform(size=(5, 4, 4)), generator.normal(size=(5, 2))

    def vae(targets: Any = images, **more: Any) -> Result:
        return lossctl.compute("vae", images / 2, targets, mean, mean, context=True, **more)

    assert lossctl.judge(vae(), baseline=vae())
    with pytest.raises(UsageError, match="baseline beta:1, now beta:2"):
        lossctl.judge(vae(beta=2.0), baseline=vae())
    with pytest.raises(DataError, match="other data: baseline targets"):
        lossctl.judge(vae(images[::-1]), baseline=vae())
    assert not lossctl.judge(vae(), fail_over={"vae.kl": 0.0})
    assert not lossctl.judge(vae(), fail_over="kl=0")


@pytest.mark.parametrize("tolerance", ["-1", "x", "5%%", "nan", -0.5])
def test_tolerances_that_are_refused(tolerance: Any) -> None:
    with pytest.raises(UsageError, match=r"^tolerance "):
        lossctl.judge(mae(), baseline=mae(), tolerance=tolerance)


def test_a_tolerance_without_a_baseline() -> None:
    with pytest.raises(UsageError, match=r"^tolerance: needs a baseline to compare with"):
        lossctl.judge(mae(), tolerance="2%")


def old(tmp_path: Path, **changes: Any) -> Path:
    """Write a result with entries changed, or taken out where the change is None."""
    entry = mae().to_dict() | changes
    path = tmp_path / "old.json"
    kept = {name: value for name, value in entry.items() if value is not None}
    path.write_text(json.dumps({"schema_version": 1, "results": [kept]}))
    return path


def test_a_baseline_of_an_older_version(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"old.json: holds no digest .* write the baseline again"):
        lossctl.judge(mae(), baseline=old(tmp_path, data=None))


@pytest.mark.parametrize("changes", [
    {"value": "1"}, {"value": True}, {"params": 3}, {"input": None}, {"reduction": None},
    {"loss": None}, {"data": 5}, {"data": [1]}, {"options": [1]}, {"input": {"task": "x"}},
])  # fmt: skip
def test_a_baseline_that_is_none(changes: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"old.json: .*not a JSON result of lossctl"):
        lossctl.judge(mae(), baseline=old(tmp_path, **changes))


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", "{}", "a\nb", "[[", "\x00", "{}\n{}"])
def test_text_that_is_no_baseline(text: str, tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(text)
    with pytest.raises((DataError, UsageError), match=r"old\.json"):
        lossctl.judge(mae(), baseline=str(path))


def test_a_baseline_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    path.write_text("\n".join(json.dumps(one.to_dict()) for one in quantiles()) + "\n")
    assert lossctl.judge(quantiles(), baseline=path)
