"""Ordinary mistakes with every loss, and how advice is read out of a message and followed."""

import re
from ast import literal_eval
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.loss import Loss
from lossctl.core.options import OPTIONS
from lossctl.losses.catalogue import every_loss

Inputs: TypeAlias = dict[str, Any]
Change: TypeAlias = Callable[[np.ndarray], Any]


def _last(array: np.ndarray, value: float) -> np.ndarray:
    changed = array.astype(float)
    changed.flat[-1] = value
    return changed


def _one_hot(array: np.ndarray) -> np.ndarray:
    index = np.abs(array).astype(int)
    return np.eye(max(3, index.max(initial=0) + 1))[index]


MISTAKES: Mapping[str, Change] = {
    "an item is missing": lambda a: a[:-1] if len(a) > 1 else a[None],
    "(N, 1)": lambda a: a[..., None],
    "(1, N)": lambda a: a[None],
    "from 1": lambda a: a + 1,
    "signs": lambda a: np.where(a == 0, -1, a),
    "percent": lambda a: a * 100.0,
    "logarithms": lambda a: np.log(np.clip(a, 1e-3, None)),
    "bytes": lambda a: (a != 0) * 255,
    "words": lambda a: np.char.add("w", a.astype(str)),
    "complex": lambda a: a + 1j,
    "NaN": lambda a: _last(a, np.nan),
    "inf": lambda a: _last(a, np.inf),
    "ragged": lambda _: [[1.0], [1.0, 2.0]],
    "negative": lambda a: -a - 1.0,
    "0, 2, -1": lambda a: np.resize([0, 2, -1], a.shape),
    "halves": lambda a: a * 0.5,
    "rounded": lambda a: np.round(a + 0.001234, 2),
    "whole": lambda a: a.astype(np.uint8),
    "one-hot": _one_hot,
    "logits": lambda a: np.log(np.clip(a, 1e-6, 0.9) / (1 - np.clip(a, 1e-6, 0.9))),
    "probabilities": lambda a: 1 / (1 + np.exp(-a)),
}


class Situation(NamedTuple):
    """A loss on inputs of which one is mistaken."""

    loss: Loss
    what: str
    inputs: Inputs
    params: Mapping[str, Any]
    blamed: str


def drawn() -> Iterator[Inputs]:
    """Yield predictions and targets of the usual shapes: binary, classes, masks, label maps."""
    rng = np.random.default_rng(16)
    rows = rng.dirichlet(np.ones(3), size=40)
    index = rng.integers(0, 3, 40)
    maps = rng.integers(0, 3, (2, 5, 6))
    images = rng.normal(size=(2, 3, 5, 6))
    yield {"predictions": rng.uniform(size=40), "targets": rng.integers(0, 2, 40)}
    yield {"predictions": rng.normal(size=40), "targets": rng.integers(0, 2, 40)}
    yield {"predictions": rows, "targets": index}
    yield {"predictions": rows, "targets": np.eye(3)[index]}
    yield {"predictions": images, "targets": maps}
    yield {"predictions": images, "targets": np.moveaxis(np.eye(3)[maps], -1, 1)}
    yield {"predictions": np.moveaxis(images, 1, -1), "targets": np.eye(3)[maps]}
    yield {"predictions": rng.integers(0, 3, maps.shape), "targets": maps}


def right_inputs(loss: Loss) -> Iterator[tuple[Inputs, Mapping[str, Any]]]:
    """Yield inputs and parameters of a loss: its worked examples, and the usual shapes."""
    for example in loss.page.examples:
        every = {"predictions": example.predictions, "targets": example.targets}
        every |= example.others
        yield {n: np.asarray(one) for n, one in every.items() if one is not None}, example.params
    if loss.has_classes and [entry.name for entry in loss.inputs] == ["predictions", "targets"]:
        for inputs in drawn():
            yield inputs, {}


def situations() -> Iterator[Situation]:
    """Yield each mistake with each input of each loss, and inputs as they are."""
    for loss in every_loss():
        seen = set()
        for given, params in right_inputs(loss):
            key = tuple((name, value.shape, value.dtype.kind) for name, value in given.items())
            if key in seen or any(value.dtype.kind not in "biuf" for value in given.values()):
                continue
            seen.add(key)
            yield Situation(loss, "as it is", given, params, "predictions")
            for name, array in given.items():
                for mistake, change in MISTAKES.items():
                    with np.errstate(all="ignore"):
                        inputs = given | {name: change(array)}
                    yield Situation(loss, f"{name}: {mistake}", inputs, params, name)
            if {"predictions", "targets"} <= given.keys():
                p, t = given["predictions"], given["targets"]
                swapped = given | {"predictions": t, "targets": p}
                yield Situation(loss, "swapped", swapped, params, "predictions")


class Way(NamedTuple):
    """One way out of a mistake: the words that name it, and what it changes."""

    words: str
    options: Mapping[str, Any] = {}
    change: Change | None = None
    loss: str = ""


CONVERSIONS: Mapping[str, Callable[[re.Match[str]], Change]] = {
    r"divide (?:both )?by (?:their maximum \()?([\d.]*\d)": lambda m: lambda a: a / float(m[1]),
    r"divide each row by its sum": lambda _: lambda a: a / np.sum(a, axis=-1, keepdims=True),
    r"by \(t \+ 1\) / 2|\(p \+ 1\) / 2": lambda _: lambda a: (a + 1) / 2,
    r"by t - 1": lambda _: lambda a: a - 1,
    r"by t / 255": lambda _: lambda a: a / 255,
    r"give their exponentials": lambda _: np.exp,
    r"give log\(p / \(1 - p\)\)": lambda _: lambda a: np.log(a / (1 - a)),
    r"convert it, to array\.real": lambda _: lambda a: a.real,
    r"convert them to floats": lambda _: lambda a: a.astype(float),
    r"reshape the \w+ to \(([\d, ]*)\)": lambda m: lambda a: a.reshape(literal_eval(f"({m[1]})")),
}  # fmt: skip
VALUE = r"('[^']*'|True|False|None|-?\d+|\{[^}]*\})"
GIVEN = re.compile(rf"\b({'|'.join(OPTIONS)})={VALUE}(?:,? and ({'|'.join(OPTIONS)})={VALUE})?")
OTHER = re.compile(r"(?:use|for losses like|a loss such as) (cross_entropy|bce)\b")


def ways(message: str, loss: Loss) -> Iterator[Way]:
    """Yield the ways out that a message names."""
    for found in GIVEN.finditer(message):
        options = {found[1]: literal_eval(found[2])}
        if found[3]:
            options[found[3]] = literal_eval(found[4])
        yield Way(found[0], options)
    for pattern, change in CONVERSIONS.items():
        for found in re.finditer(pattern, message):
            yield Way(found[0], change=change(found))
    for found in OTHER.finditer(message):
        if found[1] != loss.id:
            yield Way(found[0], loss=found[1])
