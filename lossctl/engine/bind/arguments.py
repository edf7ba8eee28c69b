"""Turn parameters and class weights into the arguments of a loss's functions."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from lossctl.core.domain import Domain, Param, ScalarOrList
from lossctl.core.errors import UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options
from lossctl.engine.bind.layout import Fit
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
            raise UsageError(f"{self.loss.id}: class counts are measured from targets; none given")
        from lossctl.engine.reference.class_counts import count_labels  # noqa: PLC0415 - rare

        options = self.options
        return count_labels(
            self._targets,
            self.fit,
            weights=self._weights,
            ignore_index=options.ignore_index,
            threads=options.threads,
        )


def bind_arguments(
    loss: Loss,
    params: Mapping[str, Any],
    fit: Fit,
    sources: Mapping[str, Source],
    options: Options,
    *,
    weights: Source | None,
) -> dict[str, Any]:
    """Return the arguments: parameters with lists as float64 arrays, measured values, weights."""
    binding = Binding(loss, fit, sources.get("targets"), weights, options)
    arguments = dict(params)
    for param in loss.params:
        value = params[param.name]
        if (value is None or isinstance(value, str)) and value in param.measured:
            arguments[param.name] = np.asarray(param.measured[value](binding.counts))
        elif isinstance(value, tuple):
            arguments[param.name] = _list_argument(binding, param, value)
    if loss.has_classes and not loss.pooled and not loss.grouped:
        arguments["class_weights"] = _class_weights(binding)
    return arguments


def _list_argument(binding: Binding, param: Param, values: tuple[float, ...]) -> Any:
    if len(values) == 1:
        return values[0]
    columns = binding.fit.layout.columns
    pair = _takes_pair(param.domain) and not columns
    if len(values) == columns or (pair and len(values) == 2):
        return np.array(values)
    if columns:
        wanted = f"{columns} (one for each class or label)"
    else:
        wanted = (
            "1 or 2 (negative, positive)" if pair else "1, since predictions have no label axis"
        )
    loss = binding.loss.id
    raise UsageError(f"{loss}: {param.name} has {len(values)} entries, needs {wanted}")


def _takes_pair(domain: Domain) -> bool:
    inner = getattr(domain, "domain", domain)
    return any(isinstance(one, ScalarOrList) and one.pair for one in (domain, inner))


def _class_weights(binding: Binding) -> Array | None:
    weights, columns = binding.options.class_weights, binding.fit.layout.columns
    if weights is None:
        return None
    if isinstance(weights, str):
        if binding.fit.task == "multilabel":
            raise UsageError(
                f"class_weights: {weights} is for classes; for several labels give one weight a "
                "label or use pos_weight=balanced"
            )
        from lossctl.engine.reference.class_counts import named_weights  # noqa: PLC0415 - rare

        return named_weights(weights)(binding.counts)
    wanted = columns or 2
    if len(weights) != wanted:
        kind = {"multiclass": "classes", "multilabel": "labels"}.get(
            binding.fit.task, "weights (negative, positive)"
        )
        raise UsageError(
            f"class_weights: {len(weights)} given, but {binding.loss.id} sees {wanted} {kind} here"
        )
    return np.array(weights)
