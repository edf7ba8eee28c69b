"""Turn what the shell said into inputs and requests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lossctl.cli import recipes
from lossctl.cli.arrays import gradient_paths, paths_for, write_gradients, write_items
from lossctl.core.errors import UsageError
from lossctl.core.options import Options
from lossctl.core.result import Result
from lossctl.core.spelling import did_you_mean
from lossctl.engine.assign import assign, numbered
from lossctl.engine.evaluate import Request
from lossctl.engine.evaluate import evaluate as evaluate_requests
from lossctl.engine.plan import GROUP
from lossctl.engine.sources import Source
from lossctl.io.formats import TableOptions
from lossctl.io.inputs import STDIN_FORMATS, Inputs, split_selector
from lossctl.io.parts import files_of
from lossctl.io.write import check_array_path, check_folder
from lossctl.losses.catalogue import get, load_plugin

Specs = list[tuple[str, dict[str, Any]]]


def load_plugins(files: list[str] | None) -> None:
    """Load the losses of the Python files named by --plugin."""
    for file in files or []:
        load_plugin(Path(file))


class Asked(NamedTuple):
    """What the shell said of the inputs: positional files, a table, and pairs NAME=PLACE."""

    files: list[str]
    table: str | None
    columns: list[str]
    by_name: list[str]
    weights: str | None
    group: str | None


def name_files(loss: str, asked: Asked) -> dict[str, str]:
    """Name the inputs: positional files by the declaration of the loss, the others as said.

    Files whose place does not tell which input they are get numbers (see ``engine.assign``).
    """
    known, declared = recipes.inputs(loss), None
    if not known:
        declared = get(loss)
        every = [entry.name for one in (declared, *declared.variants) for entry in one.inputs]
        known = list(dict.fromkeys(every))
    named: dict[str, str] = {}
    for text in asked.by_name:
        name, place = _split_pair("--in", text, "INPUT=FILE, such as anchor=a.npy", known)
        if name in named:
            raise UsageError(f"--in names {name} twice")
        named[name] = place
    if asked.table is not None and not asked.columns:
        raise UsageError("--table needs --column predictions=… and --column targets=…")
    for text in asked.columns:
        wanted = "INPUT=COLUMNS, such as predictions=p"
        name, selector = _split_pair("--column", text, wanted, [*known, "weights", GROUP])
        if asked.table is None:
            raise UsageError("--column names columns of --table FILE; which file?")
        named[name] = f"{asked.table}::{selector}"
    if declared is not None and (declared.packs or declared.variants):
        places = [numbered(place) for place in range(len(asked.files))]
    else:
        names = known if declared is None else [entry.name for entry in declared.inputs]
        places = [name for name in names if name not in named]
    if len(asked.files) > len(places):
        takes = " and ".join(known)
        raise UsageError(f"{loss} takes {takes}; {len(asked.files)} files given")
    return dict(zip(places, asked.files, strict=False)) | named | _beside(asked)


def _beside(asked: Asked) -> dict[str, str]:
    """Name what stands beside the inputs of a loss."""
    named = {} if asked.weights is None else {"weights": asked.weights}
    if asked.group is not None:
        place = asked.group
        if asked.table is not None and "::" not in place and not Path(place).exists():
            place = f"{asked.table}::{place}"
        named[GROUP] = place
    return named


def parse_axes(texts: list[str]) -> dict[str, str] | None:
    """Read ``INPUT=WORDS`` pairs."""
    axes = {}
    for text in texts:
        name, equals, words = text.partition("=")
        if not equals or not words.strip():
            raise UsageError(f"--axes {text!r}: expected INPUT=WORDS, such as x='item time class'")
        axes[name] = " ".join(words.replace(",", " ").split())
    return axes or None


def _split_pair(option: str, text: str, form: str, known: list[str]) -> tuple[str, str]:
    name, equals, rest = text.partition("=")
    if not equals or not rest:
        raise UsageError(f"{option} {text!r}: expected {form}")
    if name not in known:
        hint = did_you_mean(name, known)
        raise UsageError(f"{option} {text!r}: inputs are {', '.join(known)}{hint}")
    return name, rest


def check_outputs(
    named: dict[str, str],
    specs: Specs,
    output: Path | None,
    per_item: str | None,
    gradient: str | None,
) -> None:
    """Refuse output files that cannot be written, coincide, or are inputs, before any work."""
    ids = [recipes.known(name) or get(name).id for name, _ in specs]
    written = {"--output": [output]} if output is not None else {}
    if per_item is not None:
        written["--per-item"] = paths_for(per_item, "--per-item", ids)
    if gradient is not None:
        losses = [get(name) for name, _ in specs if recipes.known(name) is None]
        written["--gradient"] = [p for paths in gradient_paths(gradient, losses) for p in paths]
    for option in written.keys() - {"--output"}:
        written[option] = [check_array_path(path) for path in written[option]]
    inputs = input_places(named) if written else {}
    seen: dict[Path, str] = {}
    for option, paths in written.items():
        for path in paths:
            place = check_folder(path).resolve()
            if place in inputs:
                raise UsageError(f"{option} {path} would overwrite the {inputs[place]}")
            if place in seen:
                raise UsageError(f"{option} and {seen[place]} would both write {path}")
            seen[place] = option


def input_places(named: Mapping[str, str]) -> dict[Path, str]:
    """Return the files that inputs are read from, each with the name of its input."""
    return {
        path.resolve(): name
        for name, text in named.items()
        for path in files_of(split_selector(text)[0])
    }


def table_options(
    id_column: str | None, delimiter: str | None, threads: int | None, *, header: bool
) -> TableOptions:
    """Check the options of tables."""
    if delimiter is not None and len(delimiter := delimiter.replace("\\t", "\t")) != 1:
        raise UsageError(f"--delimiter must be one character, got {delimiter!r}")
    return TableOptions(header, delimiter, id_column, threads)


def check_stdin_format(name: str | None) -> str | None:
    """Return the format of standard input, if it is one."""
    if name is None or name in STDIN_FORMATS:
        return name
    hint = did_you_mean(name, STDIN_FORMATS)
    raise UsageError(
        f"--stdin-format must be one of {', '.join(STDIN_FORMATS)}, got {name!r}{hint}"
    )


def evaluate(
    specs: Specs, inputs: Inputs, options: Options, *, per_item: str | None, gradient: str | None
) -> list[Result]:
    """Evaluate every loss; write per-item values and gradients where asked."""
    sources = dict(inputs.sources)
    weights = sources.pop("weights", None)
    if any(recipes.known(name) for name, _ in specs):
        if GROUP in sources:
            raise UsageError("group: recipes have no groups; say it for one part in a file")
        return recipes.evaluate(
            specs, sources, weights, options, per_item=per_item, gradient=gradient
        )
    requests = [
        _with_inputs(Request(get(name), params), sources, options) for name, params in specs
    ]
    if per_item is None and gradient is not None and options.reduction != "none":
        return write_gradients(gradient, requests, sources, weights, options)
    if per_item is not None:
        results = write_items(per_item, requests, sources, weights, options)
    else:
        results = evaluate_requests(requests, sources, weights, options)
    if gradient is not None:
        write_gradients(gradient, requests, sources, weights, options)
    return results


def _with_inputs(request: Request, sources: Mapping[str, Source], options: Options) -> Request:
    """Find the variant of the loss that reads what was given, and which input is which.

    Files were named after the inputs of the first loss; another loss takes them by their place.
    """
    loss, together = request.loss, {n: s for n, s in sources.items() if n == GROUP}
    given = {name: source for name, source in sources.items() if name != GROUP}
    names = [entry.name for entry in loss.inputs]
    needed = [entry.name for entry in loss.inputs if entry.default is None and not entry.optional]
    if not loss.is_record:
        missing = [name for name in needed if name not in given]
        if missing and given and not set(given) & set(names) and len(given) <= len(names):
            given = dict(zip(names, given.values(), strict=False))
            missing = [name for name in needed if name not in given]
        if missing:
            raise UsageError(
                f"{loss.id} needs {' and '.join(missing)}: give the file, or --table and --column"
            )
        return request._replace(sources=given | together)
    known = {entry.name for one in (loss, *loss.variants) for entry in one.inputs}
    by_name = {name: source for name, source in given.items() if name in known}
    by_place = [source for name, source in given.items() if name not in known]
    variant, found = assign(loss, by_place, by_name, options.axes)
    return request._replace(loss=variant, sources=found | together)
