"""Mistakes planted in models that were fine, one function for each rule of 1xx, 2xx and 3xx."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.check_cases import Array, Case, Random, clean, sigmoid, softmax

Plant = Callable[[Random], Case]
OF_CLASSES = ("binary", "multiclass", "multilabel", "masks", "segmentation")
EVERY = (*OF_CLASSES, "regression")
LEAST_SHARPNESS = 1.2  # of models that have something to lose


def knowing(random: Random, kinds: tuple[str, ...] = EVERY, **fixed: Any) -> Case:
    """Draw a model that knows something: logits of standard deviation 1.2 to 8, R² from .3."""
    kind = str(random.choice(kinds))
    sharpness = np.exp(random.uniform(np.log(LEAST_SHARPNESS), np.log(8.0)))
    if kind == "regression":
        sharpness = float(random.choice([0.3, 0.5, 0.9, 0.99]))
    return clean(random, kind, **{"sharpness": sharpness, **fixed})


def stored_as(case: Case, predictions: Array, **changes: Any) -> Case:
    """Return the case with other predictions, in the dtype of its own."""
    return replace(case, predictions=predictions.astype(case.predictions.dtype), **changes)


def softmax_twice(random: Random) -> Case:
    """LC101: a softmax of the model and one of the evaluation."""
    n = int(random.choice([500, 1_000, 5_000]))
    case = knowing(random, ("multiclass", "segmentation"), looks="probabilities", n=n, noise=0)
    return stored_as(case, softmax(case.predictions.astype(float), 1))


def sigmoid_twice(random: Random) -> Case:
    """LC102."""
    kinds = ("binary", "multilabel", "masks")
    case = knowing(random, kinds, looks="probabilities", noise=0)
    return stored_as(case, sigmoid(case.predictions.astype(float)))


def probabilities_as_logits(random: Random) -> Case:
    """LC103."""
    case = knowing(random, ("binary", "multilabel"), looks="probabilities")
    return replace(case, loss="bce_with_logits")


def logits_as_probabilities(random: Random) -> Case:
    """LC104."""
    case = knowing(random, ("binary", "multilabel", "multiclass"), looks="logits")
    loss = "cross_entropy" if case.kind == "multiclass" else "bce"
    return replace(case, loss=loss, options={**case.options, "input": "probabilities"})


def rows_not_normalized(random: Random) -> Case:
    """LC105: a sigmoid of each class, or a class left out."""
    case = knowing(random, ("multiclass", "segmentation"), looks="logits")
    logits = case.predictions.astype(float)
    if random.random() < 0.5:
        return stored_as(case, sigmoid(logits - 1.0), looks="probabilities", loss="cross_entropy")
    return stored_as(case, 0.9 * softmax(logits, 1), looks="probabilities", loss="cross_entropy")


def percent_scale(random: Random) -> Case:
    """LC107."""
    kinds = ("binary", "multiclass", "multilabel", "masks")
    case = knowing(random, kinds, looks="probabilities")
    return stored_as(case, 100.0 * case.predictions.astype(float))


def saturated(random: Random) -> Case:
    """LC106: the softmax or sigmoid of a narrow format."""
    case = knowing(random, ("binary", "multiclass"), looks="logits", sharpness=12.0, noise=0)
    logits = (1.5 * case.predictions).astype(np.float16)
    if case.kind == "binary":
        p = sigmoid(logits.astype(np.float32)).astype(np.float16)
        return replace(case, predictions=p.astype(np.float32), looks="probabilities", loss="bce")
    p = softmax(logits.astype(np.float32)).astype(np.float16)
    return replace(
        case, predictions=p.astype(np.float32), looks="probabilities", loss="cross_entropy"
    )


def rows_unrelated(random: Random) -> Case:
    """LC201: a loader that shuffles, or predictions sorted by their score."""
    case = knowing(random)
    rows = len(case.targets)
    order = random.permutation(rows)
    if random.random() < 0.3 and case.predictions.ndim == 1:
        order = np.argsort(case.predictions)
    return stored_as(case, case.predictions[order])


def rows_shifted(random: Random) -> Case:
    """LC202: rows off by a few, or a row that one file has and the other has not."""
    case = knowing(random)
    rows = len(case.targets)
    lag = int(random.choice([1, 1, 1, 2, 3, 16])) * int(random.choice([-1, 1]))
    lag = int(np.sign(lag)) if rows < 100 else lag
    if random.random() < 0.25 and rows >= 500 and case.kind in {"binary", "multiclass"}:
        at = int(random.integers(rows // 10, rows // 2))
        return replace(
            case,
            predictions=np.delete(case.predictions, at, axis=0),
            targets=case.targets[:-1],
        )
    return stored_as(case, np.roll(case.predictions, lag, axis=0))


def classes_permuted(random: Random) -> Case:
    """LC203: classes reversed, rotated, in the order of their names as text, or at random."""
    case = knowing(random, ("multiclass", "segmentation"))
    classes = case.predictions.shape[1]
    choices = [
        np.arange(classes)[::-1],
        np.roll(np.arange(classes), 1),
        random.permutation(classes),
    ]
    if classes > 10:
        choices.append(np.array(sorted(range(classes), key=str)))
    order = choices[int(random.integers(len(choices)))]
    if np.mean(order != np.arange(classes)) < 0.5:
        order = np.roll(np.arange(classes), 1)
    return stored_as(case, case.predictions[:, order])


def positive_class_inverted(random: Random) -> Case:
    """LC204."""
    case = knowing(random, ("binary", "multilabel", "masks"))
    p = case.predictions.astype(float)
    return stored_as(case, 1.0 - p if case.looks == "probabilities" else -p)


def inputs_swapped(random: Random) -> Case:
    """LC205."""
    case = knowing(random, ("binary", "multiclass", "multilabel"), looks="probabilities")
    return replace(case, predictions=case.targets, targets=case.predictions)


def duplicate_rows(random: Random) -> Case:
    """LC206: an epoch twice, in order or not; a last batch padded with its last or first rows."""
    case = knowing(random, ("binary", "multiclass", "multilabel", "regression"))
    rows = np.arange(len(case.targets))
    padding = int(random.integers(5, 40))
    order = [
        np.concatenate([rows, rows]),
        np.concatenate([rows, random.permutation(rows)]),
        np.concatenate([rows, np.full(padding, rows[-1])]),
        np.concatenate([rows, rows[:padding]]),
    ][int(random.integers(4))]
    return replace(case, predictions=case.predictions[order], targets=case.targets[order])


def axis_scrambled(random: Random) -> Case:
    """LC208: `view` where `permute` was meant, or exchanged axes."""
    case = knowing(random, ("multiclass", "segmentation", "masks", "multilabel"), n=100)
    if case.kind != "masks":
        case = knowing(random, (case.kind,))
    p = case.predictions
    if case.kind in {"multiclass", "multilabel"}:
        n = min(len(p), 2_000)
        p, targets = p[:n], case.targets[:n]
        return replace(
            case, predictions=np.ascontiguousarray(p.T).reshape(p.shape), targets=targets
        )
    if case.kind == "masks":
        size = min(p.shape[1:])
        p, targets = p[:, :size, :size], case.targets[:, :size, :size]
        loss = "bce" if case.looks == "probabilities" else "bce_with_logits"
        return replace(case, predictions=p.swapaxes(1, 2).copy(), targets=targets, loss=loss)
    last = np.ascontiguousarray(np.moveaxis(p, 1, -1))
    return replace(case, predictions=last.reshape(p.shape))


def labels_from_one(random: Random) -> Case:
    """LC301."""
    case = knowing(random, ("multiclass", "segmentation"))
    return replace(case, targets=case.targets + 1)


def ignore_label_undeclared(random: Random) -> Case:
    """LC302."""
    case = knowing(random, ("multiclass", "segmentation"))
    mark = int(random.choice([255, -1]))
    hidden = random.random(case.targets.shape) < 0.1
    return replace(case, targets=np.where(hidden, mark, case.targets))


def all_ignored(random: Random) -> Case:
    """LC303."""
    case = knowing(random, ("multiclass", "segmentation"))
    return replace(
        case, targets=np.full_like(case.targets, 7), options={**case.options, "ignore_index": 7}
    )


def padding_counted(random: Random) -> Case:
    """LC304: padded ends of sequences, predicted with certainty."""
    n, length, classes = 60, 24, 12
    logits = 2.0 * random.standard_normal((n, length, classes))
    sums = softmax(logits).cumsum(axis=-1)
    labels = (random.random(sums.shape[:-1])[..., None] > sums[..., :-1]).sum(axis=-1)
    labels = np.maximum(labels, 1)
    padded = np.arange(length) >= random.integers(8, length, n)[:, None]
    labels = np.where(padded, 0, labels)
    logits[..., 0] = np.where(padded, 15.0, logits[..., 0])
    options = {"class_axis": 2}
    return Case("tokens", "logits", logits, labels, 2.0, "cross_entropy", options)


def class_never_predicted(random: Random) -> Case:
    """LC305."""
    case = knowing(random, ("multiclass",), looks="logits", classes=5, n=2_000)
    logits = case.predictions.astype(float)
    logits[:, 3] -= 30.0
    labels = np.where(random.random(len(logits)) < 0.1, 3, np.argmax(logits, axis=1))
    return stored_as(case, logits, targets=labels)


def masks_not_binary(random: Random) -> Case:
    """LC306."""
    case = knowing(random, ("masks",))
    return replace(case, targets=case.targets.astype(np.uint8) * 255)


def severe_imbalance(random: Random) -> Case:
    """LC307."""
    return knowing(random, ("binary",), n=20_000, bias=-7.5, sharpness=1.5, confidence=1.0, noise=0)


def soft_targets_not_normalized(random: Random) -> Case:
    """LC308."""
    case = knowing(random, ("multiclass",))
    classes = case.predictions.shape[1]
    soft = 0.8 * np.eye(classes)[case.targets] + 0.1 / classes
    return replace(case, targets=soft)


def ids_differ(random: Random) -> Case:
    """LC207: rows of a table in another order; the ids are in the notes."""
    case = knowing(random, ("binary",))
    ids = np.arange(len(case.targets))
    return replace(case, notes={**case.notes, "ids": (ids, random.permutation(ids))})


PLANTS: dict[str, Plant] = {
    "LC101": softmax_twice,
    "LC102": sigmoid_twice,
    "LC103": probabilities_as_logits,
    "LC104": logits_as_probabilities,
    "LC105": rows_not_normalized,
    "LC106": saturated,
    "LC107": percent_scale,
    "LC201": rows_unrelated,
    "LC202": rows_shifted,
    "LC203": classes_permuted,
    "LC204": positive_class_inverted,
    "LC205": inputs_swapped,
    "LC206": duplicate_rows,
    "LC208": axis_scrambled,
    "LC301": labels_from_one,
    "LC302": ignore_label_undeclared,
    "LC303": all_ignored,
    "LC304": padding_counted,
    "LC305": class_never_predicted,
    "LC306": masks_not_binary,
    "LC307": severe_imbalance,
    "LC308": soft_targets_not_normalized,
}
