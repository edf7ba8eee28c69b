"""What models and methods must be so that models can be compared."""

from typing import Any

from lossctl.core.errors import DataError, UsageError
from lossctl.core.spelling import option
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.units import kind_of
from lossctl.engine.resolve import Resolved

RESAMPLING = ("bootstrap", "permutation")


def require_method(plan: Plan, how: Any) -> None:
    """Refuse a method that does not suit the loss, or what else is said."""
    resamples = how.method in RESAMPLING
    if plan.loss.needs_rows and resamples:
        raise UsageError(
            f"{option('method', how.method)}: {plan.loss.id} is of all rows together; take auto"
        )
    if how.is_unpaired and (how.method not in {"auto", "t", "delta"} or how.clusters is not None):
        raise UsageError(
            f"{option('unpaired')}: is Welch's t test; it takes no other method and no clusters"
        )
    if how.is_serial and (how.method not in {"auto", "t", "delta"} or how.clusters is not None):
        raise UsageError(
            f"{option('serial')}: is Newey and West's method; it takes no other and no clusters"
        )
    if how.clusters is not None and not (how.method == "auto" or resamples):
        raise UsageError(
            f"{option('method', how.method)}: takes rows to be independent, clusters are not; take "
            f"auto, {' or '.join(RESAMPLING)}"
        )
    if how.method in {"t", "mcnemar"} and kind_of(plan) == "function":
        raise UsageError(
            f"{option('method', how.method)}: {plan.loss.id} is a function of sums and no mean; "
            "take auto, delta, bootstrap or permutation"
        )


def require_same_items(baseline: Resolved, model: Resolved) -> None:
    """Refuse models that leave out different items: their differences have no pairs."""
    first, second = baseline.totals, model.totals
    if (first.items, first.ignored, first.omitted) == (
        second.items,
        second.ignored,
        second.omitted,
    ):
        return
    label = model.plan.sources[model.plan.loss.inputs[0].name].label
    raise DataError(
        f"{label}: {second.items} items count, but {first.items} of the baseline; compare models "
        "on the same items: leave rows that hold NaN out of both"
    )
