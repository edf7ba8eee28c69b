"""Predictions that cannot belong to their targets, which no step after training repairs.

The rules of ``check`` say what is wrong, where they know. What is left is worse than chance and
without rank correlation: overconfident predictions are worse than chance too, but order the items.
"""

import math
from dataclasses import replace
from functools import partial

import numpy as np

from lossctl.checks.activations import percent_scale, rows_not_normalized
from lossctl.checks.alignment import (
    classes_permuted,
    positive_class_inverted,
    rows_shifted,
    rows_unrelated,
)
from lossctl.checks.facts import row_of
from lossctl.checks.finding import Finding
from lossctl.checks.gather import of_source
from lossctl.checks.grave_notes import facts_of_sample
from lossctl.checks.plausibility import worse_than_chance
from lossctl.checks.reading import read_pairs
from lossctl.checks.repeated_activations import sigmoid_twice, softmax_twice
from lossctl.checks.run_rules import run_rules
from lossctl.checks.sample import MOST_NUMBERS, MOST_ROWS
from lossctl.checks.values import (
    constant_predictions,
    not_finite,
    scale_mismatch,
    sign_flipped,
    targets_leaked,
)
from lossctl.core.errors import LossctlError
from lossctl.core.loss import Array
from lossctl.core.options import Options
from lossctl.diagnostics.agreement_scores import log_odds, log_probabilities, ranks
from lossctl.diagnostics.class_matching import area
from lossctl.engine.plan import Sources
from lossctl.recommender.data_summary import DataSummary, class_axis
from lossctl.recommender.measure_labels import kind_of_predictions
from lossctl.recommender.post_hoc import score

RULES = (
    not_finite,
    constant_predictions,
    targets_leaked,
    percent_scale,
    rows_not_normalized,
    scale_mismatch,
    softmax_twice,
    sigmoid_twice,
    rows_unrelated,
    rows_shifted,
    classes_permuted,
    positive_class_inverted,
    sign_flipped,
)
OF_PROBABILITIES = (percent_scale, rows_not_normalized, softmax_twice, sigmoid_twice)
LEAST_ITEMS = 20
MOST_VALUES = 200_000
WORSE = 1.05  # times the loss of the best constant
SURE = 2.0  # standard errors


def faults_of(
    task: str,
    summary: DataSummary,
    sources: Sources,
    ignored: int | None = None,
    read_as: str = "auto",
) -> list[Finding]:
    """Return what is wrong with the predictions of a task.

    Parameters
    ----------
    ignored
        The label of targets that are left out; None for the usual one.
    read_as
        What scores are known to be, logits or probabilities; ``auto`` looks.
    """
    if "predictions" not in sources or task not in {"regression", "classification", "segmentation"}:
        return []
    found = _by_rules(task, summary, sources, ignored, read_as)
    text = "" if found or summary.scores is None else _fault_of(task, summary, read_as)
    if text:
        name, page = worse_than_chance.name, worse_than_chance.page
        found = [Finding(worse_than_chance.code, name, "warning", text, {}, (), page.remedy, "")]
    return found


def _by_rules(
    task: str, summary: DataSummary, sources: Sources, ignored: int | None, read_as: str
) -> list[Finding]:
    """Ask the rules of pairs that do not belong together, over a sample of rows."""
    pairs = {name: sources[name] for name in ("predictions", "targets")}
    options = Options(input=read_as if task != "regression" else "auto")
    if ignored is not None:
        options = replace(options, ignore_index=ignored)
    try:
        reading = read_pairs(None, {}, pairs, None, options)
    except LossctlError:  # shapes that a recommendation changes
        return []
    if reading is None or reading.swapped or (reading.form == "values") != (task == "regression"):
        return []
    facts = facts_of_sample(reading, rows=MOST_ROWS, numbers=MOST_NUMBERS)
    if facts is None:
        return []
    if summary.score_moments.count < math.prod(summary.score_shape or ()):  # some is not finite
        facts.inputs = {**facts.inputs, "predictions": of_source(sources["predictions"], None)}
    facts.where = partial(row_of, sources)
    rules = [rule for rule in RULES if read_as != "logits" or rule not in OF_PROBABILITIES]
    return [each for each in run_rules(rules, facts).findings if each.severity == "error"]


def _fault_of(task: str, summary: DataSummary, read_as: str) -> str:
    if task == "regression":
        return _fault_of_values(summary)
    return _fault_of_labels(summary, read_as)


def _fault_of_values(summary: DataSummary) -> str:
    assert summary.scores is not None  # noqa: S101 - the caller has looked
    if summary.scores.shape != summary.targets.shape:
        return ""
    targets, scores = np.ravel(summary.targets), np.ravel(summary.scores)
    good = np.isfinite(targets) & np.isfinite(scores)
    targets, scores = targets[good], scores[good]
    if targets.size < LEAST_ITEMS or not targets.std() or not scores.std():
        return ""
    error, variance = float(np.mean((scores - targets) ** 2)), float(targets.var())
    agreement = float(np.corrcoef(ranks(scores), ranks(targets))[0, 1])
    sureness = agreement * math.sqrt(targets.size - 1)
    if error <= WORSE * variance or sureness >= SURE:
        return ""
    measured = (
        f"MSE {error:.4g}, of the mean of the targets {variance:.4g}; rank correlation "
        f"{agreement:.2f}"
    )
    return _text(measured, sureness, "reversed sign")


def _fault_of_labels(summary: DataSummary, read_as: str) -> str:
    kind = kind_of_predictions(summary) if read_as == "auto" else read_as
    labels, logits = _labels_and_logits(summary, kind)
    if len(labels) < LEAST_ITEMS or len(np.unique(labels)) < 2:
        return ""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    loss, constant = score("log_loss", labels, logits), float(-(shares * np.log(shares)).sum())
    if logits.ndim == 1:
        ones = int(np.count_nonzero(labels))
        others = len(labels) - ones
        auc = area(logits, labels == 1)
        sureness = (auc - 0.5) / math.sqrt((len(labels) + 1) / (12 * ones * others))
        what, exchanged = f"AUC {auc:.2f}", "exchanged labels"
    else:
        decided = np.argmax(logits, axis=1)
        predicted = np.bincount(decided, minlength=logits.shape[1]) / len(labels)
        actual = np.bincount(labels, minlength=logits.shape[1]) / len(labels)
        hits, by_chance = float(np.mean(decided == labels)), float(predicted @ actual)
        error = math.sqrt(max(by_chance * (1 - by_chance), 1e-12) / len(labels))
        sureness = (hits - by_chance) / error
        what, exchanged = (
            f"accuracy {hits:.2f}, expected by chance {by_chance:.2f}",
            "exchanged columns",
        )
    if loss <= WORSE * constant or sureness >= SURE:
        return ""
    measured = f"log loss {loss:.4g}, of the class shares {constant:.4g}; {what}"
    return _text(measured, sureness, exchanged)


def _text(measured: str, sureness: float, exchanged: str) -> str:
    cause = exchanged if sureness <= -SURE else "a wrong file, or rows in another order"
    return f"the predictions are worse than chance ({measured}): {cause}?"


def _labels_and_logits(summary: DataSummary, kind: str) -> tuple[Array, Array]:
    """Return labels (n,) and logits (n,) or (n, C) of those that count; none for other layouts."""
    assert summary.scores is not None  # noqa: S101 - the caller has looked
    assert summary.score_shape is not None  # noqa: S101 - they have a shape
    nothing = np.empty(0, dtype=np.int64), np.empty(0)
    targets, scores = summary.targets, summary.scores
    axis = class_axis(summary.shape, summary.score_shape)
    rows = axis is None and targets.ndim == 2 and summary.one_hot
    if kind == "labels" or (axis is None and targets.shape != scores.shape):
        return nothing
    if axis is not None:
        scores = np.moveaxis(scores, axis, -1).reshape(-1, scores.shape[axis])
    scores = scores if axis is not None or rows else np.ravel(scores)
    labels = np.argmax(targets, axis=1) if rows else np.ravel(targets)
    step = max(len(labels) // MOST_VALUES, 1)
    labels, scores = labels[::step], scores[::step]
    good = np.isfinite(labels) & np.isfinite(scores.reshape(len(scores), -1)).all(axis=1)
    labels, scores = labels[good], scores[good]
    if not len(labels):
        return nothing
    if scores.ndim == 1:
        if len(np.unique(labels)) != 2:
            return nothing
        labels = (labels == labels.max()).astype(np.int64)
    else:
        labels = labels - (labels.min() == 1 and labels.max() == scores.shape[1])
        if labels.min() < 0 or labels.max() >= scores.shape[1]:
            return nothing
        labels = labels.astype(np.int64)
    if kind == "probabilities":
        to_logits = log_odds if scores.ndim == 1 else log_probabilities
        scores = to_logits(scores, from_logits=False)
    return labels, scores
