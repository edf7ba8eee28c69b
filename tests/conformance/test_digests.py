"""Law: a result knows its data, however the data is stored, cut, served, read or shared."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.loss import Array
from lossctl.core.result import Result
from lossctl.engine.bind.layout import BLOCK_ELEMENTS
from lossctl.engine.digests import digest, partial_hash
from lossctl.testing.cases import RECORDS, Case, cases_of
from lossctl.testing.draws import draw
from lossctl.testing.running import run, slopes
from lossctl.testing.storage import Served, large
from tests.conformance.cases import each_case

SORTS = ("items", "pooled", "set", "grid", *RECORDS)
SEVERAL = ("mse", "bce", "focal", "cross_entropy", "dice", "distillation", "ctc", "arcface",
           "supervised_contrastive", "listnet", "lovasz_softmax", "boundary")  # fmt: skip


def of(values: Any) -> str:
    """Return the digest of a whole array, in one piece."""
    flat = np.asarray(values).reshape(-1)
    return digest(partial_hash(flat, 0), flat.size)


def held_against(case: Case, arrays: Sequence[Array]) -> dict[str, Array]:
    """Return the inputs without a gradient, and the targets, by name."""
    return {
        entry.name: array
        for entry, array in zip(case.inputs, arrays, strict=True)
        if not entry.differentiable or entry.name == "targets"
    }


def data(result: Result) -> dict[str, Any]:
    return dict(result.data)


@each_case(*SORTS, brief=True)
def test_a_result_knows_its_data(case: Case) -> None:
    arrays = draw(case, 6)
    wanted = {name: of(array) for name, array in held_against(case, arrays).items()}
    assert data(run(case, arrays, context=True)) == {"rows": 6, **wanted}
    assert data(run(case, arrays)) == {"rows": 6, **dict.fromkeys(wanted)}


@each_case(*SORTS, brief=True)
def test_storage_changes_nothing(case: Case) -> None:
    """Sources, strides, byte order, and a narrower dtype that holds the same numbers."""
    narrow = [a.astype(np.float32) if a.dtype.kind == "f" else a for a in draw(case, 6)]
    wanted = data(run(case, narrow, context=True))
    wide = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in narrow]
    turned = [np.asfortranarray(a.astype(a.dtype.newbyteorder(">"))) for a in wide]
    served = [Served(array, chunk=3, stride=2) for array in wide]
    labels = [a.astype(np.int16) if (a == np.floor(a)).all() else a for a in wide]
    for inputs in (wide, turned, served, [*narrow[:1], *labels[1:]]):
        assert data(run(case, inputs, context=True)) == wanted


@each_case(*SORTS, brief=True)
def test_the_order_of_items_is_part_of_it(case: Case) -> None:
    arrays = draw(case, 6)
    before = data(run(case, arrays, context=True))
    after = data(run(case, [np.roll(array, 1, axis=0) for array in arrays], context=True))
    for name, array in held_against(case, arrays).items():
        moved = not np.array_equal(np.roll(array, 1, axis=0), array)
        assert (before[name] != after[name]) is moved


@pytest.mark.parametrize("loss", SEVERAL)
def test_blocks_threads_and_sources_change_nothing(loss: str) -> None:
    from lossctl.losses.catalogue import get

    for case in cases_of(get(loss), brief=True):
        arrays, options = large(case)
        wanted = {name: of(array) for name, array in held_against(case, arrays).items()}
        for threads, inputs in ((1, arrays), (3, [Served(array, chunk=999) for array in arrays])):
            result = run(case, inputs, context=True, threads=threads, **options)
            assert data(result) == {"rows": result.data["rows"], **wanted}


class Counted(Served):
    """Counts the elements that are read."""

    elements = 0

    def read(self, start: int, stop: int) -> Array:
        """Read, and count."""
        self.elements += stop - start
        return super().read(start, stop)


@pytest.mark.parametrize("loss", SEVERAL)
def test_digests_are_taken_in_the_same_pass(loss: str) -> None:
    """Nothing is read that is not read without them."""
    from lossctl.losses.catalogue import get

    for case in cases_of(get(loss), brief=True):
        arrays, options = large(case)
        counts = []
        for context in (False, True):
            counted = [Counted(array) for array in arrays]
            run(case, counted, context=context, **options)
            counts.append([one.elements for one in counted])
        assert counts[0] == counts[1]


def test_every_way_of_reading_several_times() -> None:
    """Class counts before the pass, a second fold, two losses, a gradient: one digest."""
    generator = np.random.default_rng(1)
    size = BLOCK_ELEMENTS + 501
    logits = generator.normal(size=(size, 2)).astype(np.float32)
    targets = generator.integers(0, 2, size=size)
    weights = generator.uniform(size=size)
    wanted = {"rows": size, "targets": of(targets), "weights": of(weights)}
    given: dict[str, Any] = {"weights": weights, "context": True}
    balanced = lossctl.compute("cross_entropy", logits, targets, class_weights="balanced", **given)
    assert data(balanced) == wanted
    narrow = targets.astype(np.float32)
    overflowing = lossctl.compute("mse", logits[:, 0] * np.float32(1e30), narrow, **given)
    assert "float32 overflowed" in " ".join(overflowing.notes)
    assert data(overflowing) == wanted
    soft = np.where(targets[:, None] == [0, 1], 0.75, 0.25)
    sharp = np.where(targets[:, None] == [0, 1], 0.9, 0.1)
    names = ["focal", "cross_entropy", "brier"]
    for result in lossctl.evaluate(names, sharp, soft, task="multiclass", **given):
        assert data(result) == {**wanted, "targets": of(soft)}
    result, _ = lossctl.value_and_gradient("cross_entropy", logits, targets, **given)
    assert data(result) == wanted
    items = lossctl.compute("cross_entropy", logits, targets, reduction="none", **given)
    assert data(items) == wanted


def test_what_is_left_out_is_part_of_the_data() -> None:
    """Ignored labels, NaN and items of weight 0 are hashed as they are stored."""
    predictions, targets = np.array([0.2, 0.7, 0.4, 0.9]), np.array([0.0, 1.0, -100.0, np.nan])
    weights = np.array([1.0, 0.0, 1.0, 1.0])
    found = lossctl.compute("bce", predictions, targets, weights=weights, nan="omit", context=True)
    assert found.items == 1
    assert data(found) == {"rows": 4, "targets": of(targets), "weights": of(weights)}
    other = np.array([0.0, 1.0, 0.0, np.nan])
    masked = np.array([1.0, 0.0, 0.0, 1.0])
    again = lossctl.compute("bce", predictions, other, weights=masked, nan="omit", context=True)
    assert again.value == found.value
    assert data(again) != data(found)


def test_groups_and_what_they_reorder() -> None:
    """Items are hashed in their own order, also when groups lie in pieces."""
    generator = np.random.default_rng(2)
    scores, relevance = generator.normal(size=12), generator.integers(0, 3, size=12)
    group = generator.integers(0, 3, size=12)
    found = lossctl.compute("listnet", scores, relevance, group=group, context=True)
    wanted = {"rows": 12, "targets": of(relevance), "group": of(group)}
    assert data(found) == wanted
    inputs = [Served(one) for one in (scores, relevance, group)]
    served = lossctl.compute("listnet", *inputs[:2], group=inputs[2], context=True)
    assert data(served) == wanted


def test_axes_that_are_moved_and_sequences_that_are_packed() -> None:
    generator = np.random.default_rng(4)
    frames = generator.normal(size=(6, 3, 5))  # time, item, class
    targets = np.array([[1, 2], [3, 0], [4, 1]])
    lengths = np.array([2, 1, 2])
    options: dict[str, Any] = {"axes": {"predictions": "time item class"}, "context": True}
    padded = lossctl.compute("ctc", frames, targets, target_lengths=lengths, **options)
    wanted = {"rows": 3, "targets": of(targets), "target_lengths": of(lengths)}
    assert data(padded) == wanted
    packed = np.array([1, 2, 3, 4, 1])
    found = lossctl.compute("ctc", frames, packed, target_lengths=lengths, **options)
    assert found.value == padded.value
    assert data(found) == {**wanted, "targets": of(packed)}


def test_rows_read_one_by_one_are_hashed_once() -> None:
    """Groups scattered over a source that is no array: more ranges than are kept account of."""
    generator = np.random.default_rng(6)
    scores, relevance = generator.normal(size=20_000), generator.integers(0, 3, size=20_000)
    group = generator.integers(0, 5_000, size=20_000)
    inputs = [Served(scores), Served(relevance)]
    found = lossctl.compute("listnet", *inputs, group=group, context=True)
    assert data(found) == {"rows": 20_000, "targets": of(relevance), "group": of(group)}


def test_a_recipe_knows_the_arrays_of_its_parts() -> None:
    generator = np.random.default_rng(7)
    images, latent = generator.uniform(size=(5, 3, 3)), generator.normal(size=(5, 2))
    vae = lossctl.compute("vae", images / 2, images, latent, latent, context=True)
    assert data(vae) == {"rows": 5, "targets": of(images)}
    assert data(lossctl.compute("vae", images / 2, images, latent, latent))["targets"] is None
    boxes, labels = generator.normal(size=(5, 4)), generator.integers(0, 2, size=5)
    scores = generator.uniform(0.1, 0.9, size=5)
    detection = lossctl.compute("detection", scores, labels, boxes, boxes + 1, context=True)
    wanted = {"rows": 5, "class_targets": of(labels), "box_targets": of(boxes + 1)}
    assert data(detection) == wanted


def test_components_of_an_objective_know_their_data(tmp_path: Path) -> None:
    """By the names that data has in the file; rules and constraints have none."""
    predictions, truth, weights = np.array([0.2, 0.7, 0.9]), np.array([0, 1, 0]), np.arange(3.0)
    arrays = {"p": predictions, "y": truth, "w": weights, "r": predictions}
    path = tmp_path / "objective.yaml"
    path.write_text(
        "version: 1\ndata: {p: p.npy, y: y.npy, w: w.npy, r: r.npy}\n"
        "supervised: {loss: bce, predictions: p, targets: y, weights: w}\n"
        "rules: [{name: rule, values: r}]\n"
    )
    (answer,) = lossctl.run(path, data=arrays)
    assert dict(answer.component("bce").data) == {"rows": 3, "y": of(truth), "weights": of(weights)}
    supervised, rule = answer.to_dict()["components"]
    assert supervised["data"] == {"rows": 3, "y": of(truth), "weights": of(weights)}
    assert "data" not in rule


@each_case(*SORTS, brief=True)
def test_digests_change_no_bit(case: Case) -> None:
    arrays = draw(case, 6)
    assert run(case, arrays, context=True).value == run(case, arrays).value
    plain, hashed = slopes(case, arrays), slopes(case, arrays, context=True)
    assert {n: a.tobytes() for n, a in plain.items()} == {n: a.tobytes() for n, a in hashed.items()}
