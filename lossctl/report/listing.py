"""Render the catalogue: every loss by family, as text or JSON."""

from typing import Any

from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.core.result import SCHEMA_VERSION
from lossctl.core.spelling import did_you_mean, lines_visible, option, visible
from lossctl.losses.catalogue import FAMILIES, RECIPES, entry_of, every_loss
from lossctl.objective.recipe import Recipe, get_recipe
from lossctl.report.formats import PLAIN, Display, bold, folded, json_document, tabbed, wrapped

RECIPE = "recipe"
LIST_FORMATS = ("table", "plain", "json")


def catalogue(family: str | None = None, task: str | None = None) -> list[dict[str, Any]]:
    """Return what there is: losses, losses of plugins, and recipes.

    Parameters
    ----------
    family, task
        Only those of a family (``"regression"``) or for a task (``"binary"``).

    Returns
    -------
    list of dict
        One for each: id, title, family, aliases, tasks, summary, params (name to default).

    Raises
    ------
    UsageError
        For a family or a task that does not exist, with the nearest one.

    Examples
    --------
    >>> [entry["id"] for entry in catalogue("sequence")]
    ['ctc', 'perplexity', 'bits_per_byte']
    """
    losses, recipes = _chosen(family, task)
    return [*map(_entry, losses), *map(_recipe_entry, recipes)]


def render_list(family: str | None, task: str | None, form: str, display: Display = PLAIN) -> str:
    """Render the losses of a family and a task, or all.

    Raises
    ------
    UsageError
        For a family, task or format that does not exist, with the nearest one.
    """
    _require(option("form"), form, list(LIST_FORMATS))
    chosen, composed = _chosen(family, task)
    if form == "json":
        return json_document({"schema_version": SCHEMA_VERSION, "losses": catalogue(family, task)})
    if form == "plain":
        return tabbed([name] for name in _ids(chosen, composed))
    return _by_family(chosen, composed, display)


def _chosen(family: str | None, task: str | None) -> tuple[list[Loss], list[Recipe]]:
    """Return the losses and recipes of a family and a task."""
    losses = list(every_loss())
    recipes = [get_recipe(name) for name in RECIPES]
    tasks = {name for loss in losses for name in loss.tasks}
    tasks |= {name for recipe in recipes for name in recipe.tasks}
    _require(option("family"), family, [*FAMILIES, RECIPE])
    _require(option("task"), task, sorted(tasks))
    chosen = [
        loss
        for loss in losses
        if family in {None, entry_of(loss.id).family} and (task is None or task in loss.tasks)
    ]
    composed = [
        recipe
        for recipe in recipes
        if family in {None, RECIPE} and (task is None or task in recipe.tasks)
    ]
    return chosen, composed


def _require(what: str, name: str | None, known: list[str]) -> None:
    if name is not None and name not in known:
        raise UsageError(
            f"unknown {what} {name!r}; there is {', '.join(known)}{did_you_mean(name, known)}"
        )


def _entry(loss: Loss) -> dict[str, Any]:
    entry = entry_of(loss.id)
    return {
        "id": loss.id,
        "title": loss.title,
        "family": entry.family,
        "aliases": list(entry.aliases),
        "tasks": list(loss.tasks),
        "summary": loss.page.summary,
        "params": {param.name: param.default for param in loss.params},
    }


def _recipe_entry(recipe: Recipe) -> dict[str, Any]:
    return {
        "id": recipe.id,
        "title": recipe.title,
        "family": RECIPE,
        "aliases": [],
        "tasks": list(recipe.tasks),
        "summary": recipe.summary,
        "params": {param.name: param.default for param in recipe.params},
    }


def _by_family(losses: list[Loss], recipes: list[Recipe], display: Display) -> str:
    """One paragraph a family; on a terminal, lines wrap at its width under their own text."""
    names = _ids(losses, recipes)
    # in a pipe a loss is one line, for grep; on a terminal a longer name has a line of its own
    widest = max(map(len, names), default=0) if display.width is None else display.width // 4
    indent = 2 + max((len(name) for name in names if len(name) <= widest), default=0) + 2
    parts = []
    for family, summary in FAMILIES.items():
        lines = [
            _entry_lines(loss.id, loss.page.summary, indent, display)
            for loss in losses
            if entry_of(loss.id).family == family
        ]
        if lines:
            parts.append("\n".join([_heading(f"{family}: {summary}", display), *lines]))
    if recipes:
        head = _heading(f"{RECIPE}: Named compositions of losses", display)
        lines = [_entry_lines(recipe.id, recipe.summary, indent, display) for recipe in recipes]
        parts.append("\n".join([head, *lines]))
    if not parts:
        return "no loss fits; lossctl list shows them all"
    return "\n\n".join(parts) + "\n\nlossctl show LOSS explains one."


def _heading(text: str, display: Display) -> str:
    return "\n".join(
        bold(line, colour=display.colour) for line in folded(visible(text), display.width)
    )


def _ids(losses: list[Loss], recipes: list[Recipe]) -> list[str]:
    return [*(loss.id for loss in losses), *(recipe.id for recipe in recipes)]


def _entry_lines(name: str, summary: str, indent: int, display: Display) -> str:
    """Write a name and its summary; the summary of a long name begins on the next line."""
    first = f"  {name}".ljust(indent)
    if display.width is None:
        return visible(f"{first}{summary}")
    text = wrapped(summary, " " * indent, width=max(display.width, indent + 20))
    if len(first) > indent:
        return lines_visible(f"{first}\n{text}")
    return lines_visible(first + text[indent:])
