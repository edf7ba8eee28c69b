"""The page on reliability says what was measured, and the lock fits pyproject.toml."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
TOLD = yaml.safe_load((ROOT / "docs/reliability.yaml").read_text(encoding="utf-8"))
RECORD = json.loads((ROOT / "docs/reliability.json").read_text(encoding="utf-8"))
LOCKED = re.compile(
    r"(?m)^([\w.-]+)==([\w.!+]+)(?: ; [^\\\n]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)"
)


def test_the_page_is_what_was_measured() -> None:
    command = [sys.executable, "docs/reliability.py", "--check"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0, (
        "run python docs/reliability.py"
    )


def test_trials_run_tests_that_there_are() -> None:
    missing = [
        path for one in TOLD["trials"] for path in one["run"].split() if not (ROOT / path).exists()
    ]
    assert missing == []
    assert not {*RECORD["trials"]} - {one["name"] for one in TOLD["trials"]}


def test_what_was_tried_did_not_fail() -> None:
    assert {name: one["failed"] for name, one in RECORD["trials"].items() if one["failed"]} == {}


def test_survivors_are_few_or_explained() -> None:
    """At most one mutant in twenty of each sample."""
    every = []
    for sample in RECORD["mutation"]:
        alive = [entry["mutant"] for entry in sample["mutants"] if not entry["killed_by"]]
        open_ones = [name for name in alive if not any(text in name for text in TOLD["explained"])]
        assert len(open_ones) <= len(sample["mutants"]) / 20, open_ones
        assert len(alive) <= sample["first_survivors"]
        every += alive
    assert not [text for text in TOLD["explained"] if not any(text in name for name in every)]


def locked() -> dict[str, list[str]]:
    text = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for name, version, _ in LOCKED.findall(text):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


def test_the_lock_holds_every_dependency_of_development() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    names = [*project["dependencies"], *extras["dev"], *extras["arrow"], *extras["zst"]]
    there = locked()
    for needed in map(Requirement, names):
        if needed.name != "lossctl":
            versions = there[canonicalize_name(needed.name)]
            assert all(needed.specifier.contains(one) for one in versions), (
                f"{needed} is not {versions}: write requirements-dev.txt again (CONTRIBUTING.md)"
            )


def test_every_package_of_the_lock_has_hashes() -> None:
    text = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
    pinned = re.findall(r"(?m)^[\w.-]+==", text)
    assert len(pinned) == sum(map(len, locked().values())) > 40
    assert "://" not in text


@pytest.mark.parametrize("word", ["plugin", "configurations", "labels", "baselines", "answers"])
def test_security_says_what_is_trusted(word: str) -> None:
    assert word in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
