"""Measure `check` beside `compute`: time on arrays and tables, memory on many rows and on a stream.

``python -m benchmarks.check`` prints a table; ``--rows N`` sets the size, ``--only NAME`` a case.
What is judged are processor seconds, of all threads and of the start of the command: what else
the machine does changes them little. The time that passes is printed beside them.
``-o docs/check_time.json`` writes the figures that ``docs/check.md`` shows.
"""

import argparse
import json
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

SCRIPT = Path(sysconfig.get_path("scripts")) / "lossctl"
MOST_TIMES = 1.5  # of compute
REPEATS = 5
USED = (
    "import resource; used = resource.getrusage(resource.RUSAGE_CHILDREN); "
    "print(used.ru_utime + used.ru_stime, used.ru_maxrss)"
)


class Size(NamedTuple):
    """A case: its files in a folder, and the arguments that name them."""

    arguments: list[str]
    loss: str
    stream: str = ""


def write_classes(folder: Path, rows: int) -> Size:
    """Ten classes as float32 logits."""
    rng = np.random.default_rng(0)
    logits = np.lib.format.open_memmap(
        folder / "p.npy", mode="w+", dtype=np.float32, shape=(rows, 10)
    )
    labels = np.lib.format.open_memmap(folder / "t.npy", mode="w+", dtype=np.int64, shape=(rows,))
    for at in range(0, rows, 1 << 18):
        part = rng.normal(0, 2, (min(1 << 18, rows - at), 10))
        noise = rng.gumbel(size=part.shape)
        logits[at : at + len(part)], labels[at : at + len(part)] = part, (part + noise).argmax(1)
    return Size(["p.npy", "t.npy"], "cross_entropy")


def write_values(folder: Path, rows: int) -> Size:
    """Numbers in float64."""
    rng = np.random.default_rng(0)
    targets = rng.normal(size=rows)
    np.save(folder / "p.npy", targets + 0.5 * rng.normal(size=rows))
    np.save(folder / "t.npy", targets)
    return Size(["p.npy", "t.npy"], "mse")


def write_labels(folder: Path, rows: int) -> Size:
    """Probabilities of labels 0 and 1, in float32."""
    rng = np.random.default_rng(0)
    probabilities = 1 / (1 + np.exp(-3 * rng.normal(size=rows)))
    np.save(folder / "p.npy", probabilities.astype(np.float32))
    np.save(folder / "t.npy", (rng.random(rows) < probabilities).astype(np.int64))
    return Size(["p.npy", "t.npy"], "bce")


def write_table(folder: Path, rows: int) -> Size:
    """A table of text; a twentieth of the rows."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(max(rows // 20, 1000), 2))
    values[:, 1] += values[:, 0]
    np.savetxt(folder / "t.csv", values, fmt="%.9g", delimiter=",", header="p,y", comments="")
    return Size(["t.csv::p", "t.csv::y"], "mse")


def write_stream(folder: Path, rows: int) -> Size:
    """The numbers of `values`, of which the predictions come through a pipe."""
    size = write_values(folder, rows)
    return size._replace(arguments=["-", "t.npy", "--stdin-format", "npy"], stream="p.npy")


def write_json(folder: Path, rows: int) -> Size:
    """Lines of JSON through a pipe; a fiftieth of the rows."""
    rng = np.random.default_rng(0)
    targets = rng.normal(size=max(rows // 50, 1000))
    predictions = targets + 0.5 * rng.normal(size=len(targets))
    lines = (f'{{"p": {p:.9g}, "y": {y:.9g}}}\n' for p, y in zip(predictions, targets, strict=True))
    (folder / "t.jsonl").write_text("".join(lines))
    arguments = ["-::p", "-::y", "--stdin-format", "jsonl"]
    return Size(arguments, "mse", stream="t.jsonl")


def write_masks(folder: Path, rows: int) -> Size:
    """A few masks, each of a million pixels."""
    rng = np.random.default_rng(0)
    shape = (max(rows >> 20, 2) + 7, 1024, 1024)
    masks = rng.random(shape, dtype=np.float32)
    np.save(folder / "p.npy", masks)
    np.save(folder / "t.npy", (rng.random(shape, dtype=np.float32) < masks).astype(np.uint8))
    return Size(["p.npy", "t.npy"], "dice")


CASES: dict[str, Callable[[Path, int], Size]] = {
    "classes": write_classes,
    "values": write_values,
    "labels": write_labels,
    "table": write_table,
    "stream": write_stream,
    "lines": write_json,
    "masks": write_masks,
}


class Used(NamedTuple):
    """The least seconds of some runs, of processors and as they pass, and their most MiB."""

    processor: float
    passed: float
    memory: float


def measure(commands: Sequence[str], size: Size, folder: Path) -> list[Used]:
    """Measure commands; they take turns, so that what else the machine does falls on all."""
    runs: dict[str, list[Used]] = {command: [] for command in commands}
    for command in list(commands) * REPEATS:
        words = [str(SCRIPT), command, *size.arguments, "--loss", size.loss]
        line = " ".join(f"'{word}'" for word in words) + " > out.txt"
        if size.stream:
            line = f"cat {size.stream} | {line}"
        run = f"subprocess.run({line!r}, shell=True, check=True)"
        code = f"import subprocess; {run}; {USED}"
        begin = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
        )
        processor, memory = map(float, done.stdout.split())
        runs[command].append(Used(processor, time.perf_counter() - begin, memory / 1024))
    columns = [list(zip(*runs[command], strict=True)) for command in commands]
    return [Used(min(cpu), min(passed), max(memory)) for cpu, passed, memory in columns]


def main() -> int:
    """Print the measurements; return 1 where check uses more than 1.5 times the processor time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--only", choices=CASES)
    parser.add_argument("-o", "--output", type=Path)
    asked = parser.parse_args()
    slow = 0
    figures: dict[str, dict[str, float]] = {}
    heads = ("compute s", "check s", "times", "times by clock", "compute MiB", "check MiB")
    print(f"{'case':10}" + "".join(f"{head:>16}" for head in heads))
    for name, write in CASES.items():
        if asked.only not in {None, name}:
            continue
        with tempfile.TemporaryDirectory() as folder:
            size = write(Path(folder), asked.rows)
            first, second = measure(("compute", "check"), size, Path(folder))
        times, by_clock = second.processor / first.processor, second.passed / first.passed
        slow += times > MOST_TIMES
        used = (first.processor, second.processor, times, by_clock, first.memory, second.memory)
        print(f"{name:10}" + "".join(f"{value:16.2f}" for value in used), flush=True)
        figures[name] = dict(zip(heads, (round(value, 2) for value in used), strict=True))
    if asked.output:
        text = json.dumps({"rows": asked.rows, "cases": figures}, indent=1)
        asked.output.write_text(text + "\n", encoding="utf-8")
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
