"""Write per-item losses and gradients to files, streaming npy and never leaving half a file."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.core.options import Options
from lossctl.core.result import Result
from lossctl.core.spelling import option
from lossctl.engine.details import Details
from lossctl.engine.evaluate import Request, evaluate
from lossctl.engine.gradient import gradient
from lossctl.engine.plan import GROUP
from lossctl.engine.sources import ArraySink, Sink, Source, WideSink
from lossctl.io.align import Ids
from lossctl.io.file_formats import FileFormat, load, written_form
from lossctl.io.input_files import InTable, split_selector
from lossctl.io.item_tables import RowLabels
from lossctl.io.multi_file import files_of
from lossctl.io.spooled_sink import SpooledSink, table_sink, values_in
from lossctl.io.write import (
    NpySink,
    check_array_path,
    check_folder,
    form_of,
    real_path,
    replacing,
    require_extra,
)


class PerItem(NamedTuple):
    """Where values per item go: a file, or a stream; the format, where no suffix says it."""

    place: str | Path | IO[bytes]
    form: str | None = None

    def places(self, losses: Sequence[str]) -> Sequence[Path | IO[bytes]]:
        """Return the file or the stream of each loss id."""
        if isinstance(self.place, str | Path) or not hasattr(self.place, "write"):
            return paths_for(self.place, "per_item", losses)
        if len(losses) > 1:
            raise UsageError(
                f"{option('per_item')}: several losses would write into one another; write files, "
                "with {loss} in the name"
            )
        return [self.place]

    def check(self, losses: Sequence[str]) -> list[Path]:
        """Return the files that are written; refuse those that cannot be."""
        places = self.places(losses)
        if not isinstance(self.place, str | Path):
            require_extra(written_form(self.form or "csv"))
        return [check_array_path(p, self.form) for p in places if isinstance(p, Path)]

    def form_of(self, place: Path | IO[bytes]) -> FileFormat:
        """Return the format that a place is written in."""
        if isinstance(place, Path):
            return form_of(place, self.form)
        return written_form(self.form or "csv")


def paths_for(template: Any, name: str, losses: Sequence[str]) -> list[Path]:
    """Return the file of each loss id; several losses need ``{loss}`` in the name."""
    if not isinstance(template, str | Path):
        raise UsageError(f"{option(name)}: must be the name of a file, got {template!r}")
    template = str(template)
    if not template:
        raise UsageError(f"{option(name)}: the name of the file is empty")
    paths = [Path(template.replace("{loss}", loss_id)) for loss_id in losses]
    if len(set(losses)) < len(losses):
        twice = next(loss_id for loss_id in losses if losses.count(loss_id) > 1)
        raise UsageError(
            f"{option(name)}: {twice} is requested twice and both would write the same file; "
            "compute them separately"
        )
    if len(set(paths)) < len(paths):
        raise UsageError(
            f"{option(name)}: several losses would write {paths[0]}; include {{loss}} in the name"
        )
    return paths


def check_outputs(
    places: Mapping[str, Any],
    targets: Sequence[Any],
    output: Path | None,
    per_item: PerItem | None,
    gradient: str | None,
) -> None:
    """Refuse output files that cannot be written, coincide, or are inputs, before any work.

    `places` says where each input is, `targets` are the losses and recipes.
    """
    ids = [target.id for target in targets]
    written = {"output": [output]} if output is not None else {}
    if per_item is not None:
        written["per_item"] = per_item.check(ids)
    if gradient is not None:
        losses = [target for target in targets if isinstance(target, Loss)]
        of_losses = gradient_paths(gradient, losses)
        written["gradient"] = [check_array_path(path) for paths in of_losses for path in paths]
    inputs = input_places(places) if written else {}
    seen: dict[Path, str] = {}
    for name, paths in written.items():
        for path in paths:
            place = real_path(check_folder(path))
            if place in inputs:
                raise UsageError(f"{option(name)}: {path} would overwrite the {inputs[place]}")
            if place in seen:
                raise UsageError(f"{option(name)}: {path} would also be written by {seen[place]}")
            seen[place] = option(name)


def input_places(places: Mapping[str, Any]) -> dict[Path, str]:
    """Return the files that inputs are read from, each with the name of its input."""
    files: dict[Path, str] = {}
    for name, place in places.items():
        where = place.table if isinstance(place, InTable) else place
        if isinstance(where, str | Path):
            text = str(where) if isinstance(place, InTable) else split_selector(str(where))[0]
            files |= {real_path(path): name for path in files_of(text)}
    return files


def open_sink(
    place: Path | IO[bytes], form: FileFormat, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> WideSink:
    """Open where an array goes: straight into an npy file, or to what the file is written from."""
    if form.name == "npy" and isinstance(place, Path):
        return NpySink(place, shape, dtype)
    return table_sink(shape, dtype, "the values per item")


def ids_of_items(
    ids: Ids | None, request: Request, sink: Sink, options: Options
) -> tuple[Ids | None, list[str]]:
    """Return the ids where entry i of the item values is that of row i, or a note why it is not.

    It is not where values are those of named groups or of a few samples, and where items lie along
    another axis than the rows of the tables.
    """
    if ids is None:
        return None, []
    sources = request.sources or {}
    axes = (options.axes or {}).values()
    ranks = {len(source.shape) for source in sources.values()}
    fits = (
        _length(sink) == len(ids.values)
        and not (request.loss.per_group and GROUP in sources)
        and options.class_axis not in {0, *(-rank for rank in ranks)}
        and all(words.split()[0] == "item" for words in axes)
    )
    if fits:
        return ids, []
    return None, [
        f"values per item do not belong to the rows of the tables, so {ids.column} is not written"
    ]


def _length(sink: Sink) -> int:
    """Return the length of the first axis of what was written; 1 for a single number."""
    shape: tuple[int, ...] = getattr(getattr(sink, "array", sink), "shape", ())
    return shape[0] if shape else 1


class Writing(NamedTuple):
    """A file that is being written: what has its values, and what stands before those of a row.

    `place` is the file, or a stream that is written to directly.
    """

    place: Path | IO[bytes]
    form: FileFormat
    sink: Sink
    labels: RowLabels

    @property
    def notes(self) -> list[str]:
        """Say which ids the file cannot hold."""
        ids = self.labels.ids
        if ids is None or self.form.is_table:
            return []
        column = f"which need named columns; name it .csv to keep {ids.column}"
        return [f"{self.place} cannot hold ids, {column}"]

    def write(self, stack: ExitStack) -> None:
        """Write all of it, so that the file is in place when the stack is left well."""
        if isinstance(self.sink, NpySink):
            stack.push(self.sink.leave)
            return
        assert self.form.write is not None  # noqa: S101 - checked
        stream = self.place
        if isinstance(stream, Path):
            stream = stack.enter_context(replacing(stream))
        load(self.form.write)(stream, values_in(self.sink, "values"), self.labels)
        if isinstance(self.sink, SpooledSink):
            self.sink.close()


Written: TypeAlias = tuple[Result, list[Writing]]


def _items(
    per_item: PerItem,
    requests: Sequence[Request],
    weights: Source | None,
    options: Options,
    *,
    ids: Ids | None,
    sinks: list[Sink],
    details: Details | None,
) -> list[Written]:
    """Evaluate the losses into files of the loss of each item, behind numbers and ids of rows.

    What a file cannot hold is a note of its result; the files are added to `sinks`.
    """
    places = per_item.places([request.loss.id for request in requests])
    forms = [per_item.form_of(place) for place in places]
    before = len(sinks)

    def make_sink(
        place: Path | IO[bytes], form: FileFormat, shape: tuple[int, ...], dtype: np.dtype[Any]
    ) -> Sink:
        in_memory = options.reduction == "none"
        sinks.append(ArraySink(shape, dtype) if in_memory else open_sink(place, form, shape, dtype))
        return sinks[-1]

    writing = [
        request._replace(make_sink=partial(make_sink, place, form))
        for request, place, form in zip(requests, places, forms, strict=True)
    ]
    results = evaluate(writing, {}, weights, options, details)
    written = []
    for place, form, sink, request, result in zip(
        places, forms, sinks[before:], requests, results, strict=True
    ):
        item_ids, notes = ids_of_items(ids, request, sink, options)
        labels = RowLabels(item_ids, numbered=True)
        written.append((result.with_notes(notes), [Writing(place, form, sink, labels)]))
    return written


def gradient_paths(template: str | Path, losses: Sequence[Loss]) -> list[list[Path]]:
    """Return the files of each loss, one for each input it has a gradient of.

    Several losses need ``{loss}`` in the name, several inputs ``{input}``.
    """
    paths = []
    for base, loss in zip(
        paths_for(template, "gradient", [loss.id for loss in losses]), losses, strict=True
    ):
        names = differentiable(loss)
        files = [Path(str(base).replace("{input}", name)) for name in names]
        if len(set(files)) < len(files):
            raise UsageError(
                f"{option('gradient')}: {loss.id} has gradients of {', '.join(names)}; "
                "include {input} in the name of the file"
            )
        paths.append(files)
    return paths


def differentiable(loss: Loss) -> list[str]:
    """Return the names of the inputs a loss has gradients of."""
    return [entry.name for entry in loss.inputs if entry.differentiable]


def _gradients(
    template: str | Path,
    requests: Sequence[Request],
    weights: Source | None,
    options: Options,
    *,
    ids: Ids | None,
    sinks: list[Sink],
) -> list[Written]:
    """Evaluate each loss into a file of its gradient by each of its inputs.

    Rows of inputs have the ids of their tables; the files are added to `sinks`.
    """
    every = gradient_paths(template, [request.loss for request in requests])
    written = []
    for paths, request in zip(every, requests, strict=True):
        names = differentiable(request.loss)
        wanted = [
            path for path, name in zip(paths, names, strict=True) if name in (request.sources or {})
        ]
        before = len(sinks)

        def make_sink(
            shape: tuple[int, ...],
            dtype: np.dtype[Any],
            wanted: Sequence[Path] = wanted,
            before: int = before,
        ) -> WideSink:
            path = wanted[len(sinks) - before]
            sink = open_sink(path, form_of(path), shape, dtype)
            sinks.append(sink)
            return sink

        result, _ = gradient(request, {}, weights, options, make_sink)
        files = [
            Writing(path, form_of(path), sink, RowLabels(ids))
            for path, sink in zip(wanted, sinks[before:], strict=True)
        ]
        written.append((result, files))
    return written


def write_losses(
    requests: Sequence[Request],
    per_item: PerItem | None,
    gradient: str | None,
    weights: Source | None,
    options: Options,
    *,
    ids: Ids | None = None,
    details: Details | None = None,
) -> list[Result]:
    """Evaluate the losses and write values and gradients, in one pass where that is possible.

    No file is put in place before all are complete; what a file cannot hold is a note.
    """
    sinks: list[Sink] = []
    try:
        written: list[Written] = []
        if per_item is not None:
            written = _items(
                per_item, requests, weights, options, ids=ids, sinks=sinks, details=details
            )
        elif gradient is None or options.reduction == "none" or options.interval or details:
            results = evaluate(requests, {}, weights, options, details)
            written = [(result, []) for result in results]
        if gradient is not None:
            slopes = _gradients(gradient, requests, weights, options, ids=ids, sinks=sinks)
            written = _both(written, slopes) if written else slopes
    except BaseException as error:
        abandon(sinks, error)
        raise
    with ExitStack() as stack:
        for _, files in written:
            for file in files:
                file.write(stack)
    return [
        result.with_notes([note for file in files for note in file.notes])
        for result, files in written
    ]


def _both(values: Sequence[Written], slopes: Sequence[Written]) -> list[Written]:
    """Return the results of values, with what is noted of their gradients, and all files."""
    return [
        (
            result.with_notes([note for note in other.notes if note not in result.notes]),
            [*files, *more],
        )
        for (result, files), (other, more) in zip(values, slopes, strict=True)
    ]


def abandon(sinks: Sequence[Sink], error: BaseException) -> None:
    """Remove what was written so far."""
    for sink in sinks:
        if isinstance(sink, NpySink):
            sink.abandon(error)
        elif isinstance(sink, SpooledSink):
            sink.close()
