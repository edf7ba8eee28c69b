"""The scores of the sample as log-probabilities, whatever kind they are saved as."""

import numpy as np

from lossctl.checks.facts import Facts
from lossctl.core.loss import Array
from lossctl.diagnostics.agreement_scores import LEAST
from lossctl.diagnostics.agreement_scores import log_probabilities as log_of_classes

FEW = 30  # rows that show too little of how far predictions reach


def log_probabilities(facts: Facts) -> Array | None:
    """Return the log-probabilities of the classes of the sample, (m, K, C); None without scores.

    Logits go through a softmax; of rows of labels nothing is known.
    """
    sample = facts.sample
    if sample is None or facts.form != "rows" or facts.looks == "labels":
        return None
    from_logits = facts.looks != "probabilities"
    return log_of_classes(sample.predictions, from_logits=from_logits)


def log_losses(facts: Facts, probabilities: Array, targets: Array) -> Array:
    """Return −log p of what is true, of each item (n,).

    Parameters
    ----------
    probabilities
        (n, C) of classes, or (n,) of the positive label.
    targets
        Classes (n,), soft or one-hot rows (n, C), or labels 0 and 1 (or −1 and 1), (n,).
    """
    kept = np.clip(probabilities, LEAST, 1.0)
    if facts.form == "rows" and targets.ndim == 2:
        return np.asarray(-(targets * np.log(kept)).sum(axis=1))
    if facts.form == "rows":
        classes = np.clip(targets, 0, kept.shape[1] - 1).astype(np.int64)
        return np.asarray(-np.log(kept[np.arange(len(kept)), classes]))
    other = np.clip(1.0 - probabilities, LEAST, 1.0)
    positive = np.clip(targets, 0.0, 1.0)
    return np.asarray(-(positive * np.log(kept) + (1.0 - positive) * np.log(other)))


def gain(before: Array, after: Array) -> float:
    """Return by how many standard errors the losses of items fall, on the mean."""
    differences = before - after
    error = float(differences.std()) / max(len(differences), 1) ** 0.5
    mean = float(differences.mean())
    return mean / error if error > 0.0 else float(np.sign(mean)) * np.inf if mean else 0.0


def axis_of(facts: Facts) -> int:
    """Return the class axis for expressions; the last where there is none."""
    return -1 if facts.class_axis is None else facts.class_axis


def scored_pairs(facts: Facts) -> tuple[Array, Array]:
    """Return predictions and targets of the sample that count: (n,), or rows (n, C)."""
    sample = facts.sample
    if sample is None:
        return np.empty(0), np.empty(0)
    scores, targets = sample.predictions[sample.counts], sample.targets[sample.counts]
    return (scores, targets) if facts.form == "rows" else (scores.reshape(-1), targets.reshape(-1))


def is_better(facts: Facts, before: Array, after: Array, targets: Array) -> bool:
    """Whether other probabilities agree with the targets more, beyond two standard errors."""
    losses = (log_losses(facts, each, targets) for each in (before, after))
    return gain(*losses) > 2.0
