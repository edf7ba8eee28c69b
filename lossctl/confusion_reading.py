"""Predicted and true labels as counts of pairs, read as metrics of labels read them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.loss import Array, Example, FormAxes, Reference, Statistics
from lossctl.core.metric import Metric, metric_page
from lossctl.core.options import Options
from lossctl.data_places import Data
from lossctl.engine.bind.inputs import bind_all
from lossctl.engine.evaluate import Request, first_plan
from lossctl.engine.plan import Plan
from lossctl.engine.read.prepare import Block
from lossctl.engine.reduce.averages import class_names_of
from lossctl.engine.reduce.statistics import evaluate_terms
from lossctl.engine.reduce.totals import sum_blocks
from lossctl.engine.resolve import resolve
from lossctl.evaluation import opened, places_of
from lossctl.loss_specs import Spec
from lossctl.metrics.counts import (
    INPUTS,
    THRESHOLD,
    Terms,
    classes_of,
    label_forms,
    positive_side,
    top_class,
)


def _build(axes: FormAxes, kind: str) -> Terms:
    """Build the terms of both labels of each item, as the places of their classes."""

    def terms(predictions: Array, targets: Array, *, threshold: float, **_: Any) -> Statistics:
        if axes == "item class":
            decided = top_class(predictions)
        else:
            decided = positive_side(predictions, threshold, kind)
        true = classes_of(targets) if axes == "item class" else targets
        return {"loss": decided.astype(np.float64), "true": true.astype(np.float64), "weight": 1.0}

    return terms


LABELS = Metric(
    "confusion",
    "Predicted and true labels",
    ("binary", "multilabel", "multiclass", "segmentation"),
    INPUTS,
    label_forms(_build),
    params=(THRESHOLD,),
    hard_masks=True,
    page=metric_page(
        "Predicted and true label of each item, of which pairs are counted",
        "none",
        use_when=("`lossctl plot confusion` reads them",),
        avoid_when=("a single number is asked for: see accuracy",),
        reference=Reference("scikit-learn, confusion_matrix", "arXiv:1201.0490"),
        example=Example([0.9], [1], 1.0, {}, ""),
        expected={},
    ),
)


class LabelCounts(NamedTuple):
    """How often each predicted label stands beside each true one.

    Attributes
    ----------
    names
        Of the classes.
    true, predicted, mass
        (k,) the pairs that occur, as places of classes, sorted; and their weight, which is the
        number of items where none is weighted.
    positive
        The place of the positive one of two classes; None of more.
    threshold
        Probability over which a score is positive; None of labels, and of scores of each class.
    items, ignored, omitted
        How many items count, and how many do not.
    kind, evidence
        How the predictions were read, and why.
    weighted
        Whether items have weights.
    notes
        What there is to say about the data.
    """

    names: Sequence[str]
    true: Array
    predicted: Array
    mass: Array
    positive: int | None
    threshold: float | None
    items: int
    ignored: int
    omitted: int
    kind: str
    evidence: str
    weighted: bool
    notes: Sequence[str]

    def matrix(self) -> Array:
        """Return the weight of every pair, true labels down, (C, C)."""
        table = np.zeros((len(self.names), len(self.names)))
        table[self.true, self.predicted] = self.mass
        return table


class Counts(NamedTuple):
    """Of each label (L,): true and false positives, false and true negatives."""

    tp: Array
    fp: Array
    fn: Array
    tn: Array

    @property
    def given(self) -> Array:
        """How often each is predicted."""
        return self.tp + self.fp


class RowsOfLabels(NamedTuple):
    """How often each of several labels, which do not exclude each other, is right and wrong.

    The fields are those of :class:`LabelCounts`, and `counts`.
    """

    names: Sequence[str]
    counts: Counts
    threshold: float | None
    items: int
    ignored: int
    omitted: int
    kind: str
    evidence: str
    weighted: bool
    notes: Sequence[str]


def spec(threshold: float | None = None) -> Spec:
    """Return what places of data are bound for."""
    return Spec(LABELS, {} if threshold is None else {"threshold": threshold})


def count_labels(given: Spec, data: Data, options: Options) -> LabelCounts | RowsOfLabels:
    """Read predictions and targets in one pass after that which finds out what they are.

    Raises
    ------
    UsageError, DataError
        For what cannot be read as labels.
    """
    places = places_of(data, [LABELS])
    with opened(data, places, options) as inputs, np.errstate(all="ignore"):
        ((_, sources),) = bind_all([LABELS], inputs.positional, inputs.named, options.axes)
        request = Request(LABELS, given.params, None, dict(sources))
        (resolved,) = resolve([first_plan(request, {}, inputs.weights, options)], [None])
        plan, totals = resolved.plan, resolved.totals
        names = _names(plan)
        threshold = float(plan.arguments["threshold"])
        counted = (totals.items, totals.ignored, totals.omitted)
        kind = "labels" if plan.fit.labels is not None else resolved.decision.kind
        read = (kind, resolved.decision.evidence, plan.is_weighted)
        notes = (*inputs.notes, *resolved.decision.warnings, *resolved.notes, *plan.fit.notes)
        if plan.fit.task == "multilabel":
            is_label = plan.fit.labels is not None
            limit = None if is_label else threshold
            return RowsOfLabels(names, _by_label(plan), limit, *counted, *read, notes)
        keys, mass = _pairs(plan, len(names))
        is_score = plan.fit.task == "binary" and plan.fit.labels is None
        positive = 1 if is_score else plan.fit.positive
        return LabelCounts(
            names,
            keys // len(names),
            keys % len(names),
            mass,
            positive if len(names) == 2 else None,
            threshold if is_score else None,
            *counted,
            *read,
            notes,
        )


def _names(plan: Plan) -> Sequence[str]:
    classes = max(plan.fit.layout.columns, 2)
    if plan.fit.task == "multilabel":
        classes = plan.fit.layout.columns
    names = class_names_of(plan)
    return [str(k) for k in range(classes)] if names is None or len(names) != classes else names


def _pairs(plan: Plan, classes: int) -> tuple[Array, Array]:
    """Return the pairs that occur, as one number each, sorted, and their weight."""
    parts: dict[int, tuple[Array, Array]] = {}

    def collect(block: Block) -> None:
        terms = evaluate_terms(plan, block, None)
        true, predicted = (np.ravel(terms[name]) for name in ("true", "loss"))
        weight = np.ones(len(true)) if block.weights is None else np.ravel(block.weights)
        kept = weight > 0.0
        keys = true[kept].astype(np.int64) * classes + predicted[kept].astype(np.int64)
        parts[block.start] = _summed(keys, weight[kept])

    sum_blocks([plan], [None], collect)
    ordered = [parts[start] for start in sorted(parts)]
    return _summed(*(np.concatenate(column) for column in zip(*ordered, strict=True)))


def _by_label(plan: Plan) -> Counts:
    """Count each label of rows of them."""
    parts: dict[int, Array] = {}

    def collect(block: Block) -> None:
        terms = evaluate_terms(plan, block, None)
        true, given = (np.asarray(terms[name]) > 0.0 for name in ("true", "loss"))
        weight = np.ones(true.shape) if block.weights is None else block.weights
        weight = np.broadcast_to(np.reshape(weight, (len(true), -1)), true.shape)
        cells = (true & given, ~true & given, true & ~given, ~true & ~given)
        parts[block.start] = np.stack([(cell * weight).sum(axis=0) for cell in cells])

    sum_blocks([plan], [None], collect)
    return Counts(*np.sum([parts[start] for start in sorted(parts)], axis=0))


def _summed(keys: Array, weight: Array) -> tuple[Array, Array]:
    distinct, place = np.unique(keys, return_inverse=True)
    return distinct, np.bincount(place.reshape(-1), weight, len(distinct))
