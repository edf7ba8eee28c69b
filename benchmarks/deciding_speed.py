"""What comparisons and slices cost beside `compute` on the same files: whole processes, in turn.

Each figure is the median ratio of processor seconds of runs that follow each other, so that what
else the machine does changes both sides alike. The files are made in a temporary folder.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROWS, LONG, SLICES, TURNS = 20_000_000, 100_000_000, 50, 7
AT_ONCE = 5_000_000
Make = Callable[[np.random.Generator, int], np.ndarray[Any, Any]]


def seconds(folder: Path, commands: Sequence[Sequence[str]]) -> float:
    """Run commands one after the other; return the processor seconds of all of them."""
    before = os.times()
    for command in commands:
        whole = [sys.executable, "-m", "lossctl", *command]
        subprocess.run(whole, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return (
        after.children_user
        + after.children_system
        - before.children_user
        - (before.children_system)
    )


def ratio(folder: Path, one: Sequence[Sequence[str]], other: Sequence[Sequence[str]]) -> float:
    """Return the median of the ratios of two sets of commands, which take turns."""
    seconds(folder, one), seconds(folder, other)  # the files are in memory after that
    ratios = [seconds(folder, one) / seconds(folder, other) for _ in range(TURNS)]
    return statistics.median(ratios)


def save(folder: Path, name: str, rows: int, make: Make) -> None:
    """Write an array of random numbers, a part at a time."""
    random = np.random.default_rng([23, *name.encode(), rows])
    first = make(random, 1)
    array = np.lib.format.open_memmap(folder / name, "w+", first.dtype, (rows, *first.shape[1:]))
    for start in range(0, rows, AT_ONCE):
        stop = min(start + AT_ONCE, rows)
        array[start:stop] = make(random, stop - start)
    array.flush()


def normal(random: np.random.Generator, rows: int) -> np.ndarray[Any, Any]:
    """Float32 values."""
    return random.standard_normal(rows, np.float32)


def compute(*files: str, loss: str, more: Sequence[str] = ()) -> list[str]:
    """Return the arguments of `compute`."""
    return ["compute", *files, "-l", loss, "--no-progress", *more]


def measure_speed() -> list[dict[str, Any]]:
    """Return what a paired comparison and slices cost beside `compute`: ≤ 15 % and ≤ 30 % more."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("old.npy", "new.npy", "true.npy"):
            save(folder, file, ROWS, normal)
        compare = ["compare", "old.npy", "new.npy", "--targets", "true.npy", "-l", "mse"]
        both = [compute(file, "true.npy", loss="mse") for file in ("old.npy", "new.npy")]
        rows.append(
            {
                "what": f"paired t of mse, beside both values, {ROWS:,} rows (≤ 15 %)",
                "ratio": (found := ratio(folder, [compare], both)),
                "holds": found <= 1.15,
            }
        )
        scores: Make = lambda random, n: random.random(n, np.float32)  # noqa: E731
        wide: Make = lambda random, n: random.standard_normal((n, 10), np.float32)  # noqa: E731
        slices: Make = lambda random, n: random.integers(0, SLICES, n, np.uint8)  # noqa: E731
        bits: Make = lambda random, n: random.integers(0, 2, n, np.uint8)  # noqa: E731
        digits: Make = lambda random, n: random.integers(0, 10, n, np.uint8)  # noqa: E731
        for loss, count, predictions, targets in (
            ("mse", LONG, normal, normal),
            ("bce", ROWS, scores, bits),
            ("cross_entropy", ROWS // 5, wide, digits),
        ):
            for file, make in (("p.npy", predictions), ("t.npy", targets), ("s.npy", slices)):
                save(folder, file, count, make)
            alone = compute("p.npy", "t.npy", loss=loss)
            sliced = compute("p.npy", "t.npy", loss=loss, more=("--by", "s=s.npy"))
            classes = " of 10 classes" if loss == "cross_entropy" else ""
            rows.append(
                {
                    "what": f"{SLICES} slices of {loss}{classes}, {count:,} rows (≤ 30 %)",
                    "ratio": (found := ratio(folder, [sliced], [alone])),
                    "holds": found <= 1.3,
                }
            )
    return rows
