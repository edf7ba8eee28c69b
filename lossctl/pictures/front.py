"""The front of an objective: which candidate is best for which weight of a component.

Candidates are predictions that exist: a weight chooses among them and does not train them anew.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lossctl.comparing import names_of
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import did_you_mean, listed, number, option, plural, shortened, some_of
from lossctl.objective.objective_result import TERM_KINDS, Component, ObjectiveResult
from lossctl.pictures.picture import Axis, Panel, Picture, Style, Trace, floats

MOST_NAMED = 6  # candidates with a colour and a mark of their own: those near the present weight
MOST_ROWS = 24  # ranges that are drawn
SAID = 4  # ranges of weights that are said
WIDER = 10.0  # than the weights at which the best candidate changes
OTHERS, NEVER = 6, 7  # colours of those that are best for other weights, and for none
MOST_DOMINATED = 4  # candidates that another dominates with a mark and a name of their own
LONGEST = 22  # letters of each of two names


class Candidates(NamedTuple):
    """Predictions to choose from, and the two sums that a weight trades.

    Attributes
    ----------
    swept, rest
        (n,) what the weight multiplies, and everything else at its own weight.
    weight
        The present weight.
    """

    names: Sequence[str]
    swept: Array
    rest: Array
    weight: float

    @property
    def totals(self) -> Array:
        """The total of each at the present weight."""
        return np.asarray(self.rest + self.weight * self.swept)

    @property
    def finite(self) -> Array:
        """Whether both sums of each are numbers."""
        return np.asarray(np.isfinite(self.swept) & np.isfinite(self.rest))


class Range(NamedTuple):
    """The weights for which a candidate is best."""

    candidate: int
    low: float
    high: float


def front(result: ObjectiveResult, sweep: str | None = None) -> Picture:
    """Return the picture of an objective that was evaluated for several candidates.

    Parameters
    ----------
    sweep
        The component, or the kind of components, whose weight is moved; of two components it need
        not be said: it is the second.

    Raises
    ------
    UsageError, DataError
        Without candidates, for an unknown component, and where no total is finite.
    """
    if len(result.steps) < 2:
        raise UsageError(
            "a front needs candidates: name several files under data by a pattern, "
            "such as predictions: runs/*/preds.npy"
        )
    name = _component(result, sweep)
    found = _candidates(result, name)
    if not found.finite.any():
        raise DataError("no candidate has finite components")
    ranges = best_ranges(found.swept, found.rest)
    dominating = _dominating(found)
    on_front = _on_front(found, dominating)
    panels = [_plane(found, name, ranges, dominating), _weights(found, name, ranges)]
    title = f"Candidates by the weight of {name}"
    facts: dict[str, Any] = {
        "component": name,
        "weight": found.weight,
        "candidates": len(found.names),
        "on_front": len(on_front),
    }
    columns = _columns(result, found, ranges, dominating)
    sentences = _sentences(found, name, ranges, dominating)
    return Picture("front", title, columns, panels, None, facts, sentences)


def _component(result: ObjectiveResult, sweep: str | None) -> str:
    names = [component.name for component in result.components]
    kinds = [k for k in TERM_KINDS if any(c.kind == k for c in result.components)]
    if sweep is None:
        if len(names) == 2:
            return names[1]
        raise UsageError(f"say whose weight with {option('sweep')}: {listed(names, 'or')}")
    if sweep not in {*names, *kinds}:
        known = [*names, *kinds]
        hint = did_you_mean(sweep, known) or f"; there is {', '.join(known)}"
        raise UsageError(f"{option('sweep', sweep)}: no such component{hint}")
    if all(sweep in {c.name, c.kind} for c in result.components):
        raise UsageError(f"{option('sweep', sweep)}: is the whole total; a weight chooses nothing")
    return sweep


def _candidates(result: ObjectiveResult, name: str) -> Candidates:
    """Return the sums of every candidate, with the weights of the configuration."""
    chosen = {c.name: c.weight for c in result.components if name in {c.name, c.kind}}
    if len(set(chosen.values())) > 1:
        raise UsageError(
            f"{option('sweep', name)}: its components have different weights; say one of "
            f"{listed(chosen, 'or')}"
        )
    weights = {c.name: 1.0 if c.name in chosen else c.weight for c in result.components}

    def summed(components: Sequence[Component], *, inside: bool) -> float:
        parts = [
            weights[c.name] * (c.raw / c.scale)
            for c in components
            if (c.name in chosen) == inside and weights[c.name]
        ]
        return math.fsum(parts) if all(map(math.isfinite, parts)) else sum(parts)

    files = [next(iter(step.files.values()), str(step.number)) for step in result.steps]
    return Candidates(
        names_of(files),
        np.array([summed(step.components, inside=True) for step in result.steps]),
        np.array([summed(step.components, inside=False) for step in result.steps]),
        next(iter(chosen.values())),
    )


def best_ranges(swept: Array, rest: Array) -> list[Range]:
    """Return which line rest + w · swept is lowest, for w from 0 on: the lower envelope."""
    finite = np.flatnonzero(np.isfinite(swept) & np.isfinite(rest))
    at = int(min(finite, key=lambda k: (rest[k], swept[k])))
    ranges: list[Range] = []
    low = 0.0
    while True:
        flatter = [k for k in finite.tolist() if swept[k] < swept[at]]
        crossings = {k: (rest[k] - rest[at]) / (swept[at] - swept[k]) for k in flatter}
        following = min(crossings, key=lambda k: (crossings[k], swept[k]), default=None)
        if following is None:
            return [*ranges, Range(at, low, math.inf)]
        ranges.append(Range(at, low, float(crossings[following])))
        at, low = following, float(crossings[following])


def _dominating(found: Candidates) -> Array:
    """Return for each candidate one that is at least as good in both sums and better in one.

    It is the one with the least total at the present weight, and −1 where there is none.
    """
    swept, rest = found.swept, found.rest
    no_worse = (swept[:, None] <= swept) & (rest[:, None] <= rest)
    better = no_worse & ((swept[:, None] < swept) | (rest[:, None] < rest))
    better &= found.finite[:, None] & found.finite
    totals = np.where(better, found.totals[:, None], np.inf)
    return np.where(better.any(axis=0), totals.argmin(axis=0), -1)


def _on_front(found: Candidates, dominating: Array) -> Array:
    """Return the places of the candidates that none dominates."""
    return np.flatnonzero(found.finite & (dominating < 0))


def _plane(found: Candidates, name: str, ranges: Sequence[Range], dominating: Array) -> Panel:
    order = _on_front(found, dominating)
    beaten = np.flatnonzero(dominating >= 0).tolist()
    order = order[np.argsort(found.swept[order], kind="stable")]
    traces = [Trace("front", found.swept[order], found.rest[order], colour=OTHERS)]
    named = _named(found, ranges)
    best = [each.candidate for each in ranges]
    others: list[tuple[str, list[int], Style, int]] = [
        ("dominated by another", beaten[MOST_DOMINATED:], "points", OTHERS),
        ("on the front, best for no weight", list({*order.tolist()} - {*best}), "marks", NEVER),
        ("best for other weights", [k for k in best if k not in named], "marks", OTHERS),
    ]
    for label, places, style, colour in others:
        if places:
            x, y = found.swept[places], found.rest[places]
            traces.append(Trace(label, x, y, style, colour=colour))
    for place, k in enumerate(beaten[:MOST_DOMINATED]):
        beaten_one, other = (shortened(found.names[at], LONGEST) for at in (k, dominating[k]))
        label = f"{beaten_one}, dominated by {other}"
        x, y = found.swept[[k]], found.rest[[k]]
        traces.append(Trace(label, x, y, "open", colour=MOST_NAMED - 1 - place))
    for colour, k in enumerate(named):
        own = found.swept[[k]], found.rest[[k]]
        traces.append(Trace(found.names[k], *own, "marks", colour=colour))
    x_axis = Axis(f"{name}, without its weight")
    return Panel("", x_axis, Axis("all other components, weighted"), traces)


def _named(found: Candidates, ranges: Sequence[Range]) -> list[int]:
    """Return the candidates with colours of their own: that of the present weight and those near.

    They stand in the order of their weights.
    """
    present = ranges.index(_present(found, ranges))
    first = min(max(present - MOST_NAMED // 2, 0), max(len(ranges) - MOST_NAMED, 0))
    return [each.candidate for each in ranges[first : first + MOST_NAMED]]


def _present(found: Candidates, ranges: Sequence[Range]) -> Range:
    return next(each for each in ranges if each.low <= found.weight <= each.high)


def _weights(found: Candidates, name: str, ranges: Sequence[Range]) -> Panel:
    shown, named = ranges[:MOST_ROWS], _named(found, ranges)
    changes = [each.low for each in ranges[1:]] + ([found.weight] if found.weight > 0.0 else [])
    changes = [each for each in changes if each > 0.0] or [1.0]
    low, high = min(changes) / WIDER, max(changes) * WIDER
    rows = np.arange(len(shown), dtype=float)
    traces = [
        Trace(
            found.names[each.candidate],
            np.clip([each.low], low, high),
            rows[[at]],
            "spans",
            np.clip([each.high], low, high),
            named.index(each.candidate) if each.candidate in named else OTHERS,
        )
        for at, each in enumerate(shown)
    ]
    if found.weight > 0.0:
        ends = np.array([-0.5, len(shown) - 0.5])
        label = f"present weight, {number(found.weight, 4)}"
        traces.append(Trace(label, np.full(2, found.weight), ends, "dashed"))
    names = [found.names[each.candidate] for each in shown]
    x = Axis(f"weight of {name}", low, high, log=True)
    return Panel("best for which weight", x, Axis("", names=names), traces)


def _columns(
    result: ObjectiveResult, found: Candidates, ranges: Sequence[Range], dominating: Array
) -> dict[str, list[Any]]:
    best = {each.candidate: each for each in ranges}
    count = range(len(found.names))
    on_front = set(_on_front(found, dominating).tolist())
    columns: dict[str, list[Any]] = {
        "candidate": list(found.names),
        "swept": floats(found.swept),
        "rest": floats(found.rest),
        "total": floats(found.totals),
        "on_front": ["yes" if k in on_front else "no" for k in count],
        "dominated_by": [found.names[by] if by >= 0 else "" for by in dominating.tolist()],
        "best_for_some_weight": ["yes" if k in best else "no" for k in count],
        "weight_from": [best[k].low if k in best else math.nan for k in count],
        "weight_to": [best[k].high if k in best else math.nan for k in count],
    }
    for at, component in enumerate(result.components):
        columns[f"raw.{component.name}"] = [float(step.components[at].raw) for step in result.steps]
    return columns


def _sentences(
    found: Candidates, name: str, ranges: Sequence[Range], dominating: Array
) -> list[str]:
    present = _present(found, ranges)
    total = float(found.totals[present.candidate])
    best = found.names[present.candidate]
    weight = number(found.weight, 4)
    lines = [f"with the present weight of {name}, {weight}, {best} is best: {number(total, 4)}"]
    if len(ranges) == 1:
        lines.append(f"{found.names[ranges[0].candidate]} is best for every weight of {name}")
    else:
        lines += [
            f"{found.names[each.candidate]} is best {_in_words(each)}" for each in ranges[:SAID]
        ]
    if len(ranges) > SAID:
        lines.append(f"{len(ranges) - SAID} more are best for greater weights")
    chosen = {each.candidate for each in ranges}
    skipped = [found.names[k] for k in _on_front(found, dominating).tolist() if k not in chosen]
    if skipped:
        lines.append(
            f"on the front, but best for no weight: {some_of(skipped)}; no weighted sum finds them"
        )
    beaten = np.flatnonzero(dominating >= 0).tolist()
    if beaten:
        pairs = [f"{found.names[k]} by {found.names[dominating[k]]}" for k in beaten]
        verb = "is" if len(beaten) == 1 else "are"
        lines.append(
            f"{len(beaten)} of {plural(len(found.names), 'candidate')} {verb} dominated: "
            f"{some_of(pairs)}"
        )
    if not found.finite.all():
        lines.append(f"{plural(int((~found.finite).sum()), 'candidate')} without finite components")
    lines.append("the predictions are as they are: trained with another weight they would differ")
    return lines


def _in_words(each: Range) -> str:
    if each.low == 0.0:
        return f"for weights up to {number(each.high, 4)}"
    if each.high == math.inf:
        return f"for weights from {number(each.low, 4)}"
    return f"for weights from {number(each.low, 4)} to {number(each.high, 4)}"
