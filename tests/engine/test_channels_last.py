"""Images with channels last: asked for where the shape looks like it, and read where it is said."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import lossctl
from lossctl.api import compute, gradient
from lossctl.core.errors import DataError, LossctlError, UsageError
from tests.cli.run import lossctl as shell

RNG = np.random.default_rng(8)
WORDS = "item height width channel"
LAST = RNG.uniform(size=(2, 16, 16, 3))
OTHER = RNG.uniform(size=(2, 16, 16, 3))
MASKS = (RNG.uniform(size=(2, 16, 16, 3)) < 0.3).astype(float)
IMAGES: dict[str, list[str]] = {
    "total_variation": ["images"],
    "ssim": ["predictions", "targets"],
    "gram_style": ["predictions", "targets"],
}
GRIDS = ["boundary", "hausdorff", "cldice"]


def arrays(loss: str) -> list[np.ndarray]:
    return [LAST, OTHER][: len(IMAGES[loss])]


def first(array: np.ndarray) -> np.ndarray:
    """Put the channels before the image."""
    return np.ascontiguousarray(np.moveaxis(array, -1, -3))


def test_total_variation_by_hand() -> None:
    found = compute("total_variation", LAST, axes={"images": WORDS})
    steps = sum(np.abs(np.diff(LAST, axis=axis)).sum(axis=(1, 2)) for axis in (1, 2))
    assert found.value == pytest.approx(float(np.mean(steps)), rel=1e-13)
    assert found.items == 6
    each = compute("total_variation", LAST, axes={"images": WORDS}, reduction="none")
    np.testing.assert_allclose(each.value, steps, rtol=1e-13)


def test_gram_style_by_hand() -> None:
    flat, style = LAST.reshape(2, -1, 3), RNG.uniform(size=(2, 9, 21, 3))
    grams = np.einsum("npc,npd->ncd", flat, flat) / (3 * 256)
    wide = style.reshape(2, -1, 3)
    wanted = np.mean((grams - np.einsum("npc,npd->ncd", wide, wide) / (3 * 189)) ** 2)
    for axes in ({"predictions": WORDS}, {"predictions": WORDS, "targets": WORDS}):
        found = compute("gram_style", LAST, style, axes=axes)
        assert found.value == pytest.approx(float(wanted), rel=1e-12)


@pytest.mark.parametrize("loss", IMAGES)
def test_it_is_an_error_that_axes_settle(loss: str) -> None:
    name = IMAGES[loss][0]
    with pytest.raises(DataError) as caught:
        compute(loss, *arrays(loss))
    assert f"axes={{{name!r}: {WORDS!r}}}" in str(caught.value)
    same = compute(loss, *map(first, arrays(loss)))
    found = compute(loss, *arrays(loss), axes={name: WORDS})
    assert found.value == same.value
    assert found.items == same.items
    both = compute(loss, *arrays(loss), axes=dict.fromkeys(IMAGES[loss], WORDS))
    assert both.value == same.value


@pytest.mark.parametrize("loss", IMAGES)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradients_are_written_where_they_belong(
    loss: str, reduction: str, threads: int, dtype: type
) -> None:
    said: dict[str, Any] = {"reduction": reduction, "threads": threads}
    images = [np.tile(array, (3, 7, 9, 1)).astype(dtype) for array in arrays(loss)]
    wanted = gradient(loss, *map(first, images), **said)
    found = gradient(loss, *images, axes={IMAGES[loss][0]: WORDS}, **said)
    for name, slope in wanted.items():
        assert np.array_equal(first(found[name]), slope)
        assert found[name].dtype == slope.dtype


@pytest.mark.parametrize("loss", IMAGES)
def test_tiny_images_with_channels_first_can_be_said(loss: str) -> None:
    words = "item channel height width" if loss == "gram_style" else "item height width"
    narrow = [RNG.uniform(size=(2, 6, 20, 3)) for _ in arrays(loss)]
    more = {"window": 3} if loss == "ssim" else {}
    with pytest.raises(DataError, match=r"axes[=:]"):
        compute(loss, *narrow, **more)
    found = compute(loss, *narrow, axes={IMAGES[loss][0]: words}, **more)
    turned = [np.ascontiguousarray(array.swapaxes(2, 3)) for array in narrow]  # 3 × 20: no doubt
    assert found.value == pytest.approx(float(compute(loss, *turned, **more).value), rel=1e-12)


@pytest.mark.parametrize(
    "shape",
    [(2, 16, 16, 1), (2, 16, 16, 4), (2, 9, 30, 3), (16, 16, 3), (2, 3, 9, 9, 3), (2, 9, 9, 64)],
)
def test_what_looks_like_channels_last(shape: tuple[int, ...]) -> None:
    images = RNG.uniform(size=shape)
    with pytest.raises(DataError, match="height width channel"):
        compute("total_variation", images)
    found = compute("total_variation", images, axes={"images": WORDS})
    assert found.value == compute("total_variation", first(images)).value


@pytest.mark.parametrize(
    "shape",
    [(2, 3, 16, 16), (2, 1, 9, 12), (2, 64, 7, 7), (2, 64, 3, 3), (2, 64, 1, 1), (5, 9, 9),
     (9, 9, 12), (9, 12), (2, 9, 12, 5), (2, 4, 4, 3), (2, 3, 4), (2, 12, 10, 9)],
)  # fmt: skip
def test_what_does_not(shape: tuple[int, ...]) -> None:
    found = compute("total_variation", RNG.uniform(size=shape))
    assert found.items == int(np.prod(shape[:-2]))
    assert not found.notes


def test_one_input_first_and_one_last_is_noted() -> None:
    found = compute("ssim", first(LAST), OTHER)
    assert found.value == compute("ssim", first(LAST), first(OTHER)).value
    assert found.notes == ("targets are read as item, height, width, channel",)


def test_content_is_the_same_either_way() -> None:
    wanted = float(np.mean((LAST - OTHER) ** 2))
    assert compute("content", LAST, OTHER).value == pytest.approx(wanted, rel=1e-13)
    assert compute("content", first(LAST), first(OTHER)).value == pytest.approx(wanted, rel=1e-13)


def test_other_words_are_refused_with_those_that_do() -> None:
    with pytest.raises(UsageError, match="item height width channel"):
        compute("total_variation", LAST, axes={"images": "item width height channel"})


@pytest.mark.parametrize("loss", IMAGES)
def test_every_door(loss: str, tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.npy" for name in IMAGES[loss]]
    for file, array in zip(files, arrays(loss), strict=True):
        np.save(file, array)
    wanted = float(compute(loss, *map(first, arrays(loss))).value)
    refused = shell("compute", *files, "-l", loss)
    assert (refused.code, len(refused.err.splitlines())) == (3, 1)
    option = f"{IMAGES[loss][0]}={WORDS}"
    slopes = tmp_path / "slopes.npy"
    said = shell(
        "compute", *files, "-l", loss, "--axes", option, "--value-only", "--gradient", slopes
    )
    assert float(said.out) == pytest.approx(wanted, rel=1e-9)
    (slope,) = gradient(loss, *map(first, arrays(loss))).values()
    assert np.array_equal(first(np.load(slopes)), slope)
    config: dict[str, Any] = {
        "version": 1,
        "data": {file.stem: str(file) for file in files},
        "supervised": {
            "loss": loss,
            "inputs": {file.stem: file.stem for file in files},
            "reading": {"axes": {IMAGES[loss][0]: WORDS}},
        },
    }
    place = tmp_path / "run.yaml"
    place.write_text(yaml.safe_dump(config))
    assert lossctl.run(place)[0].total == wanted
    del config["supervised"]["reading"]
    place.write_text(yaml.safe_dump(config))
    with pytest.raises(LossctlError, match=r"axes[=:]"):
        lossctl.run(place)


@pytest.mark.parametrize("loss", GRIDS)
@pytest.mark.parametrize("cut", [slice(None), slice(0, 1)], ids=["channels", "channel"])
def test_grids_take_the_class_axis(loss: str, cut: slice) -> None:
    p, t = LAST[..., cut], MASKS[..., cut]
    with pytest.raises(DataError, match=r"class_axis=3 or 1$"):
        compute(loss, p, t)
    same = compute(loss, first(p), first(t), reduction="none")
    for axis in (3, -1):
        found = compute(loss, p, t, class_axis=axis, reduction="none")
        assert np.array_equal(found.value, same.value)
    slope = gradient(loss, p, t, class_axis=-1)["predictions"]
    assert np.array_equal(first(slope), gradient(loss, first(p), first(t))["predictions"])
    between = [np.ascontiguousarray(a.swapaxes(-1, -2)) for a in (p, t)]  # (N, H, C, W)
    assert compute(loss, *between, class_axis=2).value == compute(loss, first(p), first(t)).value
    one = [compute(loss, p[..., k], t[..., k]).value for k in range(p.shape[-1])]
    assert compute(loss, p, t, class_axis=-1).value == pytest.approx(np.mean(one), rel=1e-12)


@pytest.mark.parametrize("loss", GRIDS)
def test_narrow_masks_can_be_said(loss: str) -> None:
    p, t = LAST[0], MASKS[0]
    with pytest.raises(DataError, match="class_axis=2 or 0"):
        compute(loss, p, t)
    wide = [np.ascontiguousarray(a.swapaxes(-1, -2)) for a in (p, t)]
    found = compute(loss, p, t, class_axis=0).value
    assert found == pytest.approx(float(compute(loss, *wide).value), rel=1e-12)


def test_errors_name_the_place_in_the_file() -> None:
    masks = MASKS.copy()
    masks[1, 2, 3, 0] = 7.0
    with pytest.raises(DataError, match=r"got 7 at item \[1, 2, 3, 0\]"):
        compute("boundary", LAST, masks, class_axis=-1)


@pytest.mark.parametrize("loss", ["cross_entropy", "focal", "dice", "brier", "lovasz_softmax"])
def test_class_scores_with_channels_last_and_index_masks(loss: str) -> None:
    logits, index = RNG.normal(size=(2, 16, 16, 3)) * 2, RNG.integers(3, size=(2, 16, 16))
    found = compute(loss, logits, index)
    assert found.input.task == "multiclass"
    assert found.value == pytest.approx(float(compute(loss, first(logits), index).value), rel=1e-12)


def test_cross_entropy_with_channels_last_by_hand() -> None:
    logits, index = RNG.normal(size=(2, 16, 16, 3)), RNG.integers(3, size=(2, 16, 16))
    logs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    wanted = -np.take_along_axis(logs, index[..., None], axis=-1).mean()
    assert compute("cross_entropy", logits, index).value == pytest.approx(float(wanted), rel=1e-13)
    cube = RNG.normal(size=(4, 4, 4))
    with pytest.raises(DataError, match="class_axis"):
        compute("cross_entropy", cube, RNG.integers(4, size=(4, 4)))
