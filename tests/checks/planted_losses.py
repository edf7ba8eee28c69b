"""Losses that do not fit the data (LC4xx), and values that no useful model has (LC6xx)."""

import numpy as np

from tests.checks.models import classes, labels, regression, sigmoid
from tests.checks.planted import Case, drawn, planted
from tests.checks.planted_pairs import discs


@planted("LC401", "binary")
def small_alpha(rng: np.random.Generator) -> Case:
    model = labels(rng, (3000,), 2.0, -3.5)
    return Case(model.probabilities, model.labels, "focal:alpha=0.1,gamma=2")


@planted("LC401", "a pair of weights")
def alpha_of_both(rng: np.random.Generator) -> Case:
    model = labels(rng, (3000,), 2.0, -3.5)
    return Case(model.probabilities, model.labels, "focal:alpha=[0.9,0.1]")


@planted("LC402", "few positives")
def small_pos_weight(rng: np.random.Generator) -> Case:
    model = labels(rng, (3000,), 2.0, -3.5)
    return Case(model.logits, model.labels, "bce_with_logits:pos_weight=0.1")


@planted("LC402", "few negatives")
def large_pos_weight(rng: np.random.Generator) -> Case:
    model = labels(rng, (3000,), 2.0, 3.5)
    return Case(model.logits, model.labels, "bce_with_logits:pos_weight=8")


@planted("LC403", "multiclass")
def focal_judges(rng: np.random.Generator) -> Case:
    rows, count, sd = drawn(rng)
    model = classes(rng, (rows,), count, sd)
    return Case(model.probabilities, model.labels, "focal:alpha=none")


@planted("LC404", "zeros among sales")
def zeros_among_sales(rng: np.random.Generator) -> Case:
    targets = rng.gamma(5.0, 20.0, 1000)
    predictions = targets * np.exp(0.2 * rng.normal(size=1000))
    targets[rng.permutation(1000)[:6]] = 0.0
    return Case(predictions, targets, "mape")


@planted("LC405", "other units")
def other_units(rng: np.random.Generator) -> Case:
    predictions, targets = regression(rng, (1000,), 0.5)
    targets[rng.permutation(1000)[:4]] *= 100.0
    return Case(predictions, targets, "mse")


@planted("LC406", "classes")
def classes_as_numbers(rng: np.random.Generator) -> Case:
    targets = rng.integers(0, 6, 900)
    return Case(targets + 0.5 * rng.normal(size=900), targets, "mse")


@planted("LC406", "two labels")
def labels_as_numbers(rng: np.random.Generator) -> Case:
    model = labels(rng, (900,), 2.0, 0.0)
    return Case(model.probabilities, model.labels, "mse")


@planted("LC407", "hard labels first")
def hard_labels_first(rng: np.random.Generator) -> Case:
    model = classes(rng, (600,), 4, 2.0)
    return Case(np.eye(4)[model.labels], model.probabilities, "kl_divergence")


@planted("LC408", "masks")
def empty(rng: np.random.Generator) -> Case:
    depth = discs(rng, 60, 24)
    depth[:5] = -3.0
    p = sigmoid(2.0 * depth + rng.normal(size=depth.shape))
    return Case(p, (depth > 0).astype(np.uint8), "dice")


@planted("LC601", "far too sure")
def far_too_sure(rng: np.random.Generator) -> Case:
    model = labels(rng, (3000,), 1.0, 0.0)
    return Case(12.0 * model.logits, model.labels, "bce_with_logits")


@planted("LC601", "far too sure of classes")
def far_too_sure_of_classes(rng: np.random.Generator) -> Case:
    model = classes(rng, (3000,), 4, 1.0)
    return Case(9.0 * model.logits, model.labels, "cross_entropy")


@planted("LC602", "shares of other data")
def shares_of_other_data(rng: np.random.Generator) -> Case:
    model = labels(rng, (3000,), 0.5, -3.0)
    return Case(model.logits + 2.0, model.labels, "bce_with_logits")


@planted("LC602", "noisy values")
def noisy_values(rng: np.random.Generator) -> Case:
    predictions, targets = regression(rng, (2000,), 0.5)
    return Case(predictions + 1.5 * targets.std() * rng.normal(size=2000), targets, "mae")


@planted("LC603", "margins that hold")
def margins_that_hold(rng: np.random.Generator) -> Case:
    targets = rng.integers(0, 2, 300)
    scores = (2 * targets - 1) * rng.uniform(1.5, 3.0, 300)
    return Case(scores, targets, "hinge")


@planted("LC604", "parts of objects")
def parts_of_objects(rng: np.random.Generator) -> Case:
    mask = (discs(rng, 60, 24) > 0).astype(np.uint8)
    part = mask * (rng.random(mask.shape) < 0.1)
    return Case(sigmoid(8.0 * part - 6.0), mask, "dice")
