"""What the functions of a loss are given: lists as arrays, class weights, what labels show.

Counts of labels are of items that count at all: a label to ignore and an item of weight 0 are left
out, but other weights do not matter. Balanced weights and priors are made of them before anything
else.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from lossctl.core.domain import Domain, Nullable, Param, ScalarOrList
from lossctl.core.errors import DataError, UsageError
from lossctl.core.list_domains import ListOf, Union
from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options
from lossctl.core.spelling import option
from lossctl.core.threads import run_blocks
from lossctl.engine.bind.layout import ONE_EACH, Fit, read_rows
from lossctl.engine.sources import Source


class Binding:
    """One loss bound to data; counts its labels at most once, and only if something asks."""

    def __init__(
        self,
        loss: Loss,
        fit: Fit,
        targets: Source | None,
        weights: Source | None,
        options: Options,
    ) -> None:
        """Keep what arguments may depend on."""
        self.loss, self.fit, self.options = loss, fit, options
        self._targets, self._weights = targets, weights

    @cached_property
    def counts(self) -> Array:
        """Items of each class."""
        if self._targets is None:
            raise UsageError(
                f"{self.loss.id}: class counts are measured from targets, but no targets were given"
            )
        options = self.options
        return count_labels(
            self._targets,
            self.fit,
            weights=self._weights,
            ignore_index=options.ignore_index,
            threads=options.threads,
        )


def bind(arguments: Mapping[str, Any], binding: Binding) -> dict[str, Any]:
    """Return the arguments with lists as float64 arrays, measured values, and class weights."""
    bound = dict(arguments)
    for param in binding.loss.params:
        value = arguments[param.name]
        if (value is None or isinstance(value, str)) and value in param.measured:
            bound[param.name] = np.asarray(param.measured[value](binding.counts))
        elif isinstance(value, tuple) and _by_column(param.domain):
            bound[param.name] = _list_argument(binding, param, value)
    if bound.get("class_weights") is not None:
        bound["class_weights"] = _class_weights(binding, bound["class_weights"])
    elif binding.options.class_weights is not None:
        _require_weighable(binding, binding.options.class_weights)
    return bound


def _require_weighable(binding: Binding, weights: Sequence[float] | str) -> None:
    """Refuse class weights that no average over the losses of classes can take."""
    average, columns = binding.options.average, binding.fit.layout.columns
    if average != "macro":
        raise UsageError(
            f"{option('class_weights')}: {binding.loss.id} weighs the losses of classes, of which "
            f"{option('average', average)} takes no mean; use {option('average', 'macro')}"
        )
    if not isinstance(weights, str) and len(weights) != columns:
        raise UsageError(
            f"{option('class_weights')}: got {len(weights)} weights, but the masks have "
            f"{columns} classes"
        )


def _list_argument(binding: Binding, param: Param, values: tuple[float, ...]) -> Any:
    if len(values) == 1:
        return values[0]
    columns = binding.fit.layout.columns
    pair = _takes_pair(param.domain) and not columns
    if len(values) == columns or (pair and len(values) == 2):
        return np.array(values)
    if columns:
        what = "class or label" if binding.loss.has_classes else "column of the predictions"
        wanted = f"{columns} (one for each {what})"
    else:
        alone = "no label axis" if binding.loss.has_classes else "the shape of the targets"
        wanted = "1 or 2 (negative, positive)" if pair else f"1, since predictions have {alone}"
        shape = binding.fit.layout.item_shape
        if binding.loss.has_classes and len(values) in shape[1:]:
            axis = shape.index(len(values), 1)
            wanted += f"; name the label axis with {option('class_axis', axis)}"
            if "item class" in binding.loss.form_axes:
                wanted += f" and {option('task', 'multilabel')}"
    loss = binding.loss.id
    raise UsageError(f"{loss}: {param.name} has {len(values)} entries, needs {wanted}")


def _by_column(domain: Domain) -> bool:
    """Whether a list has an entry for each class, label or column; others are of any length."""
    inner = domain.domain if isinstance(domain, Nullable) else domain
    return not isinstance(inner, ListOf | Union)


def _takes_pair(domain: Domain) -> bool:
    inner = getattr(domain, "domain", domain)
    return any(isinstance(one, ScalarOrList) and one.pair for one in (domain, inner))


def _class_weights(binding: Binding, weights: tuple[float, ...] | str) -> Array:
    columns = binding.fit.layout.columns
    if isinstance(weights, str):
        if binding.fit.task == "multilabel":
            raise UsageError(
                f"{option('class_weights')}: {weights} is for exclusive classes; for several "
                "labels give one weight per label or use pos_weight=balanced"
            )
        return named_weights(weights)(binding.counts)
    wanted = columns or 2
    if len(weights) != wanted:
        kind = {"multiclass": "classes", "multilabel": "labels"}.get(
            binding.fit.task, "weights (negative, positive)"
        )
        raise UsageError(
            f"{option('class_weights')}: got {len(weights)} weights, but {binding.loss.id} needs "
            f"{wanted} {kind} here"
        )
    return np.array(weights)


def count_labels(
    targets: Source,
    fit: Fit,
    *,
    weights: Source | None,
    ignore_index: int | None,
    threads: int | None,
) -> Array:
    """Count the labels of every class, but for items of weight 0.

    Returns
    -------
    array
        (C,) for classes, (2,) for one binary label (negatives, positives), (2, L) for labels with
        columns of their own. Soft targets count by their weight in each class.
    """
    layout = fit.layout
    by_row = layout.axes == "item class"

    def work(start: int, stop: int) -> Array:
        lie = layout.lies.get("targets", ONE_EACH)
        labels = read_rows(targets, lie, start, stop, "class")
        mass = np.ones(labels.shape[:1] if by_row else labels.shape)
        if weights is not None:
            rows = read_rows(weights, layout.items_lie, start, stop, "class")
            mass = (rows > 0.0).astype(np.float64)
        if fit.targets == "index":
            return _count_index(labels, mass, layout.columns, ignore_index)
        if by_row:
            rows = np.where(mass[:, None] > 0.0, labels, 0.0).astype(np.float64)
            return np.asarray(np.nansum(rows, axis=0))
        return _count_binary(labels.astype(np.float64), mass, ignore_index)

    parts = run_blocks(layout.grid(), work, threads)
    counts: Array = np.sum(parts, axis=0)
    return counts


def _count_index(targets: Array, mass: Array, classes: int, ignore_index: int | None) -> Array:
    kept = (targets >= 0) & (targets < classes) & (targets != ignore_index)
    return np.bincount(targets[kept].astype(np.intp), weights=mass[kept], minlength=classes)


def _count_binary(labels: Array, mass: Array, ignore_index: int | None) -> Array:
    kept = (labels >= -1.0) & (labels <= 1.0)
    if ignore_index is not None:
        kept &= labels != ignore_index
    mass = np.where(kept, mass, 0.0)
    positive = np.where(kept, np.clip(labels, 0.0, 1.0), 0.0) * mass
    return np.stack([mass.sum(axis=0) - positive.sum(axis=0), positive.sum(axis=0)])


def named_weights(name: str) -> Callable[[Array], Array]:
    """Return the rule behind ``balanced`` or ``effective:0.999``."""
    if name == "balanced":
        return balanced
    kind, _, number = name.partition(":")
    try:
        beta = float(number)
    except ValueError:
        beta = -1.0
    if kind != "effective" or not 0.0 <= beta < 1.0:
        raise UsageError(
            f"{option('class_weights')} must be a list, balanced, or effective:β with β in [0, 1), "
            f"got {name!r}"
        )
    return effective(beta)


def balanced(counts: Array) -> Array:
    """Return n / (C·n_c): every class weighs the same in total."""
    _require_every_class(counts)
    return counts.sum(axis=0) / (len(counts) * counts)


def effective(beta: float) -> Callable[[Array], Array]:
    """Return (1 − β) / (1 − β^n_c), Cui et al. (2019), arXiv:1901.05555."""

    def weights(counts: Array) -> Array:
        _require_every_class(counts)
        return (1.0 - beta) / -np.expm1(counts * np.log(beta)) if beta else np.ones_like(counts)

    return weights


def _require_every_class(counts: Array) -> None:
    empty = np.flatnonzero(counts == 0.0)
    if len(empty):
        raise DataError(f"class weights cannot be measured: class {empty[0]} has no items")
