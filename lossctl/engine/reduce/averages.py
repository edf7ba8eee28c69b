"""From the statistics of pooled losses to one value: over classes, then over samples.

Totals are numbers, or arrays with an axis of samples, of classes (last), or both. ``micro`` adds
the classes' statistics before the loss is taken; ``macro`` averages the losses of the classes;
``weighted`` averages them by their share of the targets; a class index takes that class alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array
from lossctl.core.result import ClassValue
from lossctl.core.spelling import option
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.statistics import SAMPLE_WEIGHT, exact_sum, present
from lossctl.engine.sources import names_of

TARGET_MASS = "target_mass"  # the statistic every pooled loss has: mass of the targets


def chosen_classes(plan: Plan) -> Array:
    """Return the indices of the classes that count."""
    classes, average = plan.fit.layout.columns, plan.options.average
    if isinstance(average, int):
        if not -classes <= average < classes:
            raise UsageError(
                f"{option('average')}: class {average} is not one of {classes} classes"
            )
        return np.array([average % classes])
    return np.arange(0 if plan.options.background else 1, classes)


def class_values(plan: Plan, sums: Mapping[str, Any]) -> Array:
    """Return the loss of each chosen class alone (last axis), for each sample if there are any."""
    chosen = chosen_classes(plan)
    parts = {name: np.asarray(total)[..., chosen] for name, total in present(sums).items()}
    if plan.loss.joint_classes:  # an axis of one class each
        parts = {name: part[..., None] for name, part in parts.items()}
    values: Array = plan.loss.finish(**parts, **plan.arguments)
    return values


def class_readings(plan: Plan, sums: Mapping[str, Any]) -> tuple[ClassValue, ...]:
    """Return the loss of each class that counts, averaged over samples.

    They are given where the value is an average over classes, and where classes have names.

    Raises
    ------
    UsageError
        When the names do not fit the classes.
    """
    columns, names = plan.fit.layout.columns, plan.options.class_names
    if names is not None:
        from lossctl.engine.bind.class_names import require_a_name_each  # noqa: PLC0415 - tables

        require_a_name_each(plan.loss, names, columns)
    if plan.loss.is_metric:
        return _metric_readings(plan, sums)
    together = plan.loss.joint_classes or plan.options.average == "micro"
    if not columns or plan.loss.of_sequences or (together and names is None):
        return ()
    chosen = chosen_classes(plan)
    values = np.reshape(class_values(plan, sums), (-1, len(chosen))).mean(axis=0)
    mass = np.reshape(sums[TARGET_MASS], (-1, columns)).sum(axis=0)
    names = class_names_of(plan)
    return tuple(
        ClassValue(int(index), names[index] if names else None, float(value), float(mass[index]))
        for index, value in zip(chosen, values, strict=True)
    )


def class_names_of(plan: Plan) -> Sequence[str] | None:
    """Return what classes are called: as is said, by the labels, by the columns of their scores."""
    if names := plan.options.class_names or plan.names_of_labels:
        return names
    columns = plan.fit.layout.columns
    names = tuple(names_of(plan.sources[plan.loss.inputs[0].name])) if columns > 1 else ()
    if len(names) != columns or columns < 2:
        return None
    from lossctl.engine.bind.class_names import names_by_columns  # noqa: PLC0415 - tables

    return names_by_columns(names)


def _metric_readings(plan: Plan, sums: Mapping[str, Any]) -> tuple[ClassValue, ...]:
    """Return the value of each class that occurs, where a metric averages over classes."""
    columns, average = plan.fit.layout.columns, plan.arguments.get("average")
    if not columns or plan.loss.needs_rows or average not in {"macro", "weighted"}:
        return ()
    names = class_names_of(plan)
    parts = {name: np.asarray(total)[..., None] for name, total in present(sums).items()}
    of_each = dict(plan.arguments) | {"average": "macro"}
    values = np.reshape(plan.loss.finish(**parts, **of_each), (-1, columns)).mean(axis=0)
    mass, predicted = (
        np.reshape(sums[name], (-1, columns)).sum(axis=0) for name in (TARGET_MASS, "predicted")
    )
    occurs = mass + predicted > 0.0
    if plan.arguments["reading"] == "multilabel":
        occurs[:] = True
    return tuple(
        ClassValue(index, names[index] if names else None, float(values[index]), float(mass[index]))
        for index in np.flatnonzero(occurs).tolist()
    )


def sums_of_batches(plan: Plan, sums: Mapping[str, Any]) -> Mapping[str, Any]:
    """Add the sums over sequences to those over batches of them, or over all tokens.

    They are added exactly, so that the value does not depend on how tokens are cut into sequences.
    """
    if not plan.loss.of_sequences or plan.options.pooling == "sample" or not plan.by_sample:
        return sums
    size = plan.options.batch_size
    if size is None:
        parts = {name: exact_sum(total) for name, total in sums.items()}
        del parts[SAMPLE_WEIGHT]
        return parts
    starts = range(0, plan.fit.layout.samples, size)
    return {
        name: np.array([exact_sum(total[at : at + size]) for at in starts])
        for name, total in sums.items()
    }


def slopes_of_sequences(plan: Plan, slopes: Mapping[str, Any]) -> dict[str, Any]:
    """Give every sequence the slopes of its batch."""
    size = plan.options.batch_size
    if not plan.loss.of_sequences or size is None:
        return dict(slopes)
    batches = np.arange(plan.fit.layout.samples) // size
    return {name: np.asarray(slope)[batches] for name, slope in slopes.items()}


def value_of_classes(plan: Plan, sums: Mapping[str, Any]) -> Any:
    """Return the loss over the chosen classes: a number, or one per sample."""
    if plan.loss.needs_rows:
        return plan.loss.finish(**sums, **plan.arguments)
    if not plan.fit.layout.columns or plan.loss.of_sequences:
        return plan.loss.finish(**present(sums), **plan.arguments)
    if plan.loss.joint_classes or plan.options.average == "micro":
        return plan.loss.finish(**_merged(plan, present(sums)), **plan.arguments)
    return (class_values(plan, sums) * _shares(plan, present(sums))).sum(axis=-1)


def slopes_of_classes(plan: Plan, sums: Mapping[str, Any]) -> dict[str, Any]:
    """Return ∂value/∂statistic, shaped like the statistics; 0 for classes that do not count."""
    if not plan.fit.layout.columns or plan.loss.of_sequences:
        return dict(plan.loss.finish_slope(**sums, **plan.arguments))
    chosen = chosen_classes(plan)
    parts = {name: np.asarray(total)[..., chosen] for name, total in sums.items()}
    if plan.loss.joint_classes:
        slopes = plan.loss.finish_slope(**parts, **plan.arguments)
    elif plan.options.average == "micro":
        slopes = plan.loss.finish_slope(**_merged(plan, sums), **plan.arguments)
        slopes = {name: np.asarray(slope)[..., None] for name, slope in slopes.items()}
    else:
        shares = _shares(plan, sums)
        slopes = plan.loss.finish_slope(**parts, **plan.arguments)
        slopes = {name: slope * shares for name, slope in slopes.items()}
    return {
        name: _spread(plan, slope, np.asarray(sums[TARGET_MASS])) for name, slope in slopes.items()
    }


def _merged(plan: Plan, sums: Mapping[str, Any]) -> dict[str, Any]:
    """Restrict the statistics to the chosen classes, and add them unless the loss wants each."""
    parts = {name: np.asarray(total)[..., chosen_classes(plan)] for name, total in sums.items()}
    if plan.loss.joint_classes:
        return parts
    return {name: part.sum(axis=-1) for name, part in parts.items()}


def _shares(plan: Plan, sums: Mapping[str, Any]) -> Array:
    """Return the share of each chosen class in the average."""
    mass = np.asarray(sums[TARGET_MASS])[..., chosen_classes(plan)]
    even = np.full(mass.shape, 1.0 / mass.shape[-1])
    if plan.options.average != "weighted":
        return even
    total = mass.sum(axis=-1, keepdims=True)
    return np.where(total > 0.0, mass / np.where(total > 0.0, total, 1.0), even)


def _spread(plan: Plan, slope: Any, like: Array) -> Array:
    """Put the slopes of the chosen classes in their places."""
    spread = np.zeros(like.shape)
    spread[..., chosen_classes(plan)] = slope
    return spread
