"""Two label maps: the overlap of one-hot masks, counted by hand, through every door."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from tests.cli.run import lossctl as shell

RNG = np.random.default_rng(14)
TRUTH = RNG.integers(0, 4, (3, 8, 9))
PREDICTED = np.where(RNG.random(TRUTH.shape) < 0.7, TRUTH, RNG.integers(0, 4, TRUTH.shape))
NAMES = ("ground", "liver", "kidney", "spleen")


def counts(p: Array, t: Array, c: int, weights: Any = 1.0) -> tuple[float, float, float]:
    """Count true positives, false positives and false negatives of a class."""
    a, b = p == c, t == c
    return tuple(float((part * weights).sum()) for part in (a & b, a & ~b, ~a & b))  # type: ignore[return-value]


def dice(p: Array, t: Array, c: int, weights: Any = 1.0) -> float:
    tp, fp, fn = counts(p, t, c, weights)
    return 1 - 2 * tp / (2 * tp + fp + fn)


def jaccard(p: Array, t: Array, c: int) -> float:
    tp, fp, fn = counts(p, t, c)
    return 1 - tp / (tp + fp + fn)


def tversky(p: Array, t: Array, c: int) -> float:
    tp, fp, fn = counts(p, t, c)
    return 1 - tp / (tp + 0.3 * fp + 0.7 * fn)


BY_HAND = {
    "dice": dice,
    "jaccard": jaccard,
    "tversky": tversky,
    "focal_tversky": lambda p, t, c: tversky(p, t, c) ** 0.75,
}


def compute(loss: str, p: Any, t: Any, **options: Any) -> Any:
    return lossctl.compute(loss, p, t, **{"input": "labels", "smooth": 0.0, **options})


@pytest.mark.parametrize("loss", BY_HAND)
@pytest.mark.parametrize("dtype", ["uint8", "int16", "int64", "float32", "float64"])
def test_classes_alone_and_averaged(loss: str, dtype: str) -> None:
    p, t = PREDICTED.astype(dtype), TRUTH.astype(dtype)
    each = [BY_HAND[loss](PREDICTED, TRUTH, c) for c in range(4)]
    found = compute(loss, p, t, average="macro", class_names=NAMES)
    assert found.value == pytest.approx(np.mean(each), rel=1e-6)
    assert [one.value for one in found.classes] == pytest.approx(each, rel=1e-6)
    assert tuple(one.name for one in found.classes) == NAMES
    assert found.value == compute(loss, p, t, average="macro").value
    without = compute(loss, p, t, average="macro", background=False)
    assert without.value == pytest.approx(np.mean(each[1:]), rel=1e-6)
    assert compute(loss, p, t, average=2).value == pytest.approx(each[2], rel=1e-6)
    shares = np.bincount(TRUTH.ravel()) / TRUTH.size
    weighted = compute(loss, p, t, average="weighted").value
    assert weighted == pytest.approx(np.dot(shares, each), rel=1e-6)


def test_all_classes_together() -> None:
    """Summed over classes, every error is a false positive and a false negative."""
    wrong = float((PREDICTED != TRUTH).mean())
    found = compute("dice", PREDICTED, TRUTH)
    assert found.value == pytest.approx(wrong, rel=1e-12)
    assert found.input.kind == "labels"
    assert found.input.evidence == "as stated: label maps of 4 classes"
    assert "|input:labels|" in found.signature
    assert "|classes:4|" in found.signature
    weights = np.array([1 / float((t == c).sum()) ** 2 for t in [TRUTH] for c in range(4)])
    parts = np.array([counts(PREDICTED, TRUTH, c) for c in range(4)])
    errors = weights @ (parts[:, 1] + parts[:, 2])
    expected = errors / (2 * weights @ parts[:, 0] + errors)
    assert compute("generalized_dice", PREDICTED, TRUTH).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_an_axis_of_one_class(axis: int) -> None:
    for p, t in (
        (np.expand_dims(PREDICTED, axis), TRUTH),
        (PREDICTED, np.expand_dims(TRUTH, axis)),
        (np.expand_dims(PREDICTED, axis), np.expand_dims(TRUTH, axis)),
    ):
        found = compute("dice", p, t, average=1)
        assert found.value == pytest.approx(dice(PREDICTED, TRUTH, 1), rel=1e-12)


def test_one_overlap_a_sample() -> None:
    each = [[dice(p, t, c) for c in range(4)] for p, t in zip(PREDICTED, TRUTH, strict=True)]
    options = {"pooling": "sample", "average": "macro"}
    found = compute("dice", PREDICTED[:, None], TRUTH, **options)
    assert found.value == pytest.approx(np.mean(each), rel=1e-12)
    alone = compute("dice", PREDICTED, TRUTH, reduction="none", **options).value
    assert alone == pytest.approx(np.mean(each, axis=1), rel=1e-12)


def test_ignored_labels_weights_and_nan() -> None:
    marked = TRUTH.copy()
    marked[0, :4] = 255
    kept = marked != 255
    each = [dice(PREDICTED[kept], TRUTH[kept], c) for c in range(4)]
    found = compute("dice", PREDICTED, marked, average="macro", ignore_index=255)
    assert found.value == pytest.approx(np.mean(each), rel=1e-12)
    assert found.items == kept.sum()
    weights = RNG.random(TRUTH.shape)
    weighed = [dice(PREDICTED, TRUTH, c, weights) for c in range(4)]
    found = compute("dice", PREDICTED, TRUTH, average="macro", weights=weights)
    assert found.value == pytest.approx(np.mean(weighed), rel=1e-12)
    holed = PREDICTED.astype(float)
    holed[~kept] = np.nan
    with pytest.raises(DataError, match="NaN in the predictions at item"):
        compute("dice", holed, TRUTH)
    found = compute("dice", holed, TRUTH, average="macro", nan="omit")
    assert found.value == pytest.approx(np.mean(each), rel=1e-12)
    assert np.isnan(compute("dice", holed, TRUTH, average=1, nan="propagate").value)


def test_several_blocks_have_the_bits_of_one() -> None:
    big_t = RNG.integers(0, 5, 400_000)
    big_p = np.where(RNG.random(big_t.size) < 0.6, big_t, RNG.integers(0, 5, big_t.size))
    each = [dice(big_p, big_t, c) for c in range(5)]
    values = {
        compute("dice", big_p, big_t, average="macro", threads=threads).value for threads in (1, 2)
    }
    assert len(values) == 1
    assert values.pop() == pytest.approx(np.mean(each), rel=1e-12)


def test_masks_of_0_and_1_stay_one_mask() -> None:
    p, t = (PREDICTED == 1).astype(int), (TRUTH == 1).astype(int)
    mask = dice(PREDICTED, TRUTH, 1)
    for predictions in (p, p[:, None], p.astype(bool), p.astype(np.float32)):
        found = compute("dice", predictions, t)
        assert found.value == pytest.approx(mask, rel=1e-12)
        assert not found.classes
    two = compute("dice", p, t, average="macro")
    assert two.value == pytest.approx((mask + dice(p, t, 0)) / 2, rel=1e-12)
    assert compute("dice", p, t, background=False).value == pytest.approx(mask, rel=1e-12)
    named = compute("dice", p, t, class_names=["rest", "liver"]).classes
    assert named[1].value == pytest.approx(mask, rel=1e-12)
    assert lossctl.compute("dice", p, t, smooth=0.0).value == pytest.approx(mask, rel=1e-12)


def test_names_say_how_many_classes_there_are() -> None:
    named = compute("dice", PREDICTED, TRUTH, average="macro", class_names=[*NAMES, "lung"])
    assert named.classes[4].value == 0.0
    assert "|classes:5|" in named.signature
    with pytest.raises(UsageError, match="3 names for 4 classes"):
        compute("dice", PREDICTED, TRUTH, class_names=NAMES[:3])


@pytest.mark.parametrize(
    ("p", "t", "options", "message"),
    [
        (PREDICTED - 1, TRUTH, {}, "predictions must be labels, whole numbers from 0 on, got -1"),
        (PREDICTED + 0.5, TRUTH, {}, "predictions must be labels, .* got 0.5"),
        (PREDICTED, TRUTH + 0.5, {}, "targets must be whole numbers"),
        (PREDICTED, np.where(TRUTH == 3, 255, TRUTH), {}, "next lower one 3; .*ignore_index=255"),
        (np.where(PREDICTED == 3, 255, PREDICTED), TRUTH, {}, "next lower one 3; leave it out"),
        ((PREDICTED == 1) * 255, (TRUTH == 1) * 255, {}, "divide both by 255"),
        (PREDICTED * 100_000, TRUTH, {}, "holds the label 300000"),
        (np.eye(4)[PREDICTED], np.eye(4)[TRUTH], {"average": "macro"}, "one-hot .* along axis 3"),
        (PREDICTED[:2], TRUTH, {}, "shape|fit"),
    ],
)
def test_what_is_no_pair_of_label_maps(p: Any, t: Any, options: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        compute("dice", p, t, **options)


def test_label_maps_have_no_gradient_and_other_losses_read_none() -> None:
    with pytest.raises(UsageError, match="label maps has no gradient"):
        lossctl.gradient("dice", PREDICTED, TRUTH, input="labels")
    for loss in ("cross_entropy", "bce", "lovasz_softmax", "dice_cross_entropy"):
        with pytest.raises((UsageError, DataError)):
            lossctl.compute(loss, PREDICTED, TRUTH, input="labels")


def test_scores_with_classes_first() -> None:
    """As nnU-Net writes the probabilities of a case, (C, Z, Y, X) beside (Z, Y, X)."""
    scores = np.moveaxis(np.eye(4)[PREDICTED[:1]], -1, 0)
    options = {"average": "macro", "input": "probabilities"}
    found = compute("dice", scores, TRUTH[:1], class_axis=0, **options)
    each = [dice(PREDICTED[:1], TRUTH[:1], c) for c in range(4)]
    assert found.value == pytest.approx(np.mean(each), rel=1e-12)
    with pytest.raises(DataError, match="class_axis=0"):
        compute("dice", scores, TRUTH[:1], **options)


ASKED = ("--loss", "dice:smooth=0", "--input", "labels", "--average", "macro", "--value-only")


@pytest.mark.parametrize(
    "shapes",
    [[(4, 8, 9), (5, 7, 9)], [(4, 8, 9), (5, 8, 9), (6, 8, 9)], [(4, 8, 9), (4, 8, 9)]],
    ids=["unlike", "slices", "alike"],
)
def test_files_of_one_case_each(tmp_path: Path, shapes: Any) -> None:
    """One segmentation a file; their shapes differ, as do those of the images."""
    p, t = [], []
    for number, shape in enumerate(shapes):
        t.append(RNG.integers(0, 4, shape))
        p.append(np.where(RNG.random(shape) < 0.7, t[-1], RNG.integers(0, 4, shape)))
        np.savez(tmp_path / f"p_{number}.npz", seg=p[-1][None].astype("uint8"))
        np.savez(tmp_path / f"t_{number}.npz", seg=t[-1].astype("int16"))
    done = shell("compute", f"{tmp_path}/p_*.npz::seg", f"{tmp_path}/t_*.npz::seg", *ASKED)
    flat_p, flat_t = (np.concatenate([one.ravel() for one in maps]) for maps in (p, t))
    each = [dice(flat_p, flat_t, c) for c in range(4)]
    assert float(done.out) == pytest.approx(np.mean(each), rel=1e-9)
    np.savez(tmp_path / "t_1.npz", seg=np.swapaxes(t[1], 0, 1).astype("int16"))
    refused = shell("compute", f"{tmp_path}/p_*.npz::seg", f"{tmp_path}/t_*.npz::seg", *ASKED)
    assert refused.code == 3
    assert "part 2 of" in refused.err
    refused = shell("compute", f"{tmp_path}/p_*.npz", f"{tmp_path}/t_*.npz", "--loss", "mse")
    assert refused.code == 3


def test_tables_and_configurations(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    rows = [f"{a},{b}" for a, b in zip(PREDICTED.flat, TRUTH.flat, strict=True)]
    table.write_text("p,y\n" + "\n".join(rows), encoding="utf-8")
    wanted = pytest.approx(np.mean([dice(PREDICTED, TRUTH, c) for c in range(4)]), rel=1e-9)
    assert float(shell("compute", f"{table}::p", f"{table}::y", *ASKED).out) == wanted
    np.save(tmp_path / "p.npy", PREDICTED.astype("uint8"))
    np.save(tmp_path / "y.npy", TRUTH)
    assert float(shell("compute", tmp_path / "p.npy", tmp_path / "y.npy", *ASKED).out) == wanted
    config = tmp_path / "run.yaml"
    config.write_text(
        "version: 1\ndata: {predictions: p.npy, targets: y.npy}\n"
        "supervised: {loss: dice, params: {smooth: 0}, reading: {input: labels, average: macro}}\n",
        encoding="utf-8",
    )
    done = shell("run", config, "--value-only")
    assert done.code == 0, done.err
    assert float(done.out) == wanted
