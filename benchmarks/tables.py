"""Tables beside polars and duckdb: ``python -m benchmarks.tables [FORMAT …]``, whole processes.

The mse of two columns of numbers from a csv, jsonl and parquet file in the page cache. Processor
time, the least of runs in turn, since the programs share the machine; the peak memory. A library
that is not installed (`pip install polars duckdb pyarrow`) is left out.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.processes import HERE, LOSSCTL

ROWS = {"csv": 3_000_000, "jsonl": 1_000_000, "parquet": 20_000_000}
POLARS = """
import sys, polars as pl
table = pl.{reader}(sys.argv[1])
print(table.select(((pl.col("p") - pl.col("t"))**2).mean()).collect(engine="streaming").item())
"""
DUCKDB = """
import sys, duckdb
print(duckdb.sql(f"select avg((p - t)*(p - t)) from {reader}('{{sys.argv[1]}}')").fetchall()[0][0])
"""
READERS = {
    "csv": ("scan_csv", "read_csv"),
    "jsonl": ("scan_ndjson", "read_json"),
    "parquet": ("scan_parquet", "read_parquet"),
}


def main() -> None:
    """Print a row for each format and program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*", help=f"{', '.join(ROWS)} (all)")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in given.formats or ROWS:
            path = Path(folder) / f"table.{name}"
            # a child's peak memory starts at its parent's, so another process writes
            code = f"from benchmarks.tables import write; write({str(path)!r}, {ROWS[name]})"
            subprocess.run([sys.executable, "-c", code], cwd=HERE, check=True)
            compare(path, given.runs)
            path.unlink()


def write(file: str, rows: int) -> None:
    """Write predictions p that fit their targets t; labels are 0 and 1 in JSON lines."""
    path, random = Path(file), np.random.default_rng(0)
    targets = random.normal(size=rows)
    predictions = targets + 0.3 * random.normal(size=rows)
    if path.suffix == ".parquet":
        import pyarrow as pa
        from pyarrow import parquet

        parquet.write_table(pa.table({"p": predictions, "t": targets}), path)
        return
    with path.open("w", encoding="utf-8") as stream:
        if path.suffix == ".jsonl":
            labels = (targets > 0.0).astype(int).tolist()
            shares = (1.0 / (1.0 + np.exp(-predictions))).tolist()
            stream.writelines(
                f'{{"p": {p!r}, "t": {t}}}\n' for p, t in zip(shares, labels, strict=True)
            )
            return
        stream.write("p,t\n")
        pairs = zip(predictions.tolist(), targets.tolist(), strict=True)
        stream.writelines(f"{p!r},{t!r}\n" for p, t in pairs)


def compare(path: Path, runs: int) -> None:
    """Run the programs in turn; print the least processor time of each, and their ratios."""
    columns = ("--column", "predictions=p", "--column", "targets=t")
    options = ("--loss", "mse", "--value-only")
    of_polars, of_duckdb = READERS[path.suffix[1:]]
    calls = {
        "lossctl": (LOSSCTL, "compute", "--table", str(path), *columns, *options),
        "polars": (POLARS.format(reader=of_polars), str(path)),
        "duckdb": (DUCKDB.format(reader=of_duckdb), str(path)),
    }
    calls = {name: call for name, call in calls.items() if find_spec(name)}
    seconds, peaks = dict.fromkeys(calls, float("inf")), dict.fromkeys(calls, 0.0)
    for _ in range(1 + runs):  # the first fills the page cache and compiles modules
        for name, (code, *arguments) in calls.items():
            used, peak = processor_time(code, arguments)
            seconds[name], peaks[name] = min(seconds[name], used), max(peaks[name], peak)
    fastest = min((taken for name, taken in seconds.items() if name != "lossctl"), default=0.0)
    for name, taken in seconds.items():
        ratio = f"{taken / fastest:6.2f} × the faster peer" if fastest else ""
        print(
            f"{path.suffix[1:]:10}{name:10}{taken:7.2f} s{peaks[name]:6.0f} MB{ratio}", flush=True
        )


def processor_time(code: str, arguments: list[str]) -> tuple[float, float]:
    """Run Python on `code`; return seconds of processor time and peak memory in MB."""
    environment = os.environ | {"POLARS_MAX_THREADS": "2"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=HERE,
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
