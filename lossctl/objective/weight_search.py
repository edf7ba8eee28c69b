"""What weights do: the total over a grid of weights, the Pareto front, the sensitivity."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from lossctl.core.errors import UsageError
from lossctl.core.result import finite_or_none
from lossctl.core.spelling import did_you_mean, visible
from lossctl.objective.answer import Answer, Component, Step
from lossctl.objective.model import GROUPS

MOST_POINTS = 10_000


def sensitivity(answer: Answer) -> list[dict[str, Any]]:
    """Say how the total moves per unit of each weight, and per percent (the elasticity)."""
    rows = []
    total = answer.total
    for one in answer.components:
        per_unit = one.raw / one.scale
        share = one.weighted / total if total else math.nan
        rows.append(
            {
                "component": one.name,
                "weight": one.weight,
                "per_unit": finite_or_none(per_unit),
                "elasticity": finite_or_none(share),
                "doubled": finite_or_none(total + one.weighted),
                "without": finite_or_none(total - one.weighted),
            }
        )
    return rows


def parse_grid(texts: Sequence[str], names: Sequence[str]) -> dict[str, list[float]]:
    """Read ``NAME=W,W,…`` entries; names are kinds of terms or components.

    Raises
    ------
    UsageError
        For an unknown name, a weight that is none, or a grid of too many points.
    """
    grid: dict[str, list[float]] = {}
    for text in texts:
        name, equals, numbers = text.partition("=")
        known = [*GROUPS, *names]
        if not equals or not numbers:
            raise UsageError(f"--weights-grid {visible(text)}: expected NAME=W,W,…")
        if name not in known:
            hint = did_you_mean(name, known) or f"; there is {', '.join(known)}"
            raise UsageError(f"--weights-grid {visible(text)}: no component {name!r}{hint}")
        grid[name] = [_weight(part, text) for part in numbers.split(",")]
    if math.prod(map(len, grid.values())) > MOST_POINTS:
        raise UsageError(f"--weights-grid: more than {MOST_POINTS} combinations")
    return grid


def _weight(part: str, text: str) -> float:
    try:
        weight = float(part)
    except ValueError:
        weight = math.nan
    if not (math.isfinite(weight) and weight >= 0.0):
        raise UsageError(f"--weights-grid {visible(text)}: {part!r} is no weight of at least 0")
    return weight


def over_grid(answer: Answer, grid: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the total at every point of a grid and the Pareto front of the checkpoints.

    At each point the checkpoint with the least total is the best. The front holds the checkpoints
    that no other one is at least as good as in every component and better in one.
    """
    steps = answer.steps or (Step(0, {}, tuple(answer.components)),)
    rows, chosen = [], set()
    base = {one.name: one.weight for one in answer.components}
    for point in itertools.product(*grid.values()):
        weights = dict(zip(grid, point, strict=True))
        totals = [_total(step.components, weights, base) for step in steps]
        best = min(range(len(totals)), key=lambda at: (_order(totals[at]), at))
        chosen.add(best)
        row: dict[str, Any] = dict(weights)
        if answer.steps:
            row["best"] = steps[best].number
        rows.append({**row, "total": finite_or_none(totals[best])})
    found: dict[str, Any] = {"grid": rows, "front": []}
    for at in _front([[one.raw for one in step.components] for step in steps]):
        raws = {one.name: finite_or_none(one.raw) for one in steps[at].components}
        row = {"step": steps[at].number} if answer.steps else {}
        found["front"].append({**row, **raws, "chosen": "yes" if at in chosen else "no"})
    return found


def _order(value: float) -> float:
    return math.inf if math.isnan(value) else value


def _total(
    components: Sequence[Component], weights: Mapping[str, float], base: Mapping[str, float]
) -> float:
    """Total with some weights replaced; that of a component goes before that of its kind."""
    parts = []
    for one in components:
        weight = weights.get(one.name, weights.get(one.kind, base[one.name]))
        parts.append(0.0 if weight == 0.0 else weight * (one.raw / one.scale))
    return math.fsum(parts) if all(map(math.isfinite, parts)) else sum(parts)


def _front(points: Sequence[Sequence[float]]) -> list[int]:
    """Return the points that no other one dominates."""
    return [
        at for at, one in enumerate(points) if not any(_dominates(other, one) for other in points)
    ]


def _dominates(other: Sequence[float], one: Sequence[float]) -> bool:
    pairs = list(zip(other, one, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)
