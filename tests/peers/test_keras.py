"""Losses beside Keras 3 on its PyTorch backend, values and gradients.

Keras gives one loss a row: the mean over the last axis, or the sum over classes. It holds
probabilities at 1e-7, so none is drawn so near to 0 or 1.
"""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lossctl
from tests.peers._agreement import agree, tensor
from tests.peers._inputs import (
    Floats,
    binary_targets,
    class_indices,
    normal,
    probabilities,
    simplex,
)
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")
os.environ.setdefault("KERAS_BACKEND", "torch")  # Keras reads it once, when it is imported
keras = pytest.importorskip("keras", exc_type=ImportError)
if keras.backend.backend() != "torch":
    pytest.skip("Keras runs on another backend", allow_module_level=True)

pytestmark = pytest.mark.peers

SHAPE, CLASSES = (23, 6), 6


@pytest.fixture(params=range(3))
def seed(request: pytest.FixtureRequest) -> int:
    """Name the random case."""
    return int(request.param)


@pytest.fixture
def dtype() -> str:
    """Keras takes means and powers in float32, whatever it is given; so both get float32."""
    return "float32"


def beside_keras(
    ledger: Ledger,
    loss: str,
    inputs: tuple[Any, Any],
    theirs: Callable[[Any], Any],
    *,
    each: int = 1,
    scale: float = 1.0,
    **options: Any,
) -> None:
    """Hold means and sums, and items where a row is one (`each` items a row otherwise)."""

    def reference(leaf: Any, reduction: str) -> Any:
        rows = theirs(leaf) * scale
        if reduction == "none":
            return rows
        return rows.mean() if reduction == "mean" else rows.sum() * each

    reductions = ("mean", "sum", "none") if each == 1 else ("mean", "sum")
    agree(ledger, loss, inputs, reference, peer="Keras", reductions=reductions, **options)


def amounts(rng: np.random.Generator, dtype: str) -> Floats:
    """Draw positive numbers."""
    return rng.gamma(1.5, 2.0, size=SHAPE).astype(dtype) + np.asarray(0.125, dtype)


@pytest.mark.parametrize(
    ("loss", "function", "options"),
    [
        ("mse", "mean_squared_error", {}),
        ("mae", "mean_absolute_error", {}),
        ("huber", "huber", {"delta": 0.7}),
        ("log_cosh", "log_cosh", {}),
        ("mape", "mean_absolute_percentage_error", {"percent": True}),
    ],
)
def test_residuals(
    ledger: Ledger, rng: np.random.Generator, loss: str, function: str, options: dict[str, float]
) -> None:
    predictions, targets = (normal(rng, SHAPE, ledger.dtype, scale=3) for _ in "pt")
    theirs = {"delta": options["delta"]} if "delta" in options else {}

    def rows(leaf: Any) -> Any:
        return getattr(keras.losses, function)(tensor(targets), leaf, **theirs)

    beside_keras(ledger, loss, (predictions, targets), rows, each=SHAPE[1], **options)


def test_msle(ledger: Ledger, rng: np.random.Generator) -> None:
    inputs = amounts(rng, ledger.dtype), amounts(rng, ledger.dtype)

    def rows(leaf: Any) -> Any:
        return keras.losses.mean_squared_logarithmic_error(tensor(inputs[1]), leaf)

    beside_keras(ledger, "msle", inputs, rows, each=SHAPE[1])


def test_poisson(ledger: Ledger, rng: np.random.Generator) -> None:
    """Keras adds 1e-7 to the mean inside the logarithm."""
    inputs = amounts(rng, ledger.dtype), rng.poisson(2.0, size=SHAPE).astype(ledger.dtype)

    def rows(leaf: Any) -> Any:
        return keras.losses.poisson(tensor(inputs[1]), leaf)

    given = {"log_input": False, "epsilon": 1e-7}
    beside_keras(ledger, "poisson_nll", inputs, rows, each=SHAPE[1], **given)


@pytest.mark.parametrize("signs", [True, False], ids=["signs", "labels"])
@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_hinges(ledger: Ledger, rng: np.random.Generator, loss: str, *, signs: bool) -> None:
    """Labels 0 and 1 are mapped to −1 and +1 on both sides."""
    labels = binary_targets(rng, SHAPE, ledger.dtype)
    inputs = normal(rng, SHAPE, ledger.dtype, 2), 2 * labels - 1 if signs else labels

    def rows(leaf: Any) -> Any:
        return getattr(keras.losses, loss)(tensor(inputs[1]), leaf)

    beside_keras(ledger, loss, inputs, rows, each=SHAPE[1])


def test_multiclass_hinge(ledger: Ledger, rng: np.random.Generator) -> None:
    """Keras takes the greatest wrong score to be at least 0: all scores are above it here."""
    scores = normal(rng, SHAPE, ledger.dtype, 2)
    scores -= scores.min() - np.asarray(0.5, ledger.dtype)
    classes = class_indices(rng, SHAPE[:1], CLASSES, None)
    hot = np.eye(CLASSES, dtype=ledger.dtype)[classes]

    def rows(leaf: Any) -> Any:
        return keras.losses.categorical_hinge(tensor(hot), leaf)

    beside_keras(ledger, "multiclass_hinge", (scores, classes), rows)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_binary_cross_entropy(
    ledger: Ledger, rng: np.random.Generator, kind: str, smoothing: float
) -> None:
    """Keras smooths towards one half; bce has no smoothing of its own, its targets are smoothed."""
    draw = normal if kind == "logits" else probabilities
    targets = binary_targets(rng, SHAPE, ledger.dtype, soft=kind == "probabilities")
    scores = draw(rng, SHAPE, ledger.dtype)

    def rows(leaf: Any) -> Any:
        return keras.losses.binary_crossentropy(
            tensor(targets), leaf, from_logits=kind == "logits", label_smoothing=smoothing
        )

    options: dict[str, Any] = {"input": kind, "task": "multilabel"}
    if kind == "logits":
        given = {"label_smoothing": smoothing, **options}
        beside_keras(ledger, "bce_with_logits", (scores, targets), rows, each=SHAPE[1], **given)
        return
    smoothed = ((1 - smoothing) * targets + smoothing / 2).astype(ledger.dtype)
    beside_keras(ledger, "bce", (scores, smoothed), rows, each=SHAPE[1], **options)


@pytest.mark.parametrize("alpha", [None, 0.3])
@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_binary_focal(
    ledger: Ledger, rng: np.random.Generator, kind: str, alpha: float | None
) -> None:
    draw = normal if kind == "logits" else probabilities
    inputs = draw(rng, SHAPE, ledger.dtype), binary_targets(rng, SHAPE, ledger.dtype)

    def rows(leaf: Any) -> Any:
        return keras.losses.binary_focal_crossentropy(
            tensor(inputs[1]),
            leaf,
            apply_class_balancing=alpha is not None,
            alpha=alpha or 0.25,
            gamma=1.5,
            from_logits=kind == "logits",
        )

    options = {"alpha": alpha, "gamma": 1.5, "input": kind, "task": "multilabel"}
    beside_keras(ledger, "focal", inputs, rows, each=SHAPE[1], reading="binary", **options)


def class_scores(rng: np.random.Generator, kind: str, dtype: str) -> Floats:
    """Draw rows of logits or of probabilities."""
    return normal(rng, SHAPE, dtype) if kind == "logits" else simplex(rng, *SHAPE, dtype)


@pytest.mark.parametrize("sparse", [True, False], ids=["index", "soft"])
def test_cross_entropy(ledger: Ledger, rng: np.random.Generator, *, sparse: bool) -> None:
    scores = normal(rng, SHAPE, ledger.dtype)
    classes = class_indices(rng, SHAPE[:1], CLASSES, None)
    targets = classes if sparse else simplex(rng, *SHAPE, ledger.dtype)

    def rows(leaf: Any) -> Any:
        if sparse:
            return keras.losses.sparse_categorical_crossentropy(
                tensor(targets), leaf, from_logits=True
            )
        return keras.losses.categorical_crossentropy(
            tensor(targets), leaf, from_logits=True, label_smoothing=0.15
        )

    options = {"input": "logits", "label_smoothing": 0.0 if sparse else 0.15}
    beside_keras(ledger, "cross_entropy", (scores, targets), rows, **options)


@pytest.mark.parametrize("loss", ["cross_entropy", "focal", "generalized_cross_entropy"])
def test_class_probabilities(ledger: Ledger, rng: np.random.Generator, loss: str) -> None:
    """Keras divides probabilities by their sum first: values agree, slopes are of another space."""
    shares = simplex(rng, *SHAPE, ledger.dtype)
    classes = class_indices(rng, SHAPE[:1], CLASSES, None)
    truth = tensor(np.eye(CLASSES, dtype=ledger.dtype)[classes])
    theirs = {
        "cross_entropy": lambda p: keras.losses.categorical_crossentropy(truth, p),
        "focal": lambda p: keras.losses.categorical_focal_crossentropy(
            truth, p, alpha=0.4, gamma=1.5
        ),
        "generalized_cross_entropy": lambda p: keras.losses.categorical_generalized_cross_entropy(
            tensor(classes), p, q=0.6
        ),
    }[loss]
    options: dict[str, Any] = {
        "focal": {"alpha": 0.4, "gamma": 1.5, "task": "multiclass"},
        "generalized_cross_entropy": {"q": 0.6},
    }.get(loss, {})
    found = lossctl.compute(
        loss, shares, classes, input="probabilities", reduction="none", **options
    ).value
    ledger.compare(
        f"{loss} (probabilities)", "Keras", "items", found, theirs(tensor(shares)).numpy()
    )


def test_categorical_focal_of_logits(ledger: Ledger, rng: np.random.Generator) -> None:
    scores, classes = normal(rng, SHAPE, ledger.dtype), class_indices(rng, SHAPE[:1], CLASSES, None)
    truth = tensor(np.eye(CLASSES, dtype=ledger.dtype)[classes])

    def rows(leaf: Any) -> Any:
        return keras.losses.categorical_focal_crossentropy(
            truth, leaf, alpha=0.4, gamma=1.5, from_logits=True
        )

    options = {"alpha": 0.4, "gamma": 1.5, "input": "logits", "task": "multiclass"}
    beside_keras(ledger, "focal", (scores, classes), rows, reading="classes", **options)


def test_kl_divergence(ledger: Ledger, rng: np.random.Generator) -> None:
    inputs = simplex(rng, *SHAPE, ledger.dtype), simplex(rng, *SHAPE, ledger.dtype)

    def rows(leaf: Any) -> Any:
        return keras.losses.kl_divergence(tensor(inputs[1]), leaf)

    beside_keras(ledger, "kl_divergence", inputs, rows, input="probabilities")


@pytest.mark.parametrize("loss", ["dice", "tversky"])
def test_masks(ledger: Ledger, rng: np.random.Generator, loss: str) -> None:
    """Keras adds 1e-7 to the denominator only, which large masks hide.

    What its Tversky loss calls false positives is Σ(1 − p)·t, so its alpha is our beta.
    """
    shape = 200, 700
    predictions = probabilities(rng, shape, ledger.dtype)
    targets = binary_targets(rng, shape, ledger.dtype)
    theirs = {"alpha": 0.2, "beta": 0.9} if loss == "tversky" else {}
    ours = {"alpha": 0.9, "beta": 0.2} if loss == "tversky" else {}

    def reference(leaf: Any, _: str) -> Any:
        return getattr(keras.losses, loss)(tensor(targets), leaf, **theirs)

    agree(
        ledger,
        loss,
        (predictions, targets),
        reference,
        peer="Keras",
        reductions=("mean",),
        input="probabilities",
        task="binary",
        smooth=0.0,
        **ours,
    )
