"""The documents tell the truth: commands, outputs, links, examples."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lossctl.cli.commands import every_command
from tests.documents.blocks import DOCUMENTS, ROOT


def test_the_ci_script_runs_the_readme_test_command() -> None:
    marker = re.search(r'grep -m1 -F "(.+?)"', (ROOT / ".ci/run").read_text()).group(1)
    lines = [line for line in (ROOT / "README.md").read_text().splitlines() if marker in line]
    setup = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]'"
    assert lines == [f"{setup} && .venv/bin/pytest -q -n auto"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    missing = [link for link in local if not (document.parent / link).exists()]
    assert missing == []


def test_every_command_of_the_readme_parses() -> None:
    """Options named in the documents exist."""
    text = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    options = set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", text))
    elsewhere = {
        "debug",
        "install-completion",
        "help",
        "check",
        "tag",
        "family",
        "task",
    }
    elsewhere |= {"elements", "rows", "into", "quick", "cache", "held-out"}  # of benchmarks
    elsewhere |= {"update-golden", "update-outputs"}  # of pytest
    elsewhere |= {"measure", "seconds", "only"}  # of what tries the tests
    elsewhere |= {"extra", "generate-hashes", "python-version", "universal", "upgrade"}  # of uv
    elsewhere |= {"no-deps", "require-hashes"}  # of pip
    elsewhere |= {"junit-xml", "rev"}  # of pytest and git, in continuous integration
    elsewhere |= {"body-file", "create-if-none", "edit-last"}  # of gh
    elsewhere |= {"version", "verbose"}  # of lossctl itself
    elsewhere |= {"array", "dependency", "wrap", "ntasks"}  # of sbatch and srun
    elsewhere |= {"scheduler-file", "nthreads", "hostfile", "no-dashboard"}  # of Dask
    elsewhere |= {"out", "params", "test-rows", "train-rows"}  # of a training script
    commands = [command.build(name) for name, command in every_command().items()]
    flags = {
        flag
        for command in commands
        for param in command.params
        for flag in (*param.opts, *param.secondary_opts)
    }
    known = {flag.removeprefix("--") for flag in flags if flag.startswith("--")}
    assert options - known - elsewhere == set()


@pytest.mark.parametrize("script", sorted((ROOT / "docs").glob("*.py")), ids=lambda path: path.name)
def test_a_page_that_is_made_is_fresh(script: Path) -> None:
    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_changelog_names_this_version_or_is_unreleased() -> None:
    assert re.search(r"^## \[Unreleased\]", (ROOT / "CHANGELOG.md").read_text(), re.M)
