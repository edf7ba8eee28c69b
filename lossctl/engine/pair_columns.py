"""The columns of two models side by side, and the contrast of their sums."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.averages import sums_of_batches, value_of_classes
from lossctl.engine.reduce.statistics import SAMPLE_WEIGHT
from lossctl.engine.reduce.units import UnitBlock, kind_of, units_of
from lossctl.engine.resolve import Resolved
from lossctl.uncertainty.paired import (
    Contrast,
    mean_contrast,
    paired_columns,
    weighted_mean_contrast,
)


def unit_values(plan: Plan, block: UnitBlock) -> Array:
    """Return the loss of each unit that counts: of a function of sums, that of its own sums.

    The losses of items are sums over the unit, times weights: of two models these are alike.
    """
    if kind_of(plan) != "function":
        values = np.asarray(block.statistics["loss"], np.float64)
    elif plan.loss.is_metric and _of_unit(plan) is not None:
        values = np.asarray(_of_unit(plan)(**block.statistics, **plan.arguments))
    elif plan.loss.pooled:
        values = np.asarray(value_of_classes(plan, block.statistics))
    else:
        values = np.asarray(plan.loss.finish(**block.statistics, **plan.arguments))
    return values if block.weight is None else values[block.weight > 0.0]


def _of_unit(plan: Plan) -> Any:
    """Return the value of one item of a metric that is a function of sums, where it has one."""
    is_one = units_of(plan).rows == 1
    return plan.loss.of_unit if is_one else None  # type: ignore[attr-defined]


def losses_of_units(plan: Plan, block: UnitBlock) -> tuple[Array, Array]:
    """Return the loss of each unit that counts, whatever it weighs, and its number among all."""
    values, numbers = unit_values(plan, block), block.first + np.arange(block.units)
    if block.weight is None:
        return values, numbers
    present = block.weight > 0.0
    if kind_of(plan) != "function":
        values = values / block.weight[present]
    return values, numbers[present]


def columns_of_items(blocks: Sequence[UnitBlock]) -> list[Array]:
    """Return the loss of the baseline and the difference (and the weight) of each unit."""
    columns = paired_columns(*([block.statistics["loss"]] for block in blocks))
    weight = blocks[0].weight
    return columns if weight is None else [*columns, np.asarray(weight, np.float64)]


def columns_of_sums(blocks: Sequence[UnitBlock]) -> list[Array]:
    """Return every statistic of the baseline, and the differences, of each unit."""
    baseline, model = blocks
    statistics = like(baseline.statistics, model.statistics)
    return paired_columns(
        *map(columns_of_unit_sums, (baseline, model._replace(statistics=statistics)))
    )


def like(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return the statistics of a model by the names of the baseline's, 0 for those it has not.

    Where one of them is read as probabilities and the other as logits, one alone counts what is
    clipped.
    """
    return {name: second.get(name, np.zeros_like(values)) for name, values in first.items()}


def columns_of_unit_sums(block: UnitBlock) -> list[Array]:
    """Return every statistic of each unit, those of classes side by side."""
    return [
        column
        for values in block.statistics.values()
        for column in np.reshape(values, (block.units, -1)).T
    ]


def by_weight(resolved: Resolved) -> bool:
    """Whether the value divides by the weights of the items."""
    return kind_of(resolved.plan) == "mean" and resolved.plan.options.mean_by == "weights"


def divisor_of(resolved: Resolved) -> float:
    """Return what sums of losses are divided by."""
    if kind_of(resolved.plan) == "sum":
        return resolved.plan.scale
    if resolved.plan.loss.pooled:
        samples = sums_of_batches(resolved.plan, resolved.totals.sums)[SAMPLE_WEIGHT]
        return float(np.count_nonzero(samples))
    return float(resolved.totals.sums["weight"])


def contrast_of_items(baseline: Resolved, n: int, sums: Array) -> Contrast:
    """Return the contrast of means or sums of the losses of units, from the sums of columns."""
    if by_weight(baseline):
        return mean_contrast(n, sums) if len(sums) == 2 else weighted_mean_contrast(sums)
    divisor = divisor_of(baseline)
    first, difference = (sums[:2] / divisor).tolist()
    gradient = np.zeros(len(sums))
    gradient[1] = 1.0 / divisor
    return Contrast(
        first,
        first + difference,
        difference,
        gradient,
        lambda totals: totals[..., 1] / divisor,
        slice(1, 2),
        "delta",
    )


def slopes_of_model(baseline: Resolved, n: int, sums: Array) -> Array:
    """Return the derivative of the model's value with respect to the sums of the same columns."""
    if not by_weight(baseline):
        slopes = np.zeros(len(sums))
        slopes[:2] = 1.0 / divisor_of(baseline)
        return slopes
    if len(sums) == 2:
        return np.full(2, 1.0 / n)
    weight = float(sums[2])
    return np.array([1.0, 1.0, -float(sums[0] + sums[1]) / weight]) / weight


def contrast_of_values(baseline: float, model: float) -> Contrast:
    """Return the contrast of two values, whose one column is what units contribute."""
    return Contrast(
        baseline,
        model,
        model - baseline,
        np.ones(1),
        lambda totals: totals[..., 0],
        slice(0, 1),
        "delta",
    )


def require_same_units(plan: Plan, blocks: Sequence[UnitBlock]) -> None:
    """Refuse units that count of one model alone: they have no pairs."""
    if all(block.weight is None for block in blocks):
        return
    baseline, model = (np.asarray(block.with_weight().weight) > 0.0 for block in blocks)
    differ = np.flatnonzero(baseline != model)
    if differ.size:
        at = blocks[0].first + int(differ[0])
        raise DataError(_other_items(f"{units_of(plan).noun} {at} counts for one of them alone"))


def require_same_layout(models: Sequence[Plan]) -> None:
    """Refuse models whose predictions are arranged in other ways: their units are no pairs."""
    first = models[0]
    name = first.loss.inputs[0].name
    for other in models[1:]:
        if other.fit.layout.grid_key != first.fit.layout.grid_key:
            one, two = first.sources[name], other.sources[name]
            raise DataError(
                f"models are compared on the same items, but {two.label} {two.shape} and "
                f"{one.label} {one.shape} are read in different ways; give predictions of one shape"
            )


def _other_items(seen: str) -> str:
    return (
        f"models are compared on the same items, but {seen}; leave rows that hold NaN out of both"
    )


def require_same_items(baseline: Resolved, model: Resolved) -> None:
    """Refuse models that leave out different items: their differences have no pairs."""
    first, second = baseline.totals, model.totals
    label = model.plan.sources[model.plan.loss.inputs[0].name].label
    if (first.items, first.ignored) != (second.items, second.ignored):
        raise DataError(
            _other_items(f"{second.items} of {label} count, and {first.items} of the baseline")
        )
    if first.findings.omitted_places != second.findings.omitted_places:
        raise DataError(_other_items(f"{label} holds NaN at other places than the baseline"))
