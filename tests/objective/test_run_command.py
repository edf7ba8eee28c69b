"""`lossctl run`, `init`, `schema config` and recipes in `compute`, from the command line."""

import csv
import io
import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
import yaml

import lossctl
from lossctl.core.errors import UsageError
from lossctl.losses.catalogue import CATALOGUE
from lossctl.objective.model import schema
from lossctl.objective.recipe import get_recipe
from lossctl.objective.recipes import RECIPES
from tests.cli.run import Outcome, inside
from tests.objective._broken import BROKEN

ROOT = Path(__file__).parents[2]
LOGIC = ROOT / "sample_data/logic"
CONFIGS = sorted(path for path in (ROOT / "configs").glob("*.yaml") if path.stem != "ci-gate")
FILE = """\
version: 1
data:
  predictions: {logic}/class_preds.npy
  targets: {logic}/class_targets.npy
  r: {logic}/rules.npy
  c: {logic}/constraints.npy
supervised: cross_entropy
rules: [{{name: knowledge, values: r}}]
constraints: [{{name: feasible, values: c}}]
weights: {{rule: 2.0, constraint: 5.0}}
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch, capsys):
    """Run lossctl in a folder with a configuration."""
    (tmp_path / "c.yaml").write_text(FILE.format(logic=LOGIC))
    monkeypatch.chdir(tmp_path)

    def go(*arguments: str) -> Outcome:
        return inside(list(arguments), monkeypatch, capsys)

    return go


def wanted() -> float:
    p, y = np.load(LOGIC / "class_preds.npy"), np.load(LOGIC / "class_targets.npy")
    r, c = np.load(LOGIC / "rules.npy"), np.load(LOGIC / "constraints.npy")
    cross = -np.log(p[np.arange(len(y)), y]).mean()
    return cross + 2.0 * ((1 - r) ** 2).mean() + 5.0 * (10.0 * np.maximum(c, 0) ** 2).mean()


def test_formats(run) -> None:
    value = pytest.approx(wanted(), rel=1e-12)
    assert float(run("run", "c.yaml", "--value-only").out) == value
    data = json.loads(run("run", "c.yaml", "-f", "json").out)
    assert (data["schema_version"], data["total"], data["status"]) == (1, value, "ok")
    assert [one["name"] for one in data["components"]] == ["cross_entropy", "knowledge", "feasible"]
    assert sum(one["weighted"] for one in data["components"]) == value
    (line,) = run("run", "c.yaml", "-f", "jsonl").out.splitlines()
    assert json.loads(line) == data
    rows = list(csv.DictReader(io.StringIO(run("run", "c.yaml", "-f", "csv").out)))
    assert sum(float(row["weighted"]) for row in rows) == value
    assert run("run", "c.yaml", "-f", "plain").out.startswith("total\t")
    assert "| knowledge | rule |" in run("run", "c.yaml", "-f", "markdown").out
    table = run("run", "c.yaml").out
    assert "knowledge: satisfaction 0.874" in table
    assert "feasible: violated 91 of 1138" in table


def test_the_answer_in_a_file(run, tmp_path: Path) -> None:
    done = run("run", "c.yaml", "-o", "out.json")
    assert (done.code, done.out) == (0, "")
    assert json.loads((tmp_path / "out.json").read_text())["total"] == pytest.approx(wanted())


def test_overrides(run, tmp_path: Path) -> None:
    assert float(run("run", "c.yaml", "--set", "weights.rule=0", "--set", "weights={}",
                     "--set", "constraints.feasible.weight=0", "--set", "rules.knowledge.weight=0",
                     "--value-only").out) == pytest.approx(0.15593078)  # fmt: skip
    np.save(tmp_path / "ones.npy", np.ones((569, 3)))
    data = json.loads(run("run", "c.yaml", "--data", "r=ones.npy", "-f", "json").out)
    assert data["components"][1]["raw"] == 0.0


@pytest.mark.parametrize(
    ("gates", "failed"),
    [
        ("{total: 0.3}", ["total is 0.3036483968, over the limit 0.3"]),
        ("{total: 0.31}", []),
        ("{components: {knowledge: 0.01}}", ["knowledge is 0.05251864266"]),
        ("{violation_rate: {feasible: 0.05}}", ["violation rate of feasible is 0.0799648"]),
        ("{violation_rate: {feasible: 0.08, knowledge: 0.05}}", ["violation rate of knowledge"]),
        ("{satisfaction: {knowledge: 0.9}}", ["satisfaction of knowledge is 0.87445"]),
    ],
)
def test_gates(gates: str, failed: list[str], run) -> None:
    done = run("run", "c.yaml", "--set", f"gates={gates}")
    assert done.code == bool(failed)
    for text in failed:
        assert text in done.err
    assert done.out.startswith("component")


def test_gates_of_the_command_line(run) -> None:
    assert run("run", "c.yaml", "--fail-over", "0.31").code == 0
    assert run("run", "c.yaml", "--fail-over", "0.3").code == 1
    assert run("run", "c.yaml", "--fail-over", "feasible=0.001").code == 1


def test_a_total_that_is_not_finite_passes_no_gate(run) -> None:
    np.save("p.npy", np.array([0.0, 1.0]))
    np.save("y.npy", np.array([1.0, 1.0]))
    text = "version: 1\ndata: {predictions: p.npy, targets: y.npy}\n"
    Path("n.yaml").write_text(text + "supervised: {loss: bce, params: {epsilon: 0}}\n")
    done = run("run", "n.yaml", "-f", "json", "--fail-over", "1000")
    assert done.code == 3
    assert json.loads(done.out)["total"] is None
    assert "gate failed: total is inf" in done.err


def test_gradients_in_files(run, tmp_path: Path) -> None:
    assert run("run", "c.yaml", "--gradient", "slopes").code == 0
    r, found = np.load(LOGIC / "rules.npy"), np.load(tmp_path / "slopes/r.npy")
    np.testing.assert_allclose(found, 2.0 * 2.0 * (r - 1.0) / r.size, rtol=1e-12)
    assert sorted(path.name for path in (tmp_path / "slopes").iterdir()) == [
        "c.npy",
        "predictions.npy",
        "r.npy",
    ]


def test_gradients_by_columns_of_a_table(run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n0.5,0.2\n1.0,0.4\n")
    Path("f.yaml").write_text('version: 1\ndata: {t: t.csv}\nrules: [{formula: "a -> b"}]\n')
    assert run("run", "f.yaml", "--gradient", "s").code == 0
    a, b = np.array([0.5, 1.0]), np.array([0.2, 0.4])
    short = a * (1 - b)  # 1 − (1 − a + ab)
    np.testing.assert_allclose(np.load("s/t.a.npy"), 2 * short * (1 - b) / 2)
    np.testing.assert_allclose(np.load("s/t.b.npy"), 2 * short * -a / 2)


def test_nothing_is_left_of_gradients_that_fail(run, tmp_path: Path) -> None:
    np.save("bad.npy", np.full((569, 3), np.nan))
    done = run("run", "c.yaml", "--data", "r=bad.npy", "--gradient", "slopes")
    assert done.code == 3
    assert list((tmp_path / "slopes").iterdir()) == []


def test_rows_of_two_tables_are_aligned_by_id(run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,p\n1,0.1\n2,0.2\n3,0.3\n")
    (tmp_path / "b.csv").write_text("id,y\n3,0.3\n1,0.1\n2,0.2\n")
    Path("i.yaml").write_text(
        "version: 1\ndata:\n  predictions: {file: a.csv, columns: p, id: id}\n"
        "  targets: {file: b.csv, columns: y, id: id}\nsupervised: mse\n"
        'constraints: [{formula: "predictions == targets"}]\n'
    )
    data = json.loads(run("run", "i.yaml", "-f", "json").out)
    assert data["total"] == 0.0
    assert any("another order" in note for note in data["notes"])


@pytest.mark.parametrize("suffix", ["parquet", "feather", "jsonl", "csv.gz"])
def test_formulas_over_tables_of_every_format(suffix: str, run, tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["x", "y"], "a": [0.5, 1.0], "b": [0.2, 0.4]})
    path = tmp_path / f"t.{suffix}"
    if suffix in {"parquet", "feather"}:
        pytest.importorskip("pyarrow")
        getattr(frame, f"to_{suffix}")(path)
    elif suffix == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, index=False)
    Path("f.yaml").write_text(
        f'version: 1\ndata: {{t: t.{suffix}, low: "t.{suffix}::b"}}\n'
        'rules: [{formula: "a -> low"}]\n'
    )
    done = run("run", "f.yaml", "--value-only")
    assert done.code == 0, done.err
    assert float(done.out) == pytest.approx(((0.5 * 0.8) ** 2 + 0.6**2) / 2)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_configurations_run(path: Path, run) -> None:
    done = run("run", str(path), "-f", "json")
    assert done.code == 0, done.err
    data = json.loads(done.out)
    jsonschema.validate(data, json.loads(run("schema", "run").out))
    for document in data.get("documents", [data]):
        assert document["status"] == "ok"
        assert document["total"] > 0.0


def test_the_schema_accepts_the_configurations_and_refuses_broken_ones(run) -> None:
    done = run("schema", "config")
    document = json.loads(done.out)
    assert document == json.loads((ROOT / "configs/lossctl.schema.json").read_text()) == schema()
    check = jsonschema.Draft202012Validator(document)
    for path in CONFIGS:
        for one in yaml.safe_load_all(path.read_text()):
            if "extends" not in one:
                check.validate(one)
    refused = {"unknown key", "unknown inner key", "text for a number", "rules as a mapping"}
    refused |= {"a rule of nothing", "a rule of both", "no loss", "negative weight", "no version"}
    for broken in BROKEN:
        if broken.name in refused:
            assert not check.is_valid(yaml.safe_load(broken.text)), broken.name


def test_configurations_name_the_schema() -> None:
    for path in CONFIGS:
        first = path.read_text().splitlines()[0]
        assert first == "# yaml-language-server: $schema=lossctl.schema.json"


@pytest.mark.parametrize("kind", ["objective", "logic", *RECIPES])
def test_init_writes_what_run_reads(kind: str, run, tmp_path: Path) -> None:
    done = run("init", "new.yaml", "--kind", kind)
    assert (done.code, done.out) == (0, "new.yaml\n")
    text = (tmp_path / "new.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=lossctl.schema.json\n")
    written = json.loads((tmp_path / "lossctl.schema.json").read_text())
    jsonschema.validate(yaml.safe_load(text), written)
    missing = run("run", "new.yaml")
    assert missing.code == 2  # its files are not there, nothing else is wrong
    assert "there is no file" in missing.err or "unknown loss" in missing.err
    again = run("init", "new.yaml")
    assert again.code == 2
    assert "--force" in again.err


def test_recipes_are_files_of_their_names() -> None:
    files = (ROOT / "lossctl/objective/recipes").glob("*.yaml")
    assert {path.stem for path in files} == set(RECIPES)
    for name in RECIPES:
        recipe = get_recipe(name)
        assert not {name} & set(CATALOGUE)
        assert recipe.bind({}).keys() == {param.name for param in recipe.params}
        for param in recipe.params:
            for value in param.domain.outside():
                with pytest.raises(UsageError):
                    recipe.bind({param.name: value})


def test_the_catalogue_shows_recipes(run) -> None:
    assert run("list", "--family", "recipe", "-f", "plain").out.split() == list(RECIPES)
    listed = json.loads(run("list", "-f", "json").out)["losses"]
    assert [one["id"] for one in listed if one["family"] == "recipe"] == list(RECIPES)
    for name in RECIPES:
        for form in ("text", "json", "markdown"):
            done = run("show", name, "-f", form)
            assert done.code == 0
            assert get_recipe(name).title in done.out


def test_logical_from_the_command_line(run) -> None:
    files = [str(LOGIC / f"{name}.npy") for name in
             ("class_preds", "class_targets", "rules", "constraints")]  # fmt: skip
    done = run("compute", *files, "-l", "logical:rule_weight=2,constraint_weight=5", "-f", "json")
    (found,) = json.loads(done.out)["results"]
    assert found["value"] == pytest.approx(wanted(), rel=1e-12)
    assert [part["loss"] for part in found["parts"]] == [
        "cross_entropy",
        "rule_satisfaction",
        "constraint_violation",
    ]
    jsonschema.validate(json.loads(done.out), json.loads(run("schema", "result").out))
    arrays = [np.load(file) for file in files]
    result = lossctl.compute("logical", *arrays, rule_weight=2.0, constraint_weight=5.0)
    assert result.value == found["value"]
    assert run("compute", *files[:2], "-l", "logical", "--fail-over", "0.1").code == 1
    table = run("compute", *files, "-l", "logical").out
    assert "logical: rules (rule_satisfaction) 0.0525" in table


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-l", "logical", "-l", "mse"], "mse is no recipe"),
        (["-l", "logical:rule_wieght=2"], "did you mean rule_weight?"),
        (["-l", "logical", "--gradient", "g.npy"], "lossctl run"),
        (["-l", "logical", "--reduction", "sum"], "is a recipe"),
    ],
)
def test_what_recipes_refuse(arguments: list[str], said: str, run) -> None:
    files = [str(LOGIC / "class_preds.npy"), str(LOGIC / "class_targets.npy")]
    done = run("compute", *files, *arguments)
    assert done.code == 2
    assert said in done.err


def test_the_gradient_of_a_recipe() -> None:
    p, t = np.array([[0.2, 0.8], [0.5, 0.5]]), np.array([1, 0])
    r = np.array([[0.4], [0.9]])
    found = lossctl.gradient("logical", p, t, r, rule_weight=3.0)
    np.testing.assert_allclose(found["rule_values"], 3.0 * 2.0 * (r - 1.0) / 2.0)
    np.testing.assert_allclose(found["predictions"], [[0.0, -0.625], [-1.0, 0.0]])


def test_the_variational_autoencoder() -> None:
    draw = np.random.default_rng(0)
    x, again, mean, log_variance = (draw.normal(size=(6, 4)) for _ in range(4))
    found = lossctl.compute("vae", again, x, mean, log_variance, beta=4.0)
    kl = -0.5 * (1 + log_variance - mean**2 - np.exp(log_variance)).sum(axis=1).mean()
    assert found.value == pytest.approx(((again - x) ** 2).mean() + 4.0 * kl)
    assert [part.name for part in found.parts] == ["reconstruction", "kl"]


def test_image_translation() -> None:
    draw = np.random.default_rng(0)
    made, wanted_image, fake = (
        draw.normal(size=(3, 5)),
        draw.normal(size=(3, 5)),
        draw.normal(size=3),
    )
    found = lossctl.compute("pix2pix", made, wanted_image, fake, distance_weight=10.0)
    fooled = np.log1p(np.exp(-fake)).mean()
    assert found.value == pytest.approx(10.0 * np.abs(made - wanted_image).mean() + fooled)
    critic = lossctl.compute("pix2pix", made, wanted_image, fake=fake, mode="wasserstein")
    assert critic.parts[1].value == pytest.approx(-fake.mean())


def test_inputs_of_a_recipe_by_name(run) -> None:
    draw = np.random.default_rng(0)
    for name in ("x", "again", "mean", "spread"):
        np.save(f"{name}.npy", draw.normal(size=(6, 4)))
    by_place = run("compute", "again.npy", "x.npy", "mean.npy", "spread.npy", "-l", "vae:beta=4",
                   "--value-only")  # fmt: skip
    by_name = run("compute", "again.npy", "x.npy", "--in", "log_variance=spread.npy", "--in",
                  "mean=mean.npy", "-l", "vae:beta=4", "--value-only")  # fmt: skip
    assert by_place.code == by_name.code == 0, by_name.err
    assert by_place.out == by_name.out


def test_the_schema_of_answers_refuses_what_is_none(run) -> None:
    check = jsonschema.Draft202012Validator(json.loads(run("schema", "run").out))
    data = json.loads(run("run", "c.yaml", "--sensitivity", "-f", "json").out)
    check.validate(data)
    for name in ("total", "components", "status"):
        assert not check.is_valid({key: one for key, one in data.items() if key != name})
    assert not check.is_valid({"schema_version": 1, "documents": [data]})
    data["components"][1]["violations"]["rate"] = 2.0
    assert not check.is_valid(data)


def test_run_in_python(run, tmp_path: Path) -> None:
    (found,) = lossctl.run(tmp_path / "c.yaml")
    assert found.total == pytest.approx(wanted(), rel=1e-12)
    (other,) = lossctl.run("c.yaml", sets=["weights.constraint=0"], data={"r": np.ones((569, 3))})
    assert other.total == pytest.approx(found.components[0].raw)
    with pytest.raises(UsageError, match="did you mean predictions"):
        lossctl.run("c.yaml", data={"prediction": np.ones(3)})


def test_outputs_spare_the_inputs(run, tmp_path: Path) -> None:
    np.save("r.npy", np.ones((569, 3)))
    before = (tmp_path / "r.npy").read_bytes()
    done = run("run", "c.yaml", "--data", "r=r.npy", "-o", "r.npy")
    assert (done.code, (tmp_path / "r.npy").read_bytes()) == (2, before)
    done = run("run", "c.yaml", "--data", "r=r.npy", "--gradient", ".")
    assert (done.code, (tmp_path / "r.npy").read_bytes()) == (2, before)
    assert "which is an input" in done.err


def test_detection() -> None:
    draw = np.random.default_rng(0)
    scores, labels = draw.random(5), np.array([1.0, 0.0, 0.0, 1.0, 0.0])
    boxes, targets = draw.random((5, 4)), draw.random((5, 4))
    found = lossctl.compute("detection", scores, labels, boxes, targets, labels, box_weight=2.0)
    true = np.where(labels == 1, scores, 1 - scores)
    alpha = np.where(labels == 1, 0.25, 0.75)
    focal = -(alpha * (1 - true) ** 2 * np.log(true)).mean()
    smooth = (0.5 * (boxes - targets) ** 2)[labels == 1].mean()
    assert found.value == pytest.approx(focal + 2.0 * smooth)


def test_segmentation() -> None:
    scores = np.random.default_rng(0).normal(size=(2, 3, 4, 4))
    targets = np.random.default_rng(1).integers(0, 3, (2, 4, 4))
    found = lossctl.compute("segmentation", scores, targets)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    hot = np.moveaxis(np.eye(3)[targets], -1, 1)
    cross = -np.log((p * hot).sum(axis=1)).mean()
    dice = 1 - (2 * (p * hot).sum() + 1e-6) / (p.sum() + hot.sum() + 1e-6)
    assert found.value == pytest.approx(cross + 0.5 * dice)


@pytest.mark.parametrize("asked", [["--sensitivity"], ["--weights-grid", "rule=1,2"]])
def test_tables_that_an_output_has_no_place_for(asked: list[str], run, tmp_path: Path) -> None:
    for form in (["-f", "csv"], ["-f", "plain"], ["-o", "out.csv"], ["--value-only"]):
        done = run("run", "c.yaml", *asked, *form)
        assert (done.code, done.out) == (2, "")
        assert f"error: {asked[0]}: " in done.err
        assert "has no place for it; use table, markdown, json or jsonl" in done.err
    assert not (tmp_path / "out.csv").exists()
    for form in ("table", "markdown", "json", "jsonl"):
        assert run("run", "c.yaml", *asked, "-f", form).code == 0


def test_documents_without_a_name_are_numbered(run, tmp_path: Path) -> None:
    one = FILE.format(logic=LOGIC)
    (tmp_path / "multi.yaml").write_text(f"{one}---\nname: second\n{one}---\n{one}")
    found = json.loads(run("run", "multi.yaml", "-f", "json").out)["documents"]
    assert [document["name"] for document in found] == ["multi_1", "second", "multi_3"]
    assert json.loads(run("run", "c.yaml", "-f", "json").out)["name"] == "c"


def test_a_gate_is_for_the_documents_that_have_the_component(run, tmp_path: Path) -> None:
    one = FILE.format(logic=LOGIC)
    other = one.replace(
        "supervised: cross_entropy", "supervised: {loss: mae, targets: predictions}"
    )
    (tmp_path / "multi.yaml").write_text(f"{one}---\n{other}")
    assert run("run", "multi.yaml", "--fail-over", "mae=0.5").code == 0
    failed = run("run", "multi.yaml", "--fail-over", "mae=-1")
    assert (failed.code, failed.err.count("gate failed")) == (1, 1)
    assert "gate failed: multi_2: mae is 0, over the limit -1" in failed.err
    none = run("run", "multi.yaml", "--fail-over", "bce=1")
    assert (none.code, none.out) == (2, "")
    assert "no component 'bce'" in none.err


def test_every_output_of_a_recipe_has_its_parts(run) -> None:
    names = ("class_preds", "class_targets", "rules", "constraints")
    args = ("compute", *(str(LOGIC / f"{name}.npy") for name in names), "-l", "logical")
    rules = ((1 - np.load(LOGIC / "rules.npy")) ** 2).mean()
    value = pytest.approx(rules, rel=1e-12)
    plain = dict(line.split("\t") for line in run(*args, "-f", "plain").out.splitlines())
    assert [name for name in plain if name.startswith("logical.")] == [
        "logical.supervised", "logical.rules", "logical.constraints",
    ]  # fmt: skip
    assert float(plain["logical.rules"]) == value
    rows = list(csv.DictReader(io.StringIO(run(*args, "-f", "csv").out)))
    (part,) = (row for row in rows if row["loss"] == "logical.rules")
    assert float(part["value"]) == value
    assert part["params"].startswith("loss=rule_satisfaction,weight=")
    assert f"| logical.rules | {rules:.10g} |" in run(*args, "-f", "markdown").out
    assert len(run(*args, "--value-only").out.splitlines()) == 1
