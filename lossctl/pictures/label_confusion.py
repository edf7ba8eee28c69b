"""Rows of labels that do not exclude each other: right and wrong of each label, as counts."""

from typing import Any

import numpy as np

from lossctl.confusion_reading import RowsOfLabels
from lossctl.core.loss import Array
from lossctl.core.spelling import number, plural
from lossctl.pictures.picture import Axis, Panel, Picture, Trace, floats

MOST_ROWS = 24  # labels that are drawn; the numbers have all
SAID = 3  # labels that are said


def label_confusion(found: RowsOfLabels) -> Picture:
    """Return for each label how often it is given and true, given and false, missed, and neither.

    Of more labels than can be drawn, those with the most mistakes are.
    """
    counts = found.counts
    precision = _share(counts.tp, counts.tp + counts.fp)
    recall = _share(counts.tp, counts.tp + counts.fn)
    columns: dict[str, list[Any]] = {
        "label": list(found.names),
        "true_positives": _counted(counts.tp, found),
        "false_positives": _counted(counts.fp, found),
        "false_negatives": _counted(counts.fn, found),
        "true_negatives": _counted(counts.tn, found),
        "precision": floats(precision),
        "recall": floats(recall),
    }
    order = np.argsort(-(counts.fp + counts.fn), kind="stable")
    shown = np.sort(order[:MOST_ROWS])
    panels = [_amounts(found, shown), _rates(found, shown, precision, recall)]
    facts = _facts(found)
    sentences = _sentences(found, order)
    if len(found.names) > MOST_ROWS:
        sentences.append(
            f"drawn are the {MOST_ROWS} labels with the most mistakes, of {len(found.names)}; the "
            "numbers have all"
        )
    return Picture("confusion", "Confusion by label", columns, panels, None, facts, sentences)


def _share(part: Array, whole: Array) -> Array:
    """Divide; NaN where there is nothing to have a share of."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0.0, part / whole, np.nan)


def _counted(values: Array, found: RowsOfLabels) -> list[Any]:
    return floats(values) if found.weighted else [int(value) for value in values.tolist()]


def _amounts(found: RowsOfLabels, shown: Array) -> Panel:
    counts = found.counts
    at = np.arange(len(shown), dtype=np.float64)
    right, true, given = counts.tp[shown], (counts.tp + counts.fn)[shown], counts.given[shown]
    traces = [
        Trace("right (true positives)", np.zeros(len(shown)), at, "spans", right, colour=0),
        Trace("true (with those missed)", true, at, "open", colour=2),
        Trace("predicted (with false ones)", given, at, "open", colour=1),
        Trace("right (true positives)", right, at, "marks", colour=0),
    ]
    label = "weight of the items" if found.weighted else "items"
    x = Axis(label, 0.0, whole=not found.weighted)
    return Panel("how often", x, Axis("", names=[found.names[k] for k in shown.tolist()]), traces)


def _rates(found: RowsOfLabels, shown: Array, precision: Array, recall: Array) -> Panel:
    at = np.arange(len(shown), dtype=np.float64)
    traces = [
        Trace("precision", precision[shown], at, "open", colour=3),
        Trace("recall", recall[shown], at, "marks", colour=4),
    ]
    x = Axis("share of the predicted, of the true", 0.0, 1.0)
    return Panel(
        "precision and recall", x, Axis("", names=[found.names[k] for k in shown.tolist()]), traces
    )


def _facts(found: RowsOfLabels) -> dict[str, Any]:
    counts = found.counts
    tp, fp, fn = (float(each.sum()) for each in (counts.tp, counts.fp, counts.fn))
    facts: dict[str, Any] = {
        "items": found.items,
        "labels": len(found.names),
        "precision": tp / (tp + fp) if tp + fp else float("nan"),
        "recall": tp / (tp + fn) if tp + fn else float("nan"),
        "input": found.kind,
    }
    if found.threshold is not None:
        facts["threshold"] = found.threshold
    return facts


def _sentences(found: RowsOfLabels, order: Array) -> list[str]:
    facts, counts = _facts(found), found.counts
    over = "" if found.threshold is None else f" beyond {number(found.threshold, 3)}"
    lines = [
        f"all labels{over}: precision {_said(facts['precision'])}, recall {_said(facts['recall'])}"
    ]
    for k in order[:SAID].tolist():
        wrong = float(counts.fp[k] + counts.fn[k])
        if wrong:
            lines.append(
                f"label {found.names[k]}: {number(counts.fn[k], 4)} missed of "
                f"{number(counts.tp[k] + counts.fn[k], 4)}, {number(counts.fp[k], 4)} false of "
                f"{number(counts.given[k], 4)} predicted"
            )
    if left := found.ignored + found.omitted:
        lines.append(f"{plural(left, 'item')} left out")
    return [*lines, *found.notes]


def _said(share: float) -> str:
    return number(share, 4) if np.isfinite(share) else "undefined"
