"""Whole processes: seconds and peak memory, from files to a printed number."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

NPY_ITEMS = 100_000_000  # 400 MB of float32
CSV_ITEMS = 3_000_000
PIECE = 1_000_000  # at a time: a child's peak memory starts at that of its parent
HERE = Path(__file__).parent.parent

LOSSCTL = "from lossctl.cli.main import main; main()"
TORCH_NPY = """
import sys, numpy, torch
torch.set_num_threads(2)
p, t = (torch.from_numpy(numpy.load(path)) for path in sys.argv[1:3])
print(float(torch.nn.functional.{loss}(p, t)))
"""
NUMPY_NPY = """
import sys, numpy as np
p, t = (np.load(path) for path in sys.argv[1:3])
print(float({line}))
"""
TORCH_CSV = """
import sys, pandas, torch
torch.set_num_threads(2)
table = pandas.read_csv(sys.argv[1])
p, t = (torch.from_numpy(table[name].to_numpy(copy=True)) for name in "pt")
print(float(torch.nn.functional.{loss}(p, t)))
"""
NUMPY_CSV = """
import sys, numpy as np
p, t = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1, unpack=True)
print(float({line}))
"""
POLARS_CSV = """
import sys, polars
apart = polars.col("p") - polars.col("t")
print(polars.scan_csv(sys.argv[1]).select((apart**2).mean()).collect().item())
"""
PEERS = {
    "mse": ("mse_loss", "((p - t) ** 2).mean()"),
    "huber": (
        "huber_loss",
        "np.where(np.abs(p - t) <= 1, 0.5 * (p - t) ** 2, np.abs(p - t) - 0.5).mean()",
    ),
}


def child(code: str, *arguments: str) -> tuple[float, float, str]:
    """Run Python on `code`; return seconds, peak memory in MB and what it printed."""
    start = time.perf_counter()
    environment = os.environ | {"OMP_WAIT_POLICY": "PASSIVE", "POLARS_MAX_THREADS": "2"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages come compiled
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        env=environment,
        cwd=HERE,
        text=True,
    )
    printed = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024, printed.strip()


def write_random(path: Path, items: int, seed: int) -> None:
    """Write a float32 npy file piece by piece."""
    random = np.random.default_rng(seed)
    with path.open("wb") as stream:
        header = {"descr": "<f4", "fortran_order": False, "shape": (items,)}
        np.lib.format.write_array_header_1_0(stream, header)
        for at in range(0, items, PIECE):
            random.standard_normal(min(PIECE, items - at), dtype=np.float32).tofile(stream)


def write_table(path: Path, items: int) -> None:
    """Write a csv file of two columns, p and t."""
    random = np.random.default_rng(0)
    with path.open("w") as stream:
        stream.write("p,t\n")
        for at in range(0, items, PIECE // 100):
            pairs = random.standard_normal((min(PIECE // 100, items - at), 2), dtype=np.float32)
            stream.writelines(f"{p:.7g},{t:.7g}\n" for p, t in pairs.tolist())


def compare(what: str, calls: dict[str, tuple[str, ...]], runs: int) -> dict[str, Any]:
    """Run the processes in turn; print and return medians, peaks and ratios."""
    for call in calls.values():
        child(*call)  # files are then in the cache, and modules compiled
    found: dict[str, list[tuple[float, float, str]]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            found[name].append(child(*call))
    seconds = {name: statistics.median(one[0] for one in many) for name, many in found.items()}
    peaks = {name: max(one[1] for one in many) for name, many in found.items()}
    ratios = {name: taken / seconds["lossctl"] for name, taken in seconds.items()}
    for name, taken in seconds.items():
        ratio = "" if name == "lossctl" else f"{ratios[name]:6.2f}×"
        print(f"{what:24}{name:12}{taken:8.3f} s{peaks[name]:8.0f} MB  {ratio}", flush=True)
    return {"what": what, "seconds": seconds, "peak_mb": peaks, "ratios": ratios}


def processes(runs: int) -> list[dict[str, Any]]:
    """Compare whole processes on npy and on CSV files."""
    rows = []
    print(f"\nwhole process, medians of {runs} runs, files in the page cache")
    with tempfile.TemporaryDirectory() as folder:
        pair = [str(Path(folder) / name) for name in ("predictions.npy", "targets.npy")]
        for seed, path in enumerate(pair):
            write_random(Path(path), NPY_ITEMS, seed)
        table = Path(folder) / "table.csv"
        write_table(table, CSV_ITEMS)
        for loss, (torch, line) in PEERS.items():
            options = ("--loss", loss, "--value-only", "--threads", "2")
            rows.append(
                compare(
                    f"{loss}, two npy of 400 MB",
                    {
                        "lossctl": (LOSSCTL, "compute", *pair, *options),
                        "PyTorch": (TORCH_NPY.format(loss=torch), *pair),
                        "NumPy": (NUMPY_NPY.format(line=line), *pair),
                    },
                    runs,
                )
            )
        columns = (f"{table}::p", f"{table}::t")
        torch, line = PEERS["mse"]
        rows.append(
            compare(
                f"mse, CSV of {CSV_ITEMS:,} rows",
                {
                    "lossctl": (LOSSCTL, "compute", *columns, "--loss", "mse", "--value-only"),
                    "PyTorch": (TORCH_CSV.format(loss=torch), str(table)),
                    "NumPy": (NUMPY_CSV.format(line=line), str(table)),
                    "polars": (POLARS_CSV, str(table)),
                },
                min(runs, 3),
            )
        )
    return rows


def startup(runs: int) -> list[dict[str, Any]]:
    """Time whole processes that do little."""
    data = HERE / "sample_data" / "breast_cancer"
    calls = {
        "--help": ["--help"],
        "compute, two small npy": [
            "compute",
            str(data / "preds.npy"),
            str(data / "targets.npy"),
            "--loss",
            "focal",
        ],
        "compute, small csv": [
            "compute",
            f"{data}/scores.csv::probability",
            f"{data}/scores.csv::target",
            "--loss",
            "bce",
        ],
    }
    rows = []
    print(f"\nwhole process that does little, median of {runs} runs")
    for name, arguments in calls.items():
        child(LOSSCTL, *arguments)
        seconds = statistics.median(child(LOSSCTL, *arguments)[0] for _ in range(runs))
        rows.append({"what": name, "seconds": seconds})
        print(f"{name:24}{seconds:8.3f} s", flush=True)
    return rows
