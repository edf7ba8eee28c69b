"""Which tests may notice a mutant: those that ran its line, or those of its module."""

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from zlib import crc32

import coverage
from mutants import ROOT, Mutant, dotted

FORMS = ("mse", "focal", "dice-", "cross_entropy", "listnet", "triplet", "info_nce", "ssim", "ctc")
"""Losses of every layout, whose laws the engine is held to."""

NEAREST = tuple(f"tests/conformance/test_{name}.py" for name in ("pages", "values", "gradients"))

NOT_TIMED: Mapping[str, float] = {}


@cache
def imports() -> dict[str, set[str]]:
    """Return what each module of kernels and losses imports of them, by dotted names."""
    found: dict[str, set[str]] = {}
    for path in (
        *(ROOT / "lossctl/kernels").rglob("*.py"),
        *(ROOT / "lossctl/losses").rglob("*.py"),
    ):
        nodes = ast.walk(ast.parse(path.read_bytes()))
        found[dotted(path)] = {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}
    return found


def losses_that_use(path: Path) -> list[str]:
    """Return the losses that import a module, directly first, then through others."""
    reached, users = {dotted(path)}, []
    while True:
        more = [name for name, read in imports().items() if name not in reached and read & reached]
        if not more:
            return users
        reached |= set(more)
        users += [name.rpartition(".")[2] for name in sorted(more) if is_loss(name)]


def is_loss(name: str) -> bool:
    """Whether a module is one of a loss: lossctl.losses.FAMILY.LOSS."""
    parts = name.split(".")
    return len(parts) == 4 and parts[1] == "losses" and parts[2] != "builders"


def tests_of(name: str) -> list[list[str]]:
    """Return arguments of pytest for the tests of a module, the nearest first."""
    path = ROOT / "lossctl" / name
    if name.startswith("engine/"):
        some = " or ".join(FORMS)
        return [
            [*NEAREST, "tests/conformance/test_reductions.py", "-k", some],
            ["tests/engine"],
            ["tests/conformance", "-k", some],
            ["tests/losses", "tests/testing", "tests/peers", "tests/cli/test_inputs.py"],
        ]
    users = [path.stem] if is_loss(dotted(path)) else losses_that_use(path)
    first, every = " or ".join(users[:8]), " or ".join(users)
    kernels = [["tests/kernels"]] if name.startswith("kernels/") else []
    return [
        *kernels,
        [*NEAREST, "-k", first],
        ["tests/conformance", "-k", every],
        ["tests/losses", "tests/engine", "tests/kernels", "tests/testing", "tests/objective"],
    ]


def tests_at(mutant: Mutant, contexts: Path) -> list[str] | None:
    """Return the tests that ran the line of a mutant, one of each function first.

    For a line that only imports run, those that ran any line of its module; None where no test did.
    """
    data = coverage.CoverageData(str(contexts))
    data.read()
    files = [name for name in data.measured_files() if name.endswith(f"lossctl/{mutant.path}")]
    if not files:
        return None
    by_line = {
        line: {name.rpartition("|")[0] for name in names if "::" in name}
        for line, names in data.contexts_by_lineno(files[0]).items()
    }
    first, last = lines_around(mutant)
    near = by_line.get(mutant.line) or set().union(
        *(by_line.get(line, set()) for line in range(first, last + 1))
    )
    tests = near or set().union(*by_line.values())
    return in_turn(tests) if tests else None


def lines_around(mutant: Mutant) -> tuple[int, int]:
    """Return the first and last line of the statement that a mutant is in: some have no event."""
    tree = ast.parse((ROOT / "lossctl" / mutant.path).read_bytes())
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= mutant.line <= (node.end_lineno or 0)
    ]
    nearest = min(around, key=lambda node: (node.end_lineno or 0) - node.lineno)
    return nearest.lineno, nearest.end_lineno or nearest.lineno


def in_turn(tests: Iterable[str], seconds: Mapping[str, float] = NOT_TIMED) -> list[str]:
    """Order tests so that the first case of every function comes before any second one.

    Functions that are known to take long come after the others.
    """
    turns: Counter[str] = Counter()
    ranked = []
    for test in sorted(tests, key=lambda name: crc32(name.encode())):
        function = test.partition("[")[0]
        ranked.append((turns[function], seconds.get(function, 0.0), test))
        turns[function] += 1
    return [test for *_, test in sorted(ranked)]
