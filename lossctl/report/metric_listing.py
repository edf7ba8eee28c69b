"""Render the list of metrics, by what they read of predictions."""

from collections.abc import Sequence
from typing import Any

from lossctl.core.metric import NEEDS, Metric
from lossctl.core.result import SCHEMA_VERSION
from lossctl.core.spelling import option, visible
from lossctl.metrics.known_metrics import METRICS, every_metric, key
from lossctl.report.formats import PLAIN, Display, bold, folded, json_document, tabbed

CLOSING = (
    "lossctl show METRIC explains one. A loss measures too: --metric takes its name (mae, mse, "
    "mape, brier, bce, cross_entropy, …)."
)


def metrics_found(task: str | None = None, search: str | None = None) -> list[Metric]:
    """Return the metrics of a task, or all, that have every word of a search."""
    words = [key(word) for word in (search or "").split()]
    return [
        metric
        for metric in every_metric()
        if (task is None or task in metric.tasks) and all(word in _text(metric) for word in words)
    ]


def _text(metric: Metric) -> str:
    entry = METRICS[metric.id]
    names = (metric.id, metric.title, *entry.aliases, *entry.presets, *metric.page.also_called)
    return " ".join(map(key, (*names, *metric.tasks, metric.page.summary)))


def metric_data(metric: Metric) -> dict[str, Any]:
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
    task: str | None, form: str, display: Display = PLAIN, search: str | None = None
) -> str:
    """Render the metrics of a task and a search, or all."""
    found = metrics_found(task, search)
    if form == "json":
        entries = [metric_data(metric) for metric in found]
        return json_document({"schema_version": SCHEMA_VERSION, "metrics": entries})
    if form == "plain":
        return tabbed([metric.id] for metric in found)
    if not found:
        return f"no metric fits; {option('metrics', value=True)} alone lists them all"
    parts = [
        "\n".join([bold(f"of {what}", colour=display.colour), *_lines(chosen, display)])
        for needs, what in NEEDS.items()
        if (chosen := [metric for metric in found if metric.needs == needs])
    ]
    return "\n\n".join([*parts, "\n".join(folded(CLOSING, display.width))])


def _lines(metrics: Sequence[Metric], display: Display) -> list[str]:
    width = max(len(metric.id) for metric in every_metric())
    lines = []
    for metric in metrics:
        better = "higher" if metric.higher_is_better else "lower"
        line = f"  {metric.id.ljust(width)}  {better.ljust(6)}  {metric.page.summary}"
        lines += folded(visible(line), display.width, " " * (width + 12))
    return lines
