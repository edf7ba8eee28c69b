"""Simulated models whose predictions are fine, in many dresses, for rules to be silent about.

Targets are drawn from what the model knows: labels from its probabilities (softened or sharpened a
little), values around its predictions. Weak models know little, and say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Random = np.random.Generator
SIZES = (200, 500, 1_000, 2_000, 5_000, 20_000)
KINDS = ("binary", "multiclass", "multilabel", "masks", "regression", "segmentation")
MOST_NUMBERS = 1_000_000


@dataclass(frozen=True)
class Case:
    """Predictions and targets, how they came about, and with what they are evaluated.

    Attributes
    ----------
    kind
        One of `KINDS`.
    looks
        logits, probabilities or values.
    sharpness
        Standard deviation of the logits; of values R².
    loss, options
        As ``lossctl.check`` takes them.
    notes
        Other facts of the simulation: share of noisy labels, imbalance.
    """

    kind: str
    looks: str
    predictions: Array
    targets: Array
    sharpness: float
    loss: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)


def softmax(logits: Array, axis: int = -1) -> Array:
    """Return probabilities of classes."""
    shifted = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return shifted / shifted.sum(axis=axis, keepdims=True)


def sigmoid(logits: Array) -> Array:
    """Return probabilities of labels."""
    return 0.5 * (1.0 + np.tanh(0.5 * logits))


def clean(random: Random, kind: str | None = None, **fixed: Any) -> Case:
    """Draw a model that is fine; `fixed` holds what shall not be drawn (n, sharpness, looks, …)."""
    kind = str(random.choice(KINDS)) if kind is None else kind
    return globals()[f"_{kind}"](random, fixed)


def _drawn(random: Random, fixed: Mapping[str, Any]) -> tuple[int, float, str, float]:
    """Return n, the standard deviation of logits, what predictions look like, and confidence."""
    n = int(fixed.get("n", random.choice(SIZES)))
    sharpness = float(fixed.get("sharpness", np.exp(random.uniform(np.log(0.3), np.log(10.0)))))
    looks = str(fixed.get("looks", random.choice(["logits", "probabilities"])))
    confidence = float(fixed.get("confidence", np.exp(random.normal(0.0, 0.2))))
    return n, sharpness, looks, confidence


def _noisy(
    random: Random, labels: Array, classes: int, fixed: Mapping[str, Any]
) -> tuple[Array, float]:
    """Replace some labels at random, in every third simulation; return the share of them too."""
    share = float(random.uniform(0.05, 0.3)) if random.random() < 1 / 3 else 0.0
    share = float(fixed.get("noise", share))
    noisy = random.random(labels.shape) < share
    return np.where(noisy, random.integers(0, classes, labels.shape), labels), share


def _aware(logits: Array, noise: float, confidence: float) -> Array:
    """Return the logits of labels of which a model knows that a share is drawn at random."""
    if noise:
        p = np.clip((1.0 - noise) * sigmoid(logits) + 0.5 * noise, 1e-12, 1.0 - 1e-12)
        logits = np.log(p) - np.log1p(-p)
    return _sharpened(logits, confidence)


def _aware_of_classes(logits: Array, noise: float, confidence: float) -> Array:
    """Return the logits of classes of which a model knows that a share is drawn at random."""
    if noise:
        p = (1.0 - noise) * softmax(logits) + noise / logits.shape[-1]
        logits = np.log(np.maximum(p, 1e-12))
    return _sharpened(logits, confidence)


def _sharpened(logits: Array, confidence: float) -> Array:
    """Make a model more confident, or less, without a change of its shares of the classes."""
    middle = logits.mean(axis=0)
    return np.asarray(middle + confidence * (logits - middle))


def _pick(random: Random, probabilities: Array) -> Array:
    """Draw a class for each row of probabilities (…, C)."""
    sums = probabilities.cumsum(axis=-1)
    return (random.random(sums.shape[:-1])[..., None] > sums[..., :-1]).sum(axis=-1)


def _stored(random: Random, values: Array) -> Array:
    return values.astype(np.float32) if random.random() < 0.5 else values


def _binary(random: Random, fixed: Mapping[str, Any]) -> Case:
    n, sharpness, looks, confidence = _drawn(random, fixed)
    bias = float(fixed.get("bias", random.choice([0.0, 0.0, -1.0, -3.0, 2.0])))
    logits = sharpness * random.standard_normal(n) + bias
    labels = (random.random(n) < sigmoid(logits)).astype(np.int64)
    labels, noise = _noisy(random, labels, 2, fixed)
    scores = _aware(logits, noise, confidence)
    predictions = sigmoid(scores) if looks == "probabilities" else scores
    return Case(
        "binary",
        looks,
        _stored(random, predictions),
        labels,
        sharpness,
        "bce" if looks == "probabilities" else "bce_with_logits",
        notes={"noise": noise, "bias": bias},
    )


def _multiclass(random: Random, fixed: Mapping[str, Any]) -> Case:
    n, sharpness, looks, confidence = _drawn(random, fixed)
    classes = int(fixed.get("classes", random.choice([3, 4, 5, 10, 20, 50])))
    n = min(n, MOST_NUMBERS // classes)
    logits = sharpness * random.standard_normal((n, classes))
    if random.random() < 1 / 3:
        logits += random.normal(0.0, 1.5, classes)
    labels, noise = _noisy(random, _pick(random, softmax(logits)), classes, fixed)
    scores = _aware_of_classes(logits, noise, confidence)
    predictions = softmax(scores) if looks == "probabilities" else scores
    return Case(
        "multiclass",
        looks,
        _stored(random, predictions),
        labels,
        sharpness,
        "cross_entropy",
        notes={"noise": noise, "classes": classes},
    )


def _multilabel(random: Random, fixed: Mapping[str, Any]) -> Case:
    n, sharpness, looks, confidence = _drawn(random, fixed)
    labels = int(fixed.get("labels", random.choice([2, 5, 10, 20])))
    bias = random.normal(-1.0, 1.0, labels)
    common = random.standard_normal((n, 1))
    logits = sharpness * (0.5 * common + 0.87 * random.standard_normal((n, labels))) + bias
    targets = (random.random((n, labels)) < sigmoid(logits)).astype(np.int64)
    targets, noise = _noisy(random, targets, 2, fixed)
    scores = _aware(logits, noise, confidence)
    predictions = sigmoid(scores) if looks == "probabilities" else scores
    return Case(
        "multilabel",
        looks,
        _stored(random, predictions),
        targets,
        sharpness,
        "bce" if looks == "probabilities" else "bce_with_logits",
        {"task": "multilabel"},
        {"noise": noise},
    )


def _discs(random: Random, images: int, height: int, width: int) -> Array:
    """Return the signed depth of a disc in each image: positive within."""
    y, x = np.mgrid[:height, :width]
    low, high = 0.25 * height, 0.75 * height
    row = random.uniform(low, high, images)[:, None, None]
    column = random.uniform(0.25 * width, 0.75 * width, images)[:, None, None]
    radius = random.uniform(0.12, 0.4, images)[:, None, None] * min(height, width)
    return np.asarray(radius - np.hypot(y - row, x - column))


def _masks(random: Random, fixed: Mapping[str, Any]) -> Case:
    images = int(fixed.get("n", random.choice([24, 50, 100, 200])))
    images = min(images, 200)
    height = int(random.choice([16, 24, 32]))
    width = int(fixed.get("width", random.choice([16, 24, 32])))
    _, sharpness, looks, confidence = _drawn(random, fixed)
    logits = sharpness * np.clip(0.6 * _discs(random, images, height, width), -2.0, 2.0)
    logits += 0.5 * sharpness * random.standard_normal(logits.shape)
    targets = (random.random(logits.shape) < sigmoid(logits)).astype(np.uint8)
    scores = confidence * logits
    predictions = sigmoid(scores) if looks == "probabilities" else scores
    return Case("masks", looks, _stored(random, predictions), targets, sharpness, "dice")


def _segmentation(random: Random, fixed: Mapping[str, Any]) -> Case:
    images = min(int(fixed.get("n", random.choice([24, 50, 100]))), 100)
    height, width = (int(random.choice([12, 16, 20])) for _ in range(2))
    classes = int(random.choice([3, 4, 5]))
    _, sharpness, looks, confidence = _drawn(random, fixed)
    logits = np.stack([_discs(random, images, height, width) for _ in range(classes)], axis=1)
    logits = sharpness * np.clip(0.5 * logits, -1.5, 1.5)
    logits += 0.5 * sharpness * random.standard_normal(logits.shape)
    targets = _pick(random, np.moveaxis(softmax(logits, 1), 1, -1))
    scores = confidence * logits
    predictions = softmax(scores, 1) if looks == "probabilities" else scores
    return Case(
        "segmentation", looks, _stored(random, predictions), targets, sharpness, "cross_entropy"
    )


def _regression(random: Random, fixed: Mapping[str, Any]) -> Case:
    n = int(fixed.get("n", random.choice(SIZES)))
    r2 = float(fixed.get("sharpness", random.choice([0.0, 0.02, 0.1, 0.5, 0.9, 0.99])))
    tails = str(fixed.get("tails", random.choice(["normal", "laplace", "uniform"])))
    signal = random.standard_normal(n) if random.random() < 0.7 else random.gamma(2.0, 0.7, n)
    noise = {
        "normal": random.standard_normal,
        "laplace": lambda size: random.laplace(0.0, 0.7, size),
        "uniform": lambda size: random.uniform(-1.7, 1.7, size),
    }[tails](n)
    scale, shift = float(10.0 ** random.uniform(-2, 4)), float(random.choice([0.0, 3.0, -1.0]))
    mean = np.sqrt(r2) * signal
    targets = scale * (mean + np.sqrt(1.0 - r2) * noise + shift)
    predictions = scale * (mean + shift)
    if r2 == 0.0:  # a model that knows nothing still varies a little
        predictions = predictions + scale * 0.02 * random.standard_normal(n)
    return Case("regression", "values", predictions, targets, r2, "mse", notes={"tails": tails})
