"""The confusion matrix: which label is predicted beside which true one, as counts and shares."""

from typing import Any

import numpy as np

from lossctl.confusion_reading import LabelCounts, RowsOfLabels
from lossctl.core.loss import Array
from lossctl.core.spelling import number, plural, shortened_distinct
from lossctl.pictures.label_confusion import label_confusion
from lossctl.pictures.picture import Axis, Matrix, Panel, Picture, Trace, floats

MOST_CELLS = 20  # classes of a matrix that can be read
MOST_ROWS = 20  # pairs and classes that are drawn of more
SAID = 3  # pairs that are said
LONGEST = 14  # letters of each of two names


def confusion(found: LabelCounts | RowsOfLabels) -> Picture:
    """Return the counts of pairs of labels, with their shares of the true and predicted class.

    More classes than a matrix can show are drawn as the pairs that are confused most often, and
    the classes that are found least. Rows of labels have counts by label.
    """
    if isinstance(found, RowsOfLabels):
        return label_confusion(found)
    of_true = _by_class(found.true, found)
    of_predicted = _by_class(found.predicted, found)
    is_small = len(found.names) <= MOST_CELLS
    rows, columns, counts = _cells(found, every=is_small)
    table: dict[str, list[Any]] = {
        "true": [found.names[k] for k in rows.tolist()],
        "predicted": [found.names[k] for k in columns.tolist()],
        "count": floats(counts) if found.weighted else [int(count) for count in counts.tolist()],
        "share_of_true": floats(_share(counts, of_true[rows])),
        "share_of_predicted": floats(_share(counts, of_predicted[columns])),
    }
    facts, sentences = _facts(found, of_true), _sentences(found, of_true)
    if is_small:
        drawn = _matrix(found, of_true)
        return Picture(
            "confusion", "Confusion matrix", table, (), None, facts, sentences, matrix=drawn
        )
    sentences.append(
        f"of {len(found.names)} classes the pairs that are confused most often are drawn; the "
        "numbers have every pair that occurs"
    )
    panels = [_pairs(found), _recalls(found, of_true)]
    return Picture("confusion", "Confused classes", table, panels, None, facts, sentences)


def _by_class(places: Array, found: LabelCounts) -> Array:
    return np.bincount(places, found.mass, len(found.names))


def _share(counts: Array, of: Array) -> Array:
    """Divide; NaN where there is nothing to have a share of."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(of > 0.0, counts / of, np.nan)


def _cells(found: LabelCounts, *, every: bool) -> tuple[Array, Array, Array]:
    """Return the cells of the table: all, or those that are not 0."""
    if not every:
        return found.true, found.predicted, found.mass
    rows, columns = np.divmod(np.arange(len(found.names) ** 2), len(found.names))
    return rows, columns, found.matrix().ravel()


def _matrix(found: LabelCounts, of_true: Array) -> Matrix:
    counts = found.matrix()
    shades = np.nan_to_num(_share(counts, of_true[:, None]))
    noun = "weight" if found.weighted else "items"
    return Matrix(
        Axis("true class", names=found.names),
        Axis("predicted class", names=found.names),
        f"share of the {noun} of the true class",
        counts,
        shades,
    )


def _mistakes(found: LabelCounts) -> Array:
    """Return the places of the pairs of different labels, the most frequent first."""
    wrong = np.flatnonzero(found.true != found.predicted)
    return np.asarray(wrong[np.argsort(-found.mass[wrong], kind="stable")])


def _pairs(found: LabelCounts) -> Panel:
    shown = _mistakes(found)[:MOST_ROWS]
    short = shortened_distinct(found.names, LONGEST)
    names = [
        f"{short[t]} → {short[p]}"
        for t, p in zip(found.true[shown].tolist(), found.predicted[shown].tolist(), strict=True)
    ]
    return _rows(
        names or ["no mistake"],
        found.mass[shown] if names else np.zeros(1),
        "most confused, true → predicted",
        "weight of the items" if found.weighted else "items",
        whole=not found.weighted,
    )


def _recalls(found: LabelCounts, of_true: Array) -> Panel:
    present = np.flatnonzero(of_true > 0.0)
    recall = _recall(found, of_true)[present]
    order = np.argsort(recall, kind="stable")[:MOST_ROWS]
    names = [found.names[k] for k in present[order].tolist()]
    panel = _rows(names, recall[order], "classes found least", "share of the class found (recall)")
    return panel._replace(x=panel.x._replace(high=1.0))  # shares are read from 0 to 1


def _rows(names: list[str], values: Array, title: str, label: str, *, whole: bool = False) -> Panel:
    places = np.arange(len(names), dtype=np.float64)
    zeros = np.zeros(len(names))
    return Panel(
        title,
        Axis(label, 0.0, whole=whole),
        Axis("", names=names),
        [Trace("", zeros, places, "spans", values), Trace("", values, places, "marks")],
    )


def _recall(found: LabelCounts, of_true: Array) -> Array:
    return _share(_right(found), of_true)


def _right(found: LabelCounts) -> Array:
    """Return the weight of what is right, by class."""
    same = found.true == found.predicted
    return np.bincount(found.true[same], found.mass[same], len(found.names))


def _facts(found: LabelCounts, of_true: Array) -> dict[str, Any]:
    recall = _recall(found, of_true)
    facts: dict[str, Any] = {
        "items": found.items,
        "classes": len(found.names),
        "accuracy": float(_right(found).sum() / found.mass.sum()),
        "mean_recall": float(np.nanmean(recall)),
        "input": found.kind,
    }
    if found.threshold is not None:
        facts["threshold"] = found.threshold
    if found.positive is not None:
        facts |= _of_two(found, found.positive)
    return facts


def _of_two(found: LabelCounts, positive: int) -> dict[str, Any]:
    counts = found.matrix()
    negative = 1 - positive
    return {
        "positive": found.names[positive],
        "true_positives": float(counts[positive, positive]),
        "false_negatives": float(counts[positive, negative]),
        "false_positives": float(counts[negative, positive]),
        "true_negatives": float(counts[negative, negative]),
    }


def _sentences(found: LabelCounts, of_true: Array) -> list[str]:
    right = float(_right(found).sum())
    total = float(found.mass.sum())
    lines = [f"accuracy {number(right / total, 4)}: {_amount(right, found)} of {_shown(total)}"]
    if found.positive is not None:
        lines.append(_precision_and_recall(found, found.positive))
    wrong = _mistakes(found)[: SAID if len(found.names) > 2 else 0]
    for at in wrong.tolist():
        true, predicted = int(found.true[at]), int(found.predicted[at])
        mass = float(found.mass[at])
        share = number(100.0 * mass / float(of_true[true]), 3)
        lines.append(
            f"{found.names[true]} is taken for {found.names[predicted]}: {_amount(mass, found)}, "
            f"{share} % of the class"
        )
    if left := found.ignored + found.omitted:
        lines.append(f"{plural(left, 'item')} left out")
    return [*lines, *found.notes]


def _precision_and_recall(found: LabelCounts, positive: int) -> str:
    two = _of_two(found, positive)
    hits, missed, false = (
        two[name] for name in ("true_positives", "false_negatives", "false_positives")
    )
    beyond = "" if found.threshold is None else f" beyond {number(found.threshold, 3)}"
    precision, recall = (
        number(hits / (hits + more), 4) if hits + more > 0.0 else "undefined"
        for more in (false, missed)
    )
    return f"class {found.names[positive]}{beyond}: precision {precision}, recall {recall}"


def _amount(mass: float, found: LabelCounts) -> str:
    if found.weighted:
        return f"a weight of {_shown(mass)}"
    return plural(int(mass), "item")


def _shown(mass: float) -> str:
    return str(int(mass)) if mass == int(mass) else number(mass, 4)
