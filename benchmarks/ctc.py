"""CTC from logits, value and gradient, in turn with eager PyTorch: medians and their ratios."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # idle threads of one would slow the other

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks.timing import in_turn
from lossctl.kernels.sequence import ctc
from lossctl.kernels.sequence.ctc import batch_of

FRAMES, SAMPLES, CLASSES, LABELS = 200, 64, 40, (25, 35)
THREADS, RUNS = 2, 9


def calls(dtype: type) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Return pairs of calls on the same arrays: ours and PyTorch's losses of the samples."""
    random = np.random.default_rng(0)
    scores = random.normal(size=(FRAMES, SAMPLES, CLASSES)).astype(dtype)
    targets = random.integers(1, CLASSES, (SAMPLES, LABELS[1]))
    inputs = random.integers(FRAMES // 2, FRAMES + 1, SAMPLES)
    labels = random.integers(LABELS[0], LABELS[1] + 1, SAMPLES)
    given = batch_of(scores.swapaxes(0, 1), targets, inputs, labels, 0)
    leaf = torch.tensor(scores, requires_grad=True)
    tensors = [torch.tensor(each) for each in (targets, inputs, labels)]

    def theirs() -> Any:
        return functional.ctc_loss(torch.log_softmax(leaf, 2), *tensors, reduction="none")

    def theirs_with_gradient() -> Any:
        leaf.grad = None
        value = theirs()
        value.sum().backward()
        return value

    return {
        "value": (lambda: ctc.losses(scores, given).values, theirs),
        "value and gradient": (
            lambda: ctc.losses_and_gradient(scores, given).values,
            theirs_with_gradient,
        ),
    }


def main() -> None:
    """Print a table; lossctl runs on one thread."""
    torch.set_num_threads(THREADS)
    print(f"T={FRAMES} N={SAMPLES} C={CLASSES} S={LABELS[0]}-{LABELS[1]}, medians of {RUNS} runs")
    print(f"{'dtype':9}{'what':20}{'lossctl ms':>11}{'PyTorch ms':>11}{'ratio':>7}{'apart':>9}")
    for dtype in (np.float32, np.float64):
        for what, (ours, theirs) in calls(dtype).items():
            a, b = in_turn(ours, theirs, RUNS)
            apart = np.abs(ours() / theirs().detach().numpy() - 1).max()
            row = f"{a * 1e3:11.1f}{b * 1e3:11.1f}{b / a:7.2f}{apart:9.0e}"
            print(f"{dtype.__name__:9}{what:20}{row}")


if __name__ == "__main__":
    main()
