"""Differences between models with their intervals: a forest plot, from a comparison."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lossctl.comparison_result import Comparisons, SliceComparison
from lossctl.core.spelling import number
from lossctl.pictures.picture import Axis, Panel, Picture, Trace
from lossctl.uncertainty.comparison import Comparison

MOST_ROWS = 24  # of a panel; the numbers have all
COLOURS: Mapping[str, int] = {"better": 2, "worse": 1, "equivalent": 0, "undecided": 6}


class Row(NamedTuple):
    """A difference with a name: of all rows, or of a slice."""

    name: str
    of: Comparison
    by: str = ""
    slice: str = ""


def differences(answer: Comparisons, sentences: Sequence[str]) -> Picture:
    """Return the differences of models from the baseline, a panel for each loss.

    Parameters
    ----------
    sentences
        What the comparison says in words.
    """
    rows = _rows(answer)
    by_loss: dict[str, list[Row]] = {}
    for row in rows:
        by_loss.setdefault(row.of.loss, []).append(row)
    said = list(sentences)
    if any(len(each) > MOST_ROWS for each in by_loss.values()):
        said.append(
            f"of each loss {MOST_ROWS} rows are drawn, the slices whose differences are largest; "
            "the numbers have all"
        )
    panels = [_panel(loss, _shown(each)) for loss, each in by_loss.items()]
    first = answer.comparisons[0]
    percent = number(100.0 * first.confidence, 4)
    facts = {"baseline": first.baseline, "confidence": first.confidence, "rows": first.n}
    title = f"Differences from {first.baseline}, {percent} % intervals"
    return Picture("compare", title, _columns(rows), panels, None, facts, said)


def _rows(answer: Comparisons) -> list[Row]:
    """Return every difference, each model followed by its slices."""
    several = len({each.model for each in answer.comparisons}) > 1
    rows: list[Row] = []
    for place, each in enumerate(answer.comparisons):
        rows.append(Row(each.model, each))
        slices: Sequence[SliceComparison] = answer.slices[place] if answer.slices else ()
        for one in slices:
            of = f"{each.model}, " if several else ""
            rows.append(Row(f"{of}{one.by} {one.name}", one.comparison, one.by, one.name))
    return rows


def _shown(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that are drawn: all models, and the slices whose differences are largest."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    slices = [row for row in rows if row.slice]
    room = max(MOST_ROWS - (len(rows) - len(slices)), 0)
    largest = sorted(slices, key=lambda row: -abs(np.nan_to_num(row.of.difference)))[:room]
    return [row for row in rows if not row.slice or row in largest][: max(MOST_ROWS, room)]


def _panel(loss: str, rows: Sequence[Row]) -> Panel:
    first = rows[0].of
    better = "above" if first.higher_is_better else "below"
    ends = np.array([-0.5, len(rows) - 0.5])
    traces = [Trace("no difference", np.zeros(2), ends, "dashed")]
    if first.margin > 0.0:
        limits = np.array([-first.margin, first.margin])
        lower, upper = np.full(2, ends[0]), np.full(2, ends[1])
        traces.append(Trace("within the margin", limits, lower, "band", upper))
    for verdict, colour in COLOURS.items():
        places = [at for at, row in enumerate(rows) if row.of.verdict == verdict]
        if not places:
            continue
        y = np.array(places, float)
        found = [rows[at].of for at in places]
        low, high = (_finite([each.interval[end] for each in found]) for end in (0, 1))
        middle = _finite([each.difference for each in found])
        traces.append(Trace(verdict, low, y, "spans", high, colour))
        traces.append(Trace(verdict, middle, y, "marks", colour=colour))
    label = f"difference in {loss} ({better} 0 is better)"
    return Panel(loss, Axis(label), Axis("", names=[row.name for row in rows]), traces)


def _finite(values: Sequence[float]) -> Any:
    numbers = np.array(values, float)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _columns(rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {
        "loss": [row.of.loss for row in rows],
        "model": [row.of.model for row in rows],
        "by": [row.by for row in rows],
        "slice": [row.slice for row in rows],
        "rows": [row.of.n for row in rows],
        "difference": [row.of.difference for row in rows],
        "low": [row.of.interval[0] for row in rows],
        "high": [row.of.interval[1] for row in rows],
        "p_adjusted": [np.nan if row.of.p_adjusted is None else row.of.p_adjusted for row in rows],
        "verdict": [row.of.verdict for row in rows],
    }
