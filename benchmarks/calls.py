"""Small calls: ``python -m benchmarks.calls [--beside FOLDER]``, microseconds a call.

Every loss that is timed beside its peers (`cases.py`), of ten numbers or two rows: the value of
arrays of float32 and of float64, of lists, with weights, and with gradients. The least of many
calls, which other programs on the machine disturb least. `--beside` measures another checkout of
lossctl in turn with this one, and shows both as ``this/other``.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import lossctl
from benchmarks.cases import CASES, Case

ITEMS = 10
WAYS = ("float32", "float64", "lists", "weights", "gradient")
ROUNDS = 5  # of processes, in turn
Rows = dict[str, dict[str, float]]


def main() -> None:
    """Print a row for each loss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=400, help="calls of each kind in a round")
    parser.add_argument("--beside", type=Path, help="another checkout of lossctl")
    parser.add_argument("--json", action="store_true", help="measure here, in one round")
    given = parser.parse_args()
    if given.json:
        print(json.dumps({case.name: least_of_ways(case, given.calls) for case in cases()}))
        return
    trees = [Path(__file__).parent.parent, *([given.beside] if given.beside else [])]
    found: list[list[Rows]] = [[] for _ in trees]
    for _ in range(ROUNDS):
        for rounds, folder in zip(found, trees, strict=True):
            rounds.append(measured(folder, given.calls))
    print(f"{'loss, µs':28}" + "".join(f"{way:>12}" for way in WAYS))
    for case in cases():
        cells = []
        for way in WAYS:
            each = [[one[case.name].get(way) for one in rounds] for rounds in found]
            least = [f"{min(some):.0f}" for own in each if (some := [t for t in own if t])]
            cells.append("/".join(least) or "–")
        print(f"{case.name:28}" + "".join(f"{cell:>12}" for cell in cells))


def cases() -> list[Case]:
    """Return each loss once: of so few numbers, all numbers of classes are alike."""
    return list({case.peer: case for case in reversed(CASES)}.values())[::-1]


def measured(folder: Path, calls: int) -> Rows:
    """Measure the lossctl of a folder in a process of its own."""
    command = [sys.executable, __file__, "--json", "--calls", str(calls)]
    places = os.pathsep.join([str(folder.resolve()), str(Path(__file__).parent.parent)])
    environment = os.environ | {"PYTHONPATH": places}
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment)
    found: Rows = json.loads(answer.stdout)
    return found


def least_of_ways(case: Case, calls: int) -> dict[str, float]:
    """Return the least microseconds of a call in each way that the loss can be called."""

    def arrays(dtype: Any) -> tuple[Any, ...]:
        return case.draw(np.random.default_rng(0), ITEMS, dtype)

    doubles = arrays(np.float64)
    lists = [array.tolist() for array in doubles]
    weights = np.linspace(0.5, 1.5, len(doubles[0]))
    compute, gradient = lossctl.compute, lossctl.value_and_gradient
    found = {
        "float32": least(compute, case, arrays(np.float32), calls),
        "float64": least(compute, case, doubles, calls),
        "lists": least(compute, case, lists, calls),
        "gradient": least(gradient, case, doubles, calls),
    }
    try:
        found["weights"] = least(compute, case, doubles, calls, weights=weights)
    except lossctl.UsageError:  # of a loss of whole groups
        return found
    return found


def least(function: Callable[..., Any], case: Case, inputs: Any, calls: int, **more: Any) -> float:
    """Return the least microseconds of a call."""
    keywords = case.params | more
    shortest = float("inf")
    for _ in range(calls):
        start = time.perf_counter()
        function(case.loss, *inputs, **keywords)
        shortest = min(shortest, time.perf_counter() - start)
    return 1e6 * shortest


if __name__ == "__main__":
    main()
