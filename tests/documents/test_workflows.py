"""The workflow to copy stops models that got worse, and the project's own run what they say."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from lossctl.cli.commands import COMMANDS
from tests.cli.run import SCRIPT, environment, tool
from tests.documents.blocks import ROOT
from tests.report.test_ci_reports import parsed

FOLDER = "sample_data/breast_cancer"
INSTALL, LIMITS = 0, 1


def workflow(path: str) -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def steps(path: str) -> list[str]:
    """Return what a workflow of one job runs."""
    (job,) = workflow(path)["jobs"].values()
    return [step["run"] for step in job["steps"] if "run" in step]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a repository whose branch origin/main holds the sample data."""
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    for command in (
        "init -q -b main",
        "add .",
        "-c user.name=name -c user.email=mail commit -q -m data",
        "update-ref refs/remotes/origin/main HEAD",
    ):
        subprocess.run([tool("git"), *command.split()], cwd=tmp_path, env=environment(), check=True)
    return tmp_path


def codes(folder: Path) -> list[int]:
    """Run the steps of the gate but the installation, up to the first that fails."""
    path = f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}"
    given = environment(workflow("configs/ci-gate.yaml")["env"] | {"PATH": path})
    given["GITHUB_BASE_REF"] = "main"
    found: list[int] = []
    for step in steps("configs/ci-gate.yaml")[LIMITS:]:
        done = subprocess.run([tool("bash"), "-e", "-c", step], cwd=folder, env=given, check=False)
        found.append(done.returncode)
        if done.returncode:
            break
    return found


@pytest.mark.parametrize(
    ("shift", "wanted"),
    [(0.0, [0, 0, 0]), (-0.05, [0, 0, 0]), (-0.2, [0, 0, 1]), (1.0, [1])],
    ids=["the same", "hardly worse", "worse", "over the limit"],
)
def test_the_gate_to_copy(shift: float, wanted: list[int], checkout: Path) -> None:
    """Predictions beside those of the main branch, by a shift of the logits."""
    logits = np.load(checkout / FOLDER / "logits.npy").astype(np.float64)
    if shift:
        np.save(checkout / FOLDER / "preds.npy", 1 / (1 + np.exp(-logits - shift)))
    assert codes(checkout) == wanted


def test_the_gate_refuses_another_number_of_items(checkout: Path) -> None:
    for name in ("preds", "targets"):
        path = checkout / FOLDER / f"{name}.npy"
        np.save(path, np.load(path)[:500])
    assert codes(checkout) == [0, 3]


def test_the_gate_installs_what_there_is() -> None:
    """A checkout: the name on a package index would be somebody else's."""
    assert steps("configs/ci-gate.yaml")[INSTALL] == "pip install ."


@pytest.mark.parametrize(
    ("shift", "wanted"), [(0.0, 0), (1.0, 1)], ids=["within the limits", "over a limit"]
)
def test_the_job_of_gitlab(shift: float, wanted: int, checkout: Path) -> None:
    """Its script makes the reports that its artifacts name."""
    config = workflow("configs/gitlab-ci.yml")
    job = config["loss-gate"]
    install, gate = job["script"]
    assert install == "pip install ."
    assert job["artifacts"]["when"] == "always"
    logits = np.load(checkout / FOLDER / "logits.npy").astype(np.float64)
    np.save(checkout / FOLDER / "preds.npy", 1 / (1 + np.exp(-logits - shift)))
    path = f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}"
    given = environment(config["variables"] | {"PATH": path})
    done = subprocess.run([tool("bash"), "-e", "-c", gate], cwd=checkout, env=given, check=False)
    assert done.returncode == wanted
    reports = job["artifacts"]["reports"]
    assert parsed((checkout / reports["junit"]).read_text()).get("failures") == str(wanted)
    assert len(json.loads((checkout / reports["codequality"]).read_text())) == wanted


def action(folder: Path, arguments: str, annotations: str = "true") -> tuple[int, str, str]:
    """Run the last step of the action; return its exit code, its log and what it outputs."""
    install, run = workflow("action.yml")["runs"]["steps"]
    assert "--target" in install["run"]
    output = folder / "output"
    given = environment({
        "ARGUMENTS": arguments, "ANNOTATIONS": annotations, "PYTHONPATH": str(ROOT),
        "GITHUB_OUTPUT": str(output), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    })  # fmt: skip
    command = [tool("bash"), "--noprofile", "--norc", "-eo", "pipefail", "-c", run["run"]]
    done = subprocess.run(
        command, cwd=folder, env=given, check=False, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr, output.read_text()


def test_the_action(checkout: Path) -> None:
    files = f"{FOLDER}/preds.npy {FOLDER}/targets.npy"
    code, log, output = action(checkout, f"compute {files}\n  --loss focal --fail-over 0.001")
    assert (code, output) == (1, "exit-code=1\n")
    assert "\n::error title=focal at most 0.001::focal is 0.00848579" in log
    assert "1 failed" in (checkout / "summary.md").read_text()
    code, log, _ = action(checkout, f"compute {files} --loss focal --fail-over 1", "false")
    assert (code, "::" in log) == (0, False)
    assert action(checkout, "compute 'a file' b --loss mse")[0] == 2


@pytest.mark.parametrize("text", ["$(touch no)", "`touch no`", "; touch no", "x' ; touch 'no"])
def test_the_action_runs_nothing_that_is_in_its_arguments(text: str, checkout: Path) -> None:
    code, _, _ = action(checkout, f"compute {text} b.npy --loss mse")
    assert code == 2
    assert not (checkout / "no").exists()


def test_the_action_takes_no_input_into_its_scripts() -> None:
    """An expression inside a script would be replaced before the shell reads it."""
    metadata = workflow("action.yml")
    assert metadata["runs"]["using"] == "composite"
    given = set()
    for step in metadata["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
        given |= set(re.findall(r"inputs\.([\w-]+)", " ".join(step["env"].values())))
    assert given == set(metadata["inputs"])
    assert metadata["outputs"]["exit-code"]["value"] == "${{ steps.run.outputs.exit-code }}"


def test_the_hooks_are_commands() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert len({hook["id"] for hook in hooks}) == len(hooks)
    for hook in hooks:
        program, command = hook["entry"].split()
        assert (program, hook["language"], hook["pass_filenames"]) == ("lossctl", "python", False)
        assert command in COMMANDS
        assert hook["id"] == f"lossctl-{command}"


@pytest.mark.parametrize(("name", "script"), [("ci", ".ci/run"), ("long", ".ci/long")])
def test_a_workflow_runs_its_script(name: str, script: str) -> None:
    assert steps(f".github/workflows/{name}.yml") == [f"bash {script}"]
    assert (ROOT / script).is_file()


def test_the_long_checks_are_run_every_week() -> None:
    triggers = workflow(".github/workflows/long.yml")[True]  # YAML 1.1 reads the key on as true
    assert triggers.keys() == {"schedule", "workflow_dispatch"}
    (time,) = triggers["schedule"]
    assert len(time["cron"].split()) == 5
    assert time["cron"].split()[2:4] == ["*", "*"]
    assert time["cron"].split()[4] != "*"
