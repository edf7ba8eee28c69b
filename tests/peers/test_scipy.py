"""Losses beside SciPy: special functions, log densities, least squares, distances, integrals."""

from functools import partial
from typing import Any

import numpy as np
import pytest

import lossctl
from tests.peers._inputs import (
    Floats,
    binary_targets,
    class_indices,
    normal,
    probabilities,
    simplex,
)
from tests.peers._ledger import Ledger

special = pytest.importorskip("scipy.special")
stats = pytest.importorskip("scipy.stats")
distance = pytest.importorskip("scipy.spatial.distance")
optimize = pytest.importorskip("scipy.optimize")
integrate = pytest.importorskip("scipy.integrate")

pytestmark = pytest.mark.peers

SHAPE = (31, 4)


@pytest.fixture(params=range(8))
def seed(request: pytest.FixtureRequest) -> int:
    """Name the random case."""
    return int(request.param)


def beside_scipy(
    ledger: Ledger, loss: str, inputs: tuple[Any, ...], wanted: Floats, **options: Any
) -> None:
    """Hold the items and their mean; SciPy computes in float64."""
    compare = partial(ledger.compare, loss, "SciPy")
    found = lossctl.compute(loss, *inputs, reduction="none", **options)
    compare("items", found.value, wanted)
    compare("value", lossctl.compute(loss, *inputs, **options).value, wanted.mean())


def double(*arrays: Floats) -> list[Floats]:
    """Return arrays of float64."""
    return [array.astype(np.float64) for array in arrays]


def amounts(rng: np.random.Generator, dtype: str) -> Floats:
    """Draw positive numbers."""
    return rng.gamma(1.5, 2.0, size=SHAPE).astype(dtype) + np.asarray(0.125, dtype)


@pytest.mark.parametrize(
    ("loss", "function"), [("huber", special.huber), ("pseudo_huber", special.pseudo_huber)]
)
def test_hubers(ledger: Ledger, rng: np.random.Generator, loss: str, function: Any) -> None:
    inputs = normal(rng, SHAPE, ledger.dtype, 3), normal(rng, SHAPE, ledger.dtype, 3)
    delta = float(rng.uniform(0.2, 4))
    predictions, targets = double(*inputs)
    beside_scipy(ledger, loss, inputs, function(delta, predictions - targets), delta=delta)


@pytest.mark.parametrize(
    ("loss", "name", "parameter"),
    [
        ("huber", "huber", "delta"),
        ("pseudo_huber", "soft_l1", "delta"),
        ("cauchy", "cauchy", "scale"),
    ],
)
def test_least_squares(
    ledger: Ledger, rng: np.random.Generator, loss: str, name: str, parameter: str
) -> None:
    """The cost and the gradient where the robust solver starts."""
    predictions, targets = (normal(rng, (12,), ledger.dtype, 3) for _ in "pt")
    width = float(rng.uniform(0.2, 4))
    start, goal = double(predictions, targets)
    theirs = optimize.least_squares(
        lambda x: x - goal, start, lambda _: np.eye(12), loss=name, f_scale=width, max_nfev=1
    )
    options = {parameter: width, "reduction": "sum"}
    found = lossctl.compute(loss, predictions, targets, **options).value
    slopes = lossctl.gradient(loss, predictions, targets, **options)["predictions"]
    ledger.compare(loss, "SciPy", "value", found, theirs.cost)
    ledger.compare(loss, "SciPy", "gradient", slopes, theirs.grad)


@pytest.mark.parametrize("loss", ["student_t_nll", "gaussian_nll", "poisson_nll", "gamma_deviance"])
def test_densities(ledger: Ledger, rng: np.random.Generator, loss: str) -> None:
    means, targets = amounts(rng, ledger.dtype), amounts(rng, ledger.dtype)
    counts = rng.poisson(3.0, size=SHAPE).astype(ledger.dtype)
    mean, target, count = double(means, targets, counts)
    if loss == "student_t_nll":
        shape = {"df": float(rng.uniform(0.5, 20)), "scale": float(rng.uniform(0.2, 3))}
        wanted = -stats.t.logpdf(mean, shape["df"], loc=target, scale=shape["scale"])
        beside_scipy(ledger, loss, (means, targets), wanted, **shape)
    elif loss == "gaussian_nll":
        variance = amounts(rng, ledger.dtype)
        wanted = -stats.norm.logpdf(target, mean, np.sqrt(variance.astype(np.float64)))
        beside_scipy(ledger, loss, (means, variance, targets), wanted, full=True)
    elif loss == "poisson_nll":
        wanted = -stats.poisson.logpmf(count, mean)
        given = {"log_input": False, "full": True, "epsilon": 0.0}
        beside_scipy(ledger, loss, (means, counts), wanted, **given)
    else:  # twice the loss of log-likelihood against a mean equal to the target
        wanted = 2 * (
            stats.expon.logpdf(target, scale=target) - stats.expon.logpdf(target, scale=mean)
        )
        beside_scipy(ledger, loss, (means, targets), wanted)


def test_poisson_deviance(ledger: Ledger, rng: np.random.Generator) -> None:
    means, counts = amounts(rng, ledger.dtype), rng.poisson(2.0, size=SHAPE).astype(ledger.dtype)
    mean, count = double(means, counts)
    beside_scipy(ledger, "poisson_deviance", (means, counts), 2 * special.kl_div(count, mean))


def test_divergences(ledger: Ledger, rng: np.random.Generator) -> None:
    """Rows sum to one, so the summands t·log(t/p) and t·log(t/p) − t + p have one sum."""
    given, targets = simplex(rng, *SHAPE, ledger.dtype), simplex(rng, *SHAPE, ledger.dtype)
    share, truth = double(given, targets)
    inputs, options = (given, targets), {"input": "probabilities"}
    kl = special.rel_entr(truth, share).sum(axis=1)
    beside_scipy(ledger, "kl_divergence", inputs, kl, **options)
    kl = special.kl_div(truth, share).sum(axis=1)
    if ledger.dtype == "float64":  # rounded rows of float32 do not sum to one
        beside_scipy(ledger, "kl_divergence", inputs, kl, **options)
    entropy = special.entr(truth).sum(axis=1)
    relative = special.rel_entr(truth, share).sum(axis=1)
    beside_scipy(ledger, "cross_entropy", inputs, entropy + relative, **options)
    js = distance.jensenshannon(truth, share, axis=1) ** 2
    if ledger.dtype == "float64":
        beside_scipy(ledger, "js_divergence", inputs, js, **options)


def test_logistic(ledger: Ledger, rng: np.random.Generator) -> None:
    logits, labels = normal(rng, SHAPE, ledger.dtype, 3), binary_targets(rng, SHAPE, ledger.dtype)
    z, t = double(logits, labels)
    wanted = -(t * special.log_expit(z) + (1 - t) * special.log_expit(-z))
    options = {"task": "multilabel"}
    beside_scipy(ledger, "bce_with_logits", (logits, labels), wanted, input="logits", **options)
    beside_scipy(ledger, "soft_margin", (logits, labels), wanted, **options)
    beside_scipy(ledger, "multilabel_soft_margin", (logits, labels), wanted.mean(axis=1))
    squares = (special.expit(z) - t) ** 2
    beside_scipy(ledger, "brier", (logits, labels), squares, input="logits", **options)


def test_bernoulli(ledger: Ledger, rng: np.random.Generator) -> None:
    given = probabilities(rng, SHAPE, ledger.dtype)
    labels = binary_targets(rng, SHAPE, ledger.dtype, soft=True)
    p, t = double(given, labels)
    wanted = -(special.xlogy(t, p) + special.xlog1py(1 - t, -p))
    beside_scipy(ledger, "bce", (given, labels), wanted, task="multilabel")


def test_classes(ledger: Ledger, rng: np.random.Generator) -> None:
    logits, classes = normal(rng, SHAPE, ledger.dtype, 3), class_indices(rng, SHAPE[:1], 4, None)
    logs = special.log_softmax(logits.astype(np.float64), axis=1)
    wanted = -logs[np.arange(len(classes)), classes]
    beside_scipy(ledger, "cross_entropy", (logits, classes), wanted, input="logits")
    beside_scipy(ledger, "nll", (logs.astype(ledger.dtype), classes), wanted)


@pytest.mark.parametrize(
    ("loss", "function"), [("dice", distance.dice), ("jaccard", distance.jaccard)]
)
def test_hard_masks(ledger: Ledger, rng: np.random.Generator, loss: str, function: Any) -> None:
    """The dissimilarity of two sets."""
    first, second = rng.uniform(size=(2, 60)) < 0.4
    first[0] = second[0] = True
    masks = first.astype(ledger.dtype), second.astype(ledger.dtype)
    found = lossctl.compute(loss, *masks, smooth=0.0).value
    ledger.compare(loss, "SciPy", "value", found, float(function(first, second)))


def test_crps_is_an_integral(ledger: Ledger, rng: np.random.Generator) -> None:
    """∫ (Φ((x − μ)/σ) − [t ≤ x])² dx; the quadrature is good to 1e-9."""
    means, targets = (normal(rng, (5,), ledger.dtype, 2) for _ in "pt")
    widths = rng.uniform(0.3, 2, size=5).astype(ledger.dtype)

    def integral(mean: float, width: float, target: float) -> float:
        low = integrate.quad(
            lambda x: stats.norm.cdf(x, mean, width) ** 2, min(mean, target) - 12 * width, target
        )
        high = integrate.quad(
            lambda x: stats.norm.sf(x, mean, width) ** 2, target, max(mean, target) + 12 * width
        )
        return float(low[0] + high[0])

    wanted = [integral(*each) for each in zip(*double(means, widths, targets), strict=True)]
    found = lossctl.compute("crps_gaussian", means, widths, targets, reduction="none").value
    ledger.compare("crps_gaussian", "SciPy", "items", found, wanted, tolerance=1e-8)


def test_the_expectile_is_where_its_loss_is_flat(ledger: Ledger, rng: np.random.Generator) -> None:
    """No other constant costs less than SciPy's, so both slopes sum to the same there."""
    targets, tau = normal(rng, (40,), ledger.dtype, 2), float(rng.uniform(0.1, 0.9))
    best = stats.expectile(targets.astype(np.float64), tau)
    constant = np.full(40, best)
    slopes = lossctl.gradient("expectile", constant, targets, tau=tau)["predictions"]
    up, down = slopes[slopes > 0].sum(), -slopes[slopes < 0].sum()
    ledger.compare("expectile (balance)", "SciPy", "gradient", up, down)
