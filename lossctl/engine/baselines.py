"""What a loss on labels costs when every item gets the same prediction.

Log losses are linear in soft targets, so the mean over all items is the loss of one item whose
target are the shares of the classes.
"""

from typing import Any, NamedTuple

import numpy as np

from lossctl.core.loss import LABEL_KINDS, Array
from lossctl.engine.kinds import computed_as
from lossctl.engine.plan import Plan

LEAST_SHARE = 1e-300  # of a class that never occurs, so that its logit is finite


class Baseline(NamedTuple):
    """Two constant predictions.

    Attributes
    ----------
    chance
        The loss of giving all classes the same probability.
    constant
        The loss of giving every class its share of the targets.
    plain
        Whether the loss of an item is the surprise −log p of its class, and classes weigh alike.
    """

    chance: float
    constant: float
    plain: bool


def baseline_of(plan: Plan, counts: Array) -> Baseline:
    """Evaluate the two constant predictions on labels of which there are `counts`, by weight."""
    even = np.full_like(counts, 1.0 / len(counts))
    mass = counts * _class_weights(plan, counts)
    total = mass.sum(axis=0)
    shares = np.divide(mass, total, out=even.copy(), where=total > 0.0)
    return Baseline(
        chance=_mean(plan, even, counts),
        constant=_mean(plan, shares, counts),
        plain=_is_plain(plan, even),
    )


def _class_weights(plan: Plan, counts: Array) -> Any:
    """Return the weight of every class, or of the labels' columns."""
    given = plan.exact_arguments.get("class_weights")
    if given is None:
        return 1.0
    return given[:, None] if counts.ndim == 2 and plan.fit.task != "multilabel" else given


def _is_plain(plan: Plan, even: Array) -> bool:
    """Whether the loss is −log p and classes weigh alike: held against an uneven prediction."""
    if np.ptp(np.broadcast_to(_class_weights(plan, even), even.shape)) > 0.0:
        return False
    ranks = np.arange(1.0, 1.0 + len(even))
    uneven = np.broadcast_to((ranks / ranks.sum()).reshape(-1, *[1] * (even.ndim - 1)), even.shape)
    labels = uneven[::-1]
    surprise = -(labels * np.log(uneven)).sum(axis=0).mean()
    return bool(np.isclose(_mean(plan, uneven, labels), surprise, rtol=1e-9))


def _mean(plan: Plan, shares: Array, counts: Array) -> float:
    """Return the mean loss of predicting `shares` for items whose labels are `counts`."""
    if plan.fit.layout.form == "row":
        sums = _terms(plan, _rows, shares[None], (counts / counts.sum())[None])
    else:
        labels = np.zeros(shares.shape)
        labels[1] = 1.0
        (kept,) = [entry.kind for entry in plan.loss.inputs if entry.kind in LABEL_KINDS]
        labels = 2.0 * labels - 1.0 if kept == "sign" else labels
        found = _terms(plan, _elements, np.broadcast_to(shares[1], shares.shape), labels)
        seen = counts > 0.0
        sums = {
            n: counts * np.where(seen, np.broadcast_to(e, seen.shape), 0.0)
            for n, e in found.items()
        }
    return float(
        plan.loss.finish(**{n: np.sum(e) for n, e in sums.items()}, **plan.exact_arguments)
    )


def _terms(plan: Plan, scores_of: Any, shares: Array, labels: Array) -> dict[str, Any]:
    kind = computed_as(plan.loss, plan.kind)
    form = plan.loss.form(plan.fit.layout.form, kind)
    with np.errstate(all="ignore"):
        terms = form.terms(scores_of(kind, shares), labels, **plan.exact_arguments)
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
