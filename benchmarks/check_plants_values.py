"""Mistakes planted in models that were fine, one function for each rule of 4xx, 5xx and 6xx."""

from dataclasses import replace

import numpy as np

from benchmarks.check_cases import Case, Random, clean, sigmoid, softmax
from benchmarks.check_plants import Plant, knowing, stored_as


def alpha_on_majority(random: Random) -> Case:
    """LC401."""
    case = knowing(random, ("binary",), looks="probabilities", bias=-5.0, n=5_000)
    return replace(case, loss=f"focal:alpha={random.choice([0.1, 0.2, 0.05])},gamma=2")


def pos_weight_inverted(random: Random) -> Case:
    """LC402."""
    case = knowing(random, ("binary",), looks="logits", bias=-5.0, n=5_000, sharpness=2.0)
    return replace(case, loss=f"bce_with_logits:pos_weight={random.choice([0.1, 0.2, 0.5])}")


def improper_loss(random: Random) -> Case:
    """LC403."""
    case = knowing(random, ("multiclass",), looks="probabilities")
    return replace(case, loss="focal:alpha=none")


def near_zero_targets(random: Random) -> Case:
    """LC404."""
    n = int(random.choice([500, 2_000, 10_000]))
    targets = random.gamma(5.0, 20.0, n)
    predictions = targets * np.exp(0.2 * random.standard_normal(n))
    targets[random.permutation(n)[: max(n // 200, 1)]] = 0.0
    return Case("regression", "values", predictions, targets, 0.9, "mape")


def outliers_dominate(random: Random) -> Case:
    """LC405: a few targets in other units."""
    case = knowing(random, ("regression",), n=int(random.choice([500, 2_000, 10_000])))
    targets = case.targets.copy()
    rows = random.permutation(len(targets))[: max(len(targets) // 250, 1)]
    targets[rows] += 100.0 * targets.std() * random.choice([-1.0, 1.0], len(rows))
    return replace(case, targets=targets)


def regression_loss_on_labels(random: Random) -> Case:
    """LC406."""
    classes = int(random.choice([2, 5, 10]))
    n = int(random.choice([500, 5_000]))
    labels = random.integers(0, classes, n)
    predictions = labels + 0.5 * random.standard_normal(n)
    if classes == 2:
        predictions = sigmoid(2.0 * (2.0 * labels - 1.0) + random.standard_normal(n))
    return Case("regression", "values", predictions, labels, 0.9, "mse")


def divergence_arguments_swapped(random: Random) -> Case:
    """LC407."""
    n, classes = 1_000, int(random.choice([3, 10]))
    soft = softmax(2.0 * random.standard_normal((n, classes)))
    sums = soft.cumsum(axis=-1)
    labels = (random.random(n)[:, None] > sums[:, :-1]).sum(axis=-1)
    return Case("multiclass", "probabilities", np.eye(classes)[labels], soft, 2.0, "kl_divergence")


def empty_masks(random: Random) -> Case:
    """LC408."""
    case = knowing(random, ("masks",), looks="probabilities", n=100)
    targets, predictions = case.targets.copy(), case.predictions.copy()
    rows = random.permutation(len(targets))[:8]
    targets[rows] = 0
    predictions[rows] *= 0.05
    return replace(case, targets=targets, predictions=predictions)


def not_finite(random: Random) -> Case:
    """LC501."""
    case = knowing(random)
    predictions = case.predictions.copy()
    predictions[int(random.integers(len(predictions))) :] = random.choice([np.nan, np.inf])
    return replace(case, predictions=predictions)


def constant_predictions(random: Random) -> Case:
    """LC502."""
    case = knowing(random, ("binary", "multiclass", "regression", "multilabel"))
    return stored_as(case, np.repeat(case.predictions[:1], len(case.predictions), axis=0))


def targets_leaked(random: Random) -> Case:
    """LC503."""
    case = knowing(random, ("binary", "regression", "masks"), looks="probabilities")
    return replace(case, predictions=case.targets.astype(float))


def scale_mismatch(random: Random) -> Case:
    """LC504: units, or standardized predictions of raw targets."""
    case = clean(random, "regression", sharpness=float(random.choice([0.5, 0.9, 0.99])))
    if random.random() < 0.5:
        return stored_as(case, case.predictions * float(random.choice([1e3, 1e-3, 1e6])))
    targets = 50.0 + 20.0 * (case.targets - case.targets.mean()) / case.targets.std()
    predictions = (case.predictions - case.predictions.mean()) / case.predictions.std()
    return replace(case, predictions=predictions, targets=targets)


def sign_flipped(random: Random) -> Case:
    """LC505."""
    case = clean(random, "regression", sharpness=float(random.choice([0.5, 0.9, 0.99])))
    return stored_as(case, -case.predictions)


def precision_lost(random: Random) -> Case:
    """LC506: regression through float16, far from 0."""
    n = 2_000
    targets = 20_000.0 + 3.0 * random.standard_normal(n)
    predictions = (targets + random.standard_normal(n)).astype(np.float16)
    return Case("regression", "values", predictions, targets, 0.9, "mse")


def worse_than_chance(random: Random) -> Case:
    """LC601: a model that is right more often than not, and far too sure."""
    kind = str(random.choice(["binary", "multiclass"]))
    case = clean(random, kind, n=5_000, sharpness=1.2, looks="logits", bias=0.0)
    return stored_as(case, 8.0 * case.predictions)


def worse_than_constant(random: Random) -> Case:
    """LC602: a classifier that does not know the shares, or a noisy regression."""
    if random.random() < 0.5:
        case = clean(random, "binary", n=5_000, sharpness=0.4, looks="logits", bias=-3.0, noise=0)
        return stored_as(case, case.predictions + 2.0, loss="bce_with_logits")
    case = clean(random, "regression", n=5_000, sharpness=0.5)
    noise = 1.0 * case.targets.std() * random.standard_normal(5_000)
    return stored_as(case, case.predictions + noise)


def exactly_zero(random: Random) -> Case:
    """LC603: margins that all hold."""
    n = int(random.choice([50, 500]))
    labels = random.integers(0, 2, n)
    scores = (2.0 * labels - 1.0) * random.uniform(1.5, 4.0, n)
    return Case("binary", "logits", scores, labels, 3.0, "hinge")


def beyond_bad(random: Random) -> Case:
    """LC604: masks of a small part of the objects."""
    case = clean(random, "masks", looks="probabilities", sharpness=6.0, n=100)
    part = case.targets * (random.random(case.targets.shape) < random.uniform(0.03, 0.12))
    return stored_as(case, sigmoid(8.0 * part - 6.0))


PLANTS: dict[str, Plant] = {
    "LC401": alpha_on_majority,
    "LC402": pos_weight_inverted,
    "LC403": improper_loss,
    "LC404": near_zero_targets,
    "LC405": outliers_dominate,
    "LC406": regression_loss_on_labels,
    "LC407": divergence_arguments_swapped,
    "LC408": empty_masks,
    "LC501": not_finite,
    "LC502": constant_predictions,
    "LC503": targets_leaked,
    "LC504": scale_mismatch,
    "LC505": sign_flipped,
    "LC506": precision_lost,
    "LC601": worse_than_chance,
    "LC602": worse_than_constant,
    "LC603": exactly_zero,
    "LC604": beyond_bad,
}
