"""Turn what the shell said into inputs and requests."""

from pathlib import Path
from typing import Any

from lossctl.cli import recipes
from lossctl.cli.arrays import paths_for, write_gradients, write_items
from lossctl.core.errors import UsageError
from lossctl.core.result import Result
from lossctl.core.spelling import did_you_mean
from lossctl.engine.evaluate import Request
from lossctl.engine.evaluate import evaluate as evaluate_requests
from lossctl.engine.options import Options
from lossctl.io.inputs import STDIN_FORMATS, Inputs, TableOptions, split_selector
from lossctl.io.write import check_array_path, check_folder
from lossctl.losses.catalogue import get, load_plugin

Specs = list[tuple[str, dict[str, Any]]]


def load_plugins(files: list[str] | None) -> None:
    """Load the losses of the Python files named by --plugin."""
    for file in files or []:
        load_plugin(Path(file))


def name_files(
    loss: str, files: list[str], table: str | None, columns: list[str], weights: str | None
) -> dict[str, str]:
    """Name the inputs: positional files by the declaration of the loss, columns by --column."""
    declared = recipes.inputs(loss) or [entry.name for entry in get(loss).inputs]
    if len(files) > len(declared):
        raise UsageError(f"{loss} takes {' and '.join(declared)}; {len(files)} files given")
    named = dict(zip(declared, files, strict=False))
    if table is not None and not columns:
        raise UsageError("--table needs --column predictions=… and --column targets=…")
    for text in columns:
        name, selector = _split_column(text, [*declared, "weights"])
        if table is None:
            raise UsageError("--column names columns of --table FILE; which file?")
        named[name] = f"{table}::{selector}"
    if weights is not None:
        named["weights"] = weights
    return named


def _split_column(text: str, known: list[str]) -> tuple[str, str]:
    name, equals, selector = text.partition("=")
    if not equals or not selector:
        raise UsageError(f"--column {text!r}: expected INPUT=COLUMNS, such as predictions=p")
    if name not in known:
        hint = did_you_mean(name, known)
        raise UsageError(f"--column {text!r}: inputs are {', '.join(known)}{hint}")
    return name, selector


def check_outputs(
    named: dict[str, str],
    specs: Specs,
    output: Path | None,
    per_item: str | None,
    gradient: str | None,
) -> None:
    """Refuse output files that cannot be written, coincide, or are inputs, before any work."""
    losses = [recipes.known(name) or get(name).id for name, _ in specs]
    written = {"--output": [output]} if output is not None else {}
    for option, template in (("--per-item", per_item), ("--gradient", gradient)):
        if template is not None:
            written[option] = [
                check_array_path(path) for path in paths_for(template, option, losses)
            ]
    inputs = {Path(split_selector(text)[0]).resolve(): name for name, text in named.items()}
    seen: dict[Path, str] = {}
    for option, paths in written.items():
        for path in paths:
            place = check_folder(path).resolve()
            if place in inputs:
                raise UsageError(f"{option} {path} would overwrite the {inputs[place]}")
            if place in seen:
                raise UsageError(f"{option} and {seen[place]} would both write {path}")
            seen[place] = option


def table_options(id_column: str | None, delimiter: str | None, *, header: bool) -> TableOptions:
    """Check the options of tables."""
    if delimiter is not None and len(delimiter := delimiter.replace("\\t", "\t")) != 1:
        raise UsageError(f"--delimiter must be one character, got {delimiter!r}")
    return TableOptions(header, delimiter, id_column)


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
        return recipes.evaluate(
            specs, sources, weights, options, per_item=per_item, gradient=gradient
        )
    requests = [Request(get(name), params) for name, params in specs]
    for request in requests:
        needed = [entry.name for entry in request.loss.inputs if entry.default is None]
        missing = [name for name in needed if name not in sources]
        if missing:
            raise UsageError(
                f"{request.loss.id} needs {' and '.join(missing)}: "
                "give the file, or --table and --column"
            )
    if per_item is not None:
        results = write_items(per_item, requests, sources, weights, options)
    else:
        results = evaluate_requests(requests, sources, weights, options)
    if gradient is not None:
        write_gradients(gradient, requests, sources, weights, options)
    return results
