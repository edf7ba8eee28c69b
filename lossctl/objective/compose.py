"""Recipes evaluated straight on arrays: the total with its parts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lossctl.core.errors import LossctlError, PlacedError, SeveralError, UsageError, together
from lossctl.core.loss import Array
from lossctl.core.options import OPTIONS, Options
from lossctl.core.reading import Reading
from lossctl.core.result import Part, Result
from lossctl.engine.sources import Source
from lossctl.objective.answer import Answer
from lossctl.objective.documents import merged, read_config
from lossctl.objective.gradient import ArraySum, Sum
from lossctl.objective.model import Config
from lossctl.objective.nodes import Entries, Place
from lossctl.objective.recipe import Recipe, require_axes
from lossctl.objective.run import evaluate


def compute(
    recipe: Recipe,
    params: Mapping[str, Any],
    sources: Mapping[str, Source],
    options: Options,
    weights: Source | None = None,
) -> Result:
    """Evaluate a recipe on named sources."""
    if weights is not None:
        raise UsageError(f"weights: {recipe.id} is a recipe; weigh its items in a file for `run`")
    bound = recipe.bind(params)
    config = _config(recipe, bound, list(sources), options)
    require_axes(recipe, sources)
    answer = _evaluated(config, sources, options, None)
    return _result(recipe, bound, answer, _signed(recipe, sources, options))


def gradient(
    recipe: Recipe, params: Mapping[str, Any], sources: Mapping[str, Source], options: Options
) -> dict[str, Array]:
    """Return the gradient of the total by every input that a part is differentiated by."""
    config = _config(recipe, recipe.bind(params), list(sources), options)
    require_axes(recipe, sources)
    sums: dict[str, Sum] = {}
    _evaluated(config, sources, options, sums)
    return {name: one.array for name, one in sums.items() if isinstance(one, ArraySum)}


def _evaluated(
    config: Config, sources: Mapping[str, Source], options: Options, sums: dict[str, Sum] | None
) -> Answer:
    make = None if sums is None else lambda _name, shape, dtype: ArraySum(shape, dtype)
    try:
        return evaluate(
            config, sources, options.threads, make=make, sums=sums, digests=options.context
        )
    except LossctlError as error:
        raise _without_place(error, config.place) from None


def _without_place(error: LossctlError, place: Place) -> LossctlError:
    """Drop the place in the recipe's own file, which the caller did not write."""
    if isinstance(error, SeveralError):
        return together(_without_place(one, place) for one in error.errors)
    head, _, rest = str(error).partition(": ")
    if isinstance(error, PlacedError) or not head.startswith(place.label):
        return error
    return type(error)(f"{place.label.removeprefix('recipe ')}: {rest}")


def _config(
    recipe: Recipe, params: Mapping[str, Any], given: Sequence[str], options: Options
) -> Config:
    _refuse_options(recipe, options)
    place = recipe.body.place
    data = Entries({"data": Entries({}, {}, place)}, {"data": place}, place)
    try:
        config = read_config(merged(recipe.filled(params, given), data))
    except LossctlError as error:
        raise _without_place(error, place) from None
    reading = options.signed
    supervised = [
        one.model_copy(update={"reading": {**reading, **one.reading}}) for one in config.supervised
    ]
    if (nan := reading.get("nan")) is not None:
        rules = [one.model_copy(update={"nan": nan}) for one in config.rules]
        constraints = [one.model_copy(update={"nan": nan}) for one in config.constraints]
        config = config.model_copy(update={"rules": rules, "constraints": constraints})
    return config.model_copy(update={"supervised": supervised})


def _refuse_options(recipe: Recipe, options: Options) -> None:
    for name in options.changed:
        if OPTIONS[name].in_recipes:
            continue
        advice = "set it for one part in a file for `lossctl run`"
        if name in {param.name for param in recipe.params}:
            advice = f"it is a parameter: {recipe.id}:{name}={getattr(options, name)}"
        raise UsageError(
            f"{name}: {recipe.id} is a recipe, whose parts may read differently; {advice}"
        )


def _signed(recipe: Recipe, given: Collection[str], options: Options) -> dict[str, Any]:
    """Return what decides the value beside parameters: options, and inputs that may be left out."""
    read = [entry.name for entry in recipe.inputs if entry.name in given]
    optional = any(not entry.required for entry in recipe.inputs)
    return {**({"inputs": "+".join(read)} if optional else {}), **options.signed}


def _result(
    recipe: Recipe, params: Mapping[str, Any], answer: Answer, signed: Mapping[str, Any]
) -> Result:
    parts = tuple(
        Part(one.name, one.loss, one.raw, one.weight, one.weighted) for one in answer.components
    )
    first = answer.components[0]
    notes = [f"{one.name}: {text}" for one in answer.components for text in one.notes]
    names = " + ".join(part.name for part in parts)
    return Result(
        loss=recipe.id,
        params=params,
        value=answer.total,
        reduction="mean",
        items=first.items,
        ignored=first.ignored,
        omitted=first.omitted,
        input=Reading("values", "declared", f"a composition: {names}", recipe.tasks[0], "values"),
        notes=tuple(notes),
        options=signed,
        parts=parts,
        data={"rows": first.data["rows"], **_digests(answer)},
    )


def _digests(answer: Answer) -> dict[str, int | str | None]:
    """Return the digests of the arrays that some part is held against."""
    every = {name: one for part in answer.components for name, one in part.data.items()}
    return {name: one for name, one in every.items() if name != "rows"}
