"""The losses of rules and constraints: those of the catalogue, which also count what they see."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from lossctl.core.loss import Array, Loss
from lossctl.engine.reduce.statistics import sum_in_double
from lossctl.kernels.quantifiers import EXISTS, FOR_ALL, LOG_PRODUCT, Quantifier
from lossctl.losses.catalogue import get

HALF = 0.5  # a truth below is false when rules are counted
PENALTIES = {  # the loss of each penalty of a constraint
    "quadratic": "constraint_violation",
    "linear": "linear_penalty",
    "hinge": "hinge_penalty",
    "log_barrier": "log_barrier",
}
QUANTIFIERS: Mapping[tuple[str, str], tuple[str, Quantifier]] = {  # with their aggregator
    ("forall", "p_mean"): ("forall_rule", FOR_ALL),
    ("forall", "log_product"): ("log_product_rule", LOG_PRODUCT),
    ("exists", "p_mean"): ("exists_rule", EXISTS),
}


@cache
def penalty_loss(penalty: str, *, even: bool = False) -> Loss:
    """Return the loss of a constraint, which counts violations too.

    `even` says that every item counts once: counts are then taken of whole blocks, which is fast.
    """
    return _counting(get(PENALTIES[penalty]), _shares_of_excess if even else _excesses)


@cache
def rule_loss(*, even: bool = False) -> Loss:
    """Return the loss of a rule, which sums its truth and counts where it is false too."""
    return _counting(get("rule_satisfaction"), _shares_of_truths if even else _truths)


@cache
def quantified_loss(loss_id: str) -> Loss:
    """Return the loss of a rule over all rows at once, which counts like that of any rule.

    As there, truths outside [0, 1] get a note.
    """
    return replace(_counting(get(loss_id), _truths), inputs=rule_loss().inputs)


def _excesses(values: Array, targets: Array) -> dict[str, Any]:
    return {"violated": values > targets}


def _shares_of_excess(values: Array, targets: Array) -> dict[str, Any]:
    """The same as a share of the block: a number stands for every item."""
    return {"violated": np.count_nonzero(values > targets) / values.size}


def _truths(values: Array, _: Array) -> dict[str, Any]:
    return {"truth": values, "violated": values < HALF}


def _shares_of_truths(values: Array, _: Array) -> dict[str, Any]:
    """The same as a mean and a share of the block."""
    return {
        "truth": sum_in_double(values) / values.size,
        "violated": np.count_nonzero(values < HALF) / values.size,
    }


def _counting(loss: Loss, count: Callable[[Array, Array], dict[str, Any]]) -> Loss:
    (form,) = loss.forms

    def terms(predictions: Array, targets: Array, **given: Any) -> dict[str, Any]:
        found = form.terms(predictions, targets, **given)
        return {**found, **count(predictions, targets)}

    return replace(loss, forms=(replace(form, terms=terms),), counts=("violated",))
