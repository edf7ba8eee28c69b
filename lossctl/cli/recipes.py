"""Recipes on the command line of `compute`: named compositions beside the losses."""

from collections.abc import Mapping, Sequence
from typing import Any

from lossctl.core.errors import UsageError
from lossctl.core.options import Options
from lossctl.core.result import Result
from lossctl.engine.sources import Source
from lossctl.objective.recipes import is_recipe, recipe_id


def known(name: str) -> str | None:
    """Return the id of a recipe, or None for what is no recipe."""
    return recipe_id(name) if is_recipe(name) else None


def inputs(name: str) -> list[str]:
    """Return the inputs of a recipe in declared order; none for what is no recipe."""
    if not is_recipe(name):
        return []
    from lossctl.objective.recipe import get_recipe

    return [one.name for one in get_recipe(name).inputs]


def parts(name: str) -> list[str]:
    """Return the names of the parts of a recipe; none for what is no recipe."""
    if not is_recipe(name):
        return []
    from lossctl.objective.recipe import get_recipe

    return get_recipe(name).part_names


def evaluate(
    specs: Sequence[tuple[str, dict[str, Any]]],
    sources: Mapping[str, Source],
    weights: Source | None,
    options: Options,
    *,
    per_item: str | None,
    gradient: str | None,
) -> list[Result]:
    """Evaluate recipes; they do not mix with plain losses, whose inputs have other names."""
    from lossctl.objective import compose
    from lossctl.objective.recipe import get_recipe

    plain = [name for name, _ in specs if not is_recipe(name)]
    if plain:
        raise UsageError(f"{plain[0]} is no recipe: compute recipes and losses apart")
    if per_item is not None or gradient is not None:
        option = "--per-item" if per_item is not None else "--gradient"
        raise UsageError(
            f"{option}: a recipe has parts with items of their own; "
            "write it as a file for `lossctl run`, which has --gradient FOLDER"
        )
    results = []
    for name, params in specs:
        recipe = get_recipe(name)
        missing = [
            one.name for one in recipe.inputs if not one.optional and one.name not in sources
        ]
        if missing:
            raise UsageError(
                f"{recipe.id} needs {' and '.join(missing)}: give the file, or --table and --column"
            )
        results.append(compose.compute(name, params, sources, options, weights))
    return results
