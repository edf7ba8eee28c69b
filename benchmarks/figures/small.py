"""Scenes of a few items: each form and parameter set of a loss, read and weighed in many ways."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.figures.scene import Recipe, Scene, Store
from lossctl.core.loss import Loss
from lossctl.core.options import OPTIONS
from lossctl.losses.catalogue import every_loss
from lossctl.testing.cases import Case, cases_of
from lossctl.testing.draws import draw

ITEMS: Mapping[str, int] = {"grid": 3}
EVERY = 24
GROUPS = (4, 6)
NAN = float("nan")
TOGETHER = (("mse", "mae", "huber", "smooth_l1", "log_cosh", "quantile", "mape"),
            ("bce", "focal", "brier", "dice", "jaccard"),
            ("cross_entropy", "focal", "poly1", "brier", "dice", "tversky", "lovasz_softmax"),
            ("listnet", "listmle", "ranknet", "lambda_rank"))  # fmt: skip


class Variation(NamedTuple):
    """A way to call a case: its name, what is done to the inputs, options beside those of it."""

    name: str
    recipes: Mapping[str, Recipe]
    keywords: Mapping[str, Any] = {}
    per_item: bool = False
    drops: Sequence[str] = ()  # options of the case that are left to be found out


def small_scenes(store: Store) -> Iterator[Scene]:
    """Yield the scenes of every case; those with other parameters in fewer ways."""
    for loss in every_loss():
        for case in cases_of(loss):
            for variation in variations(case, store):
                options = {n: v for n, v in case.options.items() if n not in variation.drops}
                of = "" if case.loss is loss else " of " + "+".join(variation.recipes)
                yield Scene(
                    f"{case.name}{of} {variation.name}",
                    ((loss.id, dict(case.params)),),
                    variation.recipes,
                    {**options, **variation.keywords},
                    variation.per_item,
                )
    yield from scenes_of_several(store)


def variations(case: Case, store: Store) -> Iterator[Variation]:
    """Yield every way to call a case that makes sense for its loss."""
    plain = recipes_of(case, ITEMS.get(case.sort, EVERY), store)
    grouped = recipes_of(case, GROUPS, store) if case.sort in {"batch", "lists"} else plain
    yield Variation("plain", grouped, per_item=True)
    yield Variation("sum", grouped, {"reduction": "sum"})
    yield Variation("double", with_types(plain, "float32"), {"precision": "double"})
    yield from weighted(case, plain, store)
    yield Variation("omit", with_nan(plain), {"nan": "omit"}, per_item=True)
    if takes(case.loss, "batch_size"):
        yield Variation("batches of 7", plain, {"batch_size": 7}, per_item=True)
        group = store.keep(np.arange(EVERY) * 5 % 7)
        yield Variation("scattered groups", {**plain, "group": {"array": group}}, per_item=True)
    yield from by_axis(case, store)
    if case.is_default:
        yield from read_otherwise(plain)
        yield from averaged(case, plain)


def recipes_of(case: Case, items: int | tuple[int, ...], store: Store) -> dict[str, Recipe]:
    """Draw the inputs of a case."""
    arrays = draw(case, items)
    names = [entry.name for entry in case.inputs]
    return {name: {"array": store.keep(array)} for name, array in zip(names, arrays, strict=True)}


def takes(loss: Loss, option: str) -> bool:
    """Whether an option means something to a loss."""
    return OPTIONS[option].takes(loss)


def weighted(case: Case, plain: Mapping[str, Recipe], store: Store) -> Iterator[Variation]:
    """Yield weights of items, some of them 0 and none, and of classes."""
    count = ITEMS.get(case.sort, EVERY)
    for name, weights in {"zero": (0.0, 2.0, 1.0), "positive": (0.5, 2.0, 1.0, 0.25)}.items():
        key = store.keep(np.resize(weights, count))
        yield Variation(f"{name} weights", {**plain, "weights": {"array": key}}, per_item=True)
    if takes(case.loss, "class_weights"):
        numbers = [0.5 + 0.75 * number for number in range(case.columns or 2)]
        yield Variation("class weights", plain, {"class_weights": numbers}, per_item=True)
        if case.is_default:
            yield Variation("balanced", plain, {"class_weights": "balanced"})
            yield Variation("effective", plain, {"class_weights": "effective:0.9"})


def by_axis(case: Case, store: Store) -> Iterator[Variation]:
    """Yield items with several axes, the class axis among them or last, and samples."""
    lead = (2, 3, 4)
    several = recipes_of(case, lead, store)
    yield Variation("several axes", several, per_item=True)
    has_axis = [name for name, recipe in several.items() if wide(recipe, store, len(lead))]
    if case.columns:
        yield Variation("class axis last", several, {"class_axis": -1})
        moved = {n: {**r, "move": 1} if n in has_axis else r for n, r in several.items()}
        yield Variation("class axis 1", moved, {"class_axis": 1}, per_item=True)
        yield Variation("class axis found", moved)
        some = {n: {**r, **nan_in(n, moved)} for n, r in moved.items()}
        yield Variation("class axis 1, omit", some, {"class_axis": 1, "nan": "omit"})
    if takes(case.loss, "pooling"):
        options: dict[str, Any] = {"pooling": "sample"}
        if case.columns:
            several, options = moved, {**options, "class_axis": 1}
        yield Variation("by sample", several, options, per_item=True)
        key = store.keep(np.resize((0.0, 2.0, 1.0), lead))
        yield Variation("by sample, weights", {**several, "weights": {"array": key}}, options)
        sample = store.keep(np.array([0.0, 3.0]))
        yield Variation("by sample, of them", {**several, "weights": {"array": sample}}, options)


def wide(recipe: Recipe, store: Store, items: int) -> bool:
    """Whether an input has an axis beside those of items."""
    return store.arrays[recipe["array"]].ndim > items


def read_otherwise(plain: dict[str, Recipe]) -> Iterator[Variation]:
    """Yield other types, labels that are ignored, NaN, and inputs that say less."""
    last, first = list(plain)[-1], next(iter(plain))
    yield Variation("propagate", with_nan(plain), {"nan": "propagate"}, per_item=True)
    yield Variation("NaN", with_nan(plain))
    yield Variation("found", plain, per_item=True, drops=("input", "task"))
    yield Variation("context", plain, {"context": True})
    yield Variation("float32", with_types(plain, "float32"), per_item=True)
    yield Variation("float16", with_types(plain, "float16"))
    yield Variation("int64", with_types(plain, "int64"), per_item=True)
    yield Variation("int8", with_types(plain, "int8"))
    narrow = with_types(plain, "float32")
    yield Variation("int targets", {**narrow, last: {**plain[last], "as": "int64"}}, per_item=True)
    yield Variation("float64 first", {**narrow, first: plain[first]})
    far = {**plain, first: {**plain[first], "set": [[1, 3e38], [2, -3e38]], "as": "float32"}}
    yield Variation("far", far)
    for label in (-100, 1):
        marked = {**plain, last: {**plain[last], "set": [[2, -100.0], [9, -100.0]]}}
        name = f"ignored {label}"
        yield Variation(name, marked, {"ignore_index": label}, per_item=True)
    both = {n: {**r, **nan_in(n, plain)} for n, r in marked.items()}
    yield Variation("ignored, omit", both, {"nan": "omit", "context": True})


def averaged(case: Case, plain: dict[str, Recipe]) -> Iterator[Variation]:
    """Yield averages over classes."""
    if not takes(case.loss, "average"):
        return
    for average in ("macro", "weighted", 1):
        yield Variation(f"average {average}", plain, {"average": average})
    names = [f"class {number}" for number in range(case.columns or 2)]
    options = {"average": "macro", "background": False, "class_names": names}
    yield Variation("no background", plain, options)


def with_types(plain: Mapping[str, Recipe], dtype: str) -> dict[str, Recipe]:
    """Convert every input."""
    return {name: {**recipe, "as": dtype} for name, recipe in plain.items()}


def with_nan(plain: Mapping[str, Recipe]) -> dict[str, Recipe]:
    """Put a NaN into some items of the first and the last input."""
    return {name: {**recipe, **nan_in(name, plain)} for name, recipe in plain.items()}


def nan_in(name: str, plain: Mapping[str, Recipe]) -> Recipe:
    """Return the steps that put NaN into an input, if it is the first or the last."""
    first, last = next(iter(plain)), list(plain)[-1]
    places = {last: [[5, NAN]], first: [[0, NAN], [11, NAN]]}.get(name)
    return {} if places is None else {"set": places, "as": "float64"}


def scenes_of_several(store: Store) -> Iterator[Scene]:
    """Yield losses that are evaluated together, and share what they read."""
    catalogue = {loss.id: loss for loss in every_loss()}
    for losses in TOGETHER:
        case = list(cases_of(catalogue[losses[0]], defaults=True))[-1]
        items = GROUPS if case.sort == "lists" else EVERY
        plain = recipes_of(case, items, store)
        pairs: Any = tuple((name, {}) for name in losses)
        for name, recipes, options in (
            ("plain", plain, {}),
            ("omit", with_nan(plain), {"nan": "omit"}),
            ("float32", with_types(plain, "float32"), {}),
            ("none", plain, {"reduction": "none"}),
        ):
            yield Scene(f"{'+'.join(losses)} {name}", pairs, recipes, {**case.options, **options})
