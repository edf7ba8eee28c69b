"""Scenes that must end in an error, whose whole text is the figure."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from benchmarks.figures.scene import Recipe, Scene, Store
from benchmarks.figures.small import recipes_of
from lossctl.losses.catalogue import every_loss
from lossctl.testing.cases import Case, cases_of

LOSSES = ("mse", "msle", "poisson_nll", "gaussian_nll", "bce", "bce_with_logits", "focal", "brier",
          "hinge", "cross_entropy", "nll", "kl_divergence", "multilabel_margin", "distillation",
          "dice", "tversky", "lovasz_softmax", "boundary", "triplet", "arcface", "info_nce",
          "cosine_embedding", "supervised_contrastive", "listnet", "ctc", "ssim", "giou",
          "dpo", "forall_rule", "content")  # fmt: skip
ITEMS = 6
NUMBERS = {
    "NaN": float("nan"), "inf": float("inf"), "-inf": -float("inf"), "-3": -3.0, "7": 7.0,
    "half": 0.5, "1e300": 1e300, "-1e-300": -1e-300,
}  # fmt: skip
TYPES = ("bool", "complex128", "U8", "datetime64[s]", "object", "uint64", "longdouble")
OPTIONS: tuple[dict[str, Any], ...] = (
    {"reduction": "average"}, {"input": "scores"}, {"input": "logits"}, {"input": "labels"},
    {"input": "probabilities"}, {"task": "multiclass"}, {"task": "multilabel"}, {"task": "binary"},
    {"class_axis": 9}, {"class_axis": 0}, {"class_weights": [1.0]}, {"class_weights": [1.0, -1.0]},
    {"class_weights": "balanced"}, {"class_weights": "even"}, {"ignore_index": 0.5},
    {"nan": "drop"}, {"precision": "half"}, {"pooling": "sample"}, {"pooling": "image"},
    {"average": "macro"}, {"average": 9}, {"background": False}, {"class_names": ["a", "a"]},
    {"batch_size": 0}, {"batch_size": 4}, {"axes": {"predictions": "item time"}},
    {"axes": {"elsewhere": "item"}}, {"threads": 0}, {"gama": 1.0}, {"ignore_idx": 1},
)  # fmt: skip


def misuse_scenes(store: Store) -> Iterator[Scene]:
    """Yield calls that are wrong in one way each, and some that are strange but right."""
    catalogue = {loss.id: loss for loss in every_loss()}
    for loss_id in LOSSES:
        cases = [c for c in cases_of(catalogue[loss_id], defaults=True) if c.encoding != "absent"]
        chosen = {(c.form.axes, c.encoding): c for c in reversed(cases)}
        for case in chosen.values():
            for name, inputs, keywords in wrong(case, store):
                options = {n: v for n, v in case.options.items() if n != "axes"}
                pairs = ((loss_id, dict(case.params)),)
                label = f"{case.name} misuse {name}"
                yield Scene(label, pairs, inputs, {**options, **keywords})


def wrong(case: Case, store: Store) -> Iterator[tuple[str, dict[str, Recipe], dict[str, Any]]]:
    """Yield what is wrong, the inputs and the options."""
    plain = recipes_of(case, ITEMS, store)
    for name, recipe in plain.items():
        array = store.arrays[recipe["array"]]
        for said, changed in shapes(array).items():
            yield f"{name} {said}", {**plain, name: {"array": store.keep(changed)}}, {}
        for said, number in NUMBERS.items():
            at = min(3, array.size - 1)
            yield (
                f"{name} {said}",
                {**plain, name: {**recipe, "set": [[at, number]], "as": "f8"}},
                {},
            )
        for dtype in TYPES:
            if array.dtype.kind in "fi" and not (dtype == "uint64" and array.min() < 0):
                yield f"{name} {dtype}", {**plain, name: {**recipe, "as": dtype}}, {}
        large = [[2, 2**53 + 1], [0, 2**53 + 3]]
        for dtype in ("int64", "uint64"):
            if array.min() >= 0 or dtype == "int64":
                big = {**recipe, "as": dtype, "set": large}
                yield f"{name} {dtype} beyond", {**plain, name: big}, {}
        rest = {other: entry for other, entry in plain.items() if other != name}
        yield f"without {name}", rest, {}
    yield "elsewhere", {**plain, "elsewhere": next(iter(plain.values()))}, {}
    both = [[0, 0.0], [1, -1.0], [2, 1.0]]
    last = list(plain)[-1]
    yield "0 and -1", {**plain, last: {**plain[last], "set": both}}, {}
    yield from beside(plain, store)
    for options in OPTIONS:
        ((name, value),) = options.items()
        yield f"{name} {value}", plain, options


def shapes(array: np.ndarray[Any, Any]) -> Mapping[str, Any]:
    """Return an array in shapes that do not fit the others."""
    return {
        "cut": array[:-1],
        "with an axis": array[:, None],
        "in a batch": array[None],
        "twice": np.concatenate([array, array]),
        "turned": np.ascontiguousarray(array.swapaxes(0, -1)),
        "narrow": array[..., :-1],
        "empty": array[:0],
        "one item": array[0],
    }


def beside(
    plain: dict[str, Recipe], store: Store
) -> Iterator[tuple[str, dict[str, Recipe], dict[str, Any]]]:
    """Yield weights and groups that are wrong."""
    weights = {
        "negative": np.array([1.0, -1, 1, 1, 1, 1]),
        "NaN": np.array([1.0, np.nan, 1, 1, 1, 1]),
        "inf": np.array([1.0, np.inf, 1, 1, 1, 1]),
        "zero": np.zeros(ITEMS),
        "short": np.ones(ITEMS - 1),
        "square": np.ones((ITEMS, ITEMS)),
        "text": np.array(["a"] * ITEMS),
        "huge": np.full(ITEMS, 1e308),
        "tiny": np.full(ITEMS, 5e-324),
    }
    for name, array in weights.items():
        yield f"weights {name}", {**plain, "weights": {"array": store.keep(array)}}, {}
    groups = {"short": np.arange(ITEMS - 1), "NaN": np.array([0.0, np.nan, 1, 1, 2, 2]),
              "pairs": np.arange(ITEMS) // 2, "alone": np.arange(ITEMS)}  # fmt: skip
    for name, array in groups.items():
        yield f"group {name}", {**plain, "group": {"array": store.keep(array)}}, {}
    pairs = {**plain, "group": {"array": store.keep(np.arange(ITEMS) // 2)}}
    yield "group and batch_size", pairs, {"batch_size": 2}
