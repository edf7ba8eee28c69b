"""Law: on the same data, results with one signature have one value."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import LossctlError
from lossctl.core.loss import Loss
from lossctl.core.options import OPTIONS
from lossctl.core.result import Result
from lossctl.engine.digests import digest, partial_hash
from lossctl.losses.catalogue import every_loss
from lossctl.testing.cases import Case, cases_of
from lossctl.testing.draws import class_weights, draw, weight_shape
from lossctl.testing.running import run

GENERATOR = np.random.default_rng(8)
ITEMS = 6


class Change(NamedTuple):
    """A loss on some data, and values of an option that give it different values."""

    loss: str
    inputs: Sequence[Any]
    values: Sequence[Any]
    more: Mapping[str, Any] = {}


SCORES = GENERATOR.normal(size=(ITEMS, 3))
UNIT = GENERATOR.uniform(0.05, 0.95, size=ITEMS)
ROWS = np.exp(SCORES) / np.exp(SCORES).sum(axis=1, keepdims=True)
CLASSES = np.array([0, 1, 2, 0, 0, 1])
BINARY = np.array([0, 1, 0, 0, 1, 0])
ONE_HOT = np.eye(3)[CLASSES]
MASKS = np.eye(3)[GENERATOR.integers(0, 3, size=(4, 10))].swapaxes(1, 2)
SOFT_MASKS = GENERATOR.uniform(size=MASKS.shape)
CUBE = GENERATOR.normal(size=(3, 3, 3))
HOLES = np.where(BINARY == 1, np.nan, UNIT)
SEQUENCES = np.array([[1, 2], [2, 1], [1, 1], [2, 2], [1, 2]])

CHANGES = {
    "reduction": [Change("mse", (UNIT, BINARY), ("mean", "sum", "none"))],
    "mean_by": [
        Change("mse", (UNIT, BINARY), ("weights", "items"), {"weights": 1.0 + np.arange(6)}),
        Change("cross_entropy", (ROWS, CLASSES), ("weights", "items"),
               {"class_weights": [1.0, 2.0, 4.0]}),
    ],
    "input": [
        Change("focal", (UNIT, BINARY), ("auto", "logits")),
        Change("cross_entropy", (ROWS, CLASSES), ("probabilities", "logits")),
        Change("ctc", (-np.abs(CUBE), SEQUENCES[:3]), ("logits", "log_probabilities"),
               {"axes": {"predictions": "item time class"}}),
    ],
    "clip_predictions": [
        Change("bce", (SCORES[:, 0], BINARY), (False, True)),
        Change("focal", (SCORES[:, 0], BINARY), (False, True)),
    ],
    "task": [Change("focal", (ROWS, ONE_HOT), ("multilabel", "multiclass"))],
    "class_axis": [
        Change("cross_entropy", (CUBE, CUBE[0].astype(int) % 3), (0, 1, 2)),
        Change("bce", (ROWS[:3], ONE_HOT[1:4]), (0, 1),
               {"class_weights": [1.0, 2.0, 3.0], "task": "multilabel"}),
    ],
    "class_weights": [
        Change("bce", (UNIT, BINARY), (None, [1.0, 3.0], [3.0, 1.0], "effective:0.5")),
        Change("cross_entropy", (ROWS, CLASSES), (None, "balanced", "effective:0.5")),
    ],
    "ignore_index": [
        Change("cross_entropy", (ROWS, CLASSES), (-100, 0, 1)),
        Change("arcface", (np.tanh(SCORES), CLASSES), (-100, 0, 1)),
        Change("ranknet", (UNIT, CLASSES), (-100, 1, 2)),
    ],
    "shift": [
        Change("cross_entropy", (CUBE, CUBE[0].astype(int) % 3), (False, True), {"class_axis": 2}),
        Change("perplexity", (CUBE, CUBE[0].astype(int) % 3), (False, True), {"class_axis": 2}),
    ],
    "nan": [Change("bce", (HOLES, BINARY), ("omit", "propagate"))],
    "precision": [
        Change("log_cosh", (SCORES.astype(np.float32), ROWS.astype(np.float32)), ("auto", "double"))
    ],
    "pooling": [
        Change("dice", (SOFT_MASKS, MASKS), ("batch", "sample")),
        Change("perplexity", (-np.abs(SCORES),), ("batch", "sample")),
    ],
    "average": [
        Change("dice", (SOFT_MASKS, MASKS), ("micro", "macro", "weighted", 0, 1, 2),
               {"class_axis": 1, "task": "multiclass"})
    ],
    "background": [
        Change("dice", (SOFT_MASKS, MASKS), (True, False),
               {"class_axis": 1, "task": "multiclass", "average": "macro"})
    ],
    "class_names": [
        Change("dice", (SOFT_MASKS, MASKS), (None, ["a", "b", "c"]),
               {"class_axis": 1, "task": "multiclass", "average": "macro"})
    ],
    "positive": [
        Change("bce", (UNIT, np.where(BINARY == 1, "yes", "no")), ("yes", "no")),
        Change("hinge", (SCORES[:, 0], np.where(BINARY == 1, "yes", "no")), ("yes", "no")),
    ],
    "batch_size": [
        Change("info_nce", (SCORES, ROWS), (None, 2, 3)),
        Change("listnet", (UNIT, BINARY), (None, 2, 3)),
        Change("perplexity", (-np.abs(SCORES),), (None, 2, 3)),
    ],
    "axes": [
        Change("ctc", (GENERATOR.normal(size=(5, 5, 3)), SEQUENCES),
               ({"predictions": "time item class"}, {"predictions": "item time class"}))
    ],
    "interval": [Change("bce", (UNIT, BINARY), (False, True))],
    "confidence": [Change("bce", (UNIT, BINARY), (0.9, 0.99))],
    "context": [Change("bce", (UNIT, BINARY), (False, True))],
    "threads": [Change("mse", (np.arange(2e6), np.ones(2_000_000)), (None, 1, 2, 5))],
}  # fmt: skip


def bits(result: Result) -> bytes:
    """Return the value as bits."""
    return np.asarray(result.value).tobytes()


def test_every_option_has_a_case() -> None:
    assert list(CHANGES) == list(OPTIONS)


@pytest.mark.parametrize(
    ("option", "change"),
    [(name, one) for name, changes in CHANGES.items() for one in changes],
    ids=lambda one: one.loss if isinstance(one, Change) else one,
)
def test_a_change_of_an_option(option: str, change: Change) -> None:
    """Where it changes the value, the signature changes too; where it must not, neither does."""
    results = [
        lossctl.compute(change.loss, *change.inputs, **change.more, **{option: value})
        for value in change.values
    ]
    count = len(change.values) if OPTIONS[option].signed else 1
    assert len({bits(one) for one in results}) == count, "values"
    assert len({one.signature for one in results}) == count, "signatures"


def hashed(values: Any) -> str:
    flat = np.asarray(values).reshape(-1)
    return digest(partial_hash(flat, 0), flat.size)


def readings(case: Case) -> Iterator[dict[str, Any]]:
    """Yield options under which a case may have another value, one after the other."""
    yield {}
    yield {"weights": True}
    for count in (2, 3):
        yield {"batch_size": count}
        yield {"group": np.arange(ITEMS) % count}
    weights = class_weights(case)
    yield {"class_weights": weights, "weights": True}
    changes: dict[str, Sequence[Any]] = {
        "reduction": ("sum", "none"), "nan": ("omit", "propagate"), "precision": ("double",),
        "ignore_index": (0, 1, None), "pooling": ("sample",), "background": (False,),
        "average": ("macro", "weighted", 0), "class_weights": (weights, "balanced"),
        "task": ("binary", "multilabel", "multiclass"), "class_axis": (0, 1, -1),
        "input": ("auto", "probabilities", "logits", "labels"), "class_names": (["a"] * 4,),
    }  # fmt: skip
    for name, values in changes.items():
        for value in values:
            yield {name: value}


def results(case: Case, *, every_reading: bool) -> Iterator[tuple[Result, tuple[Any, ...]]]:
    """Yield results of a case, each with the arrays it was computed from."""
    arrays = [a.astype(np.float32) if a.dtype.kind == "f" else a for a in draw(case, ITEMS)]
    for options in readings(case) if every_reading else ({},):
        given = dict(options)
        if given.pop("weights", False):
            shape = weight_shape(case, arrays)
            given["weights"] = np.linspace(0.5, 2.0, int(np.prod(shape))).reshape(shape)
        beside = tuple(given[name] for name in ("weights", "group") if name in given)
        try:
            yield _run(case, arrays, given), (*arrays, *beside)
        except LossctlError:  # it has no such reading
            continue


def _run(case: Case, arrays: Sequence[Any], given: dict[str, Any]) -> Result:
    if "group" not in given:
        return run(case, arrays, context=True, **given)
    named = {e.name: array for e, array in zip(case.inputs, arrays, strict=True)}
    options = {name: value for name, value in case.options.items() if name != "axes"}
    return lossctl.compute(case.loss.id, **named, context=True, **options, **given, **case.params)


@pytest.mark.parametrize("loss", [pytest.param(loss, id=loss.id) for loss in every_loss()])
def test_one_signature_on_the_same_data_is_one_value(loss: Loss) -> None:
    """Over every form, variant, encoding and parameter, and every option that a case takes."""
    seen: dict[Any, tuple[bytes, Case]] = {}
    signatures = set()
    for case in cases_of(loss):
        for result, arrays in results(case, every_reading=case.is_default):
            data = (*sorted(map(hashed, arrays)), *sorted(result.data.items()))
            key = (result.signature, data)
            value, other = seen.setdefault(key, (bits(result), case))
            assert value == bits(result), (result.signature, case.name, other.name)
            signatures.add(result.signature)
    assert len(signatures) > 3


def test_inputs_of_recipes_that_may_be_left_out() -> None:
    """A recipe without them is another composition, also where the same data is given."""
    predictions, targets = ROWS, CLASSES
    values = GENERATOR.uniform(size=ITEMS)
    seen = {}
    for given in ({}, {"rule_values": values}, {"constraint_values": values}):
        result = lossctl.compute("logical", predictions, targets, context=True, **given)
        assert seen.setdefault(result.signature, bits(result)) == bits(result)
    assert len(seen) == 3
