"""Losses of records: inputs with names and axes of their own, groups, variants, stacked inputs."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lossctl.core.domain import NONNEGATIVE
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Form, Grouped, Input, Loss, Page
from lossctl.core.options import Options
from lossctl.core.result import Result
from lossctl.evaluation import Data, Spec, differentiate, evaluate
from lossctl.losses.builders.elementwise import RESIDUAL
from lossctl.losses.builders.records import batch_loss, record_loss

PAGE = Page("A test.", "f", ("a",), ("b",), {"perfect": "0"}, (), (), RESIDUAL)
RNG = np.random.default_rng(5)


def vector(name: str, axes: str = "item feature") -> Input:
    return Input(name, axes, "embedding", "a test", differentiable=True)


def squared_distance(first: Array, second: Array, targets: Array | None) -> Array:
    apart = ((first - second) ** 2).sum(axis=1)
    return apart if targets is None else apart * targets


def distance_slopes(first: Array, second: Array, targets: Array | None) -> dict[str, Array]:
    factor = np.ones(len(first)) if targets is None else targets
    slope = 2.0 * factor[:, None] * (first - second)
    return {"first": slope, "second": -slope}


SIDE = Input("targets", "item", "sign", "signs", optional=True)
READY = record_loss(
    "pair",
    title="Ready",
    tasks=("embedding",),
    inputs=(Input("distance", "item", "value", "ready", NONNEGATIVE, differentiable=True),),
    value=lambda distance: distance,
    slopes=lambda distance: {"distance": np.ones_like(distance)},
    page=PAGE,
)
PAIR = record_loss(
    "pair",
    title="Pair",
    tasks=("embedding",),
    inputs=(vector("first"), vector("second"), SIDE),
    value=squared_distance,
    slopes=distance_slopes,
    page=PAGE,
    packs=("first", "second"),
    variants=(READY,),
)


def spread(embeddings: Array) -> Array:
    return ((embeddings - embeddings.mean(axis=0)) ** 2).sum(axis=1)


SPREAD = batch_loss(
    "spread",
    title="Spread",
    tasks=("embedding",),
    inputs=(vector("embeddings"),),
    value=spread,
    vjp=lambda embeddings, *, slope: {
        "embeddings": 2.0 * slope * (embeddings - embeddings.mean(axis=0))
    },
    page=PAGE,
)


def list_terms(scores: Array, *, groups: Array) -> dict[str, Any]:
    totals = np.add.reduceat(scores, groups[:-1])
    return {"loss": totals**2, "weight": 1.0}


def list_vjp(scores: Array, *, slopes: Any, groups: Array) -> dict[str, Array]:
    totals = np.add.reduceat(scores, groups[:-1])
    return {"predictions": slopes["loss"] * np.repeat(2.0 * totals, np.diff(groups))}


LISTS = Loss(
    "lists",
    "Lists",
    ("ranking",),
    (vector("predictions", "item"),),
    (Form("any", "values", list_terms, list_vjp),),
    PAGE,
    reduction=Grouped("lists"),
)


def masses(frames: Array, lengths: Array | None) -> Array:
    steps = np.arange(frames.shape[1])
    kept = 1.0 if lengths is None else (steps < lengths[:, None])[..., None]
    return (frames * kept).sum(axis=(1, 2))


FRAMES = record_loss(
    "frames",
    title="Frames",
    tasks=("sequence",),
    inputs=(
        vector("frames", "time item class | item time class"),
        Input("lengths", "item", "length", "steps", NONNEGATIVE, optional=True),
    ),
    value=masses,
    slopes=lambda frames, lengths: {
        "frames": np.ones_like(frames)
        if lengths is None
        else np.ones_like(frames) * (np.arange(frames.shape[1]) < lengths[:, None])[..., None]
    },
    page=PAGE,
)


def run(
    loss: Loss, *inputs: Any, weights: Any = None, group: Any = None, **given: Any
) -> tuple[Result, dict[str, Array]]:
    """Evaluate a loss and, where it can be, its gradient."""
    names = {entry.name for one in (loss, *loss.variants) for entry in one.inputs}
    named = {name: given.pop(name) for name in list(given) if name in names}
    options = Options(**given)
    data = Data(inputs, named, weights, group)
    (result,) = evaluate([Spec(loss, {})], data, options)
    return result, differentiate(Spec(loss, {}), data, options)[1]


A, B = RNG.normal(size=(7, 3)), RNG.normal(size=(7, 3))
EACH = ((A - B) ** 2).sum(axis=1)


def test_items_have_axes_of_their_own() -> None:
    result, slopes = run(PAIR, A, B)
    assert result.value == pytest.approx(EACH.mean(), rel=1e-14)
    assert (result.items, result.input.task) == (7, "embedding")
    np.testing.assert_allclose(slopes["first"], 2 * (A - B) / 7, rtol=1e-14)
    np.testing.assert_allclose(slopes["second"], -2 * (A - B) / 7, rtol=1e-14)
    assert set(slopes) == {"first", "second"}


def test_inputs_by_name_in_any_order() -> None:
    assert run(PAIR, second=B, first=A)[0].value == run(PAIR, A, B)[0].value


def test_leading_axes_are_items() -> None:
    result, slopes = run(PAIR, A.reshape(7, 1, 3), B.reshape(7, 1, 3), reduction="none")
    assert result.value.shape == (7, 1)
    assert slopes["first"].shape == (7, 1, 3)
    assert run(PAIR, A[0], B[0])[0].value == pytest.approx(EACH[0], rel=1e-14)


def test_stacked_inputs_are_taken_apart() -> None:
    both = np.stack([A, B], axis=1)
    result, slopes = run(PAIR, both)
    assert result.value == run(PAIR, A, B)[0].value
    np.testing.assert_array_equal(slopes["second"], run(PAIR, A, B)[1]["second"])
    signs = np.array([1, -1, 1, 1, 1, -1, 1])
    assert run(PAIR, both, signs)[0].value == pytest.approx((signs * EACH).mean(), rel=1e-14)


def test_the_variant_that_fits_is_taken() -> None:
    assert run(PAIR, EACH)[0].value == pytest.approx(EACH.mean(), rel=1e-14)
    assert run(PAIR, distance=EACH)[0].value == pytest.approx(EACH.mean(), rel=1e-14)
    twin = replace(READY, inputs=(replace(READY.inputs[0], name="length"),))
    with pytest.raises(UsageError, match=r"may be distance or length; name them"):
        run(replace(READY, variants=(twin,)), EACH)


def test_weights_ignored_labels_and_nan() -> None:
    weights = np.arange(7.0)
    result, slopes = run(PAIR, A, B, weights=weights)
    assert result.value == pytest.approx((weights * EACH).sum() / weights.sum(), rel=1e-14)
    assert (result.items, result.ignored) == (6, 1)
    wanted = 2 * (A - B) * (weights / weights.sum())[:, None]
    np.testing.assert_allclose(slopes["first"], wanted, rtol=1e-13, atol=1e-300)
    broken = A.copy()
    broken[2, 1] = np.nan
    with pytest.raises(DataError, match=r"first: NaN in the first at item 2"):
        run(PAIR, broken, B)
    result, slopes = run(PAIR, broken, B, nan="omit")
    kept = np.delete(EACH, 2)
    assert result.value == pytest.approx(kept.mean(), rel=1e-14)
    assert (result.items, result.omitted) == (6, 1)
    assert not slopes["first"][2].any()
    signs = np.array([1, -1, -100, 1, 1, 1, 0])
    with pytest.raises(DataError, match="both 0 and -1"):
        run(PAIR, A, B, signs)
    signs[6] = -1
    assert run(PAIR, A, B, signs)[0].ignored == 1


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ((A, B[:5]), r"first \(7, 3\) .* and second \(5, 3\) .* differ in items: 7 and 5"),
        ((A, B[:, :2]), "differ in feature: 3 and 2"),
        ((A, np.float64(3.0)), r"second \(\) .* expected \(item, feature\)"),
        ((A[:0], B[:0]), "no items"),
    ],
)
def test_shapes_that_do_not_fit(inputs: tuple[Any, ...], message: str) -> None:
    with pytest.raises(DataError, match=message):
        run(PAIR, *inputs)


def test_unknown_and_missing_inputs() -> None:
    with pytest.raises(UsageError, match="did you mean first"):
        evaluate([Spec(PAIR, {})], Data([A], {"frist": B}), Options())
    with pytest.raises(UsageError, match="pair takes first and second"):
        run(PAIR)
    with pytest.raises(UsageError, match=r"pair takes first and second .*; 4 given"):
        run(PAIR, A, B, A, B)


def groups_by_hand(array: Array, parts: list[Array]) -> Array:
    found = np.empty(len(array))
    for part in parts:
        found[part] = spread(array[part])
    return found


@pytest.mark.parametrize("threads", [1, 4])
def test_groups_by_size_by_name_and_by_shape(threads: int) -> None:
    array = RNG.normal(size=(10, 3))
    whole = run(SPREAD, array, threads=threads)[0]
    assert whole.value == pytest.approx(spread(array).mean(), rel=1e-13)
    by_size = run(SPREAD, array, batch_size=4, reduction="none", threads=threads)[0]
    parts = [np.arange(0, 4), np.arange(4, 8), np.arange(8, 10)]
    np.testing.assert_allclose(by_size.value, groups_by_hand(array, parts), rtol=1e-13)
    assert "3 groups of 2 to 4 items (from the batch_size)" in by_size.notes
    names = np.array([3, 1, 3, 3, 2, 1, 2, 1, 1, 2])
    parts = [np.flatnonzero(names == name) for name in (3, 1, 2)]
    result, slopes = run(SPREAD, array, group=names, reduction="none", threads=threads)
    np.testing.assert_allclose(result.value, groups_by_hand(array, parts), rtol=1e-13)
    for part in parts:
        wanted = 2 * (array[part] - array[part].mean(axis=0))
        np.testing.assert_allclose(slopes["embeddings"][part], wanted, rtol=1e-12, atol=1e-15)
    cube = array.reshape(2, 5, 3)
    parts = [np.arange(5), np.arange(5, 10)]
    by_shape = run(SPREAD, cube, reduction="none")[0].value
    np.testing.assert_allclose(by_shape.ravel(), groups_by_hand(array, parts), rtol=1e-13)


def test_omitted_items_leave_their_group() -> None:
    array = RNG.normal(size=(8, 3))
    broken = np.insert(array, 3, np.nan, axis=0)
    group = np.repeat([0, 1], [5, 4])
    result, slopes = run(SPREAD, broken, group=group, nan="omit", reduction="none")
    wanted = groups_by_hand(array, [np.arange(4), np.arange(4, 8)])
    np.testing.assert_allclose(np.delete(result.value, 3), wanted, rtol=1e-13)
    assert result.value[3] == 0.0
    assert not slopes["embeddings"][3].any()
    with pytest.raises(UsageError, match="takes no item weights"):
        run(SPREAD, array, weights=np.ones(8))


def test_lists_have_one_value_a_group() -> None:
    scores = RNG.normal(size=9)
    group = np.array([7, 7, 2, 2, 2, 2, 9, 9, 9])
    sums = np.array([scores[:2].sum(), scores[2:6].sum(), scores[6:].sum()])
    result, slopes = run(LISTS, scores, group=group)
    assert result.value == pytest.approx((sums**2).mean(), rel=1e-13)
    wanted = np.repeat(2 * sums / 3, [2, 4, 3])
    np.testing.assert_allclose(slopes["predictions"], wanted, rtol=1e-13)
    each = run(LISTS, scores, group=group, reduction="none")[0].value
    np.testing.assert_allclose(each, sums**2, rtol=1e-13)
    shuffled = RNG.permutation(9)
    again = run(LISTS, scores[shuffled], group=group[shuffled])[0].value
    assert again == pytest.approx((sums**2).mean(), rel=1e-13)


def test_many_lists_in_several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    from lossctl.engine.bind import layout

    scores = RNG.normal(size=1_000)
    group = np.sort(RNG.integers(0, 120, size=1_000))
    value, slopes = run(LISTS, scores, group=group)
    monkeypatch.setattr(layout, "LIST_ITEMS", 37)
    again, parts = run(LISTS, scores, group=group)
    assert again.value == pytest.approx(value.value, rel=1e-13)
    np.testing.assert_allclose(parts["predictions"], slopes["predictions"], rtol=1e-12)
    assert run(LISTS, scores, group=group, threads=5)[0].value == again.value


def test_the_item_axis_is_found_and_moved() -> None:
    frames = RNG.normal(size=(4, 2, 3))  # time, item, class
    lengths = np.array([4, 1])
    wanted = np.array([frames[:, 0].sum(), frames[0, 1].sum()])
    result, slopes = run(FRAMES, frames, lengths, reduction="none")
    np.testing.assert_allclose(result.value, wanted, rtol=1e-13)
    assert slopes["frames"].shape == frames.shape
    assert slopes["frames"][:, 0].all()
    assert not slopes["frames"][1:, 1].any()
    assert "frames are read as time, item, class" in result.notes
    turned, back = run(FRAMES, frames.swapaxes(0, 1).copy(), lengths, reduction="none")
    np.testing.assert_allclose(turned.value, wanted, rtol=1e-13)
    np.testing.assert_array_equal(back["frames"], slopes["frames"].swapaxes(0, 1))
    square = RNG.normal(size=(2, 2, 3))
    with pytest.raises(DataError, match=r"may be time item class or item time class; say which"):
        run(FRAMES, square, lengths)
    said = run(FRAMES, square, lengths, axes={"frames": "item time class"}, reduction="none")[0]
    np.testing.assert_allclose(said.value, [square[0].sum(), square[1, :1].sum()], rtol=1e-13)
    with pytest.raises(DataError, match=r"lengths must be whole numbers, got 1.5 at item 1"):
        run(FRAMES, frames, np.array([2.0, 1.5]))


def test_groups_and_batches_are_refused_where_they_mean_nothing() -> None:
    with pytest.raises(UsageError, match="batch_size: pair takes none"):
        run(PAIR, A, B, batch_size=3)
    with pytest.raises(UsageError, match="group: pair evaluates each item separately"):
        run(PAIR, A, B, group=np.arange(7))
    with pytest.raises(UsageError, match="give one of them"):
        run(SPREAD, A, group=np.arange(7), batch_size=2)
