"""Targets and predictions in the shapes and kinds that people save, for `lossctl recommend`."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray
Pair: TypeAlias = tuple[Array, Array]
N = 60


def softmax(logits: Array, axis: int = -1) -> Array:
    shares = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return shares / shares.sum(axis=axis, keepdims=True)


def sigmoid(logits: Array) -> Array:
    return 1 / (1 + np.exp(-logits))


def two(logits: Array, axis: int = 1) -> Array:
    """Return logits of two classes whose difference is the logit."""
    return np.stack([-0.5 * logits, 0.5 * logits], axis)


def binary() -> Pair:
    rng = np.random.default_rng(0)
    labels = (rng.uniform(size=N) < 0.4).astype(int)
    return labels, 2.0 * labels - 1 + 2 * rng.normal(size=N)


def several() -> Pair:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 4, N)
    return labels, rng.normal(size=(N, 4)) + 2 * np.eye(4)[labels]


def labels_at_once() -> Pair:
    rng = np.random.default_rng(2)
    labels = (rng.uniform(size=(N, 3)) < 0.4).astype(int)
    labels[:3] = 1
    return labels, rng.normal(size=(N, 3)) + labels


def tokens() -> Pair:
    rng = np.random.default_rng(3)
    return rng.integers(0, 5, (12, 7)), rng.normal(size=(12, 7, 5))


def masks() -> Pair:
    rng = np.random.default_rng(4)
    shapes = np.zeros((11, 16, 16), dtype=int)
    shapes[:, 3:9, 4:10] = 1
    shapes[3] = 0
    return shapes, 2.0 * shapes - 1 + rng.normal(size=shapes.shape)


def class_masks() -> Pair:
    rng = np.random.default_rng(5)
    shapes = masks()[0]
    shapes[:, 10:14, 10:14] = 2
    return shapes, np.moveaxis(2 * np.eye(3)[shapes], -1, 1) + rng.normal(size=(11, 3, 16, 16))


def values(*shape: int) -> Pair:
    rng = np.random.default_rng(6)
    targets = rng.normal(size=shape)
    return targets, targets + rng.normal(size=shape)


def counts() -> Pair:
    rng = np.random.default_rng(7)
    rates = rng.gamma(2, 2, N) + 0.1
    return rng.poisson(rates), rates


def amounts() -> Pair:
    rng = np.random.default_rng(8)
    targets = rng.gamma(2, 2, N)
    return targets, targets * np.exp(0.2 * rng.normal(size=N))


def zeros() -> Pair:
    """Return amounts of which a third is 0, and predictions above 0."""
    targets, predictions = amounts()
    return np.where(np.arange(N) % 3 == 0, 0, targets), predictions


def visits() -> Pair:
    """Return overdispersed counts up to hundreds, and predictions of a line, some below 0."""
    rng = np.random.default_rng(9)
    feature = rng.normal(size=N)
    targets = rng.poisson(rng.gamma(1, np.exp(2 + feature)))
    slope, shift = np.polyfit(feature, targets, 1)
    return targets, slope * feature + shift


def rare_counts() -> Pair:
    """Return counts that are mostly 0, and the logarithms of their rates, all below 0."""
    rng = np.random.default_rng(11)
    rates = np.exp(-rng.gamma(2, 0.8, 4 * N))
    return rng.poisson(rates), np.log(rates)


def grades() -> Pair:
    rng = np.random.default_rng(10)
    labels = np.clip(np.round(rng.normal(2, 0.9, 4 * N)), 0, 4).astype(int)
    return labels, rng.normal(size=(4 * N, 5)) + 2 * np.eye(5)[labels]


def of(pair: Callable[..., Pair], *args: Any, y: Any = None, p: Any = None) -> Callable[[], Pair]:
    """Return a maker of a pair whose targets and predictions are changed."""

    def make() -> Pair:
        targets, predictions = pair(*args)
        return (y(targets) if y else targets), (p(predictions) if p else predictions)

    return make


READ_AS_THEY_ARE: dict[str, Callable[[], Pair]] = {
    "binary logits": of(binary),
    "binary probabilities": of(binary, p=sigmoid),
    "binary, two logits": of(binary, p=two),
    "binary, two probabilities": of(binary, p=lambda z: softmax(two(z))),
    "booleans": of(binary, y=lambda y: y.astype(bool), p=lambda z: softmax(two(z))),
    "labels as floats": of(binary, y=np.float32, p=np.float32),
    "signs": of(binary, y=lambda y: 2 * y - 1),
    "columns of one": of(binary, y=lambda y: y[:, None], p=lambda z: z[:, None]),
    "one-hot of two": of(binary, y=lambda y: np.eye(2, dtype=int)[y], p=two),
    "class logits": of(several),
    "class probabilities": of(several, p=softmax),
    "one-hot": of(several, y=lambda y: np.eye(4, dtype=int)[y], p=softmax),
    "labels to ignore": of(several, y=lambda y: np.where(np.arange(N) < 5, -100, y)),
    "labels, 255 marks": of(several, y=lambda y: np.where(np.arange(N) < 5, 255, y)),
    "labels 0 and 1, −1 marks": of(
        binary, y=lambda y: np.where(np.arange(N) < 5, -1, y), p=sigmoid),
    "labels 0 and 1, 99 marks": of(binary, y=lambda y: np.where(np.arange(N) < 5, 99, y)),
    "labels 0 and 1, −999 marks": of(
        binary, y=lambda y: np.where(np.arange(N) < 5, -999.0, y), p=lambda z: softmax(two(z))),
    "label logits": of(labels_at_once),
    "labels at once, −1 marks": of(
        labels_at_once, y=lambda y: np.where(np.arange(N)[:, None] % 9 == 5, -1, y)),
    "label probabilities": of(labels_at_once, p=sigmoid),
    "tokens": of(tokens),
    "tokens, classes first": of(tokens, p=lambda z: softmax(np.moveaxis(z, -1, 1), 1)),
    "mask logits": of(masks),
    "mask probabilities": of(masks, y=np.uint8, p=sigmoid),
    "masks with a channel": of(masks, y=lambda y: y[:, None], p=lambda z: z[:, None]),
    "class masks": of(class_masks, p=lambda z: softmax(z, 1)),
    "class masks, classes last": of(class_masks, p=lambda z: np.moveaxis(z, 1, -1)),
    "masks with a border": of(masks, y=lambda y: np.where(np.arange(16) < 2, 255, y)),
    "values": of(values, N),
    "values in rows": of(values, N, 3),
    "values in columns of one": of(values, N, 1),
    "values, predictions of another file": of(values, N, p=lambda p: p[::-1]),
    "labels, predictions of another file": of(binary, p=lambda z: sigmoid(5 * z[::-1])),
    "amounts and a zero": of(amounts, y=lambda y: np.where(np.arange(N) == 3, 0, y)),
    "counts and rates": of(counts),
    "counts and their logs": of(counts, p=np.log),
    "amounts": of(amounts),
    "amounts and values below 0": of(amounts, p=lambda p: p - np.median(p)),
    "amounts and zeros": of(zeros),
    "amounts and zeros, values below 0": of(zeros, p=lambda p: p - np.median(p)),
    "counts and values below 0": of(visits),
    "rare counts and their logs": of(rare_counts),
    "values with outliers": of(values, N, y=lambda y: np.where(np.arange(N) % 8 == 0, 50 * y, y)),
    "one value": of(values, N, y=np.zeros_like),
    "grades": of(grades),
    "a rare label": of(binary, y=lambda y: (np.arange(N) % 20 == 7).astype(int)),
    "labels as text": of(binary, y=lambda y: np.where(y == 1, "yes", "no")),
    "classes as text": of(several, y=lambda y: np.array(["ash", "elm", "fir", "oak"])[y]),
}  # fmt: skip

PREPARED: dict[str, Callable[[], Pair]] = {
    "scores in a column": of(binary, p=lambda z: z[:, None]),
    "labels in a column": of(binary, y=lambda y: y[:, None], p=sigmoid),
    "labels in a column, two scores": of(binary, y=lambda y: y[:, None], p=two),
    "labels 1 and 2": of(binary, y=lambda y: y + 1, p=lambda z: softmax(two(z))),
    "labels 1 and 2 in a column": of(binary, y=lambda y: y[:, None] + 1),
    "signs, two scores": of(binary, y=lambda y: 2 * y - 1, p=two),
    "labels under codes": of(several, y=lambda y: 10 * y + 10),
    "labels from 1": of(several, y=lambda y: y + 1),
    "labels from 1, some to ignore": of(
        several, y=lambda y: np.where(np.arange(N) < 5, -100, y + 1), p=softmax),
    "two marks": of(
        several, y=lambda y: np.select([np.arange(N) < 5, np.arange(N) < 8], [255, -1], y)),
    "two marks beside 0 and 1": of(
        binary, y=lambda y: np.select([np.arange(N) < 5, np.arange(N) < 8], [99, -1], y)),
    "masks of 255": of(masks, y=lambda y: 255 * y, p=sigmoid),
    "masks of 255, two scores": of(masks, y=lambda y: 255 * y, p=lambda z: softmax(two(z), 1)),
    "mask logits of two classes": of(masks, p=two),
    "mask probabilities of two classes, last": of(
        masks, p=lambda z: softmax(two(z, 3), 3)),
    "masks without a channel": of(masks, p=lambda z: z[:, None]),
    "values in a column": of(values, N, 1, y=np.ravel),
}  # fmt: skip
"""Pairs that some loss reads only after one of them was saved otherwise."""
