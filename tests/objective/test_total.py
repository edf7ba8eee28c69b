"""The total: S0's composition by hand, bits, weights, normalization, schedules, grids."""

import json
from pathlib import Path

import numpy as np
import pytest

from lossctl.core.errors import UsageError
from lossctl.objective.checkpoints import evaluate_series, natural
from lossctl.objective.config_files import load
from lossctl.objective.run import run
from lossctl.objective.weight_tables import over_grid, parse_grid, sensitivity
from tests.cli.run import lossctl
from tests.objective._help import answer_of, config_of, gradients_of, numeric_gradient

SMALLEST = """\
version: 1
data: {predictions: preds.npy, targets: targets.npy, rule_values: rules.npy, constraint_values: constraints.npy}
supervised: {loss: cross_entropy}
rules: [{name: background_knowledge, values: rule_values}]
constraints: [{name: feasible, values: constraint_values}]
weights: {supervised: 1.0, rule: 2.0, constraint: 5.0}
temperature: 1.0
"""  # noqa: E501
DRAW = np.random.default_rng(5)
N, C = 40, 4
ONE_HOT = np.eye(C)[DRAW.integers(0, C, N)]
FILES = {
    "preds": DRAW.dirichlet(np.ones(C), N),
    "targets": ONE_HOT,
    "rules": DRAW.random((N, 3)),
    "constraints": DRAW.normal(size=(N, 2)),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, array in FILES.items():
        np.save(tmp_path / f"{name}.npy", array)
    (tmp_path / "c.yaml").write_text(SMALLEST)
    return tmp_path


def by_hand(temperature: float = 1.0) -> list[float]:
    """The three losses, written out in scalar loops."""
    p, t, rules, constraints = FILES.values()
    cross = sum(-sum(t[i, c] * np.log(max(p[i, c], 1e-10)) for c in range(C)) for i in range(N)) / N
    rule = sum(((1.0 - v) / temperature) ** 2 for v in rules.ravel()) / rules.size
    violation = sum(10.0 * max(c, 0.0) ** 2 for c in constraints.ravel()) / constraints.size
    return [cross, rule, violation]


def test_the_composition_of_the_guide(folder: Path) -> None:
    (config,) = load(folder / "c.yaml")
    found = evaluate_series(config)
    cross, rule, violation = by_hand()
    assert [one.raw for one in found.components] == pytest.approx([cross, rule, violation])
    assert found.total == pytest.approx(1.0 * cross + 2.0 * rule + 5.0 * violation, rel=1e-14)
    data = found.to_dict()
    assert [one["kind"] for one in data["components"]] == ["supervised", "rule", "constraint"]
    assert [one["weight"] for one in data["components"]] == [1.0, 2.0, 5.0]
    assert sum(one["share"] for one in data["components"]) == pytest.approx(1.0)
    json.dumps(data, allow_nan=False)


def test_its_gradient() -> None:
    p, t, rules, constraints = FILES.values()
    arrays = {"predictions": p, "targets": t, "rule_values": rules}
    arrays["constraint_values"] = constraints
    text = SMALLEST.partition("}\n")[2]
    found = gradients_of(text, arrays)
    np.testing.assert_allclose(found["predictions"], -t / p / N, rtol=1e-12)
    np.testing.assert_allclose(found["rule_values"], 2.0 * 2.0 * (rules - 1.0) / rules.size)
    wanted = 5.0 * 20.0 * np.maximum(constraints, 0.0) / constraints.size
    np.testing.assert_allclose(found["constraint_values"], wanted)


def test_the_temperature_is_that_of_rules_only(folder: Path) -> None:
    (config,) = load(folder / "c.yaml", ["temperature=2", "rules.0.temperature=4"])
    assert [one.raw for one in evaluate_series(config).components] == pytest.approx(by_hand(4.0))
    (config,) = load(folder / "c.yaml", ["temperature=2"])
    assert [one.raw for one in evaluate_series(config).components] == pytest.approx(by_hand(2.0))


def test_every_rule_counts() -> None:
    """Ten rules and one supervised loss: none is dropped for want of a partner."""
    arrays = {f"r{number}": np.full(3, number / 10) for number in range(10)}
    rules = ", ".join(f"{{values: {name}}}" for name in arrays)
    found = answer_of(f"rules: [{rules}]\n", arrays)
    assert len(found.components) == 10
    assert found.total == pytest.approx(sum((1 - number / 10) ** 2 for number in range(10)))


@pytest.mark.parametrize("threads", [2, 3])
def test_the_same_bits_for_any_threads(threads: int) -> None:
    draw = np.random.default_rng(1)
    arrays = {name: draw.random(700_000, dtype=np.float32) for name in "abcp"}
    arrays["g"] = draw.integers(0, 50, 700_000)
    text = """\
supervised: [{loss: mse, predictions: p, targets: a}, {loss: mae, predictions: p, targets: b, where: c > 0.5}]
rules:
  - {formula: "a & b -> p"}
  - {formula: "a -> c", quantifier: forall, p: 3, weights: b}
  - {formula: "c | p", quantifier: exists, over: g}
constraints: [{formula: "p <= a + 0.3", penalty: log_barrier}]
"""  # noqa: E501
    one, other = answer_of(text, arrays, 1), answer_of(text, arrays, threads)
    assert one.to_dict() == other.to_dict()
    slopes, others = gradients_of(text, arrays, 1), gradients_of(text, arrays, threads)
    for name, slope in slopes.items():
        assert slope.dtype == arrays[name].dtype
        np.testing.assert_array_equal(slope, others[name])


def test_files_give_the_bits_of_arrays(folder: Path) -> None:
    (config,) = load(folder / "c.yaml")
    p, t, rules, constraints = FILES.values()
    arrays = {"predictions": p, "targets": t, "rule_values": rules}
    arrays["constraint_values"] = constraints
    assert evaluate_series(config).total == answer_of(SMALLEST.partition("}\n")[2], arrays).total


def test_weight_zero_is_reported_and_adds_nothing() -> None:
    found = answer_of("rules: [{values: r, weight: 0}]\n", {"r": np.zeros(4)})
    assert (found.total, found.components[0].raw) == (0.0, 1.0)


def test_a_term_that_dwarfs_the_rest_gets_a_note() -> None:
    arrays = {"r": np.full(4, 0.9), "c": np.full(4, 30.0)}
    found = answer_of("rules: [{values: r}]\nconstraints: [{values: c}]\n", arrays)
    assert any("of the total" in note for note in found.notes)
    even = answer_of("rules: [{values: r}]\n", arrays)
    assert not any("dwarfs" in note for note in even.notes)


def test_normalization() -> None:
    arrays = {"predictions": np.array([1.0, 2.0, 4.0]), "targets": np.zeros(3)}
    by_std = answer_of("supervised: {loss: mse}\nnormalize: std\n", arrays)
    assert by_std.total == pytest.approx(7.0 / np.std([1.0, 4.0, 16.0]))
    text = "supervised: {loss: mse}\nnormalize: {by: initial, initial: {mse: 14}}\n"
    assert answer_of(text, arrays).total == pytest.approx(0.5)
    with pytest.raises(UsageError, match="whole data"):
        answer_of(
            "supervised: {loss: dice}\nnormalize: std\n",
            {"predictions": np.array([0.2, 0.8]), "targets": np.array([0.0, 1.0])},
        )


def series(folder: Path, more: str) -> object:
    for step, shift in ((1, 3.0), (2, 2.0), (10, 1.0)):
        (folder / f"run{step}").mkdir(exist_ok=True)
        np.save(folder / f"run{step}/p.npy", np.full(4, shift))
    np.save(folder / "t.npy", np.zeros(4))
    np.save(folder / "r.npy", np.zeros(4))
    head = "version: 1\ndata: {predictions: run*/p.npy, targets: t.npy, r: r.npy}\n"
    text = f"{head}supervised: {{loss: mse}}\nrules: [{{values: r, name: rule_a}}]\n{more}"
    (folder / "s.yaml").write_text(text)
    (config,) = load(folder / "s.yaml")
    return evaluate_series(config)


def test_checkpoints_come_in_natural_order(tmp_path: Path) -> None:
    found = series(tmp_path, "schedule: {rule: {kind: linear, start: 0.0, end: 4.0}}\n")
    assert [step.files["predictions"] for step in found.steps] == [
        "run1/p.npy",
        "run2/p.npy",
        "run10/p.npy",
    ]
    assert [step.components[1].weight for step in found.steps] == [0.0, 2.0, 4.0]
    assert [step.total for step in found.steps] == [9.0, 6.0, 5.0]
    assert found.total == 5.0


def test_the_first_checkpoint_gives_the_initial_values(tmp_path: Path) -> None:
    found = series(tmp_path, "normalize: initial\n")
    assert [step.total for step in found.steps] == pytest.approx([2.0, 4 / 9 + 1, 1 / 9 + 1])


def test_a_grid_of_weights_and_the_front(tmp_path: Path) -> None:
    answer = series(tmp_path, "")
    grid = parse_grid(["rule=0,2", "mse=1"], ["mse", "rule_a"])
    found = over_grid(answer, grid)
    assert [row["total"] for row in found["grid"]] == [1.0, 3.0]
    assert [row["best"] for row in found["grid"]] == [2, 2]
    assert [row["step"] for row in found["front"]] == [2]
    with pytest.raises(UsageError, match="more than 10000"):
        parse_grid([f"rule={','.join('1' * 200)}", f"mse={','.join('1' * 200)}"], ["mse"])


def test_sensitivity() -> None:
    arrays = {"r": np.full(4, 0.5), "c": np.full(4, 1.0)}
    answer = answer_of("rules: [{values: r, weight: 4}]\nconstraints: [{values: c}]\n", arrays)
    rows = sensitivity(answer)
    assert [row["per_unit"] for row in rows] == [0.25, 10.0]
    assert [row["elasticity"] for row in rows] == pytest.approx([1 / 11, 10 / 11])
    assert [row["without"] for row in rows] == [10.0, 1.0]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("constant", [3.0, 3.0, 3.0, 3.0]),
        ("linear", [1.0, 2.0, 3.0, 3.0]),
        ("warm_up", [1.0, 2.0, 3.0, 3.0]),
        ("cosine", [1.0, 2.0, 3.0, 3.0]),
        ("exponential", [1.0, 3.0**0.5, 3.0, 3.0]),
        ("step", [1.0, 1.0, 3.0, 3.0]),
    ],
)
def test_schedules(kind: str, wanted: list[float]) -> None:
    text = (
        f"rules: [{{values: r}}]\nschedule: {{rule: {{kind: {kind}, start: 1, end: 3, steps: 2}}}}"
    )
    schedule = config_of(text).schedule["rule"]
    assert [schedule.at(number, 4) for number in range(4)] == pytest.approx(wanted, rel=1e-15)


def test_natural_order() -> None:
    names = ["e10", "e9", "e1/b", "e1/a", "a"]
    assert sorted(names, key=natural) == ["a", "e1/a", "e1/b", "e9", "e10"]


def test_an_infinite_loss_is_not_finite_and_not_a_crash() -> None:
    arrays = {"predictions": np.array([0.0, 1.0]), "targets": np.array([1.0, 1.0])}
    found = answer_of("supervised: {loss: bce, params: {epsilon: 0}}\n", arrays)
    assert found.status == "nonfinite"
    data = found.to_dict()
    assert data["total"] is None
    json.dumps(data, allow_nan=False)


def test_losses_with_other_inputs_and_their_gradients() -> None:
    draw = np.random.default_rng(8)
    arrays = {name: draw.normal(size=(6, 3)) for name in ("a", "b", "c", "mean", "log_variance")}
    text = """\
supervised:
  - {loss: triplet, inputs: {anchor: a, positive: b, negative: c}, weight: 2}
  - {loss: kl_standard_normal, weight: 0.5}
"""
    found = answer_of(text, arrays)
    a, b, c = (arrays[name] for name in "abc")
    near, far = np.linalg.norm(a - b, axis=1), np.linalg.norm(a - c, axis=1)
    triplet = np.maximum(near - far + 1.0, 0.0).mean()
    mean, spread = arrays["mean"], arrays["log_variance"]
    kl = -0.5 * (1 + spread - mean**2 - np.exp(spread)).sum(axis=1).mean()
    assert found.total == pytest.approx(2.0 * triplet + 0.5 * kl)
    slopes = gradients_of(text, arrays)
    np.testing.assert_allclose(slopes["mean"], 0.5 * mean / 6)
    for name in "abc":
        wanted = numeric_gradient(text, arrays, name)
        np.testing.assert_allclose(slopes[name], wanted, rtol=1e-5, atol=1e-8)


def test_losses_of_groups() -> None:
    scores, relevance = np.array([2.0, 1.0, 0.5, -1.0]), np.array([1.0, 0.0, 0.0, 2.0])
    arrays = {"predictions": scores, "targets": relevance, "query": np.array([1, 1, 2, 2])}
    both = answer_of("supervised: {loss: listnet, group: query}\n", arrays).total
    alone = [
        answer_of(
            "supervised: {loss: listnet}\n",
            {"predictions": scores[part], "targets": relevance[part]},
        ).total
        for part in (slice(0, 2), slice(2, 4))
    ]
    assert both == pytest.approx(sum(alone) / 2)


def test_a_parameter_moves_over_the_checkpoints(tmp_path: Path) -> None:
    """Huber's loss of constant errors 3, 2 and 1, of δ 0.5, 1 and 2: δ·(e − δ/2), then ½e²."""
    for step, error in ((1, 3.0), (2, 2.0), (10, 1.0)):
        np.save(tmp_path / f"p{step}.npy", np.full(4, error))
    np.save(tmp_path / "t.npy", np.zeros(4))
    text = (
        "version: 1\ndata: {predictions: 'p*.npy', targets: t.npy}\n"
        "supervised: {loss: huber, schedule: {delta: {kind: exponential, start: 0.5, end: 2}}}\n"
    )
    (tmp_path / "s.yaml").write_text(text)
    (config,) = load(tmp_path / "s.yaml")
    answer = evaluate_series(config)
    assert [step.total for step in answer.steps] == pytest.approx([1.375, 1.5, 0.5], rel=1e-14)
    moved = [step.to_dict()["components"][0]["params"]["delta"] for step in answer.steps]
    assert moved == pytest.approx([0.5, 1.0, 2.0], rel=1e-15)
    assert answer.components[0].params == {"delta": 2.0}
    done = lossctl("run", str(tmp_path / "s.yaml"), "-f", "table")
    assert done.code == 0
    assert "huber delta" in done.out


@pytest.mark.parametrize(
    ("schedule", "problem"),
    [
        ("{gamma: linear}", "start"),
        ("{gama: {kind: linear, start: 0, end: 2}}", "did you mean gamma"),
        ("{gamma: {kind: linear, start: -1, end: 2}}", r"gamma must lie in \[0, inf\), got -1"),
        ("{gamma: {kind: exponential, start: 0, end: 2}}", "start of an exponential schedule"),
        ("{alpha: {kind: step, start: 0.1, end: 0.2}}", "given twice"),
        ("{classes: {kind: step, start: 0, end: 1}}", "classes must be one of"),
    ],
)
def test_schedules_of_parameters_that_cannot_be(schedule: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        config_of(f"supervised: {{loss: focal, params: {{alpha: 0.5}}, schedule: {schedule}}}\n")


def test_a_whole_number_can_only_jump() -> None:
    jump = "supervised: {loss: listmle, schedule: {k: {kind: step, start: 1, end: 5}}}\n"
    assert config_of(jump).supervised[0].at(1, 3) == {"k": 1.0}
    with pytest.raises(UsageError, match="k must be a whole number"):
        config_of(jump.replace("step", "linear"))


def test_a_schedule_of_a_parameter_needs_a_series() -> None:
    moving = {"loss": "huber", "schedule": {"delta": {"kind": "linear", "start": 1, "end": 2}}}
    data = {"predictions": [0.2, 0.8], "targets": [0.0, 1.0]}
    with pytest.raises(UsageError, match="no file under data is a pattern"):
        run({"version": 1, "data": data, "supervised": moving})
