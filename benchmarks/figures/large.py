"""Scenes of several blocks: many items, many classes, axes after the class axis, wide records."""

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

import numpy as np

from benchmarks.figures.scene import Recipe, Scene, Store
from lossctl.core.loss import Loss
from lossctl.losses.catalogue import every_loss
from lossctl.testing.cases import Case, cases_of
from lossctl.testing.draws import draw

SEVERAL_BLOCKS = 2 * 262_144 + 3_391
CLASSES = 70_000
ROWS = 9  # three blocks of at least four rows each
DISTINCT = 251
BY_PAIRS = ("multi_margin", "multiclass_hinge", "ldam")  # of classes, where targets are soft
WIDE = ("triplet", "cosine_embedding", "cosine_similarity", "cosine_distance", "content")


def large_scenes(store: Store) -> Iterator[Scene]:
    """Yield scenes of every form of every loss over several blocks."""
    for loss in every_loss():
        for case in cases_of(loss, defaults=True, brief=True):
            for name, recipes, options in shaped(case, store):
                of = "" if case.loss is loss else " of " + "+".join(recipes)
                yield Scene(
                    f"{case.name}{of} large {name}",
                    ((loss.id, dict(case.params)),),
                    recipes,
                    {**case.options, **options},
                    per_item=True,
                )
        yield from many_classes(loss)
    for loss_id in WIDE:
        yield from wide_records(loss_id)


def shaped(case: Case, store: Store) -> Iterator[tuple[str, dict[str, Recipe], dict[str, Any]]]:
    """Yield recipes that take items at random, laid out in several ways."""
    if case.sort == "grid":
        return
    if case.sort == "batch":
        yield "batches", taken(case, 480, store), {"batch_size": 120}
        return
    if case.sort == "lists":
        yield "lists", taken(case, 70_000, store), {"batch_size": 8}
        return
    if case.sort == "record":
        count = SEVERAL_BLOCKS // (2 * max(prod(array.shape[1:]) for array in draw(case, 1)))
        recipes = taken(case, max(count, 30), store)
        yield "records", recipes, {}
        key = store.keep(np.resize((0.0, 2.0, 1.0, 0.5), 997))
        yield "records, weights", {**recipes, "weights": weights(key, max(count, 30))}, {}
        return
    count = SEVERAL_BLOCKS // max(case.columns, 1)
    recipes = taken(case, count, store)
    yield "rows", recipes, {}
    key = store.keep(np.resize((0.0, 2.0, 1.0, 0.5), 997))
    if case.sort != "set":
        yield "rows, weights", {**recipes, "weights": weights(key, count)}, {}
    if case.columns:
        lead = (3, count // 3)
        images: dict[str, Recipe] = {
            name: {**recipe, "take": [prod(lead), 1], "lead": lead, **moved(recipe, store)}
            for name, recipe in recipes.items()
        }
        yield "class axis 1", images, {"class_axis": 1}


def weights(key: str, count: int) -> Recipe:
    """Return weights for so many items."""
    return {"array": key, "take": [count, 2]}


def taken(case: Case, count: int, store: Store) -> dict[str, Recipe]:
    """Draw a few items, and take that many of them at random."""
    arrays = draw(case, DISTINCT, seed=6)
    names = [entry.name for entry in case.inputs]
    return {
        name: {"array": store.keep(array), "take": [count, 1]}
        for name, array in zip(names, arrays, strict=True)
    }


def moved(recipe: Recipe, store: Store) -> Mapping[str, int]:
    """Return the step that puts a class axis before the last axis of items."""
    return {"move": 1} if store.arrays[recipe["array"]].ndim > 1 else {}


def many_classes(loss: Loss) -> Iterator[Scene]:
    """Yield rows of so many classes that a block holds but a few."""
    if loss.in_words or loss.grouped or "item class" not in loss.form_axes:
        return
    if {entry.name for entry in loss.inputs} != {"predictions", "targets"}:
        return
    for kind in loss.kinds_in("row"):
        predictions = {"normal": [ROWS, CLASSES], "seed": 3, "kind": kind}
        index = {"integers": CLASSES, "shape": [ROWS], "seed": 4}
        soft = {"normal": [ROWS, CLASSES], "seed": 5, "kind": "probabilities"}
        params = {p.name: next(iter(p.domain.inside())) for p in loss.params if p.required}
        encodings = {"index": index} if loss.id in BY_PAIRS else {"index": index, "soft": soft}
        for name, targets in encodings.items():
            yield Scene(
                f"{loss.id} {kind} many classes {name}",
                ((loss.id, params),),
                {"predictions": predictions, "targets": targets},
                {"input": kind, "task": "multiclass"},
                per_item=True,
            )


def wide_records(loss_id: str) -> Iterator[Scene]:
    """Yield records so wide that a block holds three."""
    loss = next(loss for loss in every_loss() if loss.id == loss_id)
    recipes: dict[str, Recipe] = {}
    for number, entry in enumerate(loss.inputs):
        if entry.axes.split() == ["item"]:
            recipes[entry.name] = {"integers": 2, "shape": [ROWS], "seed": 7}
        elif entry.required:
            recipes[entry.name] = {"normal": [ROWS, CLASSES], "seed": number, "kind": "logits"}
    yield Scene(f"{loss_id} wide", ((loss_id, {}),), recipes, per_item=True)
