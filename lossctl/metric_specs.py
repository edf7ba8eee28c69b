"""Metrics as callers name them: by name or spec, with parameters; a loss is its own metric."""

from collections.abc import Mapping, Sequence
from typing import Any

from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.core.spec import parse_spec, split
from lossctl.core.spelling import did_you_mean
from lossctl.loss_specs import Spec, spec_of
from lossctl.losses.catalogue import names as names_of_losses
from lossctl.losses.catalogue import own_id
from lossctl.losses.framework_names import Preset, not_a_loss
from lossctl.metrics.known_metrics import find, load, spelled_names


def metric_spec(name: Any, params: Mapping[str, Any]) -> Spec:
    """Return the spec of a metric by name, or of a loss, which measures as well.

    Raises
    ------
    UsageError
        For a name that is neither, with the nearest one.
    """
    if isinstance(name, Loss):
        return Spec(name, params)
    if not isinstance(name, str):
        raise UsageError(f"a metric is a name, such as 'accuracy'; got {type(name).__name__}")
    found = find(name)
    if found is not None:
        metric_id, presets = found
        return Spec(load(metric_id), {**presets, **params})
    if (loss := own_id(name)) is not None:
        said = "" if loss == name else f" {loss}"
        note = f"{name} is the loss{said}, of which less is better" if said else f"{name} is a loss"
        spec = spec_of(name, params)
        return spec if spec.preset else spec._replace(preset=Preset({}, {}, note))
    try:
        return spec_of(name, params)
    except UsageError as error:
        if not_a_loss(name):
            raise UsageError(
                f"{name} is not computed here; `lossctl list --metrics` shows the metrics that are"
            ) from None
        if not str(error).startswith("unknown loss"):
            raise
    hint = did_you_mean(name.strip(), [*names_of_losses(), *spelled_names()])
    raise UsageError(
        f"unknown metric {name!r}{hint or '; `lossctl list --metrics` shows them all'}"
    )


def metric_specs(metrics: Any) -> list[Spec]:
    """Return the specs of metrics: one text with commas, or a list of names, specs and pairs.

    Raises
    ------
    UsageError
        As for :func:`metric_spec`.
    """
    if metrics is None:
        return []
    is_pair = isinstance(metrics, tuple) and len(metrics) == 2 and isinstance(metrics[1], Mapping)
    several = isinstance(metrics, Sequence) and not isinstance(metrics, str) and not is_pair
    specs: list[Spec] = []
    for metric in metrics if several else [metrics]:
        if isinstance(metric, tuple) and len(metric) == 2 and isinstance(metric[1], Mapping):
            specs.append(metric_spec(*metric))
        elif isinstance(metric, str):
            specs += [metric_spec(*parse_spec(text)) for text in specs_in(metric)]
        else:
            specs.append(metric_spec(metric, {}))
    return specs


def specs_in(text: str) -> list[str]:
    """Split metrics at their commas: what is ``key=value`` belongs to the metric before it.

    Examples
    --------
    >>> specs_in("accuracy,fbeta:beta=2,average=macro,mae")
    ['accuracy', 'fbeta:beta=2,average=macro', 'mae']
    """
    specs: list[str] = []
    for part in split(text):
        continues = "=" in part and ":" not in part.partition("=")[0]
        if continues and specs:
            specs[-1] += ("," if ":" in specs[-1] else ":") + part.strip()
        else:
            specs.append(part.strip())
    if not all(specs):
        raise UsageError(f"{text!r}: expected metrics with commas between, such as accuracy,f1")
    return specs


def with_params(specs: Sequence[Spec], **params: Any) -> list[Spec]:
    """Return specs with parameters that some of them have, where they do not say them themselves.

    Raises
    ------
    UsageError
        For a parameter that none of them has.
    """
    given = {name: value for name, value in params.items() if value is not None}
    for name in given:
        if not any(name in _params_of(spec) for spec in specs):
            called = ", ".join(spec.target.id for spec in specs)
            raise UsageError(f"{name}: {called} take{'s' * (len(specs) == 1)} none")
    return [
        spec._replace(
            params={n: v for n, v in given.items() if n in _params_of(spec)} | dict(spec.params)
        )
        for spec in specs
    ]


def _params_of(spec: Spec) -> set[str]:
    is_metric = isinstance(spec.target, Loss) and spec.target.is_metric
    return {param.name for param in spec.target.params} if is_metric else set()
