"""What a value is compared with: chance, the best constant prediction, the spread of the targets.

Measured from the targets that count, block by block beside the loss, and only when asked for; a
label counts by the weight of its item and, where classes have weights, by that of its class. Log
losses are linear in soft targets: the mean over all items of a constant prediction is the loss of
one item whose target are the shares of the classes: those weighed and smoothed as the loss does it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.loss import LABEL_KINDS, Array, Context
from lossctl.engine.bind.layout import Layout
from lossctl.engine.plan import Plan
from lossctl.engine.read.prepare import Block
from lossctl.engine.reduce.statistics import present
from lossctl.kernels.numeric.block_cache import least
from lossctl.kernels.numeric.primitives import sum_of_items
from lossctl.losses.builders.elementwise import binary_weight

SAME = 1e-9  # relative: two means that differ by no more are one
LEAST_SHARE = 1e-300  # of a class that never occurs, so that its logit is finite
SURE = 800.0  # log odds of which the sigmoid is 1


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
    signs = least(labels) < 0.0
    weighed = labels if weights is None else labels * weights
    positive = sum_of_items(weighed)
    whole = len(labels) if weights is None else sum_of_items(weights)
    positive = 0.5 * (positive + whole) if signs else positive
    return Count(..., np.stack([whole - positive, positive]))


def _count_rows(labels: Array, weights: Array | None, classes: int) -> Count:
    if labels.ndim == 2:
        rows = labels if weights is None else labels * weights[:, None]
        return Count(..., sum_of_items(rows))
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


def target_statistics(plan: Plan, block: Block) -> Any:
    """Return what :func:`context_of` needs to know of a block, None where it needs nothing."""
    word = _word(plan)
    if word is None:
        return None
    place = next(n for n, entry in enumerate(plan.loss.inputs) if entry.name == "targets")
    targets = block.arrays[place]
    if word == "log":
        return count_block(targets, _label_weights(plan, targets, block), plan.fit.layout)
    from lossctl.engine import best_constant  # noqa: PLC0415 - losses on values only

    return best_constant.statistics(word, plan, targets, block.weights)


def context_of(
    plan: Plan, sums: Mapping[str, Any], targets: Sequence[Any], value: Any
) -> dict[str, float]:
    """Return what the mean value of a loss is to be compared with; nothing when nothing applies.

    Log losses
        ``chance`` (all classes alike) and ``constant`` (the best constant prediction), evaluated
        with the loss's own parameters and weights: log C and the entropy of the labels for a plain
        cross-entropy. Where predicting the ``shares`` of the classes, weighed and smoothed as the
        loss does it, costs more than that, its loss too: true probabilities are not what such a
        loss rewards most. Where the loss is plain, that is −log p of every class alike, also
        ``bits`` (for each item) and, of classes, ``perplexity``.
    Squared error
        ``target_variance``, which is the squared error of always predicting the mean.
    Other losses on values
        ``constant``, where the best one is known or can be searched for.
    Losses of tokens
        ``chance`` (all tokens of the vocabulary alike), and what else the value may be:
        ``by_token`` and ``by_sequence``, where they differ from it.
    """
    if plan.loss.context == "tokens":
        return _of_tokens(plan, sums, value)
    word = _word(plan)
    if word is None or np.isnan(value):
        return {}
    targets = [part for part in targets if part is not None]  # an empty block has nothing
    if word == "log":
        return _context_of_labels(plan, add_counts(targets, plan.fit.layout), value)
    from lossctl.engine import best_constant  # noqa: PLC0415 - losses on values only

    return best_constant.context_of(word, plan, targets)


def _word(plan: Plan) -> Context | None:
    """Return what the value of a plan is compared with, None for nothing."""
    options, context = plan.options, plan.loss.context
    if not options.context or options.reduction != "mean" or "targets" not in plan.sources:
        return None
    if options.mean_by == "items" and plan.is_weighted:  # what it is compared with is by weights
        return None
    if context is None or isinstance(context, str):
        return None if context == "tokens" else context  # whose sums are all that is needed
    return context(**plan.params)


# Labels: their masses, and constant predictions of them.


def _label_weights(plan: Plan, labels: Array, block: Block) -> Array | None:
    """Return the weight of every label: that of its item, times that of its class.

    Rows whose classes are weighed one by one are left to :func:`_weighed`.
    """
    weights, class_weights = block.weights, plan.exact_arguments.get("class_weights")
    if class_weights is None or (plan.fit.layout.axes == "item class" and not _weighs_rows(plan)):
        return weights
    if plan.fit.layout.axes == "item class":
        from lossctl.losses.builders.class_rows import row_weight  # noqa: PLC0415 - of classes only

        of_labels = row_weight(labels, class_weights)
    else:
        (kind,) = [entry.kind for entry in plan.loss.inputs if entry.kind in LABEL_KINDS]
        positive = 0.5 * (labels + 1.0) if kind == "sign" else labels
        of_labels = binary_weight(positive, class_weights)
    return np.asarray(of_labels if weights is None else of_labels * weights)


def _weighs_rows(plan: Plan) -> bool:
    """Whether class weights weigh a soft row as a whole, by their mean over it."""
    uneven = _uneven(plan.fit.layout.columns)
    weights = plan.exact_arguments["class_weights"]
    even = np.full((1, len(uneven)), 1.0 / len(uneven))
    own = _row_loss(plan, uneven, even, class_weights=weights)
    plain = _row_loss(plan, uneven, even, class_weights=None)
    return bool(np.isclose(own, plain * weights.mean(), rtol=1e-9))


def _weighed(plan: Plan, counts: Array) -> tuple[Array, float]:
    """Return the masses that −log p of each class, or label, has in the loss; and the total weight.

    Rows are smoothed here; elements where their loss is evaluated.
    """
    if plan.fit.layout.axes != "item class":
        return counts, float(counts.sum())
    class_weights = plan.exact_arguments.get("class_weights")
    by_class = class_weights is not None and not _weighs_rows(plan)
    masses = counts * class_weights if by_class else counts
    total = float(masses.sum())
    if smoothing := plan.exact_arguments.get("label_smoothing", 0.0):
        from lossctl.kernels.numeric.rows import smoothed_distribution  # noqa: PLC0415 - as above

        whole = counts.sum()
        masses = smoothed_distribution(counts[None] / whole, smoothing)[0] * whole
        masses = masses * class_weights if by_class else masses
    return masses, total


def _context_of_labels(plan: Plan, counts: Array, value: float) -> dict[str, float]:
    masses, total = _weighed(plan, counts)
    labels = _Labels(plan, masses, total) if _is_by_label(plan) else _Rows(plan, masses, total)
    shares = labels.at_shares()
    context = {"chance": labels.at_even(), "constant": labels.least()}
    if shares > context["constant"] * (1.0 + 1e-6) and math.isfinite(shares):
        context["shares"] = shares
    is_nll = plan.fit.layout.axes != "item class" or not _is_by_label(plan)
    if is_nll and labels.is_log_score() and _is_plain(plan):
        context["bits"] = value / math.log(2.0)
        if plan.fit.task == "multiclass":
            context["perplexity"] = math.exp(min(value, 700.0))
    return context


def _of_tokens(plan: Plan, sums: Mapping[str, Any], value: Any) -> dict[str, float]:
    if plan.options.reduction != "mean":
        return {}
    from lossctl.engine.reduce.averages import sums_of_batches  # noqa: PLC0415 - tokens only

    context = {"chance": float(plan.fit.layout.columns)} if plan.fit.layout.columns else {}
    for name, pooling in (("by_token", "batch"), ("by_sequence", "sample")):
        options = replace(plan.options, pooling=pooling, batch_size=None)
        batches = sums_of_batches(replace(plan, options=options), sums)
        other = float(np.mean(plan.loss.finish(**present(batches), **plan.arguments)))
        if not math.isclose(other, value, rel_tol=SAME) and math.isfinite(other):
            context[name] = other
    return context


def _is_plain(plan: Plan) -> bool:
    """Whether labels are neither smoothed nor weighed by class."""
    class_weights = plan.exact_arguments.get("class_weights")
    alike = class_weights is None or np.ptp(class_weights) == 0.0
    return bool(alike and not plan.exact_arguments.get("label_smoothing", 0.0))


def _is_by_label(plan: Plan) -> bool:
    """Whether each label, or class against the rest, has a term of its own."""
    by_class = plan.exact_arguments.get("classes") == "one_vs_rest"
    return plan.fit.layout.axes != "item class" or by_class


def _uneven(classes: int) -> Array:
    ranks = np.arange(1.0, 1.0 + classes)
    return ranks / ranks.sum()


def _row_loss(plan: Plan, shares: Array, labels: Array, **arguments: Any) -> float:
    """Return the loss of a row of classes, predicted as shares, for soft labels (1, C)."""
    kind = plan.loss.computed_as(plan.kind)
    rows = (
        shares[None] if kind == "probabilities" else np.log(np.maximum(shares, LEAST_SHARE))[None]
    )
    arguments = _neutral(plan) | arguments
    with np.errstate(all="ignore"):
        return float(np.sum(plan.form.terms(rows.copy(), labels, **arguments)["loss"]))


def _neutral(plan: Plan, form: str = "item class") -> dict[str, Any]:
    """Return the arguments without what the masses hold already."""
    arguments: dict[str, Any] = {**plan.exact_arguments, "class_weights": None}
    if "label_smoothing" in arguments and form == "item class":
        arguments["label_smoothing"] = 0.0
    return arguments


class _Rows:
    """Constant predictions of exclusive classes."""

    def __init__(self, plan: Plan, masses: Array, total: float) -> None:
        self.plan, self.masses, self.total = plan, masses, total

    def loss(self, shares: Array) -> float:
        """Return the mean loss of a distribution."""
        whole = self.masses.sum()
        return _row_loss(self.plan, shares, (self.masses / whole)[None]) * float(whole) / self.total

    def at_even(self) -> float:
        return self.loss(np.full(len(self.masses), 1.0 / len(self.masses)))

    def at_shares(self) -> float:
        return self.loss(self.masses / self.masses.sum())

    def is_log_score(self) -> bool:
        """Whether the loss is −log p: held against an uneven prediction."""
        shares = _uneven(len(self.masses))
        labels = shares[::-1]
        nll = -float((labels * np.log(shares)).sum())
        return math.isclose(_row_loss(self.plan, shares, labels[None]), nll, rel_tol=1e-9)

    def least(self) -> float:
        if self.is_log_score():
            return self.at_shares()
        form = self.plan.loss.form("item class", "probabilities")
        arguments = _neutral(self.plan)
        if "clipped" in self.plan.loss.counts:  # the slope of what is clipped is 0
            arguments["epsilon"] = 0.0
        labels = (self.masses / self.masses.sum())[None]

        def steepness(shares: Array) -> Array:
            with np.errstate(all="ignore"):
                slopes = form.vjp(shares[None], labels, slopes={"loss": 1.0}, **arguments)
            return np.asarray(np.where(labels > 0.0, -slopes["predictions"], 0.0)[0])

        from lossctl.kernels.probability.softmax import best_shares  # noqa: PLC0415 - as above

        return min(
            self.loss(best_shares(steepness, len(self.masses))),
            self.at_shares(),
            self.at_even(),
        )


class _Labels:
    """Constant predictions of labels, each for itself: masses are (2,) or (2, L)."""

    def __init__(self, plan: Plan, masses: Array, total: float) -> None:
        self.plan, self.total = plan, total
        self.masses = np.stack([total - masses, masses]) if _is_class_rows(plan) else masses
        (kind,) = [entry.kind for entry in plan.loss.inputs if entry.kind in LABEL_KINDS]
        labels = np.zeros(self.masses.shape)
        labels[1] = 1.0
        self.labels = 2.0 * labels - 1.0 if kind == "sign" else labels
        self.arguments = _neutral(plan, "item")

    def losses(self, log_odds: Array, masses: Array | None = None) -> Array:
        """Return what each label costs altogether, predicted at these log odds."""
        masses = self.masses if masses is None else masses
        kind = self.plan.loss.computed_as(self.plan.kind)
        scores = np.broadcast_to(log_odds, self.masses.shape).copy()
        form = self.plan.loss.form("item", kind)
        with np.errstate(all="ignore"):
            if kind == "probabilities":
                scores = 1.0 / (1.0 + np.exp(-scores))
            losses = form.terms(scores, self.labels, **self.arguments)["loss"]
            return np.asarray(np.where(masses > 0.0, masses * losses, 0.0).sum(axis=0))

    def at_even(self) -> float:
        return float(np.sum(self.losses(np.zeros(self.masses.shape[1:])))) / self.total

    def _shares(self) -> Array:
        """Return the log odds of each label's share, smoothed as the loss does it."""
        whole = self.masses.sum(axis=0)
        share = np.divide(self.masses[1], whole, out=np.full(whole.shape, 0.5), where=whole > 0.0)
        smoothing = self.plan.exact_arguments.get("label_smoothing", 0.0)
        share = (1.0 - smoothing) * share + 0.5 * smoothing
        held = np.clip(share, LEAST_SHARE, 1.0 - 2.0**-53)
        return np.asarray(np.log(held) - np.log1p(-held))

    def at_shares(self) -> float:
        return float(np.sum(self.losses(self._shares()))) / self.total

    def is_log_score(self) -> bool:
        """Whether the loss is −log p of either label: held against an uneven prediction."""
        found = self.losses(
            np.full(self.masses.shape[1:], math.log(2.0)), np.ones(self.masses.shape)
        )
        return bool(np.allclose(found, math.log(3.0) + math.log(1.5), rtol=1e-9, atol=0.0))

    def least(self) -> float:
        if self.is_log_score() and _is_plain(self.plan):
            return self.at_shares()
        form = self.plan.loss.form("item", "logits")

        def slope(log_odds: Array) -> Array:
            scores = np.broadcast_to(log_odds, self.masses.shape).copy()
            with np.errstate(all="ignore"):
                slopes = form.vjp(
                    scores, self.labels, slopes={"loss": self.masses}, **self.arguments
                )
            return np.asarray(np.nansum(slopes["predictions"], axis=0))

        from lossctl.kernels.probability.logistic import best_log_odds  # noqa: PLC0415 - as above

        best = best_log_odds(slope, self.masses.shape[1:])
        candidates = [best, self._shares(), np.zeros(best.shape)]
        # a probability below epsilon costs as one of epsilon: then a sure one may be best
        candidates += [np.full(best.shape, -SURE), np.full(best.shape, SURE)]
        losses = np.stack([self.losses(each) for each in candidates])
        return float(np.sum(np.nanmin(losses, axis=0))) / self.total


def _is_class_rows(plan: Plan) -> bool:
    return plan.fit.layout.axes == "item class"
