"""`lossctl slices`: for whom a loss is worse."""

from typing import Annotated, Any

from lossctl.cli import shell_options as cli
from lossctl.cli.compute import data_of, read_specs
from lossctl.cli.help import SLICES
from lossctl.core.errors import UsageError
from lossctl.core.spec import parse_whole

EXAMPLES = """\b
  lossctl slices --table t.csv --column predictions=p --column targets=y \\
      -l bce --by region
  lossctl slices --table t.csv --column predictions=p --column targets=y \\
      -l bce --find
  lossctl slices preds.npy targets.npy --loss cross_entropy --by-class
"""

Find = Annotated[
    bool,
    cli.option(
        SLICES,
        "Search the other columns of --table (or of --features) for the groups that are worse "
        "than the rest.",
        "--find",
    ),
]
Features = Annotated[
    str | None, cli.option(SLICES, "Table of columns to search, a row for each.", metavar="FILE")
]
Most = Annotated[
    str | None, cli.option(SLICES, "Slices that --find reports at most (5).", metavar="N")
]


@cli.with_shared_options(after="group")
def slices(
    *,
    files: cli.Files = None,
    loss: cli.Losses = None,
    find: Find = False,
    features: Features = None,
    most: Most = None,
    by: cli.By = None,
    bins: cli.Bins = None,
    by_class: cli.ByClass = False,
    min_size: cli.MinSize = None,
    plugin: cli.Plugin = None,
    table: cli.Table = None,
    column: cli.Columns = None,
    inputs_by_name: cli.NamedInputs = None,
    id_column: cli.IdColumn = None,
    header: cli.Header = None,
    delimiter: cli.Delimiter = None,
    decimal: cli.Decimal = None,
    stdin_format: cli.StdinFormat = None,
    weights: cli.Weights = None,
    group: cli.Group = None,
    form: cli.Format = None,
    digits: cli.Digits = None,
    output: cli.Output = None,
    **shared: Any,
) -> None:
    """Say for whom a loss is worse: in given slices, or in those that a search finds."""
    from lossctl.cli.output import choose_format, deliver, display_of, note, read_digits
    from lossctl.core.options import Options

    cli.load_plugins(plugin)
    specs = read_specs(loss)
    sliced = cli.read_slices(by, bins, by_class=by_class, min_size=min_size, worst=None)
    if find == bool(sliced["by"] or sliced["bins"] or by_class):
        raise UsageError("say which slices with --by, --bins or --by-class, or search with --find")
    if not find and (features or most):
        raise UsageError("--features and --most are for --find")
    form = choose_format(form, output)
    shown = display_of(output, read_digits(digits, form))
    options = Options(**cli.read_shared(shared), context=True)
    places = {
        "files": files,
        "inputs_by_name": inputs_by_name,
        "table": table,
        "column": column,
        "id_column": id_column,
        "header": header,
        "delimiter": delimiter,
        "decimal": decimal,
        "stdin_format": stdin_format,
        "weights": weights,
        "group": group,
    }
    if not find:
        from lossctl.evaluation import evaluate
        from lossctl.report.results import render

        results = evaluate(specs, data_of(specs, places, sliced), options)
        deliver(render(results, form, shown), output)
        for result in results:
            for line in result.notes:
                note(line)
        return
    from lossctl.report.slice_search import render as render_search
    from lossctl.slice_search import MOST_FOUND, SearchSize, find_slices
    from lossctl.slicing import least_of

    if len(specs) > 1:
        raise UsageError("--find searches the slices of one loss")
    data = data_of(specs, places, {"min_size": sliced["min_size"]})
    count = None if most is None else parse_whole("--most", most)
    wanted = SearchSize(count or MOST_FOUND, least_of(data))
    found = find_slices(specs[0], data, options, wanted, features)
    deliver(render_search(found, form, shown), output)
