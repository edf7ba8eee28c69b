"""Write per-item losses and gradients to files, streaming npy and never leaving half a file."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.options import Options
from lossctl.core.result import Result
from lossctl.core.threads import executor_here, writes_results
from lossctl.engine.bind.views import origin
from lossctl.engine.details import Details
from lossctl.engine.evaluate import Request, evaluate
from lossctl.engine.gradient import gradient
from lossctl.engine.gradient_sums import GradientSums
from lossctl.engine.plan import GROUP
from lossctl.engine.sources import ArraySink, Sink, Source, WideSink
from lossctl.io.align import Ids
from lossctl.io.file_formats import FileFormat, load
from lossctl.io.item_tables import RowLabels
from lossctl.io.output_places import PerItem, differentiable, gradient_paths
from lossctl.io.part_files import PartsSink, remove_parts
from lossctl.io.spooled_sink import SpooledSink, table_sink, values_in
from lossctl.io.write import NpySink, form_of, replacing


def open_sink(
    place: Path | IO[bytes], form: FileFormat, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> WideSink:
    """Open where an array goes: straight into an npy file, or to what the file is written from.

    On a cluster those are part files, which every process writes its share of.
    """
    if isinstance(place, Path) and (executor := executor_here()) is not None:
        return PartsSink(place, shape, dtype, executor)
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
        is_npy = self.form.name == "npy"
        if isinstance(self.sink, NpySink) or (isinstance(self.sink, PartsSink) and is_npy):
            if isinstance(self.sink, NpySink) and isinstance(self.place, Path):
                stack.push(partial(_remove_stale, self.place))  # called behind what follows
            stack.push(self.sink.leave)
            return
        if not writes_results():
            return
        assert self.form.write is not None  # noqa: S101 - checked
        stream = self.place
        if isinstance(stream, Path):
            stream = stack.enter_context(replacing(stream))
        load(self.form.write)(stream, values_in(self.sink, "values"), self.labels)
        if isinstance(self.sink, SpooledSink):
            self.sink.close()
        if isinstance(self.sink, PartsSink):  # a table is one file, which the parts were for
            self.sink.abandon()


def _remove_stale(path: Path, *error: Any) -> None:
    """Remove the parts that an earlier run on a cluster left of an array that is now one file."""
    if error[0] is None:
        remove_parts(path)


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


def _gradients(
    template: str | None,
    requests: Sequence[Request],
    weights: Source | None,
    options: Options,
    *,
    ids: Ids | None,
    sinks: list[Sink],
    summarized: bool,
) -> list[Written]:
    """Evaluate each loss into a file of its gradient by each of its inputs, or sum it up, or both.

    Rows of inputs have the ids of their tables; the files are added to `sinks`.
    """
    losses = [request.loss for request in requests]
    every = [[]] * len(losses) if template is None else gradient_paths(template, losses)
    written = []
    for paths, request in zip(every, requests, strict=True):
        sources = request.sources or {}
        names = [name for name in differentiable(request.loss) if name in sources]
        file_of = dict(zip(differentiable(request.loss), paths, strict=False))
        remaining = iter(names)
        files: list[Writing] = []

        def make_sink(
            shape: tuple[int, ...],
            dtype: np.dtype[Any],
            remaining: Iterator[str] = remaining,
            file_of: Mapping[str, Path] = file_of,
            files: list[Writing] = files,
        ) -> WideSink:
            path, sink = file_of.get(next(remaining)), None
            if path is not None:
                sink = open_sink(path, form_of(path), shape, dtype)
                sinks.append(sink)
                files.append(Writing(path, form_of(path), sink, RowLabels(ids)))
            if sink is not None and not summarized:
                return sink
            return GradientSums(shape, dtype, sink)

        result, made = gradient(request, {}, weights, options, make_sink)
        found = [
            sums.summary(name, origin(sources[name]))
            for name in names
            if isinstance(sums := made[name], GradientSums)
        ]
        written.append((replace(result, gradients=tuple(found)), files))
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
    summarized: bool = False,
) -> list[Result]:
    """Evaluate the losses and write values and gradients, in one pass where that is possible.

    `summarized` asks for a summary of the gradients too. No file is put in place before all are
    complete; what a file cannot hold is a note.
    """
    sinks: list[Sink] = []
    has_gradients = gradient is not None or summarized
    try:
        written: list[Written] = []
        if per_item is not None:
            written = _items(
                per_item, requests, weights, options, ids=ids, sinks=sinks, details=details
            )
        elif not has_gradients or options.reduction == "none" or options.interval or details:
            results = evaluate(requests, {}, weights, options, details)
            written = [(result, []) for result in results]
        if has_gradients:
            slopes = _gradients(
                gradient,
                requests,
                weights,
                options,
                ids=ids,
                sinks=sinks,
                summarized=summarized,
            )
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
            replace(result, gradients=other.gradients).with_notes(
                [note for note in other.notes if note not in result.notes]
            ),
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
        elif isinstance(sink, PartsSink):
            sink.abandon()
