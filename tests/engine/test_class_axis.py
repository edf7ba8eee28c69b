"""Classes or labels: targets shaped like the predictions, and what says which they are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import lossctl
from lossctl.api import compute, gradient
from lossctl.core.errors import DataError, LossctlError, UsageError
from lossctl.engine.bind import class_axis
from lossctl.engine.bind.class_axis import sums_to_one
from lossctl.engine.given import as_source
from lossctl.engine.sources import ArraySource
from lossctl.losses.catalogue import every_loss
from tests.cli.run import lossctl as shell

RNG = np.random.default_rng(5)
LOGITS = RNG.normal(size=(2, 4, 5, 3)) * 2
INDEX = RNG.integers(3, size=(2, 4, 5))
ONE_HOT = np.eye(3)[INDEX]
BOTH_SIGNS = LOGITS - LOGITS.mean(axis=-1, keepdims=True)  # in every row
SHARES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=-1, keepdims=True)
UNITS = 1.0 / (1.0 + np.exp(-LOGITS))
BOTH = [
    loss.id
    for loss in every_loss()
    if {"item", "item class"} <= set(loss.form_axes) and loss.has_classes and not loss.joint_classes
]


def dice(p: np.ndarray) -> float:
    """1 − 2Σpt / (Σp + Σt), with nothing to smooth it."""
    return 1 - 2 * (p * ONE_HOT).sum() / (p.sum() + ONE_HOT.sum())


def jaccard(p: np.ndarray) -> float:
    both = (p * ONE_HOT).sum()
    return 1 - both / (p.sum() + ONE_HOT.sum() - both)


def tversky(p: np.ndarray) -> float:
    hits, alarms = (p * ONE_HOT).sum(), (p * (1 - ONE_HOT)).sum()
    return 1 - hits / (hits + 0.5 * alarms + 0.5 * ((1 - p) * ONE_HOT).sum())


def entropy(p: np.ndarray) -> float:
    """−log of the true class, or of every element."""
    if p is SHARES:
        return float(-np.log(p[ONE_HOT == 1]).mean())
    return float(-np.where(ONE_HOT == 1, np.log(p), np.log1p(-p)).mean())


def brier(p: np.ndarray) -> float:
    squares = (p - ONE_HOT) ** 2
    return float(squares.sum(axis=-1).mean() if p is SHARES else squares.mean())


# by hand, of the softmax and of the sigmoids: losses, parameters that leave the plain formula
BY_HAND: list[tuple[str, dict[str, Any], Callable[[np.ndarray], float]]] = [
    ("dice", {"smooth": 0.0}, dice),
    ("jaccard", {"smooth": 0.0}, jaccard),
    ("tversky", {"smooth": 0.0, "alpha": 0.5, "beta": 0.5}, tversky),
    (
        "focal_tversky",
        {"smooth": 0.0, "alpha": 0.5, "beta": 0.5, "gamma": 2.0},
        lambda p: tversky(p) ** 2.0,
    ),
    ("focal", {"gamma": 0.0, "alpha": None}, entropy),
    ("poly1", {"epsilon": 0.0}, entropy),
    ("brier", {}, brier),
]


def along(axis: int, array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(array, -1, axis))


def test_every_loss_with_both_readings_is_here() -> None:
    assert {name for name, _, _ in BY_HAND} | {"dice_cross_entropy"} == set(BOTH)


@pytest.mark.parametrize("axis", [0, 1, 2, 3])
@pytest.mark.parametrize(("loss", "params", "formula"), BY_HAND, ids=[row[0] for row in BY_HAND])
def test_both_readings_by_hand(
    loss: str, params: dict[str, Any], formula: Callable[[np.ndarray], float], axis: int
) -> None:
    inputs = along(axis, LOGITS), along(axis, ONE_HOT)
    with pytest.raises(DataError) as caught:
        compute(loss, *inputs, **params)
    assert f"class_axis={axis} for classes" in str(caught.value)
    assert f"task='multilabel' and class_axis={axis}" in str(caught.value)
    classes = compute(loss, *inputs, class_axis=axis, **params)
    assert classes.input.task == "multiclass"
    assert classes.value == pytest.approx(formula(SHARES), rel=1e-12)
    labels = compute(loss, *inputs, task="multilabel", class_axis=axis - 4, **params)
    assert labels.value == pytest.approx(formula(UNITS), rel=1e-12)
    assert compute(loss, *inputs, task="binary", **params).value == pytest.approx(
        formula(UNITS), rel=1e-12
    )


def test_dice_cross_entropy_by_hand() -> None:
    found = compute("dice_cross_entropy", LOGITS, ONE_HOT, class_axis=-1, smooth=0.0)
    assert found.value == pytest.approx((dice(SHARES) + entropy(SHARES)) / 2, rel=1e-12)
    found = compute("dice_cross_entropy", LOGITS, ONE_HOT, task="binary", smooth=0.0)
    assert found.value == pytest.approx((dice(UNITS) + entropy(UNITS)) / 2, rel=1e-12)
    with pytest.raises(DataError, match="class_axis=3"):
        compute("dice_cross_entropy", LOGITS, ONE_HOT)


@pytest.mark.parametrize("loss", BOTH)
def test_index_targets_say_the_same(loss: str) -> None:
    index = compute(loss, LOGITS, INDEX)
    assert compute(loss, LOGITS, ONE_HOT, class_axis=3).value == index.value
    assert compute(loss, LOGITS, ONE_HOT, class_axis=-1, task="multiclass").value == index.value
    slopes = [gradient(loss, LOGITS, t, class_axis=3)["predictions"] for t in (INDEX, ONE_HOT)]
    assert np.array_equal(*slopes)


@pytest.mark.parametrize("loss", BOTH)
@pytest.mark.parametrize("rows", [1, 2, 40])
def test_rows_of_classes(loss: str, rows: int) -> None:
    p, t = BOTH_SIGNS.reshape(-1, 3)[:rows], ONE_HOT.reshape(-1, 3)[:rows]
    with pytest.raises(DataError, match=r"class_axis(=|: )1"):
        compute(loss, p, t)
    shares = np.exp(p) / np.exp(p).sum(axis=-1, keepdims=True)
    index = compute(loss, p, INDEX.ravel()[:rows])
    assert compute(loss, p, t, class_axis=1).value == index.value
    assert compute(loss, shares, t).value == pytest.approx(index.value, rel=1e-12)


@pytest.mark.parametrize(
    "said", [{"average": "macro"}, {"average": 2}, {"pooling": "sample"}, {"background": False}]
)
@pytest.mark.parametrize("loss", ["dice", "jaccard", "tversky", "focal_tversky"])
def test_averages_and_pools_change_no_activation(loss: str, said: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="class_axis=3"):
        compute(loss, LOGITS, ONE_HOT, **said)
    index = compute(loss, LOGITS, INDEX, **said)
    assert compute(loss, LOGITS, ONE_HOT, class_axis=-1, **said).value == index.value


def test_without_background_by_hand() -> None:
    p, t = SHARES[..., 1:], ONE_HOT[..., 1:]
    wanted = 1 - 2 * (p * t).sum() / (p.sum() + t.sum())
    found = compute("dice", LOGITS, ONE_HOT, class_axis=-1, background=False, smooth=0.0)
    assert found.value == pytest.approx(wanted, rel=1e-12)


MASK = (RNG.uniform(size=(2, 4, 5, 3)) < 0.4).astype(float)


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ({}, "class_axis names a class axis, task='multilabel'"),
        ({"task": "binary"}, "task binary"),
        ({"class_axis": 2}, "axis 2 holds a single class"),
    ],
)
@pytest.mark.parametrize("more", [{"background": False}, {"average": "macro"}])
def test_options_of_classes_beside_one_mask(
    said: dict[str, Any], advice: str, more: dict[str, Any]
) -> None:
    cut = slice(0, 1) if "class_axis" in said else slice(None)
    with pytest.raises(UsageError, match=advice) as caught:
        compute("dice", LOGITS[:, :, cut], MASK[:, :, cut], **said, **more)
    assert "say which axis" not in str(caught.value) or not said
    found = compute("dice", LOGITS, MASK, task="multilabel", class_axis=-1, **more)
    assert found.classes or more == {"background": False}


def test_several_labels_along_a_class_axis_say_what_to_do() -> None:
    with pytest.raises(DataError, match="task='multilabel'"):
        compute("dice", LOGITS, MASK, class_axis=-1)
    assert compute("dice", LOGITS, MASK, task="multilabel", class_axis=-1).value == pytest.approx(
        compute("dice", LOGITS, MASK).value, rel=1e-14
    )


@pytest.mark.parametrize("loss", BOTH)
@pytest.mark.parametrize(
    "targets",
    [
        np.eye(20)[:, :1],  # (N, 1): one positive among twenty items is no class
        np.ones((1, 6)),
        np.eye(6)[2],
        np.array([[1, 0, 1], [0, 1, 0]]),  # two items that happen to complement each other
        MASK,
        MASK[0, ..., :1],
        np.where(INDEX == 1, 1, 0),
    ],
    ids=["column", "full row", "flat", "two items", "masks", "one channel", "image"],
)
def test_what_is_no_class_stays_quiet(loss: str, targets: np.ndarray) -> None:
    scores = np.linspace(-2.0, 2.0, targets.size).reshape(targets.shape)
    found = compute(loss, scores, targets)
    assert found.value == pytest.approx(compute(loss, scores, targets, task="binary").value)
    assert not any("class" in note for note in found.notes)


def test_masks_of_one_channel_may_name_it() -> None:
    p, t = LOGITS[..., :1], MASK[..., :1]
    assert compute("dice", p, t, class_axis=3).value == compute("dice", p, t).value


def test_pixels_that_do_not_count_are_no_evidence() -> None:
    targets = ONE_HOT.copy()
    targets[0, 1] = -100
    with pytest.raises(DataError, match="class_axis=3"):
        compute("dice", LOGITS, targets)
    targets[0, 1] = 255
    with pytest.raises(DataError, match="class_axis=3"):
        compute("dice", LOGITS, targets, ignore_index=255)
    targets[0, 1] = np.nan
    with pytest.raises(DataError, match="class_axis=3"):
        compute("dice", LOGITS, targets, nan="omit")
    targets[0] = 0
    assert compute("dice", LOGITS, targets).input.task == "segmentation"
    for weights in (np.array([0.0, 1.0]), np.stack([np.zeros((4, 5, 3)), np.ones((4, 5, 3))])):
        with pytest.raises(DataError, match="class_axis=3"):
            compute("dice", LOGITS, targets, weights=weights)


@pytest.mark.parametrize(("loss", "params", "formula"), BY_HAND, ids=[row[0] for row in BY_HAND])
def test_probabilities_need_no_word_where_the_readings_agree(
    loss: str, params: dict[str, Any], formula: Callable[[np.ndarray], float]
) -> None:
    overlap = loss in {"dice", "jaccard", "tversky", "focal_tversky"}
    for said in ({}, {"input": "probabilities"}):
        if overlap:
            found = compute(loss, SHARES, ONE_HOT, **params, **said)
            assert found.value == pytest.approx(formula(SHARES), rel=1e-12)
        else:
            with pytest.raises(DataError, match="class_axis=3"):
                compute(loss, SHARES, ONE_HOT, **params, **said)
    with pytest.raises(DataError, match="class_axis=3"):
        compute(loss, SHARES, ONE_HOT, input="logits", **params)
    if overlap:
        with pytest.raises(DataError, match="class_axis=3"):
            compute(loss, SHARES, ONE_HOT, average="macro", **params)
        assert compute(loss, ONE_HOT, ONE_HOT, **params).value == pytest.approx(0.0, abs=1e-12)


def test_soft_classes_are_classes_too() -> None:
    soft = np.where(ONE_HOT == 1, 0.9, 0.05)
    with pytest.raises(DataError, match="class_axis=3"):
        compute("dice", LOGITS, soft)
    wanted = 1 - 2 * (SHARES * soft).sum() / (SHARES.sum() + soft.sum())
    found = compute("dice", LOGITS, soft, class_axis=-1, smooth=0.0)
    assert found.value == pytest.approx(wanted, rel=1e-12)
    rows = compute("dice", LOGITS.reshape(-1, 3), soft.reshape(-1, 3), smooth=0.0)
    assert rows.value == pytest.approx(wanted, rel=1e-12)


def test_classes_along_the_first_axis_are_no_samples() -> None:
    p, t = along(0, LOGITS[0]), along(0, ONE_HOT[0])
    with pytest.raises(UsageError, match="holds classes"):
        compute("dice", p, t, class_axis=0, pooling="sample")


class Counting(ArraySource):
    """Remembers the largest piece that was read."""

    largest = 0

    def read(self, start: int, stop: int) -> np.ndarray:
        self.largest = max(self.largest, stop - start)
        return super().read(start, stop)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("shape", [(3, 700, 300), (300, 3, 700), (700, 300, 3), (90_000, 2, 2)])
def test_evidence_is_read_in_pieces(shape: tuple[int, ...], axis: int) -> None:
    others = shape[:axis] + shape[axis + 1 :]
    rows = np.eye(shape[axis], dtype=np.uint8) if shape[axis] < 1000 else None
    if rows is None:
        targets = np.zeros(shape, np.uint8)
        targets[77] = 1
    else:
        index = np.random.default_rng(0).integers(shape[axis], size=others)
        targets = along(axis, rows[index])
    source = Counting(targets, "targets")
    assert sums_to_one(source, axis)
    assert source.largest <= class_axis.PIECE
    targets.reshape(-1)[-1] ^= 1
    assert not sums_to_one(as_source(targets, "targets"), axis)


@pytest.mark.parametrize("loss", BOTH)
def test_every_door_refuses_and_reads(loss: str, tmp_path: Path) -> None:
    p, t = tmp_path / "p.npy", tmp_path / "t.npy"
    np.save(p, along(1, LOGITS))
    np.save(t, along(1, ONE_HOT).astype(np.uint8))
    wanted = compute(loss, LOGITS, INDEX).value
    refused = shell("compute", p, t, "-l", loss)
    assert refused.code == 3
    assert len(refused.err.splitlines()) <= 2
    said = shell("compute", p, t, "-l", loss, "--class-axis", "1", "--value-only")
    assert float(said.out) == pytest.approx(wanted, rel=1e-9)
    config = {
        "version": 1,
        "data": {"predictions": str(p), "targets": str(t)},
        "supervised": {"loss": loss, "reading": {"class_axis": 1}},
    }
    file = tmp_path / "run.yaml"
    file.write_text(yaml.safe_dump(config))
    assert lossctl.run(file)[0].total == pytest.approx(wanted, rel=1e-9)
    del config["supervised"]["reading"]  # type: ignore[attr-defined]
    file.write_text(yaml.safe_dump(config))
    with pytest.raises(LossctlError, match=r"class_axis(=|: )1"):
        lossctl.run(file)


@pytest.mark.parametrize("axis", [1, 3])
@pytest.mark.parametrize("answers", [{}, {"difficulty": "easy_dominate"}, {"task": "segmentation"}])
def test_recommended_commands_read_one_hot_masks(
    tmp_path: Path, axis: int, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    logits, index = rng.normal(size=(8, 24, 20, 3)) * 2, rng.integers(3, size=(8, 24, 20))
    np.save("z.npy", along(axis, logits))
    np.save("oh.npy", along(axis, np.eye(3)[index]))
    advice = lossctl.recommend(targets="oh.npy", predictions="z.npy", **answers)
    words = advice.command.split()
    assert words[-2:] == ["--class-axis", str(axis)]
    found = shell(*words[1:], "--value-only")
    name, _, params = advice.spec.partition(":")
    same = compute(advice.spec, np.moveaxis(logits, -1, 1), index)
    assert name in same.signature
    assert float(found.out) == pytest.approx(float(same.value), rel=1e-9), params


def test_recommended_commands_read_one_hot_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("z.npy", LOGITS.reshape(-1, 3))
    np.save("oh.npy", ONE_HOT.reshape(-1, 3))
    advice = lossctl.recommend(targets="oh.npy", predictions="z.npy", difficulty="easy_dominate")
    found = shell(*advice.command.split()[1:], "--value-only")
    same = compute(advice.spec, LOGITS.reshape(-1, 3), INDEX.ravel())
    assert float(found.out) == pytest.approx(float(same.value), rel=1e-9)
