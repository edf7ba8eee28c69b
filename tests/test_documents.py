"""The documents tell the truth: commands, outputs, links, examples."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lossctl.cli.commands import COMMANDS
from lossctl.cli.main import run

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    path
    for folder in (ROOT, ROOT / "docs", ROOT / "docs/design", ROOT / "configs", ROOT / "benchmarks")
    for path in folder.glob("*.md")
)


def readme_block(after: str) -> str:
    """Return the first fenced block that follows a text in the README."""
    rest = (ROOT / "README.md").read_text(encoding="utf-8").partition(after)[2]
    return rest.split("```\n", 2)[1]


def test_the_readme_shows_the_real_output(monkeypatch, capsys) -> None:
    monkeypatch.chdir(ROOT)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = re.search(r"\.venv/bin/lossctl (compute .*)", readme).group(1)
    assert run(shlex.split(command)) == 0
    assert capsys.readouterr().out == readme_block("--loss focal\n```")


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


def test_the_ci_gate_runs(monkeypatch, tmp_path, capsys) -> None:
    workflow = yaml.safe_load((ROOT / "configs/ci-gate.yaml").read_text())
    steps = [step["run"] for step in workflow["jobs"]["gate"]["steps"] if "run" in step]
    commands = [shlex.split(step)[1:] for step in steps if step.startswith("lossctl")]
    assert len(commands) == 2
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")
    monkeypatch.chdir(tmp_path)
    assert [run(command) for command in commands] == [0, 0]
    assert "| focal:" in capsys.readouterr().out


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
        "no-header",
    }
    elsewhere |= {"elements", "rows", "into"}  # of the benchmarks
    commands = [command.build(name) for name, command in COMMANDS.items()]
    flags = {
        flag
        for command in commands
        for param in command.params
        for flag in (*param.opts, *param.secondary_opts)
    }
    known = {flag.removeprefix("--") for flag in flags if flag.startswith("--")}
    assert options - known - elsewhere == set()


def test_the_objective_of_the_readme_runs(monkeypatch, tmp_path, capsys) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text.partition("```yaml\n")[2].partition("```")[0]
    (tmp_path / "objective.yaml").write_text(block, encoding="utf-8")
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")
    monkeypatch.chdir(tmp_path)
    assert run(["run", "objective.yaml"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("bce", "background_knowledge", "large_is_malignant"))


def test_the_coverage_page_is_what_the_commands_answer() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs/coverage.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_changelog_names_this_version_or_is_unreleased() -> None:
    assert re.search(r"^## \[Unreleased\]", (ROOT / "CHANGELOG.md").read_text(), re.M)


def test_the_oracle_in_contributing_is_the_one_that_stands() -> None:
    oracle = (ROOT / "tests/oracles/regression/log_cosh.py").read_text(encoding="utf-8")
    assert f"```python\n{oracle}```" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_page_of_options_is_fresh() -> None:
    """docs/options.py writes it from the table."""
    done = subprocess.run(
        [sys.executable, ROOT / "docs/options.py", "--check"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
