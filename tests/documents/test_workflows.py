"""The workflow to copy stops models that got worse, and the project's own run what they say."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tests.cli.run import SCRIPT, environment, tool
from tests.documents.blocks import ROOT

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
