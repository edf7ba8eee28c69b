"""Pairs of predictions and targets that do not belong together (LC2xx), in several dresses."""

import numpy as np

from tests.checks.models import Array, classes, labels, regression
from tests.checks.planted import Case, drawn, planted


@planted("LC201", "binary logits, shuffled")
def shuffled(rng: np.random.Generator) -> Case:
    model = labels(rng, (drawn(rng)[0],), 3.0, 0.0)
    return Case(rng.permutation(model.logits), model.labels, "bce_with_logits")


@planted("LC201", "binary, sorted by score")
def sorted_by_score(rng: np.random.Generator) -> Case:
    model = labels(rng, (drawn(rng)[0],), 3.0, -1.0)
    return Case(np.sort(model.probabilities), model.labels, "brier")


@planted("LC201", "multiclass, shuffled")
def shuffled_rows(rng: np.random.Generator) -> Case:
    rows, count, sd = drawn(rng)
    model = classes(rng, (rows,), max(count, 3), sd)
    return Case(rng.permutation(model.probabilities), model.labels, "cross_entropy")


@planted("LC201", "multilabel, shuffled")
def shuffled_labels(rng: np.random.Generator) -> Case:
    model = labels(rng, (600, 5), 3.0, -1.0)
    return Case(rng.permutation(model.logits), model.labels)


@planted("LC201", "regression, shuffled")
def shuffled_values(rng: np.random.Generator) -> Case:
    predictions, targets = regression(rng, (drawn(rng)[0],), 0.5)
    return Case(rng.permutation(predictions), targets, "mse")


def discs(rng: np.random.Generator, images: int, size: int) -> Array:
    """Depth within a disc, which lies elsewhere in each image; negative outside."""
    y, x = np.mgrid[:size, :size]
    row, column = rng.uniform(0.2 * size, 0.8 * size, (2, images, 1, 1))
    radius = rng.uniform(0.1, 0.3, (images, 1, 1)) * size
    return np.asarray(radius - np.hypot(y - row, x - column))


@planted("LC201", "masks, shuffled")
def shuffled_masks(rng: np.random.Generator) -> Case:
    depth = discs(rng, 60, 24)
    logits = 2.0 * depth + rng.normal(size=depth.shape)
    return Case(np.roll(logits, 20, axis=0), (depth > 0).astype(np.uint8), "bce_with_logits")


@planted("LC202", "binary, one row late")
def one_row_late(rng: np.random.Generator) -> Case:
    model = labels(rng, (drawn(rng)[0],), 3.0, 0.0)
    return Case(np.roll(model.probabilities, 1), model.labels, "bce")


@planted("LC202", "multiclass, three rows early")
def three_rows_early(rng: np.random.Generator) -> Case:
    rows, count, sd = drawn(rng)
    model = classes(rng, (rows,), max(count, 3), sd)
    return Case(model.logits[3:], model.labels[:-3], "cross_entropy")


@planted("LC202", "regression, one row late")
def one_value_late(rng: np.random.Generator) -> Case:
    predictions, targets = regression(rng, (drawn(rng)[0],), 0.5)
    return Case(np.roll(predictions, 1), targets, "mae")


@planted("LC202", "multiclass, a row that one side lacks")
def dropped_row(rng: np.random.Generator) -> Case:
    model = classes(rng, (1500,), 5, 3.0)
    at = int(rng.integers(300, 900))
    return Case(np.delete(model.logits, at, axis=0), model.labels[:-1], "cross_entropy")


@planted("LC202", "binary, a row that the other side lacks")
def dropped_target(rng: np.random.Generator) -> Case:
    model = labels(rng, (1500,), 4.0, 0.0)
    at = int(rng.integers(300, 900))
    return Case(model.probabilities[:-1], np.delete(model.labels, at), "bce")


@planted("LC202", "tokens, shifted twice")
def shifted_twice(rng: np.random.Generator) -> Case:
    model = classes(rng, (40, 30), 12, 2.5)
    return Case(model.logits[:, :-1], model.labels[:, 1:], "cross_entropy", {"class_axis": 2})


@planted("LC202", "masks, one image late")
def one_image_late(rng: np.random.Generator) -> Case:
    depth = discs(rng, 60, 24)
    logits = 2.0 * depth + rng.normal(size=depth.shape)
    return Case(np.roll(logits, 1, axis=0), (depth > 0).astype(np.uint8), "bce_with_logits")


@planted("LC203", "reversed")
def reversed_classes(rng: np.random.Generator) -> Case:
    model = classes(rng, (1000,), 5, 3.0)
    return Case(model.probabilities[:, ::-1].copy(), model.labels, "cross_entropy")


@planted("LC203", "numbered as text")
def numbered_as_text(rng: np.random.Generator) -> Case:
    model = classes(rng, (2000,), 12, 4.0)
    order = np.array(sorted(range(12), key=str))
    return Case(model.logits[:, order], model.labels)


@planted("LC203", "maps, by one")
def rotated_maps(rng: np.random.Generator) -> Case:
    model = classes(rng, (6, 16, 16), 4, 3.0)
    moved = np.roll(np.moveaxis(model.logits, -1, 1), 1, axis=1)
    return Case(moved, model.labels, "cross_entropy")


@planted("LC204", "binary")
def opposite_probabilities(rng: np.random.Generator) -> Case:
    model = labels(rng, (drawn(rng)[0],), 3.0, 0.0)
    return Case(1.0 - model.probabilities, model.labels, "bce")


@planted("LC204", "two columns")
def exchanged_columns(rng: np.random.Generator) -> Case:
    model = classes(rng, (800,), 2, 3.0)
    return Case(model.probabilities[:, ::-1].copy(), model.labels, "cross_entropy")


@planted("LC204", "masks")
def background_saved(rng: np.random.Generator) -> Case:
    depth = discs(rng, 40, 24)
    p = 1.0 / (1.0 + np.exp(2.0 * depth + rng.normal(size=depth.shape)))
    return Case(p, (depth > 0).astype(np.uint8), "dice")


@planted("LC204", "multilabel logits")
def negative_logits(rng: np.random.Generator) -> Case:
    model = labels(rng, (600, 5), 3.0, -0.5)
    return Case(-model.logits, model.labels, "bce_with_logits")


@planted("LC205", "binary")
def labels_first(rng: np.random.Generator) -> Case:
    model = labels(rng, (drawn(rng)[0],), 2.0, 0.0)
    return Case(model.labels, model.probabilities, "bce")


@planted("LC205", "multiclass")
def classes_first(rng: np.random.Generator) -> Case:
    model = classes(rng, (500,), 4, 3.0)
    return Case(model.labels, model.probabilities, "cross_entropy")


@planted("LC205", "counts")
def counts_first(rng: np.random.Generator) -> Case:
    rates = rng.gamma(4.0, 2.0, 800)
    return Case(rng.poisson(rates), rates, "mse")


@planted("LC206", "an epoch twice")
def epoch_twice(rng: np.random.Generator) -> Case:
    model = labels(rng, (drawn(rng)[0],), 3.0, 0.0)
    return Case(np.tile(model.probabilities, 2), np.tile(model.labels, 2), "bce")


@planted("LC206", "two epochs in two orders")
def two_epochs(rng: np.random.Generator) -> Case:
    predictions, targets = regression(rng, (600,), 0.5)
    order = np.concatenate([np.arange(600), rng.permutation(600)])
    return Case(predictions[order], targets[order], "mae")


@planted("LC206", "padded with the last row")
def padded_with_the_last(rng: np.random.Generator) -> Case:
    model = classes(rng, (500,), 4, 3.0)
    order = np.concatenate([np.arange(500), np.full(12, 499)])
    return Case(model.logits[order], model.labels[order], "cross_entropy")


@planted("LC206", "padded with the first rows")
def padded_with_the_first(rng: np.random.Generator) -> Case:
    model = classes(rng, (505,), 4, 3.0)
    order = np.arange(512) % 505
    return Case(model.probabilities[order], model.labels[order], "cross_entropy")


@planted("LC208", "multiclass, viewed")
def viewed_rows(rng: np.random.Generator) -> Case:
    model = classes(rng, (800,), 5, 3.0)
    return Case(model.logits.T.reshape(800, 5), model.labels, "cross_entropy")


@planted("LC208", "maps, viewed")
def viewed_maps(rng: np.random.Generator) -> Case:
    model = classes(rng, (30, 12, 10), 4, 3.0)
    return Case(model.probabilities.reshape(30, 4, 12, 10), model.labels)


@planted("LC208", "tokens, viewed")
def viewed_tokens(rng: np.random.Generator) -> Case:
    model = classes(rng, (40, 25), 6, 3.0)
    return Case(model.logits.reshape(40, 6, 25), model.labels, "cross_entropy")


@planted("LC208", "multilabel, viewed")
def viewed_labels(rng: np.random.Generator) -> Case:
    model = labels(rng, (600, 5), 3.0, -0.5)
    return Case(model.logits.T.reshape(600, 5), model.labels, "bce_with_logits")


@planted("LC208", "masks, transposed")
def transposed_masks(rng: np.random.Generator) -> Case:
    depth = discs(rng, 100, 24)
    logits = 2.0 * depth + rng.normal(size=depth.shape)
    turned = logits.swapaxes(1, 2).copy()
    return Case(turned, (depth > 0).astype(np.uint8), "bce_with_logits")
