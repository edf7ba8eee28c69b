"""Render the list of metrics, by what they read of predictions."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lossctl.core.spelling import option, visible
from lossctl.metrics.known_metrics import METRICS, NEEDS, every_metric, key
from lossctl.report import index
from lossctl.report.formats import PLAIN, Display, bold, folded, json_document, tabbed
from lossctl.report.listed import SCHEMA_VERSION

if TYPE_CHECKING:
    from lossctl.core.metric import Metric

CLOSING = (
    "lossctl show METRIC explains one. A loss measures too: --metric takes its name (mae, mse, "
    "mape, brier, bce, cross_entropy, …)."
)


def metrics_found(
    task: str | None = None, search: str | None = None, *, indexed: bool = False
) -> list[Mapping[str, Any]]:
    """Return the metrics of a task, or all, that have every word of a search."""
    words = [key(word) for word in (search or "").split()]
    return [
        metric
        for metric in _everything(indexed=indexed)
        if (task is None or task in metric["tasks"])
        and all(word in _text(metric) for word in words)
    ]


def _everything(*, indexed: bool) -> Sequence[Mapping[str, Any]]:
    every = index.read("metrics") if indexed else None
    return list(map(metric_data, every_metric())) if every is None else every


def _text(metric: Mapping[str, Any]) -> str:
    names = (metric["id"], metric["title"], *metric["aliases"], *metric["also_called"])
    return " ".join(map(key, (*names, *metric["tasks"], metric["summary"])))


def metric_data(metric: "Metric") -> dict[str, Any]:
    """Return what a list says of one metric."""
    entry = METRICS[metric.id]
    return {
        "id": metric.id,
        "title": metric.title,
        "needs": metric.needs,
        "direction": "higher" if metric.higher_is_better else "lower",
        "range": metric.best_range,
        "aliases": [*entry.aliases, *entry.presets],
        "also_called": list(metric.page.also_called),
        "tasks": list(metric.tasks),
        "summary": metric.page.summary,
        "params": {param.name: param.default for param in metric.params},
    }


def render_metrics(
    task: str | None,
    form: str,
    display: Display = PLAIN,
    search: str | None = None,
    *,
    indexed: bool = False,
) -> str:
    """Render the metrics of a task and a search, or all; see ``listing.render_list``."""
    found = metrics_found(task, search, indexed=indexed)
    if form == "json":
        return json_document({"schema_version": SCHEMA_VERSION, "metrics": found})
    if form == "plain":
        return tabbed([metric["id"]] for metric in found)
    if not found:
        return f"no metric fits; {option('metrics', value=True)} alone lists them all"
    parts = [
        "\n".join([bold(f"of {what}", colour=display.colour), *_lines(chosen, display)])
        for needs, what in NEEDS.items()
        if (chosen := [metric for metric in found if metric["needs"] == needs])
    ]
    return "\n\n".join([*parts, "\n".join(folded(CLOSING, display.width))])


def _lines(metrics: Sequence[Mapping[str, Any]], display: Display) -> list[str]:
    width = max(map(len, METRICS))
    lines = []
    for metric in metrics:
        line = f"  {metric['id'].ljust(width)}  {metric['direction'].ljust(6)}  {metric['summary']}"
        lines += folded(visible(line), display.width, " " * (width + 12))
    return lines
