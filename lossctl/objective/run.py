"""Run a configuration: build its terms, evaluate them, step through checkpoints."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from lossctl.engine.sources import Source
from lossctl.objective.answer import Answer, Component
from lossctl.objective.evaluate import components_of, remarks_on
from lossctl.objective.gradient import MakeSum, Sum, gradients, left_out
from lossctl.objective.model import Config
from lossctl.objective.nodes import at
from lossctl.objective.recipe import get_recipe, require_axes
from lossctl.objective.terms import Builder, Term
from lossctl.objective.workspace import Workspace


@contextmanager
def opened(
    config: Config, given: Mapping[str, Source] | None = None, threads: int | None = None
) -> Iterator[tuple[list[Term], Workspace]]:
    """Yield the terms of a configuration and its data, with its files open."""
    with Workspace(config.data, given or {}, threads) as space:
        builder = Builder(config, space, threads)
        builder.check()
        space.load()
        if config.recipe is not None:
            with at(config.recipe.place):
                opened_arrays = {name: space.array(name) for name in space.sources().values()}
                require_axes(get_recipe(config.recipe), opened_arrays)
        yield builder.terms(), space


def evaluate(
    config: Config,
    given: Mapping[str, Source] | None = None,
    threads: int | None = None,
    *,
    make: MakeSum | None = None,
    sums: dict[str, Sum] | None = None,
    digests: bool = True,
) -> Answer:
    """Evaluate one document on one set of files.

    Parameters
    ----------
    config
        The document.
    given
        Arrays beside those of its ``data``.
    threads
        Worker threads; never changes a value.
    make, sums
        Makes the sum of each array's gradient, and where they are kept; None for no gradients.
    digests
        Whether supervised components get digests of their data.

    Raises
    ------
    UsageError, DataError
        With the place in the file.
    """
    by = config.normalize.by
    with opened(config, given, threads) as (terms, space):
        found = normalized(config, components_of(terms, deviations=by == "std", digests=digests))
        notes = list(space.notes)
        if make is not None:
            notes += left_out(terms, gradients(terms, found, space.sources(), make, sums))
    return Answer(
        name=title_of(config),
        components=tuple(found),
        notes=(*notes, *remarks_on(found)),
        normalize=by,
    )


def title_of(config: Config) -> str:
    """Return what the answer calls a document."""
    return str(config.name or Path(config.place.file).stem)


def normalized(config: Config, found: Sequence[Component]) -> list[Component]:
    """Divide components by their initial values, where that is asked for."""
    normalize = config.normalize
    if normalize.by != "initial":
        return list(found)
    return [replace(one, scale=normalize.initial[one.name]) for one in found]
