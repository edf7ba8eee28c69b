"""Losses beside optax on JAX (CPU), values and gradients; one shape a test, since JAX compiles."""

from collections.abc import Callable
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

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
jnp, losses = jax.numpy, optax.losses

pytestmark = pytest.mark.peers

jax.config.update("jax_enable_x64", True)  # float64 is float32 otherwise

SHAPE, CLASSES = (29, 5), 5


@pytest.fixture(params=range(3))
def seed(request: pytest.FixtureRequest) -> int:
    """Name the random case."""
    return int(request.param)


def beside_optax(
    ledger: Ledger,
    loss: str,
    inputs: tuple[Any, Any],
    theirs: Callable[[Any], Any],
    *,
    reading: str = "",
    scale: float = 1.0,
    **options: Any,
) -> None:
    """Hold items, their mean and its gradient; `scale` times ours is theirs."""
    label = f"{loss} ({reading})" if reading else loss
    scores = jnp.asarray(inputs[0])
    items = lossctl.compute(loss, *inputs, reduction="none", **options)
    value = lossctl.compute(loss, *inputs, **options)
    slopes = lossctl.gradient(loss, *inputs, **options)["predictions"]
    mean, gradient = jax.value_and_grad(lambda given: theirs(given).mean())(scores)
    compare = partial(ledger.compare, label, "optax")
    compare("items", scale * items.value, np.asarray(theirs(scores)))
    compare("value", scale * value.value, np.asarray(mean))
    compare("gradient", scale * slopes, np.asarray(gradient))


@pytest.mark.parametrize(
    ("loss", "function", "scale", "options"),
    [
        ("mse", losses.squared_error, 1.0, {}),
        ("mse", losses.l2_loss, 0.5, {}),  # half the square
        ("huber", losses.huber_loss, 1.0, {"delta": 0.6}),
        ("log_cosh", losses.log_cosh, 1.0, {}),
    ],
    ids=["squared_error", "l2_loss", "huber_loss", "log_cosh"],
)
def test_residuals(
    ledger: Ledger,
    rng: np.random.Generator,
    *,
    loss: str,
    function: Any,
    scale: float,
    options: dict[str, float],
) -> None:
    predictions, targets = (normal(rng, SHAPE, ledger.dtype, scale=3) for _ in "pt")

    def theirs(given: Any) -> Any:
        return function(given, jnp.asarray(targets), **options)

    beside_optax(ledger, loss, (predictions, targets), theirs, scale=scale, **options)


def test_sigmoid_cross_entropy(ledger: Ledger, rng: np.random.Generator) -> None:
    inputs = normal(rng, SHAPE, ledger.dtype), binary_targets(rng, SHAPE, ledger.dtype, soft=True)

    def theirs(given: Any) -> Any:
        return losses.sigmoid_binary_cross_entropy(given, jnp.asarray(inputs[1]))

    beside_optax(ledger, "bce_with_logits", inputs, theirs, input="logits", task="multilabel")


@pytest.mark.parametrize("alpha", [None, 0.3])
def test_sigmoid_focal(ledger: Ledger, rng: np.random.Generator, alpha: float | None) -> None:
    inputs = normal(rng, SHAPE, ledger.dtype), binary_targets(rng, SHAPE, ledger.dtype)

    def theirs(given: Any) -> Any:
        return losses.sigmoid_focal_loss(given, jnp.asarray(inputs[1]), alpha=alpha, gamma=1.5)

    options = {"alpha": alpha, "gamma": 1.5, "input": "logits", "task": "multilabel"}
    beside_optax(ledger, "focal", inputs, theirs, reading="binary", **options)


@pytest.mark.parametrize("margin", [0.0, 1.0])
def test_hinges(ledger: Ledger, rng: np.random.Generator, margin: float) -> None:
    """Without a margin it is the loss of the perceptron."""
    labels = 2 * binary_targets(rng, SHAPE, ledger.dtype) - 1
    function = losses.hinge_loss if margin else losses.perceptron_loss

    def theirs(given: Any) -> Any:
        return function(given, jnp.asarray(labels))

    inputs = normal(rng, SHAPE, ledger.dtype), labels
    beside_optax(ledger, "hinge", inputs, theirs, margin=margin)


@pytest.mark.parametrize("margin", [0.0, 1.0])
def test_multiclass_hinges(ledger: Ledger, rng: np.random.Generator, margin: float) -> None:
    classes = class_indices(rng, SHAPE[:1], CLASSES, None)
    function = losses.multiclass_hinge_loss if margin else losses.multiclass_perceptron_loss

    def theirs(given: Any) -> Any:
        return function(given, jnp.asarray(classes))

    inputs = normal(rng, SHAPE, ledger.dtype), classes
    beside_optax(ledger, "multiclass_hinge", inputs, theirs, margin=margin)


@pytest.mark.parametrize("function", ["index", "soft", "safe", "smoothed"])
def test_softmax_cross_entropy(ledger: Ledger, rng: np.random.Generator, function: str) -> None:
    classes = class_indices(rng, SHAPE[:1], CLASSES, None)
    targets = simplex(rng, *SHAPE, ledger.dtype) if function in {"soft", "safe"} else classes
    hot = jnp.eye(CLASSES, dtype=ledger.dtype)[classes]

    def theirs(given: Any) -> Any:
        if function == "index":
            return losses.softmax_cross_entropy_with_integer_labels(given, jnp.asarray(classes))
        if function == "safe":
            return losses.safe_softmax_cross_entropy(given, jnp.asarray(targets))
        truth = losses.smooth_labels(hot, 0.2) if function == "smoothed" else jnp.asarray(targets)
        return losses.softmax_cross_entropy(given, truth)

    inputs = normal(rng, SHAPE, ledger.dtype, 2), targets
    options = {"label_smoothing": 0.2 if function == "smoothed" else 0.0, "input": "logits"}
    beside_optax(ledger, "cross_entropy", inputs, theirs, reading=function, **options)


@pytest.mark.parametrize("epsilon", [-0.5, 2.0])
def test_poly(ledger: Ledger, rng: np.random.Generator, epsilon: float) -> None:
    inputs = normal(rng, SHAPE, ledger.dtype, 2), simplex(rng, *SHAPE, ledger.dtype)

    def theirs(given: Any) -> Any:
        return losses.poly_loss_cross_entropy(given, jnp.asarray(inputs[1]), epsilon=epsilon)

    options = {"epsilon": epsilon, "input": "logits", "task": "multiclass"}
    beside_optax(ledger, "poly1", inputs, theirs, **options)


@pytest.mark.parametrize("logs", [False, True], ids=["shares", "logs"])
def test_kl_divergence(ledger: Ledger, rng: np.random.Generator, *, logs: bool) -> None:
    """The gradient goes through log-softmax on both sides."""
    logits = normal(rng, SHAPE, ledger.dtype)
    targets = simplex(rng, *SHAPE, ledger.dtype)

    def theirs(given: Any) -> Any:
        log_p = jax.nn.log_softmax(given)
        if logs:
            return losses.kl_divergence_with_log_targets(log_p, jnp.log(jnp.asarray(targets)))
        return losses.kl_divergence(log_p, jnp.asarray(targets))

    beside_optax(ledger, "kl_divergence", (logits, targets), theirs, input="logits")
    if logs:
        given = (logits, np.log(targets))
        beside_optax(ledger, "kl_divergence_with_log_targets", given, theirs)


def test_poisson_deviance(ledger: Ledger, rng: np.random.Generator) -> None:
    """Twice the divergence between two rows of masses that need not sum to one."""
    means = rng.gamma(1.5, 2.0, size=SHAPE).astype(ledger.dtype) + np.asarray(0.1, ledger.dtype)
    counts = rng.poisson(2.0, size=SHAPE).astype(ledger.dtype)
    items = lossctl.compute("poisson_deviance", means, counts, reduction="none").value
    slopes = lossctl.gradient("poisson_deviance", means, counts, reduction="sum")["predictions"]

    def theirs(given: Any) -> Any:
        return 2 * losses.generalized_kl_divergence(jnp.log(given), jnp.asarray(counts))

    given = jnp.asarray(means)
    compare = partial(ledger.compare, "poisson_deviance", "optax")
    compare("items", items.sum(axis=1), np.asarray(theirs(given)))
    compare("gradient", slopes, np.asarray(jax.grad(lambda p: theirs(p).sum())(given)))


def masks(
    rng: np.random.Generator, dtype: str, classes: int
) -> tuple[Floats, Floats, dict[str, Any]]:
    """Draw three images of logits and of labels, the class axis last."""
    shape = 3, 4, 5, classes
    logits = normal(rng, shape, dtype)
    labels = rng.integers(0, max(classes, 2), size=shape[:-1])
    hot = labels[..., None] if classes == 1 else np.eye(classes)[labels]
    return logits, hot.astype(dtype), {"input": "logits", "pooling": "sample"}


@pytest.mark.parametrize("alpha", [0.5, 0.2])
@pytest.mark.parametrize("classes", [1, 4])
def test_dice(ledger: Ledger, rng: np.random.Generator, classes: int, alpha: float) -> None:
    """Their Dice loss is Tversky's, for each image and class; at one half, Dice of smooth 2s."""
    logits, targets, options = masks(rng, ledger.dtype, classes)
    if classes == 1:
        arrays: tuple[Any, Any] = logits[..., 0], targets[..., 0]
        options["task"] = "binary"
    else:
        arrays = logits, targets
        options |= {"task": "multiclass", "class_axis": -1, "average": "macro"}
    given = {"smooth": 0.3, "alpha": alpha, "beta": 1 - alpha}

    def theirs(leaf: Any) -> Any:
        leaf = leaf[..., None] if classes == 1 else leaf
        if classes == 1 and alpha == 0.5:
            found = losses.binary_dice_loss(leaf, jnp.asarray(targets), smooth=0.3)
        else:
            found = losses.dice_loss(leaf, jnp.asarray(targets), **given)
        return found.reshape(3, -1).mean(axis=1)

    beside_optax(ledger, "tversky", arrays, theirs, **options, **given)
    if alpha == 0.5:
        beside_optax(ledger, "dice", arrays, theirs, **options, smooth=0.6)


def test_probabilities_of_classes(ledger: Ledger, rng: np.random.Generator) -> None:
    """Log-probabilities are logits too: the same loss three ways."""
    shares = simplex(rng, *SHAPE, ledger.dtype)
    classes = class_indices(rng, SHAPE[:1], CLASSES, None)
    logs = np.log(shares)
    wanted = losses.softmax_cross_entropy_with_integer_labels(logs, classes)
    for loss, given, kind in (
        ("cross_entropy", shares, "probabilities"),
        ("nll", logs, "log_probabilities"),
    ):
        found = lossctl.compute(loss, given, classes, input=kind, reduction="none").value
        ledger.compare(loss, "optax", "items", found, np.asarray(wanted))
    binary = probabilities(rng, SHAPE, ledger.dtype)
    labels = binary_targets(rng, SHAPE, ledger.dtype)
    logits = np.log(binary) - np.log1p(-binary)
    theirs = losses.sigmoid_binary_cross_entropy(logits, labels)
    found = lossctl.compute("bce", binary, labels, task="multilabel", reduction="none").value
    ledger.compare("bce", "optax", "items", found, np.asarray(theirs))
