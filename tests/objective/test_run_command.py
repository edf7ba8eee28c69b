"""`lossctl run` from the command line and in Python: formats, gates, gradients, tables."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lossctl
from lossctl.core.errors import UsageError
from lossctl.kernels.numeric.primitives import versions
from tests.objective._logic import FILE, LOGIC, wanted


def test_formats(run) -> None:
    value = pytest.approx(wanted(), rel=1e-12)
    assert float(run("run", "c.yaml", "--value-only").out) == value
    data = json.loads(run("run", "c.yaml", "-f", "json").out)
    assert (data["schema_version"], data["total"], data["status"]) == (1, value, "ok")
    assert [one["name"] for one in data["components"]] == ["cross_entropy", "knowledge", "feasible"]
    assert sum(one["weighted"] for one in data["components"]) == value
    assert data.pop("provenance") == versions()
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
        ("{total: 0.3}", ["total is 0.303648, over the limit 0.3"]),
        ("{total: 0.31}", []),
        ("{components: {knowledge: 0.01}}", ["knowledge is 0.0525186, over"]),
        ("{violation_rate: {feasible: 0.05}}", ["violation rate of feasible is 0.0799649, over"]),
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
    assert not (tmp_path / "slopes").exists()


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


def test_python_does_what_the_shell_does(tmp_path: Path, run) -> None:
    """Gradients, grids, sensitivity and gates, by the names of the shell's options."""
    more = {"weights_grid": ["rule=1,2"], "sensitivity": True}
    (answer,) = lossctl.run("c.yaml", **more)
    printed = run("run", "c.yaml", "-f", "json", "--weights-grid", "rule=1,2", "--sensitivity")
    shown = {"schema_version": 1} | json.loads(json.dumps(answer.to_dict()))
    shown["provenance"] = versions()
    assert json.loads(printed.out) == shown
    lossctl.run("c.yaml", gradient=tmp_path / "python")
    assert run("run", "c.yaml", "--gradient", str(tmp_path / "shell")).code == 0
    for path in (tmp_path / "shell").iterdir():
        assert path.read_bytes() == (tmp_path / "python" / path.name).read_bytes()
    verdict = lossctl.judge(answer, fail_over={"total": answer.total / 2})
    failed = run("run", "c.yaml", "--fail-over", str(answer.total / 2))
    assert (verdict.exit_code, not verdict) == (failed.code, True) == (1, True)
    assert verdict.failures[0] in failed.err
    assert lossctl.judge(answer, fail_over=answer.total)
    with pytest.raises(lossctl.UsageError, match="no component 'nothing'"):
        lossctl.judge(answer, fail_over={"nothing": 1.0})
