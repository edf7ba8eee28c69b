"""Judge mutants in copies of the tree: any place can be made wrong, but each takes an import."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from mutant_tests import tests_at, tests_of
from mutants import ROOT, Mutant

FRESH = get_context("forkserver")
"""Starts processes in which what every test imports is there, and nothing of lossctl."""
FRESH.set_forkserver_preload(["numpy", "scipy.special", "mpmath", "pandas", "pytest"])

MOST = 80
"""Tests of one line that are run, at most."""


@dataclass(frozen=True)
class Way:
    """How mutants are judged."""

    jobs: int
    seconds: float
    depth: int
    contexts: Path | None
    left_out: tuple[str, ...]
    tests: list[str] | None = None


class Trees:
    """Copies of the tree, one for each job."""

    def __init__(self, jobs: int, folder: Path) -> None:
        self._free: Queue[Path] = Queue()
        listing = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"]
        names = subprocess.check_output(listing, text=True).splitlines()  # noqa: S603
        for job in range(jobs):
            tree = folder / str(job)
            for name in names:
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, tree / name)
            self._free.put(tree)

    def judge(self, mutant: Mutant, way: Way) -> dict[str, Any]:
        """Run the tests of a mutant; say what killed it, if anything did."""
        tree = self._free.get()
        path = tree / "lossctl" / mutant.path
        before = path.read_bytes()
        began = time.monotonic()
        try:
            path.write_bytes(before[: mutant.start] + mutant.new.encode() + before[mutant.stop :])
            forget_compiled(path)
            verdicts = verdicts_on(mutant, tree, way)
            killed = next((test for test in verdicts if test), None)
        finally:
            path.write_bytes(before)
            forget_compiled(path)
            self._free.put(tree)
        took = round(time.monotonic() - began, 1)
        return {"mutant": mutant.name, "killed_by": killed, "seconds": took}


def forget_compiled(path: Path) -> None:
    """Remove the compiled module: a change within a second would not be seen."""
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
        compiled.unlink()


def verdicts_on(mutant: Mutant, tree: Path, way: Way) -> Iterator[str | None]:
    """Yield, for each group of tests, the test that failed, or None."""
    groups = tests_of(mutant.path)[: way.depth]
    if way.contexts is not None and (near := tests_at(mutant, way.contexts)) is not None:
        groups = [near[:MOST]] if near else []
    if way.tests:
        groups = [way.tests]
    for arguments in groups:
        words = [*arguments, *(word for name in way.left_out for word in ("--deselect", name))]
        said = tree.parent / f"{tree.name}.txt"
        process = FRESH.Process(target=run_tests, args=(tree, words, said))
        process.start()
        process.join(way.seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            yield "time"
            return
        if process.exitcode not in {0, 5}:  # 5: no test of that name
            lines = said.read_text(errors="replace").splitlines()
            failed = [failure for line in lines if (failure := failed_test(line))]
            if not failed:
                raise RuntimeError(f"pytest ended with {process.exitcode}: {lines[-3:]}")
            yield failed[0]
            return
        yield None


def failed_test(line: str) -> str:
    """Return the test that a line of pytest's summary says to have failed, or nothing."""
    verdict, _, rest = line.partition(" ")
    return rest.partition(" - ")[0] if verdict in {"FAILED", "ERROR"} else ""


def run_tests(tree: Path, words: Sequence[str], said: Path) -> None:
    """Run tests in a copy of the tree and exit with their code; a process of its own does."""
    os.chdir(tree)
    os.environ |= {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(tree))
    with said.open("w") as out, redirect_stdout(out), redirect_stderr(out):
        code = pytest.main(["-x", "-q", "-n", "0", "-p", "no:cacheprovider", *words])
    os._exit(int(code))
