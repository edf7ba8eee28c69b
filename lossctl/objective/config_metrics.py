"""Metrics in a configuration: measures to watch beside the losses, which add nothing to them."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, NamedTuple

from lossctl.core.domain import bind_params
from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.core.options import Options, require_use
from lossctl.core.spec import parse_spec
from lossctl.core.spelling import did_you_mean, visible
from lossctl.losses.catalogue import called, names
from lossctl.metrics.known_metrics import find, load, spelled_names
from lossctl.objective.config_reading import OptionalName, Parameters, Reading
from lossctl.objective.config_record import Mistake, Record, entry, text
from lossctl.objective.yaml_nodes import PlacedText


class Measure(NamedTuple):
    """A metric, or a loss that is watched as one, with what its name sets."""

    target: Loss
    params: Mapping[str, Any]
    options: Mapping[str, Any]


class MetricEntry(Record):
    """A metric of predictions and targets."""

    short_key: ClassVar[str] = "metric"
    metric: Annotated[PlacedText, text("a metric")] = entry(
        "a metric, such as recall or f1, or a loss"
    )
    name: OptionalName = entry("its name in the result; its id when not given", None)
    params: Parameters = entry("parameters of the metric", {})
    predictions: OptionalName = entry(
        "data: the predictions; those of the first loss when not given", None
    )
    targets: OptionalName = entry("data: the targets; those of the first loss when not given", None)
    weights: OptionalName = entry("data: one weight per item", None)
    reading: Reading = entry("how inputs are read, as the options of compute", {})

    @property
    def measure(self) -> Measure:
        """The metric that is meant.

        Raises
        ------
        UsageError
            For an unknown name, and parameters that it does not take.
        """
        name, given = parse_spec(self.metric)
        params: Mapping[str, Any] = {**given, **self.params}
        found = find(name)
        if found is not None:
            target: Loss = load(found[0])
            params, options = {**found[1], **params}, {}
        else:
            target, params, preset = _loss(name, params)
            options = {} if preset is None else dict(preset.options)
            params = params if preset is None else {**preset.params_of(target), **params}
        bind_params(target.id, target.params, params)
        return Measure(target, params, options)

    @property
    def title(self) -> str:
        """What the result calls it."""
        return str(self.name or self.measure.target.id)

    def mistakes(self) -> Iterator[Mistake]:
        """Yield an unknown metric, and options that it does not read."""
        try:
            target, _, _ = self.measure
        except UsageError as error:
            yield error, ("metric",), ""
            return
        for name, value in self.reading.items():
            try:
                require_use([target], Options(**{name: value}))
            except UsageError as error:
                yield error, ("reading",), name


def _loss(name: str, params: Mapping[str, Any]) -> tuple[Loss, Mapping[str, Any], Any]:
    try:
        return called(name, params)
    except UsageError as error:
        if not str(error).startswith("unknown loss"):
            raise
    hint = did_you_mean(name.strip(), [*names(), *spelled_names()])
    shown = hint or "; `lossctl list --metrics` shows them all"
    raise UsageError(f"unknown metric {visible(repr(name))}{shown}")
