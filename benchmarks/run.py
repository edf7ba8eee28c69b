"""Measure lossctl beside its peers: ``python benchmarks/run.py [PART …] [-o FILE]``."""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.cases import EAGER, JAX, MOST_USED, Setting, named

LARGE = 20_000_000
HALF = 10_000_000  # float64 numbers of as many bytes
SIZES = (10_000, 100_000, 1_000_000, 10_000_000, 40_000_000)


def machine() -> dict[str, Any]:
    """Say what this was measured on."""
    import numpy as np

    from benchmarks.backends import features
    from lossctl.kernels.numeric.primitives import versions

    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")
    found = {
        "processor": model or platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "features": " ".join(features()),
        "loops": versions()["loops"],
        "load": os.getloadavg()[0],
        "date": time.strftime("%Y-%m-%d"),
    }
    print(", ".join(f"{name} {value}" for name, value in found.items()), flush=True)
    return found


def losses(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Time every loss in memory: values and gradients, float32 and float64."""
    from benchmarks.memory import time_cases

    cases = named(arguments.loss)
    large, half = (arguments.elements,) * 2 if arguments.elements else (LARGE, HALF)
    rows = time_cases(cases, Setting(large))  # each setting prints a table of its own
    core = [case for case in cases if case.name in MOST_USED]
    others = [case for case in cases if case not in core]
    rows += time_cases(core, Setting(large, gradient=True))
    rows += time_cases(others, Setting(large, gradient=True, peers=(EAGER, JAX)))
    for gradient in (False, True):
        rows += time_cases(
            cases, Setting(half, "float64", gradient, peers=(EAGER, JAX), runs=5, seconds=0.6)
        )
    return rows


def files(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Time every loss from npy files."""
    from benchmarks.files import time_files

    return time_files(named(arguments.loss), arguments.elements or LARGE)


def save(figures: dict[str, Any], path: Path | None) -> None:
    """Write what there is so far."""
    if path:
        path.write_text(json.dumps(figures, indent=1) + "\n")


def main() -> None:
    """Run the parts asked for, print tables and write JSON."""
    from benchmarks import limits, processes, report, scaling

    # a child's peak memory starts at its parent's, so processes are measured while this is small
    parts = {
        "startup": lambda given: processes.startup(2 * given.runs),
        "processes": lambda given: processes.processes(given.runs),
        "rows": lambda given: scaling.rows(given.rows),
        "limits": lambda _: limits.limits(),
        "threads": lambda _: scaling.threads(LARGE, os.cpu_count() or 1),
        "sizes": lambda _: scaling.sizes(SIZES),
        "losses": losses,
        "files": files,
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"which parts: {', '.join(parts)} (all)")
    parser.add_argument("-o", "--output", type=Path, help="write the figures as JSON here")
    parser.add_argument(
        "--loss", action="append", default=[], help="only these (parts losses, files)"
    )
    parser.add_argument("--elements", type=int, help="predicted numbers (parts losses, files)")
    parser.add_argument("--rows", type=int, default=10**9, help="longest file (part rows)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each process")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(parts):
        parser.error(f"no part is called {', '.join(sorted(unknown))}")
    began = time.perf_counter()
    figures: dict[str, Any] = {"machine": machine()}
    for name, part in parts.items():
        if not given.parts or name in given.parts:
            figures[name] = part(given)
            save(figures, given.output)
    figures["targets"] = report.targets(figures)
    figures["seconds"] = time.perf_counter() - began
    print(f"\n{figures['seconds']:.0f} seconds in all")
    save(figures, given.output)


if __name__ == "__main__":
    main()
