"""What threads that evaluate blocks do with memory."""

import platform
import subprocess
import sys

import pytest

CODE = """
import resource, sys
import numpy as np
import lossctl
values = np.random.default_rng(0).random(2_000_000, np.float32)
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
counts = []
for _ in range(6):  # a thread that comes late takes its memory in a later call
    before = faults()
    lossctl.compute("huber", values, values[::-1], threads=2, interval=True)
    counts.append(faults() - before)
print(min(counts))
"""
PAGES = 2_000  # of 4 KiB: one temporary of one block takes 256


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others map memory in other ways")
def test_blocks_keep_their_memory_in_workers_of_dask() -> None:
    """Their environment names a threshold, which makes glibc return memory after every block."""
    environment = {"MALLOC_TRIM_THRESHOLD_": "65536"}
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < PAGES
