"""Benchmarks: losses in memory against PyTorch, memory of a large evaluation, start-up time."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ITEMS = 20_000_000
CLASSES = 10
FILE_ITEMS = 200_000_000
THREADS = 2


def interleaved(
    ours: Callable[[], Any], theirs: Callable[[], Any], runs: int
) -> tuple[float, float]:
    """Return the median seconds of both, run in turn after one warm-up each."""
    ours()
    theirs()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for call, seconds in zip((ours, theirs), times, strict=True):
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def peers() -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Return pairs of calls: lossctl and eager PyTorch on the same arrays."""
    # idle OpenMP threads would otherwise spin on a core while the other library is measured
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch
    from torch.nn import functional

    import lossctl

    torch.set_num_threads(THREADS)
    random = np.random.default_rng(0)
    scores = random.standard_normal(ITEMS, dtype=np.float32)
    values = random.standard_normal(ITEMS, dtype=np.float32)
    labels = (random.random(ITEMS) < 0.3).astype(np.float32)
    rows = scores.reshape(-1, CLASSES)
    classes = random.integers(0, CLASSES, len(rows))
    s, v, y, r, c = map(torch.from_numpy, (scores, values, labels, rows, classes))

    def torch_focal() -> Any:
        surprise = functional.binary_cross_entropy_with_logits(s, y, reduction="none")
        p = torch.sigmoid(s)
        truth = p * y + (1 - p) * (1 - y)
        return ((0.25 * y + 0.75 * (1 - y)) * (1 - truth) ** 2 * surprise).mean()

    def torch_dice() -> Any:
        p = torch.sigmoid(s)
        return 1 - (2 * (p * y).sum() + 1e-6) / (p.sum() + y.sum() + 1e-6)

    def ours(name: str, *arrays: Any) -> Callable[[], Any]:
        return lambda: lossctl.compute(name, *arrays, threads=THREADS).value

    return {
        "mse": (ours("mse", scores, values), lambda: functional.mse_loss(s, v)),
        "mae": (ours("mae", scores, values), lambda: functional.l1_loss(s, v)),
        "huber": (ours("huber", scores, values), lambda: functional.huber_loss(s, v)),
        "bce_with_logits": (
            ours("bce_with_logits", scores, labels),
            lambda: functional.binary_cross_entropy_with_logits(s, y),
        ),
        "focal (logits)": (ours("focal", scores, labels), torch_focal),
        "dice (logits)": (ours("dice", scores, labels), torch_dice),
        f"cross_entropy ({CLASSES} classes)": (
            ours("cross_entropy", rows, classes),
            lambda: functional.cross_entropy(r, c),
        ),
    }


def losses(runs: int) -> list[dict[str, Any]]:
    """Time every loss against its peer."""
    found = []
    print(
        f"\n{ITEMS // 10**6} M float32 scores in memory, {THREADS} threads, medians of {runs} runs"
    )
    print(f"{'loss':28} {'lossctl ms':>11} {'PyTorch ms':>11} {'ratio':>7} {'difference':>11}")
    for name, (ours, theirs) in peers().items():
        a, b = interleaved(ours, theirs, runs)
        apart = abs(float(ours()) - float(theirs())) / abs(float(theirs()))
        found.append({"loss": name, "lossctl": a, "torch": b, "ratio": b / a, "difference": apart})
        print(f"{name:28} {a * 1e3:11.1f} {b * 1e3:11.1f} {b / a:7.2f} {apart:11.1e}")
    return found


def child(*arguments: str) -> tuple[float, float]:
    """Run lossctl as a process; return seconds and peak memory in MB."""
    start = time.perf_counter()
    command = [sys.executable, "-c", "from lossctl.cli.main import main; main()", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"lossctl {' '.join(arguments)} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def write_random(path: Path, items: int, seed: int) -> None:
    """Write a large npy file piece by piece."""
    random = np.random.default_rng(seed)
    with path.open("wb") as stream:
        header = {"descr": "<f4", "fortran_order": False, "shape": (items,)}
        np.lib.format.write_array_header_1_0(stream, header)
        for at in range(0, items, 10_000_000):
            random.standard_normal(min(10_000_000, items - at), dtype=np.float32).tofile(stream)


def memory(_runs: int) -> list[dict[str, Any]]:
    """Measure peak memory on a pair of files of 800 MB each."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        pair = [Path(folder) / name for name in ("predictions.npy", "targets.npy")]
        for seed, path in enumerate(pair):
            write_random(path, FILE_ITEMS, seed)
        size = sum(path.stat().st_size for path in pair) / 1e9
        print(f"\na pair of npy files, {size:.2f} GB together, whole process")
        for loss in ("mse", "huber"):
            seconds, peak = child("compute", *map(str, pair), "--loss", loss)
            found.append({"loss": loss, "seconds": seconds, "peak_mb": peak})
            print(f"{loss:28} {seconds:8.2f} s   peak memory {peak:6.0f} MB")
    return found


def startup(runs: int) -> list[dict[str, Any]]:
    """Time whole processes that do little."""
    data = Path(__file__).parent.parent / "sample_data" / "breast_cancer"
    files = [str(data / "preds.npy"), str(data / "targets.npy")]
    calls = {
        "--help": ["--help"],
        "compute, two small npy files": ["compute", *files, "--loss", "focal"],
        "compute, csv": [
            "compute",
            f"{data}/scores.csv::probability",
            f"{data}/scores.csv::target",
            "-l",
            "bce",
        ],
    }
    found = []
    print(f"\nwhole process, median of {2 * runs} runs")
    for name, arguments in calls.items():
        child(*arguments)
        seconds = statistics.median(child(*arguments)[0] for _ in range(2 * runs))
        found.append({"call": name, "seconds": seconds})
        print(f"{name:28} {seconds:8.3f} s")
    return found


def main() -> None:
    """Run the parts asked for and print tables, or write JSON."""
    # a child's peak memory starts at its parent's, so the parent must be small when it is measured
    parts = {"memory": memory, "startup": startup, "losses": losses}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"which parts: {', '.join(parts)} (all)")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    print(f"NumPy {np.__version__}, Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    figures = {name: parts[name](arguments.runs) for name in arguments.parts or parts}
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
