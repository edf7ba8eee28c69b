"""The CTC kernel beside PyTorch's and optax's, with random lengths."""

import numpy as np
import pytest

from lossctl.kernels.sequence import ctc
from lossctl.kernels.sequence.ctc import per_label
from tests.kernels.sequence._ctc import batch
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.peers


def drawn(rng: np.random.Generator, dtype: str, blank: int | None = None) -> tuple:
    """Draw scores and a batch in which every target fits its frames."""
    samples, classes, width = (
        int(rng.integers(low, high)) for low, high in ((1, 7), (2, 9), (1, 8))
    )
    frames = 2 * width + int(rng.integers(0, 20))
    blank = int(rng.integers(classes)) if blank is None else blank
    scores = rng.normal(size=(frames, samples, classes), scale=2).astype(dtype)
    labels = rng.integers(0, width + 1, samples)
    inputs = rng.integers(np.maximum(2 * labels, 1), frames + 1)
    others = [label for label in range(classes) if label != blank]
    targets = rng.choice(others, (samples, width))
    return scores, batch(scores.shape, targets, inputs, labels, blank=blank)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_torch(ledger: Ledger, rng: np.random.Generator, reduction: str) -> None:
    scores, given = drawn(rng, ledger.dtype)
    # in float32 its slopes are off by about 1e-5, so it is given the same scores in double
    leaf = torch.tensor(scores, dtype=torch.float64, requires_grad=True)
    theirs = torch.nn.functional.ctc_loss(
        torch.log_softmax(leaf, 2),
        *(torch.tensor(each) for each in given[:3]),
        blank=given.blank,
        reduction=reduction,
    )
    samples = len(given.targets)
    shares = np.ones(samples)
    if reduction == "mean":
        shares = 1 / (per_label(given.target_lengths) * samples)
    found = ctc.losses_and_gradient(scores, given, slopes=shares)
    assert found.gradient is not None
    ours = found.values if reduction == "none" else found.values @ shares
    what = "items" if reduction == "none" else "value"
    ledger.compare("ctc", "torch", what, ours, theirs.detach().numpy())
    theirs.sum().backward()
    ledger.compare("ctc", "torch", "gradient", found.gradient, leaf.grad.numpy())


@pytest.mark.parametrize("dtype", ["float64"])
def test_torch_from_log_probabilities(ledger: Ledger, rng: np.random.Generator) -> None:
    """PyTorch's slope supposes a log_softmax before it, so softmax is taken off again."""
    scores, given = drawn(rng, ledger.dtype)
    leaf = torch.log_softmax(torch.tensor(scores), 2).requires_grad_()
    theirs = torch.nn.functional.ctc_loss(
        leaf, *(torch.tensor(each) for each in given[:3]), blank=given.blank, reduction="sum"
    )
    theirs.backward()
    rows = leaf.detach().numpy()
    counted = np.arange(len(rows))[:, None, None] < given.input_lengths[:, None]
    found = ctc.losses_and_gradient(rows, given, kind="log_probabilities")
    assert found.gradient is not None
    ledger.compare("ctc", "torch", "value", found.values.sum(), theirs.item())
    slopes = leaf.grad.numpy() - np.exp(rows) * counted
    ledger.compare("ctc", "torch", "gradient", found.gradient, slopes)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("dtype", ["float32"])
def test_optax(ledger: Ledger, rng: np.random.Generator) -> None:
    """Optax marks padding with ones, samples first; its −1e5 for log 0 is far enough away."""
    optax = pytest.importorskip("optax")
    scores, given = drawn(rng, ledger.dtype, blank=0)
    frames, width = len(scores), given.targets.shape[1]
    theirs = optax.ctc_loss(
        scores.transpose(1, 0, 2),
        (np.arange(frames) >= given.input_lengths[:, None]).astype(np.float32),
        given.targets,
        (np.arange(width) >= given.target_lengths[:, None]).astype(np.float32),
        blank_id=0,
    )
    ledger.compare("ctc", "optax", "items", ctc.losses(scores, given).values, np.asarray(theirs))
