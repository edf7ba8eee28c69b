"""How fast this machine is: reading memory, and NumPy's own exp, with the same threads."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from benchmarks.cases import THREADS

ELEMENTS = 20_000_000
BLOCK = 65_536


def best_seconds(work: Callable[[int], Any], threads: int, runs: int = 7) -> float:
    """Return the least seconds that `threads` calls of ``work(number)`` take side by side."""
    least = float("inf")
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(runs):
            start = time.perf_counter()
            list(pool.map(work, range(threads)))
            least = min(least, time.perf_counter() - start)
    return least


def read_bandwidth(threads: int) -> float:
    """Return bytes a second of reading two float32 arrays once (their maximum, which is cheap)."""
    pair = [np.zeros(ELEMENTS, np.float32) + number for number in range(2)]
    part = ELEMENTS // threads

    def read(number: int) -> None:
        for array in pair:
            array[number * part : (number + 1) * part].max()

    return 2 * 4 * part * threads / best_seconds(read, threads)


def exp_speed(threads: int, dtype: str) -> float:
    """Return exponentials a second, on a block in the cache."""
    blocks = [np.linspace(-3.0, 3.0, BLOCK, dtype=dtype) for _ in range(threads)]
    outs = [np.empty_like(block) for block in blocks]
    repeats = 40

    def work(number: int) -> None:
        for _ in range(repeats):
            np.exp(blocks[number], out=outs[number])

    return threads * repeats * BLOCK / best_seconds(work, threads)


def limits() -> dict[str, float]:
    """Measure the machine; print it."""
    found = {
        "read_bytes_per_second_1": read_bandwidth(1),
        "read_bytes_per_second": read_bandwidth(THREADS),
        "exp_float32_per_second": exp_speed(THREADS, "float32"),
        "exp_float64_per_second": exp_speed(THREADS, "float64"),
    }
    print("\nthe machine, two threads")
    print(f"memory read          {found['read_bytes_per_second'] / 1e9:7.1f} GB/s")
    print(f"  with one thread    {found['read_bytes_per_second_1'] / 1e9:7.1f} GB/s")
    print(f"NumPy exp, float32   {found['exp_float32_per_second'] / 1e9:7.2f} G/s")
    print(f"NumPy exp, float64   {found['exp_float64_per_second'] / 1e9:7.2f} G/s", flush=True)
    return found
