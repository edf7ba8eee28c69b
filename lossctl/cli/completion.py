"""What the shell completes: losses, their parameters, choices of options."""

import contextlib
import io
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import typer

from lossctl.core.spec import OF_XGBOOST

BASH_BREAKS = (":", "=")  # bash splits words at these before it asks


def join_words_bash_split(environment: MutableMapping[str, str]) -> str:
    """Undo bash's splitting of ``focal:gamma=`` into words, in the variables typer reads.

    Returns
    -------
    str
        What stands before the last break: bash replaces only what follows it, so the completions
        must be printed without it.
    """
    words = environment.get("COMP_WORDS", "").split()
    if environment.get("_LOSSCTL_COMPLETE") != "complete_bash" or not set(BASH_BREAKS) & set(words):
        return ""
    at = int(environment["COMP_CWORD"])
    typed = words[: at + 1] + [""] * (at + 1 - len(words))
    joined: list[str] = []
    for word in typed:
        if joined and (word in BASH_BREAKS or joined[-1].endswith(BASH_BREAKS)):
            joined[-1] += word
        else:
            joined.append(word)
    environment["COMP_WORDS"] = " ".join(joined)
    environment["COMP_CWORD"] = str(len(joined) - 1)
    return joined[-1][: max(joined[-1].rfind(mark) for mark in BASH_BREAKS) + 1]


def _losses(context: Any) -> list[str]:
    """Name every loss and recipe, those of the files the line names with --plugin too."""
    from lossctl.losses.catalogue import CATALOGUE, RECIPES, load_plugin

    if not context.params.get("plugin") and _indexed_params():
        return [*CATALOGUE, *RECIPES]
    from lossctl.losses.plugins import from_elsewhere

    with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
        for file in context.params.get("plugin") or ():
            load_plugin(Path(file))
        return [*CATALOGUE, *from_elsewhere(), *RECIPES]
    return [*CATALOGUE, *RECIPES]  # a plugin that cannot be loaded completes nothing


def specs(context: typer.Context, incomplete: str) -> list[str]:
    """Complete ``name`` and then ``name:param=``."""
    known, (name, colon, rest) = _losses(context), incomplete.partition(":")
    if not colon or name in OF_XGBOOST:
        return _starting(known, incomplete)
    if name not in known and name not in _of_libraries(name):
        return []
    done, _, last = rest.rpartition(",")
    start = f"{name}:{done}," if done else f"{name}:"
    taken = {part.partition("=")[0] for part in done.split(",")}
    names = [param for param in _params(name) if param.startswith(last) and param not in taken]
    return [f"{start}{param}=" for param in names]


def _params(name: str) -> Sequence[str]:
    """Return the names of the parameters of a loss or a recipe."""
    from lossctl.losses.catalogue import RECIPES, get

    if name in (indexed := _indexed_params()):
        return indexed[name]
    if name in RECIPES:
        from lossctl.objective.recipe import get_recipe

        return [param.name for param in get_recipe(name).params]
    return [param.name for param in get(name).params]


def _indexed_params() -> Mapping[str, Sequence[str]]:
    """Return the parameters of what ships with lossctl; nothing where there is no index."""
    from lossctl.report import index

    return index.read("params") or {}


def pages(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a loss, a metric or a recipe."""
    from lossctl.metrics.known_metrics import METRICS

    return _starting([*_losses(context), *METRICS], incomplete)


def rules(_: typer.Context, incomplete: str) -> list[str]:
    """Complete the code of a rule of check, or its name."""
    from lossctl.checks.registry import every_rule

    known = every_rule()
    names = [*known, *(rule.name for rule in known.values())]
    return [name for name in names if name.startswith(incomplete)]


def metrics(_: typer.Context, incomplete: str) -> list[str]:
    """Complete the last of several metrics."""
    from lossctl.metrics.known_metrics import METRICS

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in METRICS if name.startswith(last)]


def _starting(known: Sequence[str], text: str) -> list[str]:
    """Return the names that start so; where none of ours does, those of other libraries."""
    return [loss for loss in known if loss.startswith(text)] or _of_libraries(text)


def _of_libraries(text: str) -> list[str]:
    from lossctl.losses.framework_names import spelled_names

    return sorted({name for name in spelled_names() if name.startswith(text)})


def families(_: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a family."""
    from lossctl.losses.catalogue import FAMILIES

    return [family for family in (*FAMILIES, "recipe") if family.startswith(incomplete)]
