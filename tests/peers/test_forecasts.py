"""Losses of distributions and intervals beside PyTorch, properscoring and textbook formulas."""

from typing import Any

import numpy as np
import pytest

import lossctl
from tests.peers._inputs import any_shape, normal
from tests.peers._ledger import Ledger
from tests.peers._records import agree_on_records

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.peers


def test_interval(ledger: Ledger, rng: np.random.Generator, dtype: str) -> None:
    alpha, shape = float(rng.uniform(0.05, 0.95)), any_shape(rng)
    lower, width, targets = (normal(rng, shape, dtype, 2) for _ in range(3))
    inputs = {"lower": lower, "upper": lower + np.abs(width), "targets": targets}

    def items(lower: Any, upper: Any, targets: Any) -> Any:
        outside = torch.relu(lower - targets) + torch.relu(targets - upper)
        return upper - lower + 2 / alpha * outside

    agree_on_records(ledger, "interval", inputs, items, moving=("lower", "upper"), alpha=alpha)


@pytest.mark.parametrize("estimator", ["empirical", "fair"])
def test_crps_ensemble(
    ledger: Ledger, rng: np.random.Generator, dtype: str, estimator: str
) -> None:
    shape = (int(rng.integers(1, 20)), int(rng.integers(2, 9)))
    members, targets = normal(rng, shape, dtype, 2), normal(rng, shape[:1], dtype, 2)
    pairs = shape[1] * (shape[1] - (estimator == "fair"))

    def items(predictions: Any, targets: Any) -> Any:
        error = (predictions - targets[:, None]).abs().mean(1)
        spread = (predictions[:, :, None] - predictions[:, None]).abs().sum((1, 2))
        return error - spread / (2 * pairs)

    inputs = {"predictions": members, "targets": targets}
    agree_on_records(ledger, "crps_ensemble", inputs, items, estimator=estimator)
    if estimator == "empirical":
        properscoring = pytest.importorskip("properscoring")
        theirs = properscoring.crps_ensemble(targets.astype(float), members.astype(float))
        ours = lossctl.compute("crps_ensemble", members, targets, reduction="none").value
        ledger.compare("crps_ensemble", "properscoring", "items", ours, theirs)


@pytest.mark.parametrize("estimator", ["empirical", "fair"])
def test_crps_of_weighted_members(
    ledger: Ledger, rng: np.random.Generator, dtype: str, estimator: str
) -> None:
    shape = (int(rng.integers(1, 20)), int(rng.integers(2, 9)))
    members, targets = normal(rng, shape, dtype, 2), normal(rng, shape[:1], dtype, 2)
    weights = rng.integers(0, 4, shape).astype(dtype)
    weights[:, :2] += 1

    def items(predictions: Any, targets: Any, member_weights: Any) -> Any:
        shares = member_weights / member_weights.sum(1, keepdim=True)
        error = (shares * (predictions - targets[:, None]).abs()).sum(1)
        both = shares[:, :, None] * shares[:, None]
        spread = (both * (predictions[:, :, None] - predictions[:, None]).abs()).sum((1, 2))
        alone = (shares**2).sum(1) if estimator == "fair" else 0.0
        return error - spread / (2 * (1 - alone))

    inputs = {"predictions": members, "targets": targets, "member_weights": weights}
    moving = ("predictions",)
    agree_on_records(ledger, "crps_ensemble", inputs, items, moving=moving, estimator=estimator)


def test_quantiles_in_the_middle_of_equal_steps_are_an_ensemble(
    ledger: Ledger, rng: np.random.Generator, dtype: str
) -> None:
    """The CRPS of the empirical distribution is the mean of quantile losses at (k − ½)/M, twice."""
    shape = (int(rng.integers(1, 20)), int(rng.integers(2, 9)))
    members, targets = np.sort(normal(rng, shape, dtype, 2)), normal(rng, shape[:1], dtype, 2)
    levels = ((np.arange(shape[1]) + 0.5) / shape[1]).tolist()
    errors = (members - targets[:, None]).astype(np.float64)
    spread = np.abs(members[:, :, None] - members[:, None]).astype(np.float64)
    wanted = np.abs(errors).mean(1) - spread.mean((1, 2)) / 2
    ours = lossctl.compute("crps_quantile", members, targets, q=levels, reduction="none").value
    ledger.compare("crps_quantile", "numpy", "items", ours, wanted)


@pytest.mark.parametrize("log_input", [True, False])
@pytest.mark.parametrize("parameter", ["alpha", "size"])
def test_negative_binomial(
    ledger: Ledger, rng: np.random.Generator, dtype: str, *, log_input: bool, parameter: str
) -> None:
    """In float64: PyTorch's own digits are those of its gammas."""
    shape = any_shape(rng)
    mean, held = rng.gamma(2.0, 2.0, shape) + 0.1, rng.gamma(2.0, 1.0, shape) + 0.1
    given = (np.log(mean) if log_input else mean).astype(dtype), held.astype(dtype)
    targets = rng.poisson(3.0, shape).astype(dtype)
    leaves = [torch.tensor(a.astype("float64"), requires_grad=True) for a in given]
    log_mean = leaves[0] if log_input else leaves[0].log()
    size = leaves[1] if parameter == "size" else 1 / leaves[1]
    theirs = -torch.distributions.NegativeBinomial(size, logits=log_mean - size.log()).log_prob(
        torch.tensor(targets.astype("float64"))
    )
    theirs.sum().backward()
    options: dict[str, Any] = {"log_input": log_input, "parameter": parameter}
    loss, inputs = "negative_binomial_nll", (*given, targets)
    ours = lossctl.compute(loss, *inputs, reduction="none", **options).value
    ledger.compare(loss, "torch", "items", ours, theirs.detach().numpy())
    slopes = lossctl.gradient(loss, *inputs, reduction="sum", **options)
    for name, leaf in zip(("predictions", "dispersion"), leaves, strict=True):
        ledger.compare(f"{loss} ({name})", "torch", "gradient", slopes[name], leaf.grad.numpy())


@pytest.mark.parametrize("log_input", [True, False])
def test_zero_inflated_poisson(
    ledger: Ledger, rng: np.random.Generator, dtype: str, *, log_input: bool
) -> None:
    shape = any_shape(rng)
    rates, logits = rng.gamma(2.0, 1.0, shape) + 0.1, rng.normal(scale=2.0, size=shape)
    given = (np.log(rates) if log_input else rates).astype(dtype), logits.astype(dtype)
    targets = (rng.poisson(2.0, shape) * (rng.uniform(size=shape) < 0.6)).astype(dtype)
    leaves = [torch.tensor(a.astype("float64"), requires_grad=True) for a in given]
    rate = leaves[0].exp() if log_input else leaves[0]
    of_zero, count = leaves[1].sigmoid(), torch.tensor(targets.astype("float64"))
    chance = (1 - of_zero) * torch.distributions.Poisson(rate).log_prob(count).exp()
    theirs = -(chance + of_zero * (count == 0)).log()
    theirs.sum().backward()
    loss, inputs = "zero_inflated_poisson_nll", (*given, targets)
    ours = lossctl.compute(loss, *inputs, reduction="none", log_input=log_input).value
    ledger.compare(loss, "torch", "items", ours, theirs.detach().numpy())
    slopes = lossctl.gradient(loss, *inputs, reduction="sum", log_input=log_input)
    for name, leaf in zip(("predictions", "zero_logit"), leaves, strict=True):
        ledger.compare(f"{loss} ({name})", "torch", "gradient", slopes[name], leaf.grad.numpy())
