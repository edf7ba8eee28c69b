"""Read which metrics the shell asks for, and what other options say of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from lossctl.core.errors import UsageError
from lossctl.core.options import OPTIONS
from lossctl.core.spec import finite_number, parse_value
from lossctl.metric_specs import metric_specs, with_params

if TYPE_CHECKING:
    from lossctl.loss_specs import Spec


def read_metrics(
    metrics: Sequence[str] | None,
    threshold: str | None,
    losses: "Sequence[Spec]",
    texts: dict[str, Any],
    context: typer.Context,
) -> "list[Spec]":
    """Read every ``--metric`` with what other options say of them.

    An ``--average`` that no loss takes is taken out of the texts of the shell.
    """
    if not metrics:
        if threshold is not None:
            raise UsageError("--threshold: is for metrics; say which with --metric")
        return []
    try:
        specs = metric_specs(metrics)
    except UsageError as error:
        raise UsageError(f"--metric: {error}") from None
    probability = None if threshold is None else finite_number(threshold, "--threshold")
    average = parse_value(texts["average"]) if _is_given(context, "average") else None
    targets = [spec.target for spec in (*losses, *specs)]
    taken = any(OPTIONS["average"].takes(one) for one in targets if hasattr(one, "pooled"))
    if average is not None and not taken:
        texts["average"] = str(OPTIONS["average"].default)
    elif average is not None and not any(_has_average(spec) for spec in specs):
        average = None  # it is for the losses
    return with_params(specs, threshold=probability, average=average)


def _has_average(spec: "Spec") -> bool:
    return any(param.name == "average" for param in spec.target.params)


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
