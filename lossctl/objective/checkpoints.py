"""Checkpoints: a configuration whose files are patterns, and weights that move over them."""

import glob
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lossctl.core.spelling import did_you_mean, plural, visible
from lossctl.engine.sources import Source
from lossctl.objective.answer import Answer, Component, Step
from lossctl.objective.columns import Shared, omitting
from lossctl.objective.evaluate import remarks_on
from lossctl.objective.model import Config, DataEntry, Normalize, Schedule
from lossctl.objective.nodes import Word, refuse
from lossctl.objective.run import evaluate, opened

PATTERN = re.compile(r"[*?]")
MOST_CHECKPOINTS = 10_000
STEPPED = (
    "schedule moves weights over checkpoints, but no file under data is a pattern (runs/*/p.npy)"
)


def evaluate_series(
    config: Config, threads: int | None = None, given: Mapping[str, Source] | None = None
) -> Answer:
    """Evaluate a configuration at every checkpoint; the answer is that of the last.

    Arrays in `given` take the place of the data of their names.

    A configuration without patterns is one checkpoint. Weights with a schedule are multiplied by
    its factor there.

    Raises
    ------
    UsageError, DataError
        With the place in the file.
    """
    given = {name: Shared(source, omitting("NaN")) for name, source in (given or {}).items()}
    config = _without(config, given)
    files = checkpoints(config)
    if not files:
        if config.schedule:
            with opened(config, given, threads):  # other mistakes go first
                refuse(next(iter(config.schedule.values())).place, STEPPED)
        return evaluate(config, given, threads)
    answer, steps = _evaluate_each(config, files, threads, given)
    last = steps[-1].components
    notes = (*answer.notes, *remarks_on(last))
    return replace(
        answer,
        components=last,
        notes=tuple(dict.fromkeys(notes)),
        steps=tuple(steps),
        normalize=config.normalize.by,
    )


def _evaluate_each(
    config: Config,
    files: Sequence[Mapping[str, str]],
    threads: int | None,
    given: Mapping[str, Source] | None,
) -> tuple[Answer, list[Step]]:
    """Return the answer at the last checkpoint, and the components at each."""
    steps: list[Step] = []
    scales: dict[str, float] = {}
    answer = None
    for number, (named, concrete) in enumerate(_at_each(config, files)):
        answer = evaluate(_unscaled(concrete), given, threads)
        found = list(answer.components)
        if not steps:
            scales = _scales(config, found)
        found = [replace(one, scale=scales.get(one.name, one.scale)) for one in found]
        steps.append(Step(number, named, tuple(scheduled(config, found, number, len(files)))))
    assert answer is not None  # noqa: S101 - there is at least one checkpoint
    return answer, steps


def _without(config: Config, given: Mapping[str, Source]) -> Config:
    """Drop the data that arrays take the place of."""
    for name in given:
        if name not in config.data:
            hint = did_you_mean(name, config.data)
            refuse(config.place, f"there is no data {visible(repr(name))}{hint}")
    data = {name: entry for name, entry in config.data.items() if name not in given}
    return config.model_copy(update={"data": data})


def _unscaled(config: Config) -> Config:
    """Leave initial values to the series, whose first checkpoint gives those that are not given."""
    by_initial = config.normalize.by == "initial"
    return config.model_copy(update={"normalize": Normalize()}) if by_initial else config


def _scales(config: Config, first: Sequence[Component]) -> dict[str, float]:
    if config.normalize.by != "initial":
        return {}
    given = {str(name): value for name, value in config.normalize.initial.items()}
    return {one.name: abs(one.raw) or 1.0 for one in first} | given


def checkpoints(config: Config) -> list[dict[str, str]]:
    """Return the files of each checkpoint, by the name of their data; none without patterns."""
    series: dict[str, list[str]] = {}
    for name, entry in config.data.items():
        path, _, selector = entry.file.partition("::")
        if not PATTERN.search(path) or Path(entry.file.place.folder / path).exists():
            continue
        found = sorted(glob.glob(path, root_dir=entry.file.place.folder), key=natural)  # noqa: PTH207 - root_dir
        if not found:
            refuse(entry.file.place, f"data.{visible(name)}: no file matches {visible(path)}")
        if len(found) > MOST_CHECKPOINTS:
            refuse(entry.file.place, f"data.{visible(name)}: {len(found)} files match")
        series[name] = [f"{one}::{selector}" if selector else one for one in found]
    for name, files in series.items():
        first = next(iter(series))
        if len(files) != len(series[first]):
            refuse(
                config.data[name].file.place,
                f"{first} has {plural(len(series[first]), 'checkpoint')}, {name} {len(files)}",
            )
    return [dict(zip(series, files, strict=True)) for files in zip(*series.values(), strict=True)]


def natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key that puts epoch 2 before epoch 10."""
    parts = re.split(r"([0-9]+)", text)
    return [(1, int(one), "") if one.isdigit() else (0, 0, one) for one in parts]


def _at_each(
    config: Config, files: Sequence[Mapping[str, str]]
) -> Iterator[tuple[Mapping[str, str], Config]]:
    for named in files:
        data: dict[str, DataEntry] = dict(config.data)
        for name, file in named.items():
            changed = {"file": Word(file, data[name].file.place)}
            data[name] = data[name].model_copy(update=changed)
        yield named, config.model_copy(update={"data": data})


def scheduled(
    config: Config, found: Sequence[Component], number: int, count: int
) -> list[Component]:
    """Return the components with their weights at a checkpoint."""
    moved = []
    for one in found:
        weight = one.weight
        for name, schedule in config.schedule.items():
            if name in {one.kind, one.name}:
                weight *= factor_at(schedule, number, count)
        moved.append(replace(one, weight=weight))
    return moved


def factor_at(schedule: Schedule, number: int, count: int) -> float:
    """Return what a schedule multiplies a weight by at a checkpoint.

    ``constant`` is its end throughout; ``linear`` moves from start to end over the steps (all
    checkpoints when not given) and stays there; ``warm_up`` does the same along 3x² − 2x³, slowly
    at both ends.
    """
    if schedule.kind == "constant":
        return schedule.end
    steps = count - 1 if schedule.steps is None else schedule.steps
    share = 1.0 if steps <= 0 else min(number / steps, 1.0)
    if schedule.kind == "warm_up":
        share = share * share * (3.0 - 2.0 * share)
    return schedule.start + (schedule.end - schedule.start) * share
