"""Several quantiles of every target: values by hand, quantile by quantile, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

import lossctl
from tests.cli.run import lossctl as shell

PREDICTIONS = [[1.0, 2.0, 4.0], [3.0, 2.0, 1.0], [0.0, 0.0, 0.0]]
TARGETS = [2.0, 2.0, -1.0]
LEVELS = [0.1, 0.5, 0.9]
# 0.1·1, 0, 0.1·2 · 0.9·1, 0, 0.9·1 · 0.9·1, ½·1, 0.1·1
ITEMS = [0.3 / 3.0, 1.8 / 3.0, 1.5 / 3.0]


def pinball(predictions: np.ndarray, targets: np.ndarray, q: float) -> np.ndarray:
    return np.where(targets >= predictions, q, 1.0 - q) * np.abs(targets - predictions)


def test_items_are_means_over_quantiles() -> None:
    result = lossctl.compute("quantile", PREDICTIONS, TARGETS, q=LEVELS, reduction="none")
    np.testing.assert_allclose(result.value, ITEMS, rtol=1e-15)
    assert result.items == 3


def test_any_axes_of_items_and_any_order_of_the_quantiles() -> None:
    rng = np.random.default_rng(1)
    p, t = rng.normal(size=(4, 5, 3)), rng.normal(size=(4, 5))
    wanted = np.mean([pinball(p[..., n], t, q) for n, q in enumerate(LEVELS)])
    assert lossctl.compute("quantile", p, t, q=LEVELS).value == pytest.approx(wanted, rel=1e-14)
    turned = lossctl.compute("quantile", p[..., ::-1], t, q=LEVELS[::-1])
    assert turned.value == pytest.approx(wanted, rel=1e-14)
    crossed = (np.diff(p, axis=-1) < 0.0).any(axis=-1).mean()
    for result in (turned, lossctl.compute("quantile", p, t, q=LEVELS)):
        assert result.notes == (f"quantiles cross in {100 * crossed:.3g} % of the items",)


def test_the_crossing_rate_counts_what_the_mean_counts() -> None:
    def note(**options: object) -> str:
        return lossctl.compute("quantile", PREDICTIONS, TARGETS, q=LEVELS, **options).notes[-1]

    assert note().startswith("quantiles cross in 33.3 %")
    assert note(weights=[1.0, 3.0, 0.0]).startswith("quantiles cross in 75 %")
    gap = [PREDICTIONS[0], [np.nan, 2.0, 1.0], PREDICTIONS[2]]
    omitted = lossctl.compute("quantile", gap, TARGETS, q=LEVELS, nan="omit")
    assert omitted.value == pytest.approx((ITEMS[0] + ITEMS[2]) / 2)
    assert omitted.notes[-1].startswith("quantiles cross in 0 %")
    assert not lossctl.compute("quantile", [1.0], [2.0], q=0.1).notes


def test_the_best_constants_are_those_of_each_quantile() -> None:
    rng = np.random.default_rng(2)
    p, t = rng.normal(size=(301, 3)), rng.normal(size=301)
    best = [pinball(np.quantile(t, q, method="inverted_cdf"), t, q).mean() for q in LEVELS]
    result = lossctl.compute("quantile", p, t, q=LEVELS, context=True)
    assert result.context["constant"] == pytest.approx(np.mean(best), rel=1e-12)


def test_the_gradient_is_shared_among_the_quantiles() -> None:
    found = lossctl.gradient("quantile", PREDICTIONS, TARGETS, q=LEVELS, reduction="sum")
    thirds = np.array([[-0.1, 0.0, 0.1], [0.9, 0.0, -0.9], [0.9, 0.5, 0.1]]) / 3.0
    np.testing.assert_allclose(found["predictions"], thirds, rtol=1e-15)


@pytest.mark.parametrize(
    ("predictions", "given", "says"),
    [
        (PREDICTIONS, {}, "have 3 columns for targets (3,): give quantile a q for each"),
        (PREDICTIONS, {"q": [0.1, 0.9]}, "q has 2 entries, needs 3 (one for each column"),
        ([1.0, 2.0, 3.0], {"q": LEVELS}, "q has 3 entries, needs 1, since predictions have the"),
        (PREDICTIONS, {"q": [0.1, 1.5, 0.9]}, "must lie in [0, 1], got 1.5"),
        ([[1.0], [2.0], [3.0]], {}, "reshape the predictions to (3,)"),
    ],
)
def test_what_does_not_fit_is_refused(predictions: list, given: dict, says: str) -> None:
    with pytest.raises(lossctl.LossctlError, match=r"quantile|reshape") as caught:
        lossctl.compute("quantile", predictions, TARGETS, **given)
    assert says in str(caught.value)


def test_the_list_that_is_proposed_is_taken() -> None:
    with pytest.raises(lossctl.DataError) as caught:
        lossctl.compute("quantile", PREDICTIONS, TARGETS)
    proposed = json.loads(str(caught.value).rpartition("q=")[2])
    assert lossctl.compute("quantile", PREDICTIONS, TARGETS, q=proposed).status == "ok"


def test_every_door_reads_the_columns_of_a_table(tmp_path: Path) -> None:
    table = tmp_path / "forecast.csv"
    rows = [",".join(map(str, [*p, t])) for p, t in zip(PREDICTIONS, TARGETS, strict=True)]
    table.write_text("\n".join(["q10,q50,q90,y", *rows]))
    wanted = sum(ITEMS) / 3.0
    spec = "quantile:q=[0.1,0.5,0.9]"
    done = shell("compute", f"{table}::q*", f"{table}::y", "-l", spec, "-f", "json")
    (found,) = json.loads(done.out)["results"]
    assert found["value"] == pytest.approx(wanted)
    assert found["notes"] == ["quantiles cross in 33.3 % of the items"]
    named = lossctl.compute("reg:quantileerror", PREDICTIONS, TARGETS, quantile_alpha=LEVELS)
    assert named.value == pytest.approx(wanted)
    term = {"loss": "quantile", "params": {"q": LEVELS}}
    data = {"predictions": PREDICTIONS, "targets": TARGETS}
    (answer,) = lossctl.run({"version": 1, "data": data, "supervised": term})
    assert answer.total == pytest.approx(wanted)
