"""What the benchmark measured, as the texts of the decision tree cite it.

``figures.json`` is written by ``python -m benchmarks.recommend``. A text cites by metric and loss:
``{versus accuracy balanced}`` counts the data sets on which a loss was better and worse than the
default, ``{above mae mse}`` is how far the median data set was above the best loss, ``{within mae
mse}`` the share of data sets within a standard error of it; all name the model. ``{data_sets}`` and
the like are counts.
"""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

MOST_ABOVE = 10.0  # beyond it a loss is of no use for the metric, and a number says no more
CITED = re.compile(r"\{(versus|above|within) (\w+) (\w+)\}|\{(\w+)\}")


def read_figures() -> dict[str, Any]:
    """Return what the benchmark measured."""
    text = files("lossctl.recommender").joinpath("figures.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def cite(text: str, figures: Mapping[str, Any]) -> str:
    """Return a text with the figures that it cites.

    Raises
    ------
    KeyError
        For a metric or a loss that was not measured.
    """
    return CITED.sub(lambda found: _cited(found, figures), text)


def _cited(found: re.Match[str], figures: Mapping[str, Any]) -> str:
    kind, metric, loss, count = found.groups()
    if count:
        return str(figures[count])
    measured = {
        model: one[metric][loss] for model, one in figures["losses"].items() if loss in one[metric]
    }
    if not measured:
        raise KeyError(f"{metric} {loss}")
    if kind == "within":
        return ", ".join(f"{model} {one['within']:.0%}" for model, one in measured.items())
    if kind == "above":
        return ", ".join(f"{model} {_percent(one['above'])}" for model, one in measured.items())
    sizes = {m: one["better"] + one["worse"] + one["tied"] for m, one in measured.items()}
    most = max(sizes.values())
    each = {m: f"{m} {one['better']} better, {one['worse']} worse" for m, one in measured.items()}
    texts = [", ".join(text for m, text in each.items() if sizes[m] == most) + f" of {most}"]
    texts += [f"{text} of {sizes[m]}" for m, text in each.items() if sizes[m] != most]
    return f"{', '.join(texts)} data sets"


def _percent(share: float) -> str:
    if share > MOST_ABOVE:
        return f"over {100 * MOST_ABOVE:,.0f} %"
    return f"{100 * share:.1f} %" if share < 0.095 else f"{100 * share:.0f} %"
