"""CONTRIBUTING's steps, taken in a copy of the tree: each touches what it says and nothing else."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COPIED = (
    "lossctl",
    "tests",
    "docs",
    "configs",
    "sample_data",
    "benchmarks",
    "tools",
    ".ci",
    ".github",
)
TREE_TESTS = "tests/recommender/test_decision_tree.py"
FILES = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"),
    *("pyproject.toml", "requirements-dev.txt", "LICENSE"),
)

LOSS = '''"""Twice the absolute residual."""

import numpy as np

from lossctl.core.loss import Array, Example, Page, Reference
from lossctl.losses.builders.elementwise import elementwise
from lossctl.losses.builders.elementwise import REGRESSION, RESIDUAL


def value(predictions: Array, targets: Array) -> Array:
    """Return 2|p − t|."""
    return 2.0 * np.abs(predictions - targets)


def slope(predictions: Array, targets: Array) -> Array:
    """Return twice the sign of the residual."""
    return 2.0 * np.sign(predictions - targets)


TWICE_MAE = elementwise(
    "twice_mae",
    title="Twice the mean absolute error",
    tasks=("regression",),
    inputs=REGRESSION,
    value=value,
    slope=slope,
    page=Page(
        summary="Twice the absolute distance.",
        formula="2|e|,  e = p − t",
        use_when=("steps of this guide are tried",),
        avoid_when=("a loss is wanted: use mae",),
        expected={"perfect": "0"},
        references=(Reference("A test of the guide", "https://example.org/twice"),),
        examples=(Example([1.0, 3.0], [0.0, 0.0], 4.0, {}, "(2 + 6) / 2"),),
        curve=RESIDUAL,
        kinks="at e = 0, where the slope is 0",
    ),
)
'''
ORACLE = '''"""Twice the absolute residual, as it is defined."""

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(predictions: Number, targets: Number, *, kind: str = "values") -> mpf:
    """Return 2|p − t|."""
    with working_digits(predictions, targets):
        return 2 * abs(exact(predictions) - exact(targets))
'''
OPTION = """    factor: float | None = _option(
        None,
        Nullable(POSITIVE),
        "Factor of the value.",
        metavar="FACTOR",
        group=WHAT,
    )
    context: bool = _option("""

FORMAT = """    FileFormat(
        "num",
        (".num",),
        streams="lossctl.io.num:read_num",
        packed=True,
        spelled="`preds.num`",
        notes="numbers, one a line",
    ),
]
TEXT ="""
READER = '''"""Numbers, one a line."""

from typing import IO

import numpy as np

from lossctl.engine.sources import ArraySource
from lossctl.io.opening import Opening


def read_num(stream: IO[bytes], opening: Opening) -> ArraySource:
    """Read every number."""
    opening.refuse_selector()
    return ArraySource(np.array(stream.read().split(), np.float64), opening.label)
'''


COMMAND = '''"""`lossctl count`: how many losses there are."""

from typing import Annotated

import typer

EXAMPLES = "Example: lossctl count --family ranking"


def count_losses(
    family: Annotated[str | None, typer.Option(help="Count only this family.")] = None,
) -> None:
    """Print how many losses there are."""
    from lossctl.cli.output import say
    from lossctl.report.listing import catalogue

    say(str(len(catalogue(family))))
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the tree."""
    ignored = shutil.ignore_patterns("__pycache__", ".venv")
    for name in COPIED:
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def add_command(tree: Path) -> None:
    """Take the two steps of "Adding a command": its module and its entry."""
    (tree / "lossctl/cli/count.py").write_text(COMMAND, encoding="utf-8")
    entry = '    "count": Command("count", "count_losses", "Say how many losses there are."),\n'
    where = '    "schema": Command('
    replace(tree / "lossctl/cli/commands.py", where, f"{entry}{where}")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name}: {old!r} stands {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")


def python(tree: Path, *words: str) -> str:
    """Run Python in the copy, which it imports from."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "NO_COLOR": "1", "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tree, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def cli(tree: Path, *words: str) -> str:
    return python(tree, "-m", "lossctl", *words)


def add_loss(tree: Path) -> None:
    """Take the three steps of "Adding a loss"."""
    (tree / "lossctl/losses/regression/twice_mae.py").write_text(LOSS, encoding="utf-8")
    entry = '    "mae": Entry('
    replace(
        tree / "lossctl/losses/catalogue.py",
        entry,
        f'    "twice_mae": Entry("regression"),\n{entry}',
    )
    (tree / "tests/oracles/regression/twice_mae.py").write_text(ORACLE, encoding="utf-8")


def add_option(tree: Path) -> None:
    """Take the two steps of "Adding an option": its declaration and its place of use."""
    options = tree / "lossctl/core/options.py"
    replace(options, "    context: bool = _option(", OPTION)
    replace(options, "import Choice, ", "import POSITIVE, Choice, ")
    used = "value=value if (by := plan.options.factor) is None else value * by,"
    replace(tree / "lossctl/engine/evaluate.py", "        value=value,\n", f"        {used}\n")


def add_format(tree: Path) -> None:
    """Take the two steps of "Adding a file format": its entry and its module."""
    replace(tree / "lossctl/io/file_formats.py", "]\nTEXT =", FORMAT)
    (tree / "lossctl/io/num.py").write_text(READER, encoding="utf-8")


SAMPLE = ("sample_data/diabetes/preds.npy", "sample_data/diabetes/targets.npy")


def test_adding_a_loss(tree: Path) -> None:
    add_loss(tree)
    assert "twice_mae" in cli(tree, "list")
    assert "2|e|" in cli(tree, "show", "twice_mae")
    once, twice = (
        float(cli(tree, "compute", *SAMPLE, "-l", name, "--value-only"))
        for name in ("mae", "twice_mae")
    )
    assert twice == 2.0 * once
    config = f"version: 1\ndata: {{p: {SAMPLE[0]}, t: {SAMPLE[1]}}}\n"
    config += "supervised: [{loss: twice_mae, predictions: p, targets: t}]\n"
    (tree / "c.yaml").write_text(config)
    assert float(cli(tree, "run", "c.yaml", "--value-only")) == twice
    advice = cli(tree, "recommend", "--task", "regression", "--no-input", "-f", "json")
    assert json.loads(advice)["schema_version"] == 1
    python(tree, "-c", "import lossctl; assert lossctl.losses.twice_mae([1.0], [0.0]) == 2.0")
    python(tree, "tools/stubs.py")
    assert "def twice_mae(" in (tree / "lossctl/losses/__init__.pyi").read_text(encoding="utf-8")
    laws = ("tests/conformance/test_values.py", "tests/conformance/test_pages.py")
    told = python(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "twice_mae", *laws)
    assert " passed" in told


def test_placing_a_loss_in_the_tree(tree: Path) -> None:
    add_loss(tree)
    leaf = (
        "  twice:\n    loss: twice_mae\n    because: It is twice as large.\n    source: a test\n"
        "    evidence: guide\n    against: [It is mae]\n"
    )
    regression = tree / "lossctl/recommender/tree/regression.yaml"
    rule = "  - {when: {goal: median}, leaf: mae_median}\n"
    replace(
        regression, rule, f"  - {{when: {{goal: robust, outliers: many}}, leaf: twice}}\n{rule}"
    )
    replace(regression, "leaves:\n", f"leaves:\n{leaf}")
    checks = ("-m", "pytest", "-q", "-p", "no:cacheprovider", TREE_TESTS)
    with pytest.raises(AssertionError, match=r"tree/regression\.yaml, leaf twice: .*no tuning"):
        python(tree, *checks)
    tuning = tree / "lossctl/recommender/tree/every_task.yaml"
    replace(tuning, "losses: [mse, rmse, ", "losses: [mse, rmse, twice_mae, ")
    assert "passed" in python(tree, *checks)
    said = ("--task", "regression", "--goal", "robust", "--outliers", "many", "--no-input")
    advice = json.loads(cli(tree, "recommend", *said, "-f", "json"))
    assert advice["recommendation"]["loss"] == "twice_mae"


def test_adding_an_option(tree: Path) -> None:
    add_option(tree)
    plain, scaled = (
        json.loads(cli(tree, "compute", *SAMPLE, "-l", "mae", "-f", "json", *more))["results"][0]
        for more in ((), ("--factor", "2.5"))
    )
    assert scaled["value"] == 2.5 * plain["value"]
    assert "factor:2.5" in scaled["signature"]
    assert "Factor of the value." in cli(tree, "compute", "--help")
    config = f"version: 1\ndata: {{p: {SAMPLE[0]}, t: {SAMPLE[1]}}}\n"
    config += "supervised: [{loss: mae, predictions: p, targets: t, reading: {factor: 2.5}}]\n"
    (tree / "c.yaml").write_text(config)
    (component,) = json.loads(cli(tree, "run", "c.yaml", "-f", "json"))["components"]
    assert (component["raw"], component["signature"]) == (scaled["value"], scaled["signature"])
    assert "factor" in cli(tree, "schema", "config")
    asked = "lossctl.compute('mae', [1.0], [0.0], factor=3.0)"
    python(tree, "-c", f"import lossctl; assert float({asked}) == 3.0")
    python(tree, "-c", "import lossctl; assert 'Factor of the value.' in lossctl.compute.__doc__")
    python(tree, "docs/options.py")
    assert "`factor`, `--factor`" in (tree / "docs/options.md").read_text(encoding="utf-8")
    python(tree, "tools/stubs.py")
    assert "factor: float | None = None" in (tree / "lossctl/__init__.pyi").read_text(
        encoding="utf-8"
    )


def test_adding_a_file_format(tree: Path) -> None:
    add_format(tree)
    (tree / "p.num").write_text("1\n2.5\n")
    (tree / "t.num.gz").write_bytes(gzip.compress(b"0\n0.5\n"))
    assert cli(tree, "compute", "p.num", "t.num.gz", "-l", "mse", "--value-only") == "2.5\n"
    config = "version: 1\ndata: {p: p.num, t: t.num.gz}\n"
    config += "supervised: [{loss: mse, predictions: p, targets: t}]\n"
    (tree / "c.yaml").write_text(config)
    assert float(cli(tree, "run", "c.yaml", "--value-only")) == 2.5
    python(
        tree, "-c", "import lossctl; assert float(lossctl.compute('mse', 'p.num', [1, 2.5])) == 0"
    )
    assert "jsonl|num" in cli(tree, "compute", "--help").replace("\n", "").replace(" ", "")
    python(tree, "docs/files.py")
    assert "| num | `preds.num` |" in (tree / "docs/files.md").read_text(encoding="utf-8")
    told = python(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/cli/test_startup.py")
    assert " passed" in told


def test_adding_a_command(tree: Path) -> None:
    add_command(tree)
    assert cli(tree, "count", "--family", "ranking") == "14\n"
    assert "count      Say how many losses there are." in cli(tree, "--help")
    assert "Example: lossctl count --family ranking" in cli(tree, "count", "--help")
    wrong = python(
        tree, "-c", "import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-m', "
        "'lossctl', 'count', '--family', 'rank']).returncode != 2)",
    )  # fmt: skip
    assert wrong == ""
    python(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/cli", "--update-golden",
           "-k", "test_help_golden")  # fmt: skip
    told = python(
        tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/cli/test_show.py",
        "-k", "help or commands",
    )  # fmt: skip
    assert " passed" in told
