"""Backends of lossctl side by side: ``python -m benchmarks.backends [-o FILE]``.

A backend is chosen when lossctl is imported, so each is a process of its own, in which every loss
and eager PyTorch take turns. Ratios are of processor time, which other work on the machine hardly
touches. AVX-512 is switched off in NumPy and PyTorch too where lossctl does without.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases import EAGER, Setting, named

Rows = list[dict[str, Any]]
LOOPS, NUMPY = "loops", "NumPy"


def features() -> list[str]:
    """Return the groups of instructions that NumPy uses here, the common ones first."""
    from numpy._core import _multiarray_umath as inner

    known = [*inner.__cpu_baseline__, *inner.__cpu_dispatch__]
    return [name for name in known if inner.__cpu_features__.get(name)]


def backends() -> dict[str, dict[str, str]]:
    """Return the environment of each backend that this processor has."""
    wide = [name for name in features() if "AVX512" in name or name == "X86_V4"]
    narrow = {"NPY_DISABLE_CPU_FEATURES": " ".join(wide), "ATEN_CPU_CAPABILITY": "avx2"}
    both = {"AVX-512": {}, "AVX2": {**narrow}} if wide else {"AVX2": {}}
    return {
        f"{how}, {name}": environment | {"LOSSCTL_NATIVE": level}
        for name, environment in both.items()
        for how, level in ((LOOPS, "v3" if name == "AVX2" else ""), (NUMPY, "0"))
    }


def measure(elements: Sequence[int], losses: list[str]) -> Rows:
    """Time every loss beside PyTorch with the backend of this process."""
    from benchmarks.memory import time_case

    rows = []
    for size in elements:
        for gradient in (False, True):
            for case in named(losses):
                setting = Setting(size, gradient=gradient, peers=(EAGER,), runs=5, seconds=0.3)
                rows.append(time_case(case, setting))
    return rows


def in_process(environment: dict[str, str], arguments: list[str]) -> Rows:
    """Measure in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.backends", "--here", *arguments],
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    rows: Rows = json.loads(done.stdout)
    return rows


def side_by_side(found: dict[str, Rows], size: int) -> str:
    """Write PyTorch's processor time over lossctl's: a row a loss, and geometric means."""
    columns = {
        f"{name}{', gradient' if gradient else ''}": {
            row["case"]: row["processor_ratios"][EAGER]
            for row in rows
            if (row["elements"], row["gradient"]) == (size, gradient) and row["processor_ratios"]
        }
        for gradient in (False, True)
        for name, rows in found.items()
    }
    first = next(iter(columns.values()))
    head = [f"| loss | {' | '.join(columns)} |", "| --- |" + " ---: |" * len(columns)]
    body = [
        f"| {case} | {' | '.join(f'{own[case]:.2f}' for own in columns.values())} |"
        for case in sorted(first, key=lambda case: first[case])
    ]
    means = [f"{statistics.geometric_mean(own.values()):.2f}" for own in columns.values()]
    return "\n".join([*head, *body, f"| **geometric mean** | {' | '.join(means)} |"])


def main() -> None:
    """Measure every backend; print tables and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, help="write the figures as JSON here")
    parser.add_argument("--elements", type=int, nargs="+", default=[100_000, 10_000_000])
    parser.add_argument("--loss", action="append", default=[], help="only these")
    parser.add_argument("--here", action="store_true", help="with the backend of this process")
    given = parser.parse_args()
    if given.here:
        print(json.dumps(measure(given.elements, given.loss)))
        return
    passed = ["--elements", *map(str, given.elements)]
    passed += [word for loss in given.loss for word in ("--loss", loss)]
    found: dict[str, Rows] = {}
    for name, environment in backends().items():
        found[name] = in_process(environment, passed)
        if given.output:
            figures = {"features": features(), "numpy": np.__version__, "backends": found}
            given.output.write_text(json.dumps(figures, indent=1) + "\n")
    for size in given.elements:
        print(f"\n{size:,} float32 scores: PyTorch's processor time over lossctl's\n")
        print(side_by_side(found, size))


if __name__ == "__main__":
    main()
