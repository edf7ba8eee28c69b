"""A call of the public API as data, and what it answers, so that another tree can repeat it.

Inputs are recipes: an array of the store, and what is done to it. A file of scenes needs nothing of
lossctl but `compute`, `evaluate` and `value_and_gradient`.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

import numpy as np

import lossctl
from lossctl.core.loss import Array

Recipe: TypeAlias = Mapping[str, Any]
BESIDE_FIGURES = ("value", "values", "signature", "loss", "params")  # kept to the bit, or said


class Store:
    """Arrays by their digest."""

    def __init__(self) -> None:
        """Start empty."""
        self.arrays: dict[str, Array] = {}

    def keep(self, array: Array) -> str:
        """Keep an array; return its digest."""
        array = np.ascontiguousarray(array)
        key = digest(array)
        self.arrays[key] = array
        return key

    def to_json(self) -> dict[str, Any]:
        """Return every array as text."""
        return {
            key: [str(a.dtype), a.shape, base64.b64encode(a.tobytes()).decode()]
            for key, a in self.arrays.items()
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Store":
        """Return the store that was written."""
        store = cls()
        for key, (dtype, shape, text) in data.items():
            store.arrays[key] = np.frombuffer(base64.b64decode(text), dtype).reshape(shape)
        return store

    def build(self, recipe: Recipe) -> Array:
        """Follow a recipe: `array` or `normal` or `integers`, then the steps in this order.

        take
            As many items, and a seed: items at random, so that no block is like another.
        lead
            The shape of the axes of items.
        move
            The place to which the last axis goes.
        as
            The type.
        set
            Pairs of a flat index and the number to put there.
        """
        array = self._start(recipe)
        if "take" in recipe:
            count, seed = recipe["take"]
            array = array[np.random.default_rng(seed).integers(len(array), size=count)]
        if "lead" in recipe:
            array = array.reshape(*recipe["lead"], *array.shape[1:])
        if "move" in recipe:
            array = np.moveaxis(array, -1, recipe["move"])
        array = np.array(array, dtype=recipe.get("as", array.dtype), order="C")
        for place, number in recipe.get("set", ()):
            array.flat[place] = number
        return array

    def _start(self, recipe: Recipe) -> Array:
        if "array" in recipe:
            return self.arrays[recipe["array"]]
        generator = np.random.default_rng(recipe["seed"])
        if "integers" in recipe:
            return np.asarray(generator.integers(recipe["integers"], size=recipe["shape"]))
        numbers: Array = np.asarray(generator.normal(scale=3.0, size=recipe["normal"]))
        shifted = numbers - numbers.max(axis=-1, keepdims=True)
        sums = np.exp(shifted).sum(axis=-1, keepdims=True)
        if recipe["kind"] == "log_probabilities":
            return shifted - np.log(sums)
        return np.exp(shifted) / sums if recipe["kind"] == "probabilities" else numbers


@dataclass(frozen=True)
class Scene:
    """One call: losses with parameters, inputs by name, options.

    Attributes
    ----------
    losses
        Pairs of an id and parameters; several are evaluated together.
    inputs
        Recipes by the names of inputs; weights and groups are among them.
    keywords
        Options.
    per_item
        Whether the values of items are figures too.
    """

    name: str
    losses: tuple[tuple[str, Mapping[str, Any]], ...]
    inputs: Mapping[str, Recipe]
    keywords: Mapping[str, Any] = field(default_factory=dict)
    per_item: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as data."""
        return asdict(self)

    def answer(self, store: Store) -> dict[str, Any]:
        """Make the call; return its figures, or the error it ends in."""
        inputs: dict[str, Any] = {name: store.build(recipe) for name, recipe in self.inputs.items()}
        try:
            return self._call(inputs)
        except Exception as error:  # noqa: BLE001 - a traceback is a figure too
            return {"error": f"{type(error).__name__}: {error}"}

    def _call(self, inputs: dict[str, Any]) -> dict[str, Any]:
        if len(self.losses) > 1:
            losses = [(name, dict(params)) for name, params in self.losses]
            results = lossctl.evaluate(losses, **inputs, **self.keywords)
            return {"together": [figures(result) for result in results]}
        loss, params = self.losses[0]
        call = {**inputs, **self.keywords, **params}
        result, gradients = lossctl.value_and_gradient(loss, **call)
        found = figures(result)
        found["gradients"] = {name: of_array(array) for name, array in gradients.items()}
        if self.per_item:
            values = lossctl.compute(loss, **{**call, "reduction": "none"}).value
            found["per_item"] = of_array(np.asarray(values))
        return found


def figures(result: Any) -> dict[str, Any]:
    """Return the value to the bit, and all that is said of it."""
    said = {n: entry for n, entry in result.to_dict().items() if n not in BESIDE_FIGURES}
    for one, data in zip(result.classes, said.get("classes", ()), strict=True):
        data["value"] = one.value.hex()
    value = result.value
    number = of_array(value) if isinstance(value, np.ndarray) else float(value).hex()
    return {"value": number, "said": said}


def of_array(array: Array) -> dict[str, Any]:
    """Return type, shape and digest, and one number that tells near arrays from others."""
    directions = np.cos(np.arange(array.size))  # no sum of exact opposites is 0 by accident
    with np.errstate(all="ignore"):
        mass = float(np.abs(array).sum(dtype=np.float64))
        sum_of = float(np.dot(array.reshape(-1).astype(np.float64), directions))
    return {
        "type": f"{array.dtype}{list(array.shape)}",
        "digest": digest(array),
        "near": [sum_of.hex(), mass.hex()],
    }


def digest(array: Array) -> str:
    """Return a digest of the bytes, and of what they mean."""
    named = f"{array.dtype}{array.shape}".encode()
    return hashlib.sha256(named + np.ascontiguousarray(array).tobytes()).hexdigest()[:20]
