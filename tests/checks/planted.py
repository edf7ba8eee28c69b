"""Mistakes planted into the predictions and targets of models that are right.

Each has a code, the dress it comes in, and how it is made; every one has enough rows to be seen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.checks.models import Array, classes, labels, regression, sigmoid, softmax


@dataclass(frozen=True)
class Case:
    """Predictions, targets, a loss or none, and options."""

    predictions: Array
    targets: Array
    loss: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


Make = Callable[[np.random.Generator], Case]
PLANTED: dict[str, list[tuple[str, Make]]] = {}


def planted(code: str, dress: str) -> Callable[[Make], Make]:
    """Register how a mistake is made."""

    def register(make: Make) -> Make:
        PLANTED.setdefault(code, []).append((dress, make))
        return make

    return register


def drawn(rng: np.random.Generator) -> tuple[int, int, float]:
    """Return rows, classes and the sharpness of a model."""
    return int(rng.integers(300, 2000)), int(rng.integers(2, 12)), float(rng.uniform(2.0, 6.0))


@planted("LC101", "multiclass")
def softmax_twice(rng: np.random.Generator) -> Case:
    rows, count, sd = drawn(rng)
    model = classes(rng, (rows,), count, max(sd, 3.0))
    return Case(softmax(model.probabilities), model.labels, "cross_entropy")


@planted("LC101", "maps of float32")
def softmax_twice_of_maps(rng: np.random.Generator) -> Case:
    model = classes(rng, (4, 16, 16), 4, 4.0)
    twice = np.moveaxis(softmax(model.probabilities), -1, 1)
    return Case(twice.astype(np.float32), model.labels)


@planted("LC102", "binary")
def sigmoid_twice(rng: np.random.Generator) -> Case:
    model = labels(rng, (drawn(rng)[0],), 4.0, 0.0)
    return Case(sigmoid(model.probabilities), model.labels, "bce")


@planted("LC102", "multilabel of float32")
def sigmoid_twice_of_labels(rng: np.random.Generator) -> Case:
    model = labels(rng, (400, 5), 4.0, -1.0)
    return Case(sigmoid(model.probabilities).astype(np.float32), model.labels)


@planted("LC102", "masks")
def sigmoid_twice_of_masks(rng: np.random.Generator) -> Case:
    model = labels(rng, (6, 24, 24), 4.0, -1.0)
    return Case(sigmoid(model.probabilities), model.labels, "dice")


@planted("LC103", "binary")
def probabilities_as_logits(rng: np.random.Generator) -> Case:
    model = labels(rng, (drawn(rng)[0],), 3.0, 0.0)
    return Case(model.probabilities, model.labels, "bce_with_logits")


@planted("LC103", "binary, resampled to little below 0")
def resampled_probabilities_as_logits(rng: np.random.Generator) -> Case:
    model = labels(rng, (drawn(rng)[0],), 3.0, 0.0)
    return Case(model.probabilities * 1.02 - 0.01, model.labels, "bce_with_logits")


@planted("LC103", "multiclass")
def class_probabilities_as_logits(rng: np.random.Generator) -> Case:
    rows, count, sd = drawn(rng)
    model = classes(rng, (rows,), count, sd)
    return Case(model.probabilities, model.labels, "cross_entropy", {"input": "logits"})


@planted("LC103", "margin loss")
def probabilities_as_scores(rng: np.random.Generator) -> Case:
    model = labels(rng, (drawn(rng)[0],), 3.0, 0.0)
    return Case(model.probabilities, model.labels, "hinge")


@planted("LC104", "binary")
def logits_as_probabilities(rng: np.random.Generator) -> Case:
    model = labels(rng, (drawn(rng)[0],), 3.0, 0.0)
    return Case(model.logits, model.labels, "bce", {"input": "probabilities"})


@planted("LC104", "multiclass")
def class_logits_as_probabilities(rng: np.random.Generator) -> Case:
    rows, count, sd = drawn(rng)
    model = classes(rng, (rows,), count, sd)
    return Case(model.logits, model.labels, "brier", {"input": "probabilities"})


@planted("LC105", "multiclass")
def sigmoids_of_classes(rng: np.random.Generator) -> Case:
    rows, count, sd = drawn(rng)
    model = classes(rng, (rows,), count, sd)
    return Case(sigmoid(model.logits), model.labels, "cross_entropy")


@planted("LC105", "maps")
def sigmoids_of_maps(rng: np.random.Generator) -> Case:
    model = classes(rng, (4, 12, 12), 3, 3.0)
    return Case(np.moveaxis(sigmoid(model.logits), -1, 1), model.labels)


def _saturated(rng: np.random.Generator, rows: int) -> tuple[Array, Array]:
    model = labels(rng, (rows,), 12.0, 0.0)
    rounded = sigmoid(model.logits.astype(np.float32)).astype(np.float32)
    wrong = np.abs(model.logits) > 18
    targets = np.where(wrong & (rng.random(rows) < 0.2), 1 - model.labels, model.labels)
    return np.where(np.abs(model.logits) > 17, np.round(rounded), rounded), targets


@planted("LC106", "binary of float32")
def saturated(rng: np.random.Generator) -> Case:
    return Case(*_saturated(rng, 1000), "bce")


@planted("LC106", "multiclass of float16")
def saturated_classes(rng: np.random.Generator) -> Case:
    model = classes(rng, (1000,), 4, 8.0)
    targets = np.where(rng.random(1000) < 0.1, rng.integers(0, 4, 1000), model.labels)
    return Case(model.probabilities.astype(np.float16), targets, "focal")


@planted("LC107", "binary")
def percentages(rng: np.random.Generator) -> Case:
    model = labels(rng, (drawn(rng)[0],), 3.0, 0.0)
    return Case(100.0 * model.probabilities, model.labels)


@planted("LC107", "multiclass")
def percentages_of_classes(rng: np.random.Generator) -> Case:
    rows, count, sd = drawn(rng)
    model = classes(rng, (rows,), count, sd)
    return Case(100.0 * model.probabilities, model.labels, "cross_entropy")


@planted("LC107", "masks in bytes")
def bytes_of_masks(rng: np.random.Generator) -> Case:
    model = labels(rng, (6, 24, 24), 3.0, -1.0)
    return Case(np.round(255 * model.probabilities).astype(np.uint8), model.labels, "dice")


@planted("LC301", "multiclass")
def labels_from_one(rng: np.random.Generator) -> Case:
    rows, count, sd = drawn(rng)
    model = classes(rng, (rows,), max(count, 3), sd)
    return Case(model.logits, model.labels + 1, "cross_entropy")


@planted("LC301", "binary")
def binary_labels_from_one(rng: np.random.Generator) -> Case:
    model = labels(rng, (drawn(rng)[0],), 3.0, 0.0)
    return Case(model.probabilities, model.labels + 1)


@planted("LC301", "with padding")
def labels_from_one_with_marks(rng: np.random.Generator) -> Case:
    model = classes(rng, (600,), 5, 3.0)
    targets = np.where(np.arange(600) % 10 == 0, -100, model.labels + 1)
    return Case(model.probabilities, targets, "focal")


@planted("LC302", "multiclass maps")
def void_pixels(rng: np.random.Generator) -> Case:
    model = classes(rng, (4, 16, 16), 5, 3.0)
    targets = np.where(rng.random((4, 16, 16)) < 0.05, 255, model.labels)
    return Case(np.moveaxis(model.logits, -1, 1), targets, "cross_entropy")


@planted("LC302", "binary")
def unknown_labels(rng: np.random.Generator) -> Case:
    model = labels(rng, (drawn(rng)[0],), 3.0, 0.0)
    targets = np.where(rng.random(model.labels.shape) < 0.05, -1, model.labels)
    return Case(model.probabilities, targets, "bce")


@planted("LC303", "multiclass")
def all_ignored(rng: np.random.Generator) -> Case:
    model = classes(rng, (200,), 4, 3.0)
    return Case(model.logits, np.full(200, 3), "cross_entropy", {"ignore_index": 3})


@planted("LC303", "weights of 0")
def all_weightless(rng: np.random.Generator) -> Case:
    predictions, targets = regression(rng, (200,), 0.5)
    return Case(predictions, targets, "mse", {"weights": np.zeros(200)})


@planted("LC304", "tokens")
def padding_counted(rng: np.random.Generator) -> Case:
    model = classes(rng, (64, 20), 12, 2.0)
    lengths = rng.integers(4, 18, 64)
    padded = np.arange(20) >= lengths[:, None]
    targets = np.where(padded, 0, np.maximum(model.labels, 1))
    logits = np.where(padded[..., None], -8.0, model.logits)
    logits[padded, 0] = 8.0
    logits[~padded, 0] = -20.0
    return Case(logits, targets, "cross_entropy")


@planted("LC305", "never a target")
def class_never_seen(rng: np.random.Generator) -> Case:
    model = classes(rng, (2000,), 4, 3.0)
    targets = np.where(model.labels == 2, 1, model.labels)
    return Case(model.logits, targets)


@planted("LC305", "never predicted")
def class_never_predicted(rng: np.random.Generator) -> Case:
    model = classes(rng, (2000,), 4, 2.0)
    logits = model.logits.copy()
    logits[:, 2] = -9.0
    return Case(logits, model.labels)


@planted("LC306", "masks")
def masks_of_bytes(rng: np.random.Generator) -> Case:
    model = labels(rng, (6, 24, 24), 3.0, -1.0)
    return Case(model.probabilities, (255 * model.labels).astype(np.uint8), "dice")


@planted("LC306", "grey masks")
def grey_masks(rng: np.random.Generator) -> Case:
    model = labels(rng, (6, 24, 24), 3.0, -1.0)
    grey = 255.0 * model.labels
    grey[:, 0, :8] = np.arange(0, 256, 34)[:8]
    return Case(model.probabilities, grey.astype(np.uint8), "bce")


@planted("LC307", "binary")
def rare_positives(rng: np.random.Generator) -> Case:
    model = labels(rng, (20_000,), 1.0, -7.0)
    return Case(model.probabilities, model.labels, "bce")


@planted("LC308", "votes")
def votes(rng: np.random.Generator) -> Case:
    model = classes(rng, (500,), 4, 2.0)
    targets = np.eye(4)[model.labels] * 0.75
    return Case(model.probabilities, targets, "cross_entropy")


@planted("LC501", "regression")
def missing_predictions(rng: np.random.Generator) -> Case:
    predictions, targets = regression(rng, (500,), 0.5)
    predictions[300::7] = np.nan
    return Case(predictions, targets, "mse")


@planted("LC501", "infinite logits")
def infinite_logits(rng: np.random.Generator) -> Case:
    model = labels(rng, (500,), 3.0, 0.0)
    model.logits[300], model.labels[300] = np.inf, 0
    return Case(model.logits, model.labels, "bce_with_logits")


@planted("LC501", "multiclass")
def missing_rows(rng: np.random.Generator) -> Case:
    model = classes(rng, (500,), 4, 3.0)
    model.probabilities[100:] = np.nan
    return Case(model.probabilities, model.labels)


@planted("LC502", "multiclass")
def same_row(rng: np.random.Generator) -> Case:
    model = classes(rng, (500,), 4, 3.0)
    return Case(np.repeat(model.logits[:1], 500, axis=0), model.labels, "cross_entropy")


@planted("LC502", "regression")
def same_number(rng: np.random.Generator) -> Case:
    predictions, targets = regression(rng, (500,), 0.5)
    return Case(np.full_like(predictions, predictions[0]), targets)


@planted("LC503", "regression")
def same_file(rng: np.random.Generator) -> Case:
    _, targets = regression(rng, (500,), 0.5)
    return Case(targets, targets, "mae")


@planted("LC503", "binary")
def same_labels(rng: np.random.Generator) -> Case:
    model = labels(rng, (500,), 3.0, 0.0)
    return Case(model.labels.astype(float), model.labels, "bce")


@planted("LC503", "multiclass")
def one_hot_labels(rng: np.random.Generator) -> Case:
    model = classes(rng, (500,), 4, 3.0)
    return Case(np.eye(4)[model.labels], model.labels)


@planted("LC504", "thousands")
def thousands(rng: np.random.Generator) -> Case:
    predictions, targets = regression(rng, (drawn(rng)[0],), 0.5)
    return Case(predictions / 1000.0, targets, "mse")


@planted("LC504", "standardized")
def standardized(rng: np.random.Generator) -> Case:
    signal = rng.normal(size=drawn(rng)[0])
    targets = 200.0 + 50.0 * (signal + 0.5 * rng.normal(size=signal.shape))
    return Case(signal, targets)


@planted("LC505", "regression")
def sign_flipped(rng: np.random.Generator) -> Case:
    predictions, targets = regression(rng, (drawn(rng)[0],), 0.5)
    return Case(-predictions, targets, "mae")


@planted("LC506", "time stamps of float32")
def time_stamps(rng: np.random.Generator) -> Case:
    times = 1.7e9 + rng.uniform(0, 3600, 500)
    return Case((times + rng.normal(0, 60, 500)).astype(np.float32), times, "mae")


@planted("LC506", "rounded")
def rounded(rng: np.random.Generator) -> Case:
    targets = rng.normal(0, 1, 500)
    return Case(np.round(targets + rng.normal(0, 0.1, 500)), targets)
