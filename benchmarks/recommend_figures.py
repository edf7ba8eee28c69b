"""Figures of the benchmark of recommendations: means and intervals over families, the table."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.recommend_strategies import STRATEGIES

DRAWS = 2000
ALL = "all"


def by_family(rows: Sequence[Mapping[str, Any]], strategy: str, what: str) -> np.ndarray:
    """Return the mean of each family."""
    families: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if strategy in row["strategies"]:
            families[row["family"]].append(float(row["strategies"][strategy][what]))
    return np.array([np.mean(values) for _, values in sorted(families.items())])


def estimate(values: np.ndarray) -> list[float]:
    """Return mean and 95 % percentile interval over families drawn again."""
    rng = np.random.default_rng(0)
    drawn = rng.choice(values, size=(DRAWS, len(values))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return [round(float(value), 3) for value in (values.mean(), low, high)]


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the page and the decision tree cite."""
    models = sorted({row["model"] for row in rows})
    metrics = list(dict.fromkeys(row["metric"] for row in rows))
    sets = {row["data"]: row["family"] for row in rows}
    figures: dict[str, Any] = {
        "repeats": max((row["repeats"] for row in rows), default=0),
        "data_sets": len(sets), "families": len(set(sets.values())), "names": sorted(sets),
        "strategies": {}, "losses": {}, "steps": {},
    }  # fmt: skip
    for model in models:
        of_model = [row for row in rows if row["model"] == model]
        figures["strategies"][model] = {
            metric: {
                strategy: {
                    what: estimate(values)
                    for what in ("hit", "near", "close", "regret")
                    if (values := by_family(some, strategy, what)).size
                }
                for strategy in STRATEGIES
            }
            for metric in [*metrics, ALL]
            for some in [[row for row in of_model if metric in {row["metric"], ALL}]]
        }
        figures["losses"][model] = {
            metric: _losses([row for row in of_model if row["metric"] == metric])
            for metric in metrics
        }
        figures["steps"][model] = {
            metric: sum(row["step"] for row in of_model if row["metric"] == metric)
            for metric in metrics
        }
    return figures


def beside(before: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures with those of other models that were written before.

    ``names_of`` has the data sets of a model where they are others than those of before.
    """
    parts = {part: {**before[part], **figures[part]} for part in ("strategies", "losses", "steps")}
    names_of = dict(before.get("names_of", {}))
    if before["names"] != figures["names"]:
        names_of |= dict.fromkeys(figures["losses"], figures["names"])
    return {**before, **parts, "names_of": names_of}


def _losses(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = dict.fromkeys(name for row in rows for name in row["losses"])
    found = {}
    for name in names:
        every = [row["losses"][name] for row in rows if name in row["losses"]]
        verdicts = [each["verdict"] for each in every]
        found[name] = {
            **{verdict: verdicts.count(verdict) for verdict in ("better", "worse", "tied")},
            "above": round(float(np.median([each["above"] for each in every])), 4),
            "within": round(float(np.mean([each["hit"] for each in every])), 3),
        }
    return found


def table(figures: Mapping[str, Any]) -> str:
    """Return a table of hits, by metric and strategy, linear model / network."""
    models = list(figures["strategies"])
    lines = [
        "| metric | " + " | ".join(STRATEGIES) + " |",
        "|---|" + "---|" * len(STRATEGIES),
    ]
    for metric in figures["strategies"][models[0]]:
        cells = []
        for strategy in STRATEGIES:
            found = [figures["strategies"][model][metric].get(strategy, {}) for model in models]
            cells.append(" / ".join(f"{one['hit'][0]:.2f}" if one else "–" for one in found))
        lines.append(f"| {metric} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def overall(figures: Mapping[str, Any]) -> str:
    """Return a table of hits, near hits and regret of all metrics, with intervals."""
    lines = [
        "| model | strategy | hit | hit, or regret at most 0.05 | regret |",
        "|---|---|---|---|---|",
    ]
    for model, by_metric in figures["strategies"].items():
        for strategy, found in by_metric[ALL].items():
            cells = [
                "{:.2f} ({:.2f} to {:.2f})".format(*found[what])
                for what in ("hit", "close", "regret")
            ]
            lines.append(f"| {model} | {strategy} | {' | '.join(cells)} |")
    return "\n".join(lines)


def claims_table(claims: Mapping[str, Any]) -> str:
    """Return a table of what was claimed, and how often it was wrong."""
    steps, others = claims["steps"], claims["steps but shifts"]
    harmed = [
        f"{each['harm'] * each['advised']:.0f} of {each['advised']}" for each in (steps, others)
    ]
    rows = {
        "facts of targets that are wrong": f"{claims['wrong_facts']} of {claims['facts']}",
        "fits of the log-loss that diverge": f"{claims['diverged_fits']} of {claims['fits']}",
        "steps that harm on a third held back": f"{harmed[0]}; without shifts {harmed[1]}",
        "claimed gains within their interval": f"{steps['holds']:.0%}",
    }
    lines = ["| claim | measured |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in rows.items())])


def races_table(raced: Mapping[str, Any]) -> str:
    """Return a table of the share of races whose winner is within noise of the best loss."""
    models = list(dict.fromkeys(model for found in raced.values() for model in found))
    lines = [f"| race of | {' | '.join(models)} |", "|---|" + "---|" * len(models)]
    for what, found in raced.items():
        for name in dict.fromkeys(name for of in found.values() for name in of):
            shown = [found[model][name] for model in models]
            cells = [
                "{:.2f} ({:.2f} to {:.2f}), {} races".format(*each["hit"], each["races"])
                for each in shown
            ]
            lines.append(f"| {what}, {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
