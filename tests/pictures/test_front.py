"""The front of an objective: ranges of weights beside a fine grid, dents, what is refused."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import lossctl as package
from lossctl.pictures.front import best_ranges
from tests.cli.run import lossctl

CONFIG = Path(__file__).parents[2] / "configs" / "checkpoints.yaml"


@pytest.mark.parametrize("seed", range(20))
def test_ranges_hold_the_least_total_of_every_weight(seed: int) -> None:
    rng = np.random.default_rng(seed)
    swept, rest = rng.random(12), rng.random(12)
    if seed % 2:
        swept, rest = np.round(swept, 1), np.round(rest, 1)  # ties
    rest[3] = np.nan
    ranges = best_ranges(swept, rest)
    assert (ranges[0].low, ranges[-1].high) == (0.0, np.inf)
    assert all(a.high == b.low for a, b in itertools.pairwise(ranges))
    for weight in np.r_[0.0, np.geomspace(1e-3, 1e3, 400)]:
        totals = rest + weight * swept
        own = next(each for each in ranges if each.low <= weight <= each.high)
        assert totals[own.candidate] == pytest.approx(np.nanmin(totals), rel=1e-9)


def test_the_picture_of_checkpoints_agrees_with_run(tmp_path: Path) -> None:
    found = json.loads(lossctl("plot", "front", CONFIG, "--sweep", "upper", "-f", "json").out)
    assert not list(Draft202012Validator(package.schema("picture")).iter_errors(found))
    columns = found["columns"]
    assert columns["candidate"] == ["step_1", "step_2", "step_10"]
    change = next(w for w in columns["weight_from"] if w)
    for weight in (change * 0.999, change * 1.001):
        (answer,) = package.run(CONFIG, weights_grid=[f"upper={weight}"])
        best = answer.extras["grid"][0]["best"]
        low, high = (columns[f"weight_{end}"][best] for end in ("from", "to"))
        assert low <= weight <= (np.inf if high is None else high)
    (answer,) = package.run(CONFIG)
    assert columns["total"][2] == pytest.approx(answer.total)
    assert columns["raw.bce"][2] == pytest.approx(answer.component("bce").raw)
    other = json.loads(
        lossctl("plot", "front", CONFIG, "--sweep", "constraint", "--set", "weights.constraint=50",
                "-f", "json").out
    )  # fmt: skip
    assert other["sentences"][0].startswith("with the present weight of constraint, 50, step_2")
    drawn = lossctl("plot", "front", CONFIG, "--sweep", "upper", env={"LC_ALL": "C.UTF-8"}).out
    assert "present weight, 5" in drawn


def objective(values: list[tuple[float, float]], folder: Path) -> dict[str, Any]:
    """Return an objective whose two components have these values, one candidate each."""
    for place, (first, second) in enumerate(values):
        np.savez(folder / f"run{place}.npz", a=[np.sqrt(first)], b=[np.sqrt(second)])
    data = {name: str(folder / f"run*.npz::{name}") for name in ("a", "b")}
    zero = np.zeros(1)
    terms = [
        {"name": name, "loss": "mse", "inputs": {"predictions": name, "targets": "zero"}}
        for name in ("a", "b")
    ]
    return {"version": 1, "data": {**data, "zero": zero}, "supervised": terms}


def test_a_dent_is_on_the_front_and_best_for_no_weight(tmp_path: Path) -> None:
    config = objective([(0.0, 1.0), (0.6, 0.6), (1.0, 0.0), (1.5, 1.5)], tmp_path)
    found = package.plot("front", config)
    data = found.to_dict()["columns"]
    assert data["on_front"] == ["yes", "yes", "yes", "no"]
    assert data["best_for_some_weight"] == ["yes", "no", "yes", "no"]
    assert data["weight_to"][0] == pytest.approx(1.0)  # 0 + w = 1 + 0 w
    said = "\n".join(found.sentences)
    assert "on the front, but best for no weight: run1" in said
    assert "1 of 4 candidates is dominated: run3 by run0" in said  # both cost 1 and 2
    assert data["dominated_by"] == ["", "", "", "run0"]
    names = [trace.name for trace in found.picture.panels[0].traces]
    assert names == [
        "front",
        "on the front, best for no weight",
        "run3, dominated by run0",
        "run0",
        "run2",
    ]


def test_what_has_no_front(tmp_path: Path) -> None:
    one = tmp_path / "one.yaml"
    one.write_text(CONFIG.read_text().replace("step_*", "step_1"))
    cases = {
        (CONFIG,): "say whose weight with --sweep",
        (CONFIG, "--sweep", "uper"): "did you mean upper",
        (CONFIG, "--sweep", "upper", "--data", "nonsense"): "expected name=path",
    }
    for args, said in cases.items():
        done = lossctl("plot", "front", *args)
        assert (done.code, done.out) == (2, ""), args
        assert said in done.err
    config = objective([(0.0, 1.0), (1.0, 0.0)], tmp_path)
    with pytest.raises(package.UsageError, match="is the whole total"):
        package.plot("front", config, sweep="supervised")
    alone = {**config, "data": {"a": [1.0], "b": [1.0], "zero": [0.0]}}
    with pytest.raises(package.UsageError, match="a front needs candidates"):
        package.plot("front", alone, sweep="b")
    config["supervised"][0]["weight"] = 2.0
    config["constraints"] = [{"formula": "zero <= 0"}]
    with pytest.raises(package.UsageError, match="have different weights"):
        package.plot("front", config, sweep="supervised")
