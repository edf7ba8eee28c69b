"""Every loss from npy files in the page cache: lossctl reading blocks, PyTorch on loaded arrays."""

import tempfile
from collections.abc import Iterable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases import EAGER, THREADS, Case
from benchmarks.timing import interleaved


def time_files(cases: Iterable[Case], elements: int) -> list[dict[str, Any]]:
    """Time every case from opened file to value, float32; print each row as it is found."""
    print(f"\nvalue, {elements:,} float32 scores in npy files, two threads")
    print(f"{'loss':27}{'lossctl ms':>11}{'in memory':>11}{EAGER:>10}")
    rows = []
    for case in cases:
        rows.append(_time_case(case, elements))
        seconds, ratios = rows[-1]["seconds"], rows[-1]["ratios"]
        line = f"{case.name:27}{seconds['lossctl'] * 1e3:11.2f}{ratios['in memory']:10.2f}×"
        print(line + (f"{ratios[EAGER]:9.2f}×" if EAGER in ratios else ""), flush=True)
    return rows


def _time_case(case: Case, elements: int) -> dict[str, Any]:
    import lossctl
    from benchmarks.peers import torch_calls
    from lossctl.io.npy import NpyFile

    torch_calls.use_threads(THREADS)
    arrays = case.draw(np.random.default_rng(0), elements, np.float32)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.npy" for number in range(len(arrays))]
        for path, array in zip(paths, arrays, strict=True):
            np.save(path, array)

        def from_files() -> float:
            with ExitStack() as opened:
                files = [opened.enter_context(closing(NpyFile(path, path.name))) for path in paths]
                return value(files)

        def value(inputs: Any) -> float:
            return float(lossctl.compute(case.loss, *inputs, threads=THREADS, **case.params).value)

        def torch() -> float:
            loaded = tuple(np.load(path) for path in paths)
            call = torch_calls.call(case.peer, loaded, (), compiled=False)
            return call() if call else 0.0

        calls = {"lossctl": from_files, "in memory": lambda: value(arrays)}
        if case.peer in torch_calls.LOSSES:
            calls[EAGER] = torch
        times, answers = interleaved(calls, 5, 0.6)
    if answers["lossctl"] != answers["in memory"]:
        raise SystemExit(f"{case.name}: another value from files")
    own = times["lossctl"].wall
    return {
        "case": case.name,
        "elements": elements,
        "seconds": {name: one.wall for name, one in times.items()},
        "ratios": {name: one.wall / own for name, one in times.items() if name != "lossctl"},
    }
