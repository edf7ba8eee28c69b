"""Evaluate a configuration: on one set of files, or at every checkpoint of a series.

Files of a series are named by patterns, and weights may move over its checkpoints.
"""

import glob
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from lossctl.core.spelling import did_you_mean, plural, visible
from lossctl.core.urls import is_url, url_path
from lossctl.engine.resolve import Resolved
from lossctl.engine.sources import CachedSource, Source
from lossctl.io.input_files import split_selector
from lossctl.objective.components import components_of, remarks_on
from lossctl.objective.config import Config, DataEntry, Normalize
from lossctl.objective.config_schedule import AnySchedule
from lossctl.objective.derived_sources import nan_advice
from lossctl.objective.metrics import metric_results
from lossctl.objective.objective_result import Component, ObjectiveResult, Step
from lossctl.objective.recipe import get_recipe, require_axes
from lossctl.objective.terms import Builder, Term
from lossctl.objective.total_gradient import GradientSum, MakeSum, gradients, left_out
from lossctl.objective.workspace import Workspace
from lossctl.objective.yaml_nodes import PlacedText, errors_at, refuse

PATTERN = re.compile(r"[*?]")
NO_INTERVAL = "no interval of the total"
MOST_CHECKPOINTS = 10_000
STEPPED = (
    "schedule changes numbers over checkpoints, but no file under data is a pattern (runs/*/p.npy)"
)


@contextmanager
def opened_terms(
    config: Config, arrays: Mapping[str, Source] | None = None, threads: int | None = None
) -> Iterator[tuple[list[Term], Workspace]]:
    """Yield the terms of a configuration and its data, with its files open."""
    with Workspace(config.data, arrays or {}, threads) as space:
        builder = Builder(config, space, threads)
        builder.check()
        space.load()
        if config.recipe is not None:
            with errors_at(config.recipe.place):
                opened_arrays = {name: space.array(name) for name in space.sources().values()}
                require_axes(get_recipe(config.recipe), opened_arrays)
        yield builder.terms(), space


def evaluate_config(
    config: Config,
    arrays: Mapping[str, Source] | None = None,
    threads: int | None = None,
    *,
    make: MakeSum | None = None,
    sums: dict[str, GradientSum] | None = None,
    digests: bool = True,
    confidence: float | None = None,
) -> ObjectiveResult:
    """Evaluate one document on one set of files.

    Parameters
    ----------
    config
        The document.
    arrays
        Arrays beside those of its ``data``.
    threads
        Worker threads; never changes a value.
    make, sums
        Makes the sum of each array's gradient, and where they are kept; None for no gradients.
    digests
        Whether supervised components get digests of their data.
    confidence
        Of the intervals of the total and its components; None for none.

    Raises
    ------
    UsageError, DataError
        With the place in the file.
    """
    by = config.normalize.by
    with opened_terms(config, arrays, threads) as (terms, space):
        resolved: dict[str, Resolved] | None = None if confidence is None else {}
        components = normalized(
            config,
            components_of(terms, deviations=by == "std", digests=digests, resolved=resolved),
        )
        notes, interval = list(space.notes), None
        if confidence is not None and resolved is not None:
            from lossctl.objective.total_interval import with_intervals  # noqa: PLC0415 - if asked

            components, found = with_intervals(terms, components, resolved, confidence)
            interval = None if isinstance(found, str) else found
            notes += [f"{NO_INTERVAL}: {found}"] if isinstance(found, str) else []
        metrics = metric_results(config, space, threads, confidence)
        if make is not None:
            notes += left_out(terms, gradients(terms, components, space.sources(), make, sums))
    return ObjectiveResult(
        name=title_of(config),
        components=tuple(components),
        notes=(*notes, *remarks_on(components)),
        normalize=by,
        interval=interval,
        metrics=metrics,
    )


def title_of(config: Config) -> str:
    """Return what the result calls a document."""
    return str(config.name or Path(config.place.file).stem)


def normalized(config: Config, components: Sequence[Component]) -> list[Component]:
    """Divide components by their initial values, where that is asked for."""
    normalize = config.normalize
    if normalize.by != "initial":
        return list(components)
    return [replace(component, scale=normalize.initial[component.name]) for component in components]


def evaluate_series(
    config: Config,
    threads: int | None = None,
    arrays: Mapping[str, Source] | None = None,
    confidence: float | None = None,
) -> ObjectiveResult:
    """Evaluate a configuration at every checkpoint; the result is that of the last.

    Arrays in `arrays` take the place of the data of their names.

    `confidence` is that of intervals, which a series has none of.
    A configuration without patterns is one checkpoint. Weights with a schedule are multiplied by
    its factor there, parameters with one have its value.

    Raises
    ------
    UsageError, DataError
        With the place in the file.
    """
    arrays = {
        name: CachedSource(source, nan_advice("NaN")) for name, source in (arrays or {}).items()
    }
    config = _without_replaced_data(config, arrays)
    files = checkpoints(config)
    if not files:
        if schedules_of(config):
            with opened_terms(config, arrays, threads):  # other mistakes go first
                refuse_schedules(config)
        return evaluate_config(config, arrays, threads, confidence=confidence)
    result, steps = _evaluate_each(config, files, threads, arrays)
    last = steps[-1].components
    notes = (*result.notes, *remarks_on(last))
    if confidence is not None:
        notes = (*notes, f"{NO_INTERVAL}: it is of a series of checkpoints; run one alone")
    return replace(
        result,
        components=last,
        notes=tuple(dict.fromkeys(notes)),
        steps=tuple(steps),
        normalize=config.normalize.by,
    )


def schedules_of(config: Config) -> list[AnySchedule]:
    """Return every schedule of weights and of parameters."""
    of_parameters = [one for term in config.supervised for one in term.schedule.values()]
    return [*config.schedule.values(), *of_parameters]


def refuse_schedules(config: Config) -> None:
    """Refuse schedules where there is no series."""
    for schedule in schedules_of(config):
        refuse(schedule.place, STEPPED)


def _evaluate_each(
    config: Config,
    files: Sequence[Mapping[str, str]],
    threads: int | None,
    arrays: Mapping[str, Source] | None,
) -> tuple[ObjectiveResult, list[Step]]:
    """Return the result at the last checkpoint, and the components at each."""
    steps: list[Step] = []
    scales: dict[str, float] = {}
    result = None
    for number, (named, concrete) in enumerate(_at_each(config, files)):
        moved = [term.at(number, len(files)) for term in config.supervised]
        at_it = _with_parameters(_unscaled(concrete), moved)
        result = evaluate_config(at_it, arrays, threads)
        components = list(result.components)
        if not steps:
            scales = _scales(config, components)
        components = [
            replace(component, scale=scales.get(component.name, component.scale))
            for component in components
        ]
        weighted = with_scheduled_weights(config, components, number, len(files))
        names = [component.name for component in components if component.kind == "supervised"]
        by_name = {name: values for name, values in zip(names, moved, strict=True) if values}
        steps.append(Step(number, named, tuple(weighted), result.metrics, by_name))
    assert result is not None  # noqa: S101 - there is at least one checkpoint
    return result, steps


def _with_parameters(config: Config, moved: Sequence[Mapping[str, float]]) -> Config:
    """Give the supervised terms the parameters that a checkpoint has."""
    if not any(moved):
        return config
    terms = [
        term.model_copy(update={"params": {**term.params, **values}, "schedule": {}})
        for term, values in zip(config.supervised, moved, strict=True)
    ]
    return config.model_copy(update={"supervised": terms})


def _without_replaced_data(config: Config, arrays: Mapping[str, Source]) -> Config:
    """Drop the data that arrays take the place of."""
    for name in arrays:
        if name not in config.data:
            hint = did_you_mean(name, config.data)
            refuse(config.place, f"there is no data {visible(repr(name))}{hint}")
    data = {name: entry for name, entry in config.data.items() if name not in arrays}
    return config.model_copy(update={"data": data})


def _unscaled(config: Config) -> Config:
    """Leave initial values to the series, whose first checkpoint gives those that are not given."""
    by_initial = config.normalize.by == "initial"
    return config.model_copy(update={"normalize": Normalize()}) if by_initial else config


def _scales(config: Config, first: Sequence[Component]) -> dict[str, float]:
    if config.normalize.by != "initial":
        return {}
    declared = {str(name): value for name, value in config.normalize.initial.items()}
    return {component.name: abs(component.raw) or 1.0 for component in first} | declared


def checkpoints(config: Config) -> list[dict[str, str]]:
    """Return the files of each checkpoint, by the name of their data; none without patterns."""
    series: dict[str, list[str]] = {}
    for name, entry in config.data.items():
        path, selector = split_selector(entry.file)
        if not PATTERN.search(url_path(path)) or _exists(entry.file.place.folder, path):
            continue
        matches = sorted(_matching(entry.file.place.folder, path), key=natural)
        if not matches:
            refuse(entry.file.place, f"data.{visible(name)}: no file matches {visible(path)}")
        if len(matches) > MOST_CHECKPOINTS:
            refuse(entry.file.place, f"data.{visible(name)}: {len(matches)} files match")
        series[name] = [f"{file}::{selector}" if selector else file for file in matches]
    for name, files in series.items():
        first = next(iter(series))
        if len(files) != len(series[first]):
            refuse(
                config.data[name].file.place,
                f"{first} has {plural(len(series[first]), 'checkpoint')}, {name} {len(files)}",
            )
    return [dict(zip(series, files, strict=True)) for files in zip(*series.values(), strict=True)]


def _exists(folder: Path, path: str) -> bool:
    return not is_url(path) and Path(folder / path).exists()


def _matching(folder: Path, pattern: str) -> list[str]:
    """Return the files that a pattern, relative to a folder, stands for."""
    if is_url(pattern):
        from lossctl.io.remote import matching_urls  # noqa: PLC0415 - URLs only

        return [one.url for one in matching_urls(pattern)]
    return glob.glob(pattern, root_dir=folder)  # noqa: PTH207 - root_dir


def natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key that puts epoch 2 before epoch 10."""
    parts = re.split(r"([0-9]+)", text)
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]


def _at_each(
    config: Config, files: Sequence[Mapping[str, str]]
) -> Iterator[tuple[Mapping[str, str], Config]]:
    for named in files:
        data: dict[str, DataEntry] = dict(config.data)
        for name, file in named.items():
            changed = {"file": PlacedText(file, data[name].file.place)}
            data[name] = data[name].model_copy(update=changed)
        yield named, config.model_copy(update={"data": data})


def with_scheduled_weights(
    config: Config, components: Sequence[Component], number: int, count: int
) -> list[Component]:
    """Return the components with their weights at a checkpoint."""
    moved = []
    for component in components:
        weight = component.weight
        for name, schedule in config.schedule.items():
            if name in {component.kind, component.name}:
                weight *= schedule.at(number, count)
        moved.append(replace(component, weight=weight))
    return moved
