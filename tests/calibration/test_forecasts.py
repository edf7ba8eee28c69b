"""Calibration of forecasts: PIT, coverage, scores beside SciPy; doors, gates, what is refused."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from scipy.integrate import quad
from scipy.stats import binomtest, chisquare, norm

import lossctl as package
from lossctl.calibration.integral_transform import Forecasts, of_members, transform
from lossctl.report.formats import PLAIN
from lossctl.report.pictures.terminal import as_sketch
from tests.cli.run import lossctl

N = 500
LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95]


@pytest.fixture
def drawn() -> tuple[np.ndarray, np.ndarray]:
    """Return means, and targets that lie a standard normal away from them."""
    rng = np.random.default_rng(7)
    mean = rng.normal(size=N)
    return mean, mean + rng.normal(size=N)


def crps_by_integration(mean: float, deviation: float, target: float) -> float:
    below = quad(lambda x: norm.cdf(x, mean, deviation) ** 2, mean - 9.0, target)[0]
    return float(below + quad(lambda x: norm.sf(x, mean, deviation) ** 2, target, mean + 9.0)[0])


def test_gaussian_forecasts_beside_scipy(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    mean, target = drawn
    deviation = np.linspace(0.5, 0.9, N)
    found = package.calibrate_forecast(mean, deviation**2, target, forecast="gaussian")
    u = norm.cdf(target, mean, deviation)
    counts, edges = np.histogram(u, 20, (0.0, 1.0))
    pit = found.transform
    assert pit.edges == pytest.approx(edges)
    assert pit.shares * N == pytest.approx(counts)
    assert pit.p_value == pytest.approx(chisquare(counts).pvalue)
    assert pit.mean == pytest.approx(u.mean())
    assert pit.spread == pytest.approx(12.0 * np.mean((u - 0.5) ** 2))
    for one in found.quantiles:
        hits = int(np.sum(target <= norm.ppf(one.nominal, mean, deviation)))
        limits = binomtest(hits, N).proportion_ci(0.95, "wilson")
        assert one.observed == pytest.approx(hits / N)
        assert (one.low, one.high) == pytest.approx((limits.low, limits.high), rel=1e-6)
    for one in found.intervals:
        low, high = norm.interval(one.nominal, mean, deviation)
        assert one.observed == pytest.approx(np.mean((low <= target) & (target <= high)))
        assert one.width == pytest.approx(np.mean(high - low))
    few = slice(0, 20)
    integrals = [
        crps_by_integration(*each)
        for each in zip(mean[few], deviation[few], target[few], strict=True)
    ]
    scored = package.calibrate_forecast(
        mean[few], deviation[few], target[few], forecast="gaussian:spread=deviation"
    )
    assert scored.score == pytest.approx(np.mean(integrals), rel=1e-5)
    logs = package.calibrate_forecast(
        mean, 2.0 * np.log(deviation), target, forecast=("gaussian", {"spread": "log_variance"})
    )
    assert logs.transform.mean == pytest.approx(pit.mean)
    assert "they are too narrow" in " ".join(found.sentences())


def test_ranks_in_an_ensemble_by_hand() -> None:
    rng = np.random.default_rng(3)
    members, target = rng.normal(size=(200, 4)), rng.normal(size=200)
    found = package.calibrate_forecast(members, target, forecast="ensemble")
    ranks = [
        int(sum(member < one for member in row)) for row, one in zip(members, target, strict=True)
    ]
    counts = np.bincount(ranks, minlength=5)
    assert found.transform.shares * 200 == pytest.approx(counts)
    assert found.transform.p_value == pytest.approx(chisquare(counts).pvalue)
    apart = np.abs(members[:, :, None] - members[:, None, :]).mean(axis=(1, 2))
    crps = np.abs(members - target[:, None]).mean(axis=1) - 0.5 * apart
    assert found.score == pytest.approx(crps.mean())
    assert [one.nominal for one in found.intervals] == pytest.approx([0.2, 0.6])
    ordered = np.sort(members, axis=1)
    inside = (ordered[:, 0] <= target) & (target <= ordered[:, 3])
    assert found.intervals[1].observed == pytest.approx(inside.mean())


def test_a_target_that_ties_with_members_is_spread_over_their_ranks() -> None:
    members = np.array([[0.0, 0.0, 1.0]] * 40)
    found = package.calibrate_forecast(members, np.zeros(40), forecast="ensemble")
    # as often below both members, between them, and above both
    assert found.transform.shares == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0.0])


def test_quantiles_in_any_order_that_may_cross(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    mean, target = drawn
    values = mean[:, None] + norm.ppf(LEVELS)
    found = package.calibrate_forecast(values, target, forecast=("quantiles", {"q": LEVELS}))
    bins = np.array([np.sum(target > column) for column in values.T])
    below = 1.0 - bins / N
    assert [one.observed for one in found.quantiles] == pytest.approx(below)
    assert found.transform.shares == pytest.approx(np.diff([0.0, *below, 1.0]))
    assert found.transform.edges == pytest.approx([0.0, *LEVELS, 1.0])
    assert [one.nominal for one in found.intervals] == pytest.approx([0.5, 0.9])
    turned = [3, 0, 4, 2, 1]
    other = package.calibrate_forecast(
        values[:, turned], target, forecast=("quantiles", {"q": [LEVELS[k] for k in turned]})
    )
    assert other.quantiles == found.quantiles
    values[:, [1, 2]] = values[:, [2, 1]]
    crossed = package.calibrate_forecast(values, target, forecast=("quantiles", {"q": LEVELS}))
    assert "quantiles cross in 100 %" in "".join(crossed.notes)


def test_one_quantile_of_each_target(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    mean, target = drawn
    found = package.calibrate_forecast(mean, target, forecast="quantiles:q=[0.5]")
    (one,) = found.quantiles
    assert one.observed == pytest.approx(np.mean(target <= mean))
    assert found.intervals == ()
    assert found.score == pytest.approx(np.abs(target - mean).mean())  # 2 · ½ |e|
    high = package.calibrate_forecast(mean + 9.0, target, forecast="quantiles:q=[0.5]")
    assert "they are too high" in " ".join(high.sentences())


def test_weights_count_as_rows_again(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    mean, target = drawn
    weight = np.resize([1.0, 2.0, 0.0], N)
    ones = np.ones(N)
    found = package.calibrate_forecast(mean, ones, target, forecast="gaussian", weights=weight)
    again = np.repeat(np.arange(N), weight.astype(int))
    twice = package.calibrate_forecast(mean[again], ones[again], target[again], forecast="gaussian")
    assert found.transform.shares == pytest.approx(twice.transform.shares)
    assert found.score == pytest.approx(twice.score)
    assert found.size == pytest.approx(weight.sum() ** 2 / np.sum(weight**2))


@pytest.mark.parametrize("kind", ["gaussian", "ensemble", "quantiles"])
def test_calibrated_forecasts_are_rejected_as_often_as_said(kind: str) -> None:
    rng = np.random.default_rng(11)
    p, mean_z, spread_z = [], [], []
    for _ in range(400):
        target = rng.normal(size=200)
        if kind == "gaussian":
            values, levels = np.stack([np.zeros(200), np.ones(200)], axis=1), np.empty(0)
        elif kind == "ensemble":
            values, levels = of_members(rng.normal(size=(200, 9)))
        else:
            values, levels = np.tile(norm.ppf(LEVELS), (200, 1)), np.array(LEVELS)
        seen = transform(Forecasts(values, levels, target, np.ones(200)))
        p.append(seen.p_value)
        mean_z.append(seen.mean_z)
        spread_z.append(seen.spread_z)
    assert 0.02 <= np.mean(np.array(p) < 0.05) <= 0.09
    assert np.std(mean_z) == pytest.approx(1.0, abs=0.12)
    assert np.std(spread_z) == pytest.approx(1.0, abs=0.12)


@pytest.fixture
def files(tmp_path: Path, drawn: tuple[np.ndarray, np.ndarray]) -> list[Path]:
    np.save(tmp_path / "m.npy", drawn[0])
    np.save(tmp_path / "s.npy", np.full(N, 0.6))
    np.save(tmp_path / "t.npy", drawn[1])
    return [tmp_path / f"{name}.npy" for name in "mst"]


def test_formats_gates_and_pages(files: list[Path], tmp_path: Path) -> None:
    command = ("calibrate", *files, "--forecast", "gaussian:spread=deviation")
    found = json.loads(lossctl(*command, "-f", "json").out)
    assert not list(Draft202012Validator(package.schema("forecast")).iter_errors(found))
    rows = list(csv.DictReader(lossctl(*command, "-f", "csv").out.splitlines()))
    assert [float(row["observed"]) for row in rows if row["of"] == "quantile"] == [
        one["observed"] for one in found["quantiles"]
    ]
    lines = [json.loads(line) for line in lossctl(*command, "-f", "jsonl").out.splitlines()]
    assert [line["of"] for line in lines] == [row["of"] for row in rows]
    for form in ("table", "plain", "markdown"):
        assert "0.95" in lossctl(*command, "-f", form).out
    error = found["coverage_error"]
    assert error == pytest.approx(
        max(abs(one["observed"] - one["level"]) for one in found["quantiles"])
    )
    page = tmp_path / "page.html"
    pytest.importorskip("jinja2")
    failed = lossctl(*command, "--fail-over", "0.01", "--report", f"html={page}")
    assert failed.code == 1
    assert "coverage_error is" in failed.err
    assert "probability integral transform" in page.read_text()
    assert lossctl(*command, "--fail-over", f"coverage_error={error}").code == 0
    assert lossctl(*command, "--fail-over", "score=0.1").code == 1


def test_the_picture_has_the_numbers(files: list[Path]) -> None:
    command = ("plot", "pit", *files, "--forecast", "gaussian:spread=deviation")
    found = json.loads(lossctl(*command, "-f", "json").out)
    assert not list(Draft202012Validator(package.schema("picture")).iter_errors(found))
    columns = {name: np.array(values) for name, values in found["columns"].items()}
    assert columns["share"].sum() == pytest.approx(1.0)
    assert columns["density"] == pytest.approx(columns["share"] / (columns["to"] - columns["from"]))
    mean, spread, target = (np.load(file) for file in files)
    drawing = package.plot("pit", mean, spread**2, target, forecast="gaussian")
    assert drawing.facts["p_value"] == pytest.approx(found["facts"]["p_value"])
    assert "central intervals" in as_sketch(drawing.picture, PLAIN)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--forecast", "gausian"), "did you mean gaussian"),
        (("--forecast", "quantiles"), "say their levels"),
        (("--forecast", "gaussian", "--recalibrate", "platt"), "maps are of probabilities"),
        (("--forecast", "gaussian", "--by-class"), "No such option"),
        (("--forecast", "gaussian", "--fail-over", "brier=1"), "limits are of coverage_error"),
    ],
)
def test_what_is_refused(files: list[Path], more: tuple[str, ...], said: str) -> None:
    done = lossctl("calibrate", *files, *more)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_rows_that_are_not_finite(files: list[Path]) -> None:
    values = np.load(files[2])
    values[3] = np.nan
    np.save(files[2], values)
    command: tuple[Any, ...] = ("calibrate", *files, "--forecast", "gaussian")
    assert lossctl(*command).code == 3
    assert "1 item without a finite" in lossctl(*command, "--nan", "omit").out
    assert "say what the predictions are" in lossctl("plot", "pit", *files).err


def test_numbers_near_the_end_of_floats_have_no_width() -> None:
    values = np.array([[-1e308, 0.0, 1e308]] * 9)
    found = package.calibrate_forecast(values, np.ones(9), forecast="ensemble")
    assert found.to_dict()["intervals"][0]["mean_width"] is None
    assert found.intervals[0].observed == 1.0


def test_quantiles_from_high_to_low_need_their_levels_in_that_order() -> None:
    targets = np.random.default_rng(0).normal(size=500)
    falling = np.tile([1.2816, 0.0, -1.2816], (500, 1))
    with pytest.raises(package.DataError, match=r"in 500 of 500 rows the quantile 0.1 lies above"):
        package.calibrate_forecast(falling, targets, forecast="quantiles:q=[0.1,0.5,0.9]")
    found = package.calibrate_forecast(falling, targets, forecast="quantiles:q=[0.9,0.5,0.1]")
    assert found.transform.p_value > 0.01


def test_symmetric_forecasts_that_are_too_narrow_are_neither_high_nor_low() -> None:
    rng, said = np.random.default_rng(0), 0
    for _ in range(60):
        members = 0.3 * rng.normal(size=(400, 19))
        found = package.calibrate_forecast(members, rng.normal(size=400), forecast="ensemble")
        assert any("too narrow" in line for line in found.sentences())
        said += any("too high" in line or "too low" in line for line in found.sentences())
    assert said <= 3
