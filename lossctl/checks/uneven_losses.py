"""Losses that few rows make up: targets near zero (LC404), outliers (LC405)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lossctl.checks.facts import Facts
from lossctl.checks.rule import Page, Seen, rule
from lossctl.core.loss import Array, Loss
from lossctl.diagnostics.heavy_rows import SIGMA, Tail, find_near_zero, find_outliers
from lossctl.losses.catalogue import get

HUBER = 1.345  # robust standard deviations: 95 % as good as squares for a Gaussian


class _Items(NamedTuple):
    """The single items of a sample, (n,) each, and their losses."""

    losses: Array
    predictions: Array
    targets: Array
    rows: Array

    @property
    def residuals(self) -> Array:
        return self.predictions - self.targets


def _items(facts: Facts, loss: Loss | None, params: Mapping[str, Any]) -> _Items | None:
    """Return the items of the sample; None where they have no losses of their own."""
    sample = facts.sample
    if sample is None or loss is None or facts.form != "values":
        return None
    if loss.pooled or loss.grouped or loss.in_words:
        return None
    plain = all(value is None or isinstance(value, int | float | str) for value in params.values())
    if sample.predictions.shape != sample.targets.shape or not plain or len(loss.inputs) != 2:
        return None
    keep = sample.counts
    predictions, targets = sample.predictions[keep].ravel(), sample.targets[keep].ravel()
    per_row = predictions.size // max(int(np.count_nonzero(keep)), 1)
    rows = np.repeat(np.broadcast_to(sample.rows[:, None], keep.shape)[keep], per_row)
    form = loss.form("item", "values")
    with np.errstate(all="ignore"):
        losses = np.asarray(form.terms(predictions, targets, **params)["loss"], np.float64)
    return _Items(losses, predictions, targets, rows)


def _heavy(facts: Facts, items: _Items, tail: Tail, what: str, evidence: str) -> Seen:
    """Say how much of the loss a few items make up."""
    assert facts.loss is not None  # noqa: S101 - it has items
    return Seen(
        f"{tail.count} of {len(items.losses)} items make up {tail.share:.1%} of {facts.loss.id}; "
        f"{what}",
        {"items": tail.count, "share": tail.share, evidence: tail.extreme},
        rows=[int(items.rows[at]) for at in tail.rows],
    )


@rule(
    "LC404",
    "near-zero-targets",
    "warning",
    Page(
        what="A few targets near zero make up nearly all of a loss that divides by the target.",
        why=(
            "Errors in proportion grow without bound as targets go to zero: the value says how "
            "near zero they come, and nothing about the other 99 % of the rows."
        ),
        example="mape(p, y)   # 1 % of y are 0: the value is 8.4e15",
        remedy="Take a loss that is bounded there (smape) or does not divide (mae).",
        reference="doi:10.1016/j.ijforecast.2006.03.001",
        evidence=(
            "1 % of the rows make up more than 99 % of the sum, and their targets are below a "
            "hundredth of the median."
        ),
    ),
    needs=("loss", "values", "sample"),
)
def near_zero_targets(facts: Facts) -> Seen | None:
    """Look at the targets of the rows with the highest losses."""
    items = _items(facts, facts.loss, facts.params)
    tail = None if items is None else find_near_zero(items.losses, items.targets)
    if items is None or tail is None:
        return None
    what = f"their targets are {tail.extreme:.3g} or less in size"
    seen = _heavy(facts, items, tail, what, "largest_target")
    return replace(seen, command=facts.repair.compute("smape"))


@rule(
    "LC405",
    "outliers-dominate",
    "warning",
    Page(
        what="A few outliers make up most of the loss.",
        why=(
            "Squares of large residuals outweigh all others: the value, and a model trained on it, "
            "follow 1 % of the rows."
        ),
        example="mse(p, y)   # y has a few entries in other units",
        remedy="Look at these rows; take a robust loss (huber, cauchy) if they are real.",
        reference="doi:10.1214/aoms/1177703732",
        evidence=(
            "1 % of the rows make up more than half of the sum, and their residuals lie more than "
            "eight robust standard deviations (1.4826 times the median deviation) from the median."
        ),
    ),
    needs=("loss", "values", "sample"),
)
def outliers_dominate(facts: Facts) -> Seen | None:
    """Look at the residuals of the rows with the highest losses."""
    items = _items(facts, facts.loss, facts.params)
    tail = None if items is None else find_outliers(items.losses, items.residuals)
    if items is None or tail is None:
        return None
    what = f"their residuals are {tail.extreme:.3g} robust standard deviations or more"
    seen = _heavy(facts, items, tail, what, "deviations")
    return replace(seen, command=facts.repair.compute(_robust(facts, items.residuals)))


def _robust(facts: Facts, residuals: Array) -> str:
    """Return the spec of a loss that the outliers do not dominate: Huber's where that will do."""
    deviation = SIGMA * float(np.median(np.abs(residuals - np.median(residuals))))
    delta, scale = float(f"{HUBER * deviation:.3g}"), float(f"{deviation:.3g}")
    spec, loss = f"huber:delta={delta:g}", get("huber")
    items = _items(facts, loss, {**loss.defaults, "delta": delta})
    if items is not None and find_outliers(items.losses, residuals) is None:
        return spec
    return f"cauchy:scale={scale:g}"
