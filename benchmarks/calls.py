"""Small calls: ``python -m benchmarks.calls [--beside FOLDER]``, microseconds a call of `compute`.

The least of many calls, which other programs on the machine disturb least. `first` is the same call
without a remembered plan. `--beside` measures another checkout of lossctl in turn with this one.
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

ITEMS, CLASSES = 10, 5
LOSSES = ("mse", "huber", "bce_with_logits", "focal", "cross_entropy", "dice")
ROUNDS = 5  # of processes, in turn


def main() -> None:
    """Print a row for each loss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000, help="calls of each loss in a round")
    parser.add_argument("--beside", type=Path, help="another checkout of lossctl")
    parser.add_argument("--json", action="store_true", help="measure here, in one round")
    given = parser.parse_args()
    if given.json:
        print(json.dumps({loss: least_of_calls(loss, given.calls) for loss in LOSSES}))
        return
    trees = {"now": Path(__file__).parent.parent}
    if given.beside:
        trees["beside"] = given.beside
    rounds: dict[str, list[Any]] = {name: [] for name in trees}
    for _ in range(ROUNDS):
        for name, folder in trees.items():
            rounds[name].append(measured(folder, given.calls))
    print(f"{'loss':20}" + "".join(f"{name + ' µs':>14}{'first µs':>10}" for name in trees))
    for loss in LOSSES:
        least = [np.min([one[loss] for one in found], axis=0) for found in rounds.values()]
        print(f"{loss:20}" + "".join(f"{again:14.0f}{first:10.0f}" for again, first in least))


def measured(folder: Path, calls: int) -> dict[str, tuple[float, float]]:
    """Measure the lossctl of a folder in a process of its own."""
    command = [sys.executable, __file__, "--json", "--calls", str(calls)]
    environment = os.environ | {"PYTHONPATH": str(folder.resolve())}
    answer = subprocess.run(command, capture_output=True, check=True, env=environment)
    found: dict[str, tuple[float, float]] = json.loads(answer.stdout)
    return found


def least_of_calls(loss: str, calls: int) -> tuple[float, float]:
    """Return the least microseconds of a call, with a remembered plan and without."""
    random = np.random.default_rng(0)
    scores = random.normal(size=(ITEMS, CLASSES) if loss == "cross_entropy" else ITEMS)
    if loss == "dice":
        scores = 1.0 / (1.0 + np.exp(-scores))
    targets = random.integers(CLASSES if loss == "cross_entropy" else 2, size=ITEMS)

    def first() -> Any:
        return lossctl.evaluate([loss], scores, targets)

    def again() -> Any:
        return lossctl.compute(loss, scores, targets)

    assert again().value == first()[0].value
    return least(again, calls), least(first, calls)


def least(call: Callable[[], Any], calls: int) -> float:
    """Return the least microseconds of a call."""
    shortest = float("inf")
    for _ in range(calls):
        start = time.perf_counter()
        call()
        shortest = min(shortest, time.perf_counter() - start)
    return 1e6 * shortest


if __name__ == "__main__":
    main()
