"""What a value is compared with: chance, constant predictions, the spread of the targets.

Measured from the targets that count, block by block beside the loss, and only when asked for; a
label counts by the weight of its item. Log losses are linear in soft targets, so the mean over all
items of a constant prediction is the loss of one item whose target are the shares of the classes.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.loss import LABEL_KINDS, Array
from lossctl.engine.bind.layout import Layout
from lossctl.engine.plan import Plan
from lossctl.engine.read.prepare import Block
from lossctl.engine.reduce.statistics import exact_sum, present
from lossctl.engine.reduce.totals import Totals
from lossctl.kernels.numeric.block_cache import once_a_block

SAME = 1e-9  # relative: two means that differ by no more are one
LEAST_SHARE = 1e-300  # of a class that never occurs, so that its logit is finite


class Count(NamedTuple):
    """Masses of the classes at `places`: of all of them (...), or of the few that a block holds."""

    places: Any
    masses: Array


def count_block(labels: Array, weights: Array | None, layout: Layout) -> Count:
    """Add the weights of each class of a block, with the labels as its loss takes them.

    Those are indices or distributions a row, or labels 0/1 or −1/+1 an element.
    """
    if layout.axes == "item class":
        return _count_rows(labels, weights, layout.columns)
    signs = labels.size > 0 and labels.min() < 0.0
    weighed = labels if weights is None else labels * weights
    positive = weighed.sum(axis=0, dtype=np.float64)
    whole = len(labels) if weights is None else weights.sum(axis=0)
    positive = 0.5 * (positive + whole) if signs else positive
    return Count(..., np.stack([whole - positive, positive]))


def _count_rows(labels: Array, weights: Array | None, classes: int) -> Count:
    if labels.ndim == 2:
        rows = labels if weights is None else labels * weights[:, None]
        return Count(..., rows.sum(axis=0, dtype=np.float64))
    if len(labels) >= classes:
        masses = np.bincount(labels, weights, minlength=classes)
        return Count(..., masses.astype(np.float64, copy=False))
    places, labels = np.unique(labels, return_inverse=True)
    return Count(places, np.bincount(labels, weights).astype(np.float64, copy=False))


def add_counts(counts: Sequence[Count], layout: Layout) -> Array:
    """Add the counts of blocks in the order of the grid; shaped as those of `count_labels`."""
    columns = max(layout.columns, 1)
    if layout.axes == "item class":
        shape: tuple[int, ...] = (columns,)
    else:
        shape = (2, columns) if layout.columns else (2,)
    total = np.zeros(shape)
    for count in counts:
        total[count.places] += count.masses
    return total


class Spread(NamedTuple):
    """Total weight of some targets, their mean, and the squares of differences from it."""

    mass: float
    mean: float
    squares: float


def target_statistics(plan: Plan, block: Block) -> Spread | Count | None:
    """Return what :func:`context_of` needs to know of a block, None where it needs nothing."""
    if not _is_wanted(plan):
        return None
    place = next(n for n, entry in enumerate(plan.loss.inputs) if entry.name == "targets")
    targets = block.arrays[place]
    if plan.loss.context == "variance":
        return _spread(targets, block.weights)
    return count_block(targets, block.weights, plan.fit.layout)


def context_of(plan: Plan, totals: Totals, value: Any) -> dict[str, float]:
    """Return what the mean value of a loss is to be compared with; nothing when nothing applies.

    Log losses
        ``chance`` (all classes alike) and ``constant`` (always predicting the shares of the
        classes), evaluated with the loss's own parameters and weights: log C and the entropy of
        the labels for a plain cross-entropy. Where the loss is plain, that is −log p
        of every class alike, also ``bits`` (for each item) and, of classes, ``perplexity``.
    Losses on values
        ``target_variance``, which is also the squared error of always predicting the mean.
    Losses of tokens
        ``chance`` (all tokens of the vocabulary alike), and what else the value may be:
        ``by_token`` and ``by_sequence``, where they differ from it.
    """
    if plan.loss.context == "tokens":
        return _of_tokens(plan, totals, value)
    if not _is_wanted(plan) or np.isnan(value):
        return {}
    targets = totals.targets
    if plan.loss.context == "variance":
        return {"target_variance": _variance(targets)}
    constants = _constants(plan, add_counts(targets, plan.fit.layout))
    context = {"chance": constants.chance, "constant": constants.shares}
    if constants.plain:
        context["bits"] = value / math.log(2.0)
        if plan.fit.task == "multiclass":
            context["perplexity"] = math.exp(min(value, 700.0))
    return context


def _of_tokens(plan: Plan, totals: Totals, value: Any) -> dict[str, float]:
    if plan.options.reduction != "mean":
        return {}
    from lossctl.engine.reduce.averages import sums_of_batches  # noqa: PLC0415 - tokens only

    context = {"chance": float(plan.fit.layout.columns)} if plan.fit.layout.columns else {}
    for name, pooling in (("by_token", "batch"), ("by_sequence", "sample")):
        options = replace(plan.options, pooling=pooling, batch_size=None)
        sums = sums_of_batches(replace(plan, options=options), totals.sums)
        other = float(np.mean(plan.loss.finish(**present(sums), **plan.arguments)))
        if not math.isclose(other, value, rel_tol=SAME) and math.isfinite(other):
            context[name] = other
    return context


def _is_wanted(plan: Plan) -> bool:
    options = plan.options
    if not options.context or options.reduction != "mean":
        return False
    if options.mean_by == "items" and plan.is_weighted:  # chance is a mean by weights
        return False
    return plan.loss.context is not None and "targets" in plan.sources


@once_a_block
def _spread(targets: Array, weights: Array | None) -> Spread:
    values = targets.astype(np.float64)
    if weights is None:
        mass = float(values.size)
        mean = float(values.sum()) / mass
        values -= mean
        return Spread(mass, mean, float(np.einsum("i,i->", values, values)))
    mass = float(weights.sum())
    mean = float((weights * values).sum()) / mass if mass else 0.0
    values -= mean
    return Spread(mass, mean, float((weights * values * values).sum()))


def _variance(parts: Sequence[Spread]) -> float:
    """Return the variance of all targets from the spreads of their parts."""
    mass = exact_sum([part.mass for part in parts])
    mean = exact_sum([part.mass * part.mean for part in parts]) / mass
    between = exact_sum([part.mass * (part.mean - mean) ** 2 for part in parts])
    return (exact_sum([part.squares for part in parts]) + between) / mass


class Constants(NamedTuple):
    """Two constant predictions.

    Attributes
    ----------
    chance
        The loss of giving all classes the same probability.
    shares
        The loss of giving every class its share of the targets.
    plain
        Whether the loss of an item is −log p of its class, and classes weigh alike.
    """

    chance: float
    shares: float
    plain: bool


def _constants(plan: Plan, counts: Array) -> Constants:
    """Evaluate the two constant predictions on labels of which there are `counts`, by weight."""
    even = np.full_like(counts, 1.0 / len(counts))
    mass = counts * _class_weights(plan, counts)
    total = mass.sum(axis=0)
    shares = np.divide(mass, total, out=even.copy(), where=total > 0.0)
    return Constants(
        chance=_mean(plan, even, counts),
        shares=_mean(plan, shares, counts),
        plain=_is_plain(plan, even),
    )


def _class_weights(plan: Plan, counts: Array) -> Any:
    """Return the weight of every class, or of the labels' columns."""
    weights = plan.exact_arguments.get("class_weights")
    if weights is None:
        return 1.0
    return weights[:, None] if counts.ndim == 2 and plan.fit.task != "multilabel" else weights


def _is_plain(plan: Plan, even: Array) -> bool:
    """Whether the loss is −log p and classes weigh alike: held against an uneven prediction."""
    if np.ptp(np.broadcast_to(_class_weights(plan, even), even.shape)) > 0.0:
        return False
    ranks = np.arange(1.0, 1.0 + len(even))
    uneven = np.broadcast_to((ranks / ranks.sum()).reshape(-1, *[1] * (even.ndim - 1)), even.shape)
    labels = uneven[::-1]
    nll = -(labels * np.log(uneven)).sum(axis=0).mean()
    return bool(np.isclose(_mean(plan, uneven, labels), nll, rtol=1e-9))


def _mean(plan: Plan, shares: Array, counts: Array) -> float:
    """Return the mean loss of predicting `shares` for items whose labels are `counts`."""
    if plan.fit.layout.axes == "item class":
        sums = _terms(plan, _rows, shares[None], (counts / counts.sum())[None])
    else:
        labels = np.zeros(shares.shape)
        labels[1] = 1.0
        (labels_kind,) = [entry.kind for entry in plan.loss.inputs if entry.kind in LABEL_KINDS]
        labels = 2.0 * labels - 1.0 if labels_kind == "sign" else labels
        terms = _terms(plan, _elements, np.broadcast_to(shares[1], shares.shape), labels)
        seen = counts > 0.0
        sums = {
            n: counts * np.where(seen, np.broadcast_to(e, seen.shape), 0.0)
            for n, e in terms.items()
        }
    return float(
        plan.loss.finish(**{n: np.sum(e) for n, e in sums.items()}, **plan.exact_arguments)
    )


def _terms(plan: Plan, scores_of: Any, shares: Array, labels: Array) -> dict[str, Any]:
    kind = plan.loss.computed_as(plan.kind)
    with np.errstate(all="ignore"):
        terms = plan.form.terms(scores_of(kind, shares), labels, **plan.exact_arguments)
    return {name: np.asarray(terms[name]) for name in ("loss", "weight")}


def _rows(kind: str, shares: Array) -> Array:
    if kind == "probabilities":
        return shares.copy()
    return np.log(np.maximum(shares, LEAST_SHARE))


def _elements(kind: str, positive: Array) -> Array:
    if kind == "probabilities":
        return positive.copy()
    held = np.clip(positive, LEAST_SHARE, 1.0 - 2.0**-53)
    return np.log(held) - np.log1p(-held)
