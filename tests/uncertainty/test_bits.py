"""The same bits however many threads work on the blocks, and however many BLAS has."""

import os
import subprocess
import sys

import numpy as np
import pytest

from lossctl.core.threads import run_blocks
from lossctl.uncertainty.bootstrap import block_replicates, merge_replicates
from lossctl.uncertainty.clusters import block_cluster_sums, cluster_error, merge_cluster_sums
from lossctl.uncertainty.moments import block_moments, merge_moments
from lossctl.uncertainty.serial import serial_error
from lossctl.uncertainty.sign_flips import block_swaps, merge_swaps

N = 20_000
GRID = [(at, min(at + 3000, N)) for at in range(0, N, 3000)]


def every_sum(threads: int) -> bytes:
    """Return the bytes of everything that is summed over blocks."""
    random = np.random.default_rng(8)
    columns = [random.lognormal(size=N), random.normal(size=N), random.uniform(size=N)]
    codes = random.integers(0, 500, N)

    def part(start: int, stop: int) -> list[np.ndarray]:
        return [column[start:stop] for column in columns]

    moments = merge_moments(run_blocks(GRID, lambda a, b: block_moments(part(a, b)), threads))
    clusters = merge_cluster_sums(
        run_blocks(GRID, lambda a, b: block_cluster_sums(part(a, b), codes[a:b]), threads), 500
    )
    replicates = merge_replicates(
        run_blocks(GRID, lambda a, b: block_replicates(part(a, b), a, replicates=130), threads)
    )
    swaps = merge_swaps(
        run_blocks(GRID, lambda a, b: block_swaps(part(a, b), a, replicates=300), threads)
    )
    gradient = np.array([0.5, -0.25, 0.125])
    numbers = [
        moments.variance_of(gradient),
        cluster_error(clusters, gradient),
        *serial_error(columns[0]),
    ]
    arrays = [moments.sums, moments.products, clusters.totals, replicates.sums, swaps.sums, numbers]
    return b"".join(np.asarray(array).tobytes() for array in arrays)


@pytest.mark.parametrize("threads", [2, 5])
def test_threads_change_no_bit(threads: int) -> None:
    assert every_sum(threads) == every_sum(1)


def test_threads_of_blas_change_no_bit() -> None:
    script = (
        "import hashlib; from tests.uncertainty.test_bits import every_sum;"
        "print(hashlib.sha256(every_sum(2)).hexdigest())"
    )
    digests = set()
    for threads in ("1", "2", "8"):
        environment = os.environ | {"OPENBLAS_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
        answer = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, check=True
        )
        digests.add(answer.stdout)
    assert len(digests) == 1
