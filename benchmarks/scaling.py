"""How time and memory grow: over rows on disk, to a billion, and over threads."""

import sys
import tempfile
import time
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases import EAGER, Setting, named
from benchmarks.processes import LOSSCTL, PIECE, child, write_random
from benchmarks.timing import interleaved

ROWS = (10**4, 10**5, 10**6, 10**7, 10**8, 10**9)
THREADED = ("mse", "bce_with_logits", "focal", "dice", "cross_entropy/10", "poisson_deviance")


def rows(most: int) -> list[dict[str, Any]]:
    """Evaluate mse on pairs of float32 files of growing length; check the longest exactly."""
    found = []
    print("\nmse on two float32 npy files, whole process, files in the page cache")
    for items in (count for count in ROWS if count <= most):
        with tempfile.TemporaryDirectory() as folder:
            pair = [Path(folder) / name for name in ("predictions.npy", "targets.npy")]
            for seed, path in enumerate(pair):
                write_random(path, items, seed)
            call = ("compute", *map(str, pair), "--loss", "mse", "--value-only", "--threads", "2")
            runs = [child(LOSSCTL, *call) for _ in range(2 if items > 10**8 else 3)]
            row: dict[str, Any] = {
                "rows": items,
                "seconds": min(run[0] for run in runs),
                "peak_mb": max(run[1] for run in runs),
                "value": float(runs[0][2]),
            }
            if items == most:
                row["exact"] = exact_mse(pair, items)
                row["exact_to_the_last_bit"] = row["exact"] == library_value(pair)
        found.append(row)
        note = ""
        if "exact" in row:
            same = "equal to the last bit" if row["exact_to_the_last_bit"] else "NOT EQUAL"
            note = f"   exact sum of the same per-item values: {same}"
        print(f"{items:14,}{row['seconds']:9.3f} s{row['peak_mb']:7.0f} MB{note}", flush=True)
    return found


def library_value(pair: list[Path]) -> float:
    """Return the value of the Python API on the files, which prints no fewer digits."""
    import lossctl
    from lossctl.io.npy import NpyFile

    files = [NpyFile(path, path.name) for path in pair]
    value = float(lossctl.compute("mse", *files).value)
    for file in files:
        file.close()
    return value


def exact_mse(pair: list[Path], items: int) -> float:
    """Return the mean of the float32 squared residuals, summed in whole numbers.

    Mantissas of equal exponent are added as integers, which float64 holds exactly; the sums of
    each exponent are Python's integers.
    """
    by_exponent: dict[int, int] = {}
    with pair[0].open("rb") as one, pair[1].open("rb") as other:
        for stream in (one, other):
            stream.seek(stream_offset(stream))
        for at in range(0, items, PIECE):
            count = min(PIECE, items - at)
            residual = np.fromfile(one, np.float32, count) - np.fromfile(other, np.float32, count)
            mantissas, exponents = np.frexp(residual * residual)
            whole = (mantissas * np.float32(2**24)).astype(np.float64)
            sums = np.bincount(exponents + 300, weights=whole)
            for exponent in np.flatnonzero(sums):
                known = by_exponent.get(int(exponent), 0)
                by_exponent[int(exponent)] = known + int(sums[exponent])
    total = sum(
        (
            Fraction(mass) * Fraction(2) ** (exponent - 324)
            for exponent, mass in by_exponent.items()
        ),
        Fraction(0),
    )
    return float(total) / items


def stream_offset(stream: Any) -> int:
    """Return where the data of an npy file begins."""
    np.lib.format.read_magic(stream)
    np.lib.format.read_array_header_1_0(stream)
    return int(stream.tell())


def threads(elements: int, cores: int) -> list[dict[str, Any]]:
    """Time losses with one thread and with more."""
    import lossctl

    found = []
    print(f"\n{elements:,} float32 scores in memory: seconds with one thread over those with more")
    for case in named(list(THREADED)):
        if case.name not in THREADED:
            continue
        arrays = case.draw(np.random.default_rng(0), elements, np.float32)
        call = partial(lossctl.compute, case.loss, *arrays, **case.params)
        calls = {str(count): partial(call, threads=count) for count in range(1, cores + 1)}
        times, answers = interleaved(calls, 9, 4.0)
        if len({answer.value for answer in answers.values()}) > 1:
            sys.exit(f"{case.name}: threads changed the value")
        gains = {count: times["1"].wall / one.wall for count, one in times.items()}
        found.append({"case": case.name, "bound": case.bound, "gains": gains})
        shown = "".join(f"{count:>4}: {gain:5.2f}×" for count, gain in gains.items())
        print(f"{case.name:24}{case.bound:12}{shown}", flush=True)
    return found


def sizes(counts: tuple[int, ...]) -> list[dict[str, Any]]:
    """Time a call on small and large arrays beside eager PyTorch."""
    from benchmarks.memory import time_case

    found = []
    print(f"\nvalue, float32, eager PyTorch over lossctl by size\n{'':24}", end="")
    print("".join(f"{count:>13,}" for count in counts))
    for case in named(["mse", "bce_with_logits", "focal", "dice", "cross_entropy"]):
        if case.name.startswith("cross_entropy") and case.name != "cross_entropy/10":
            continue
        began = time.perf_counter()
        line = f"{case.name:24}"
        for count in counts:
            row = time_case(case, Setting(count, peers=(EAGER,), runs=9, seconds=0.5))
            found.append(row)
            line += f"{row['ratios'][EAGER]:12.2f}×"
        print(f"{line}   ({time.perf_counter() - began:.0f} s)", flush=True)
    return found
