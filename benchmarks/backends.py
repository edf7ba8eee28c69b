"""Backends of lossctl side by side: ``python -m benchmarks.backends [-o FILE]``.

A backend is chosen when lossctl is imported, so each is a process of its own, in which every loss
and eager PyTorch take turns, the most used ones with compiled PyTorch too. Ratios of processor time
are hardly touched by other work on the machine. AVX-512 is switched off in NumPy and PyTorch too
where lossctl does without.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases import COMPILED, EAGER, MOST_USED, Case, Setting, named

Rows = list[dict[str, Any]]
LOOPS, NUMPY = "loops", "NumPy"
FEW = 100_000  # elements up to which a call is timed many times


def features() -> list[str]:
    """Return the groups of instructions that NumPy uses here, the common ones first."""
    from numpy._core import _multiarray_umath as inner

    known = [*inner.__cpu_baseline__, *inner.__cpu_dispatch__]
    return [name for name in known if inner.__cpu_features__.get(name)]


def backends() -> dict[str, dict[str, str]]:
    """Return the environment of each backend that this processor has."""
    wide = [name for name in features() if "AVX512" in name or name == "X86_V4"]
    narrow = {
        "NPY_DISABLE_CPU_FEATURES": " ".join(wide),
        "ATEN_CPU_CAPABILITY": "avx2",
        # A kernel that was compiled and kept for wider vectors is used again, and is wrong.
        "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1",
    }
    both = {"AVX-512": {}, "AVX2": {**narrow}} if wide else {"AVX2": {}}
    return {
        f"{how}, {name}": environment | {"LOSSCTL_NATIVE": level}
        for name, environment in both.items()
        for how, level in ((LOOPS, "v3" if name == "AVX2" else ""), (NUMPY, "0"))
    }


def settings(elements: Sequence[int], case: Case) -> Iterator[Setting]:
    """Return how a case is run: every size, and at the largest all that is asked of it."""
    from lossctl.kernels.numeric.primitives import versions

    for size in elements:
        calls: dict[str, Any] = (
            {"runs": 5, "seconds": 0.3} if size > FEW else {"runs": 500, "seconds": 0.1}
        )
        largest = size == max(elements)
        compiled = largest and case.name in MOST_USED and versions()["loops"] != NUMPY
        peers = (EAGER, COMPILED) if compiled else (EAGER,)
        yield Setting(size, peers=peers, **calls)
        yield Setting(size, gradient=True, peers=(EAGER,), **calls)
        if largest:
            yield Setting(size, "float64", peers=(EAGER,), **calls)


def measure(elements: Sequence[int], losses: list[str]) -> Rows:
    """Time every loss beside PyTorch with the backend of this process."""
    from benchmarks.memory import time_case

    return [
        time_case(case, setting) for case in named(losses) for setting in settings(elements, case)
    ]


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
            for row in _rows_of(rows, size, "float32", gradient=gradient)
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


def _rows_of(rows: Rows, size: int, dtype: str, *, gradient: bool) -> Rows:
    wanted = (size, dtype, gradient)
    return [row for row in rows if (row["elements"], row["dtype"], row["gradient"]) == wanted]


def means(found: dict[str, Rows]) -> str:
    """Write geometric means, on the clock and of the processor: a column a backend."""
    sizes = sorted({row["elements"] for rows in found.values() for row in rows}, reverse=True)
    kinds = [(size, "float32", gradient, EAGER) for size in sizes for gradient in (False, True)]
    kinds[2:2] = [(sizes[0], "float64", False, EAGER), (sizes[0], "float32", False, COMPILED)]
    lines = [
        f"| scores, what, beside | {' | '.join(found)} |",
        "| --- |" + " ---: |" * len(found),
    ]
    for size, dtype, gradient, peer in kinds:
        what = f"{dtype}, {'value and gradient' if gradient else 'value'}, {peer}"
        cells = [
            _mean(_rows_of(rows, size, dtype, gradient=gradient), peer) for rows in found.values()
        ]
        lines.append(f"| {size:,}, {what} | {' | '.join(cells)} |")
    below = [
        _below_one(_rows_of(rows, sizes[0], "float32", gradient=False)) for rows in found.values()
    ]
    lines.append(f"| values below 1 of {EAGER} at {sizes[0]:,} | {' | '.join(below)} |")
    return "\n".join(lines)


def _mean(rows: Rows, peer: str) -> str:
    some = [row for row in rows if peer in row["ratios"]]
    if not some:
        return "–"
    wall, processor = (
        statistics.geometric_mean(row[kind][peer] for row in some)
        for kind in ("ratios", "processor_ratios")
    )
    return f"{wall:.2f} ({processor:.2f})"


def _below_one(rows: Rows) -> str:
    slow = [row["case"] for row in rows if row["ratios"][EAGER] < 1]
    return ", ".join(slow) or "none"


def main() -> None:
    """Measure every backend; print tables and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, help="write the figures as JSON here")
    parser.add_argument("--elements", type=int, nargs="+", default=[10, 1000, 100_000, 10_000_000])
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
    print(f"PyTorch's time over lossctl's, geometric means\n\n{means(found)}")
    for size in given.elements:
        print(f"\n{size:,} float32 scores: PyTorch's processor time over lossctl's\n")
        print(side_by_side(found, size))


if __name__ == "__main__":
    main()
