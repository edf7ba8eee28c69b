"""The index says what the declarations say, and is not used where they say something else."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

import lossctl
from lossctl.losses.catalogue import CATALOGUE, RECIPES
from lossctl.metrics.known_metrics import METRICS

INDEX = Path("lossctl/report/index.txt")
LISTS = [
    "list", "list -f json", "list -f plain", "list --family ranking", "list --task segmentation",
    "list --search svm", "list --search BCELoss -f json", "list --search temperature",
    "list --search nothing_of_the_kind", "list --metrics", "list --metrics -f json",
    "list --metrics --search auc", "list --family regresion",
]  # fmt: skip
SHOWN = [
    *(f"show {name}" for name in (*CATALOGUE, *RECIPES, *METRICS)),
    *(f"show {name} -f json" for name in (*CATALOGUE, *RECIPES, *METRICS)),
    *(f"show {name} -f markdown" for name in ("focal", "vae", "f1", "BCELoss")),
    "show l1", "show BCEWithLogitsLoss", "show torch.nn.BCELoss", "show RMSLE", "show focl",
    "show auc", "show iou", "show focal -f yaml", "show Focal-", "show reg:squarederror",
]  # fmt: skip
COMPLETED = [
    "compute --loss foc", "compute --loss BCE", "compute --loss focal:ga", "compute --loss vae:",
    "compute --loss BCELoss:", "compute --loss focl:", "compute --metric f1,a", "show hub",
    "list --family re",
]  # fmt: skip
PROBE = """
import contextlib, io, json, os, sys
from lossctl.cli import main

outputs = []
for words in json.loads(sys.stdin.read()):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main.run(words.split())
    outputs.append((words, code, out.getvalue(), err.getvalue()))
print(json.dumps([outputs, "numpy" in sys.modules]))
"""
OFFERED = (
    "import lossctl\n\n@lossctl.loss\ndef gap(predictions, targets):\n    return predictions\n"
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a copy of the package that has an index."""
    tree = tmp_path_factory.mktemp("tree")
    ignored = shutil.ignore_patterns("__pycache__", "*.so", INDEX.name)
    shutil.copytree(Path(lossctl.__file__).parent, tree / "lossctl", ignore=ignored)
    python(tree, "-m", "lossctl.report.index_writing")
    return tree


@pytest.fixture
def without_index(tree: Path) -> Iterator[Path]:
    """Return the folder without the index."""
    away = (tree / INDEX).rename(tree / "away")
    yield tree
    away.rename(tree / INDEX)


def python(tree: Path, *arguments: str, stdin: str = "", **more: str) -> str:
    """Run Python with the copy, and folders of `more` before it; return what it prints."""
    paths = os.pathsep.join([*more.pop("paths", "").split(), str(tree)])
    done = subprocess.run(
        [sys.executable, *arguments], cwd=tree, input=stdin, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": paths, **more}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def printed(tree: Path, commands: Sequence[str], **more: str) -> tuple[list[list[object]], bool]:
    """Return what commands print, and whether NumPy was loaded."""
    outputs, has_numpy = json.loads(python(tree, "-c", PROBE, stdin=json.dumps(commands), **more))
    return outputs, has_numpy


def completions(tree: Path) -> Mapping[str, str]:
    found = {}
    for words in COMPLETED:
        environment = {
            "_LOSSCTL_COMPLETE": "complete_bash",
            "COMP_WORDS": f"lossctl {words}",
            "COMP_CWORD": str(len(words.split())),
        }
        found[words] = python(tree, "-m", "lossctl", **environment)
    return found


def test_it_prints_what_the_declarations_do(tree: Path, request: pytest.FixtureRequest) -> None:
    indexed, _ = printed(tree, [*LISTS, *SHOWN])
    completed = completions(tree)
    request.getfixturevalue("without_index")
    assert indexed == printed(tree, [*LISTS, *SHOWN])[0]
    assert completed == completions(tree)
    assert all(completed[words] for words in COMPLETED if words != "compute --loss focl:")


def test_it_needs_no_numpy(tree: Path, request: pytest.FixtureRequest) -> None:
    light = ["list", "list -f json", "show focal", "show BCELoss -f json", "list --metrics"]
    assert printed(tree, light)[1] is False
    request.getfixturevalue("without_index")
    assert printed(tree, light)[1] is True


def test_it_is_not_used_when_a_declaration_has_changed(tree: Path) -> None:
    """Also where the file keeps its size and its time."""
    file = tree / "lossctl/losses/regression/mse.py"
    before, times = file.read_text(encoding="utf-8"), file.stat()
    assert "quared" in before
    file.write_text(before.replace("quared", "QUARED"), encoding="utf-8")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    try:
        shown, _ = printed(tree, ["show mse"], PYTHONPYCACHEPREFIX=str(tree / "cache"))
    finally:
        file.write_text(before, encoding="utf-8")
    assert "QUARED" in str(shown)
    assert "QUARED" not in str(printed(tree, ["show mse"])[0])


@pytest.mark.parametrize("ending", ["dist-info", "egg-info"])
def test_losses_of_packages_are_listed(tree: Path, tmp_path: Path, ending: str) -> None:
    package = tmp_path / f"gaps-1.0.{ending}"
    package.mkdir()
    (package / ("METADATA" if ending == "dist-info" else "PKG-INFO")).write_text("Name: gaps\n")
    (package / "entry_points.txt").write_text("[lossctl.losses]\ngap = gaps:gap\n")
    (tmp_path / "gaps.py").write_text(OFFERED)
    [(_, code, out, _)], _ = printed(tree, ["list -f plain"], paths=str(tmp_path))
    assert code == 0
    assert "gap" in str(out).split()


def test_a_broken_index_is_none(tree: Path) -> None:
    whole = (tree / INDEX).read_bytes()
    (tree / INDEX).write_bytes(whole[: len(whole) // 10])
    try:
        assert [code for _, code, _, _ in printed(tree, ["list", "show huber"])[0]] == [0, 0]
        (tree / INDEX).write_bytes(b"\xff\n" + whole[:100])
        assert printed(tree, ["show huber"])[0][0][1] == 0
    finally:
        (tree / INDEX).write_bytes(whole)
