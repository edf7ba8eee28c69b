"""Tables of weights: how the total moves with each, and over a grid of them."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from lossctl.core.errors import UsageError
from lossctl.core.result import finite_or_none
from lossctl.core.spelling import did_you_mean, option, visible
from lossctl.objective.objective_result import TERM_KINDS, Component, ObjectiveResult, Step

MOST_POINTS = 10_000  # of a grid of weights


def sensitivity(result: ObjectiveResult) -> list[dict[str, Any]]:
    """Say how the total moves per unit of each weight, and per percent (the elasticity)."""
    rows = []
    total = result.total
    for component in result.components:
        per_unit = component.raw / component.scale
        share = component.weighted / total if total else math.nan
        rows.append(
            {
                "component": component.name,
                "weight": component.weight,
                "per_unit": finite_or_none(per_unit),
                "elasticity": finite_or_none(share),
                "doubled": finite_or_none(total + component.weighted),
                "without": finite_or_none(total - component.weighted),
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
        known = [*TERM_KINDS, *names]
        if not equals or not numbers:
            raise UsageError(f"{option('weights_grid')} {visible(text)}: expected NAME=W,W,…")
        if name not in known:
            hint = did_you_mean(name, known) or f"; there is {', '.join(known)}"
            raise UsageError(
                f"{option('weights_grid')} {visible(text)}: no component {name!r}{hint}"
            )
        grid[name] = [_weight(part, text) for part in numbers.split(",")]
    if math.prod(map(len, grid.values())) > MOST_POINTS:
        raise UsageError(f"{option('weights_grid')}: more than {MOST_POINTS} combinations")
    return grid


def _weight(part: str, text: str) -> float:
    try:
        weight = float(part)
    except ValueError:
        weight = math.nan
    if not (math.isfinite(weight) and weight >= 0.0):
        raise UsageError(
            f"{option('weights_grid')} {visible(text)}: {part!r} is not a weight of at least 0"
        )
    return weight


def over_grid(result: ObjectiveResult, grid: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the total at every point of a grid and the Pareto front of the checkpoints.

    At each point the checkpoint with the least total is the best. The front holds the checkpoints
    that no other one is at least as good as in every component and better in one.
    """
    steps = result.steps or (Step(0, {}, tuple(result.components)),)
    # Raw values do not depend on weights: the grid needs no evaluation, only sums of what is known.
    rows, chosen = [], set()
    base = {component.name: component.weight for component in result.components}
    for point in itertools.product(*grid.values()):
        weights = dict(zip(grid, point, strict=True))
        totals = [_total(step.components, weights, base) for step in steps]
        best = min(range(len(totals)), key=lambda step_at: (_order(totals[step_at]), step_at))
        chosen.add(best)
        row: dict[str, Any] = dict(weights)
        if result.steps:
            row["best"] = steps[best].number
        rows.append({**row, "total": finite_or_none(totals[best])})
    tables: dict[str, Any] = {"grid": rows, "front": []}
    for step_at in _front([[component.raw for component in step.components] for step in steps]):
        raws = {
            component.name: finite_or_none(component.raw) for component in steps[step_at].components
        }
        row = {"step": steps[step_at].number} if result.steps else {}
        tables["front"].append({**row, **raws, "chosen": "yes" if step_at in chosen else "no"})
    return tables


def _order(value: float) -> float:
    return math.inf if math.isnan(value) else value


def _total(
    components: Sequence[Component], weights: Mapping[str, float], base: Mapping[str, float]
) -> float:
    """Total with some weights replaced; that of a component goes before that of its kind."""
    parts = []
    for component in components:
        weight = weights.get(component.name, weights.get(component.kind, base[component.name]))
        parts.append(0.0 if weight == 0.0 else weight * (component.raw / component.scale))
    return math.fsum(parts) if all(map(math.isfinite, parts)) else sum(parts)


def _front(points: Sequence[Sequence[float]]) -> list[int]:
    """Return the points that no other one dominates."""
    return [
        number
        for number, point in enumerate(points)
        if not any(_dominates(rival, point) for rival in points)
    ]


def _dominates(rival: Sequence[float], point: Sequence[float]) -> bool:
    pairs = list(zip(rival, point, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)
