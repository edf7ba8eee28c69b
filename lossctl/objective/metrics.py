"""Evaluate the metrics of a configuration on its data, beside the terms of the total."""

from dataclasses import replace

from lossctl.core.errors import Mistakes
from lossctl.core.options import Options
from lossctl.core.result import Result
from lossctl.core.spelling import visible
from lossctl.engine.evaluate import Request, evaluate
from lossctl.objective.config import Config
from lossctl.objective.config_metrics import MetricEntry
from lossctl.objective.workspace import Workspace
from lossctl.objective.yaml_nodes import errors_at, refuse


def arrays_of_metrics(config: Config, space: Workspace, mistakes: Mistakes) -> list[str]:
    """Return the data that metrics name; note what does not exist, and names that stand twice."""
    names: list[str] = []
    titles: set[str] = set()
    for entry in config.metrics:
        with mistakes:
            if entry.title in titles:
                refuse(entry.place, f"two metrics are named {visible(entry.title)}; name one")
        titles.add(entry.title)
        for role, name in _inputs(config, entry).items():
            with mistakes:
                place = getattr(name, "place", entry.place)
                names.append(space.require(name, place, f"{entry.title} needs {role}"))
        if entry.weights is not None:
            with mistakes:
                names.append(space.require(entry.weights, entry.weights.place, "weights"))
    return names


def _inputs(config: Config, entry: MetricEntry) -> dict[str, str]:
    """Return the data of each input: as is said, or that of the first loss, or of its name."""
    first = config.supervised[0] if config.supervised else None
    named: dict[str, str] = {}
    for declared in entry.measure.target.inputs:
        own = getattr(entry, declared.name, None)
        inherited = getattr(first, declared.name, None)
        if first is not None and inherited is None:
            inherited = first.inputs.get(declared.name)
        if own or inherited or declared.required:
            named[declared.name] = own or inherited or declared.name
    return named


def metric_results(
    config: Config, space: Workspace, threads: int | None, confidence: float | None
) -> dict[str, Result]:
    """Return the result of each metric by its name; with a confidence they have intervals.

    Raises
    ------
    UsageError, DataError
        With the place of the metric.
    """
    found: dict[str, Result] = {}
    for entry in config.metrics:
        target, params, options = entry.measure
        sources = {role: space.array(name) for role, name in _inputs(config, entry).items()}
        weights = None if entry.weights is None else space.array(entry.weights)
        read = Options(**{**options, **entry.reading, "threads": threads})
        if confidence is not None:
            read = replace(read, interval=True, confidence=confidence)
        with errors_at(entry.place, entry.title):
            (result,) = evaluate([Request(target, params, None, sources)], {}, weights, read)
        found[entry.title] = result
    return found
