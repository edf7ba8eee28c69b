"""Benchmarks of losses over a batch of embeddings: time against PyTorch, and memory.

``python -m benchmarks.contrastive`` prints medians of interleaved runs and their ratio; with the
name of a loss after it, it evaluates one group of 20,000 embeddings of 256 float32 features, value
and gradient, and prints the seconds and the most memory the process held.
"""

import argparse
import os
import resource
import time
from typing import Any

import numpy as np

from benchmarks.timing import in_turn

ITEMS, FEATURES = 4096, 128
MANY, WIDE = 20_000, 256
THREADS = 2
TEMPERATURE = 0.07


def against_torch(runs: int) -> None:
    """Compare InfoNCE, its value and its gradient (which takes the value on the way)."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch
    from torch.nn import functional

    import lossctl

    torch.set_num_threads(THREADS)
    random = np.random.default_rng(0)
    queries = random.standard_normal((ITEMS, FEATURES), dtype=np.float32)
    keys = random.standard_normal((ITEMS, FEATURES), dtype=np.float32)
    own = torch.arange(ITEMS)

    def loss(a: Any, b: Any) -> Any:
        scores = functional.normalize(a) @ functional.normalize(b).T / TEMPERATURE
        return functional.cross_entropy(scores, own)

    def torch_value() -> float:
        with torch.no_grad():
            return float(loss(torch.from_numpy(queries), torch.from_numpy(keys)))

    def torch_gradient() -> Any:
        a, b = (torch.from_numpy(x).clone().requires_grad_() for x in (queries, keys))
        loss(a, b).backward()
        return a.grad.numpy(), b.grad.numpy()

    def value() -> float:
        return float(lossctl.compute("info_nce", queries, keys, threads=THREADS).value)

    def gradient() -> Any:
        found = lossctl.gradient("info_nce", queries, keys, threads=THREADS)
        return found["queries"], found["keys"]

    np.testing.assert_allclose(value(), torch_value(), rtol=1e-5)
    for mine, other in zip(gradient(), torch_gradient(), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-4 * np.abs(other).max())
    print(f"info_nce of {ITEMS} × {FEATURES} float32, {THREADS} threads, medians of {runs} runs")
    for name, pair in {
        "value": (value, torch_value),
        "value and gradient": (gradient, torch_gradient),
    }.items():
        mine, other = in_turn(*pair, runs)
        print(f"{name}: lossctl {mine:.3f} s, PyTorch {other:.3f} s, ratio {other / mine:.2f}")


def memory(name: str) -> None:
    """Evaluate one large group and say what it took."""
    import lossctl
    from lossctl.losses.catalogue import get

    random = np.random.default_rng(0)
    first = random.standard_normal((MANY, WIDE), dtype=np.float32)
    if any(entry.name == "labels" for entry in get(name).inputs):
        second = random.integers(0, 1000, MANY)
    else:
        second = random.standard_normal((MANY, WIDE), dtype=np.float32)
    start = time.perf_counter()
    value = lossctl.compute(name, first, second).value
    middle = time.perf_counter()
    lossctl.gradient(name, first, second)
    end = time.perf_counter()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name} of {MANY} × {WIDE} float32: {value:.6g}; value {middle - start:.1f} s, "
        f"gradient {end - middle:.1f} s, at most {most:.0f} MB"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("loss", nargs="?", help="measure the memory of this loss instead")
    given = parser.parse_args()
    if given.loss:
        memory(given.loss)
    else:
        against_torch(given.runs)
