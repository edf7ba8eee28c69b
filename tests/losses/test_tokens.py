"""Perplexity and bits per byte, by NumPy one-liners: means, shifts, masks, layouts and doors."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.api import compute, gradient
from lossctl.core.errors import DataError, UsageError
from lossctl.core.result import Result
from lossctl.engine.bind.views import Cut
from lossctl.engine.sources import ArraySource
from tests.cli.run import lossctl as shell

RNG = np.random.default_rng(12)
N, T, V = 3, 6, 7
LOGITS = RNG.normal(scale=2.0, size=(N, T, V))
IDS = RNG.integers(0, V, size=(N, T))
LENGTHS = np.array([6, 2, 4])
REAL = np.arange(T) < LENGTHS[:, None]
PADDED = np.where(REAL, IDS, -100)
LOG_P = LOGITS - np.log(np.exp(LOGITS).sum(axis=-1, keepdims=True))
GIVEN = np.take_along_axis(LOG_P, IDS[..., None], axis=-1)[..., 0]
ROWS = [GIVEN[n, :length] for n, length in enumerate(LENGTHS)]
FLAT, SEQUENCE = np.concatenate(ROWS), np.repeat(np.arange(N), LENGTHS)

BY_TOKEN = math.exp(-FLAT.mean())
BY_SEQUENCE = np.mean([math.exp(-row.mean()) for row in ROWS])
BY_BATCH = np.mean([math.exp(-np.concatenate(ROWS[:2]).mean()), math.exp(-ROWS[2].mean())])
MEANS: list[tuple[dict[str, Any], float]] = [
    ({}, BY_TOKEN),
    ({"pooling": "sample"}, BY_SEQUENCE),
    ({"batch_size": 2}, BY_BATCH),
]
SHUFFLED = RNG.permutation(len(FLAT))
WAYS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "logits and ids": ((LOGITS, PADDED), {}),
    "float32 logits": ((LOGITS.astype(np.float32), PADDED), {}),
    "classes along axis 1": ((LOGITS.swapaxes(1, 2), PADDED), {}),
    "log-probabilities of the vocabulary": ((LOG_P, PADDED), {"input": "log_probabilities"}),
    "probabilities": ((np.exp(LOG_P), PADDED), {}),
    "a mask": ((LOGITS, IDS), {"weights": REAL.astype(int)}),
    "another id to ignore": ((LOGITS, np.where(REAL, IDS, V - 1)), {"ignore_index": V - 1}),
    "log-probabilities and NaN": ((np.where(REAL, GIVEN, np.nan),), {"nan": "omit"}),
    "log-probabilities and a mask": ((np.where(REAL, GIVEN, 5.0),), {"weights": REAL}),
    "flat log-probabilities": ((FLAT,), {"group": SEQUENCE}),
    "shuffled": ((FLAT[SHUFFLED],), {"group": SEQUENCE[SHUFFLED]}),
    "flat logits": ((LOGITS[REAL], IDS[REAL]), {"group": SEQUENCE}),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("options", "wanted"), MEANS, ids=["token", "sequence", "batch"])
def test_the_three_means(way: str, options: dict[str, Any], wanted: float) -> None:
    arrays, reading = WAYS[way]
    if way == "another id to ignore":  # it takes tokens away too
        kept = REAL & (V - 1 != IDS)
        if options:
            pytest.skip("one mean is enough")
        wanted = math.exp(-GIVEN[kept].mean())
    if way == "shuffled" and "batch_size" in options:
        pytest.skip("sequences are batched as they first appear")
    found = compute("perplexity", *arrays, **reading, **options)
    assert found.value == pytest.approx(wanted, rel=1e-6 if "float32" in way else 1e-13)


def test_one_sequence_alone() -> None:
    assert compute("perplexity", FLAT).value == pytest.approx(BY_TOKEN, rel=1e-14)
    alone = compute("perplexity", LOGITS[0], IDS[0]).value
    assert alone == pytest.approx(math.exp(-GIVEN[0].mean()), rel=1e-14)
    for options in ({"pooling": "sample"}, {"batch_size": 2}):
        with pytest.raises(UsageError, match="are one sequence"):
            compute("perplexity", FLAT, **options)
    with pytest.raises(UsageError, match="leave batch_size out"):
        compute("perplexity", GIVEN, pooling="sample", batch_size=2)


def test_each_sequence_and_each_batch() -> None:
    each = compute("perplexity", LOGITS, PADDED, pooling="sample", reduction="none").value
    np.testing.assert_allclose(each, [math.exp(-row.mean()) for row in ROWS], rtol=1e-13)
    batches = compute("perplexity", LOGITS, PADDED, batch_size=2, reduction="none").value
    assert batches[1] == pytest.approx(math.exp(-ROWS[2].mean()), rel=1e-13)
    empty = np.where(np.arange(N)[:, None] == 1, -100, PADDED)
    each = compute("perplexity", LOGITS, empty, pooling="sample", reduction="none").value
    assert each[1] == 0.0  # nothing counts, and it is no part of the mean
    mean = compute("perplexity", LOGITS, empty, pooling="sample").value
    assert mean == pytest.approx((each[0] + each[2]) / 2, rel=1e-13)


def test_other_means_stand_beside() -> None:
    def context(**options: Any) -> dict[str, float]:
        found: Result = compute("perplexity", LOGITS, PADDED, context=True, **options)
        return dict(found.context)

    assert context() == pytest.approx({"chance": V, "by_sequence": BY_SEQUENCE})
    assert context(pooling="sample") == pytest.approx({"chance": V, "by_token": BY_TOKEN})
    both = {"chance": V, "by_token": BY_TOKEN, "by_sequence": BY_SEQUENCE}
    assert context(batch_size=2) == pytest.approx(both)
    assert not compute("perplexity", FLAT, context=True).context
    assert not compute("perplexity", GIVEN[:1], context=True).context


@pytest.mark.parametrize("axis", [1, 2])
def test_shift_compares_with_the_next_token(axis: int) -> None:
    scores = np.moveaxis(LOGITS, 2, axis)
    next_p = np.take_along_axis(LOG_P[:, :-1], IDS[:, 1:, None], axis=-1)[..., 0]
    found = compute("perplexity", scores, IDS, shift=True, class_axis=axis)
    assert found.value == pytest.approx(math.exp(-next_p.mean()), rel=1e-13)
    assert found.items == N * (T - 1)
    mask = REAL[:, 1:]
    for options in ({"weights": REAL.astype(float)}, {}):
        ids = IDS if options else PADDED
        shifted = compute("cross_entropy", scores, ids, shift=True, class_axis=axis, **options)
        assert shifted.value == pytest.approx(-next_p[mask].mean(), rel=1e-13)
    slopes = gradient("perplexity", scores, PADDED, shift=True, class_axis=axis)["predictions"]
    cut = gradient("perplexity", LOGITS[:, :-1], PADDED[:, 1:])["predictions"]
    np.testing.assert_allclose(np.moveaxis(slopes, axis, 2)[:, :-1], cut, rtol=1e-12, atol=1e-15)
    assert not np.moveaxis(slopes, axis, 2)[:, -1].any()
    one = compute("perplexity", LOGITS[0], IDS[0], shift=True).value
    assert one == pytest.approx(math.exp(-next_p[0].mean()), rel=1e-13)


def test_shift_names_the_place_in_the_file() -> None:
    wrong = IDS.copy()
    wrong[1, 4] = 99
    with pytest.raises(DataError, match=r"got 99 at item \[1, 4\]"):
        compute("perplexity", LOGITS, wrong, shift=True)


def test_shift_needs_token_ids() -> None:
    for arrays in ((LOGITS, np.eye(V)[IDS]), (LOGITS[:, :1], IDS[:, :1])):
        with pytest.raises(DataError, match="at least two token ids"):
            compute("cross_entropy", *arrays, shift=True, class_axis=2)
    with pytest.raises(UsageError, match="shift: perplexity takes none"):
        compute("perplexity", GIVEN, shift=True)
    with pytest.raises(UsageError, match=r"give \(sequence, token\)"):
        compute("perplexity", LOGITS[REAL], IDS[REAL], shift=True, group=SEQUENCE)


@pytest.mark.parametrize("shape", [(3, 5), (200, 4), (2, 3, 5), (4, 3, 2, 2)])
@pytest.mark.parametrize("skipped", [0, 1])
def test_an_array_without_an_entry_of_an_axis(shape: tuple[int, ...], skipped: int) -> None:
    whole = np.arange(np.prod(shape)).reshape(shape)
    for axis in range(1, len(shape)):
        cut = Cut(ArraySource(whole, "whole"), axis, skipped)
        wanted = np.delete(whole, 0 if skipped else -1, axis=axis)
        assert cut.shape == wanted.shape
        size = wanted.size
        for start, stop in ((0, size), (1, size - 1), (size // 3, size // 2), (2, 3)):
            np.testing.assert_array_equal(cut.read(start, stop), wanted.ravel()[start:stop])


@pytest.mark.parametrize("options", [m for m, _ in MEANS], ids=["token", "sequence", "batch"])
def test_gradients_by_finite_differences(options: dict[str, Any]) -> None:
    for arrays, more in (((LOGITS, PADDED), {}), ((GIVEN,), {"weights": REAL})):
        slopes = gradient("perplexity", *arrays, **options, **more)["predictions"]
        for place in ((0, 2), (1, 0), (2, 5)):
            index = (*place, 3)[: slopes.ndim]
            values = []
            for step in (1e-6, -1e-6):
                moved = arrays[0].copy()
                moved[index] += step
                values.append(compute("perplexity", moved, *arrays[1:], **options, **more).value)
            assert slopes[index] == pytest.approx((values[0] - values[1]) / 2e-6, abs=1e-8)


def test_bits_per_byte() -> None:
    counts = RNG.integers(1, 6, size=(N, T))
    bits = -FLAT.sum() / math.log(2.0)
    wanted = bits / counts[REAL].sum()
    assert compute("bits_per_byte", LOGITS, PADDED, counts).value == pytest.approx(wanted)
    named = compute("bits_per_byte", GIVEN, bytes=counts, weights=REAL)
    assert named.value == pytest.approx(wanted, rel=1e-13)
    total = compute("bits_per_byte", FLAT, total_bytes=50)
    assert total.value == pytest.approx(bits / 50, rel=1e-13)
    own = [-row.sum() / math.log(2.0) / counts[n, : len(row)].sum() for n, row in enumerate(ROWS)]
    by_sequence = compute("bits_per_byte", LOGITS, PADDED, counts, pooling="sample")
    assert by_sequence.value == pytest.approx(np.mean(own), rel=1e-13)
    with pytest.raises(UsageError, match=r"needs bytes.* or total_bytes"):
        compute("bits_per_byte", LOGITS, PADDED)
    with pytest.raises(UsageError, match="total_bytes: is that of all tokens"):
        compute("bits_per_byte", LOGITS, PADDED, total_bytes=9, pooling="sample")


def test_what_may_be_padding_is_counted() -> None:
    for filler in (0.0, -100.0):
        found = compute("perplexity", np.where(REAL, GIVEN, filler))
        assert any("6 log-probabilities are exactly 0 or -100" in note for note in found.notes)
    assert not compute("perplexity", GIVEN).notes
    with pytest.raises(DataError, match="give the logarithms of probabilities"):
        compute("perplexity", np.exp(GIVEN))


def test_a_huge_perplexity_asks_for_the_shift() -> None:
    far = np.where(np.arange(V) == IDS[..., None], -60.0, 0.0)
    assert any("shift=True" in note for note in compute("perplexity", far, IDS).notes)


def test_every_door(tmp_path: Path) -> None:
    np.save(tmp_path / "logits.npy", LOGITS)
    np.save(tmp_path / "ids.npy", PADDED)
    lines = [f"{s},{p!r}" for s, p in zip(SEQUENCE.tolist(), FLAT.tolist(), strict=True)]
    (tmp_path / "tokens.csv").write_text("\n".join(["text,log_p", *lines]))
    files = [str(tmp_path / "logits.npy"), str(tmp_path / "ids.npy")]
    wanted = compute("perplexity", LOGITS, PADDED, shift=True, pooling="sample").value
    more = ["-l", "perplexity", "--format", "json"]
    answer = shell("compute", *files, *more, "--shift", "--pooling", "sample")
    assert json.loads(answer.out)["results"][0]["value"] == wanted
    table = ["--table", str(tmp_path / "tokens.csv"), "--column", "predictions=log_p"]
    for options, value in (([], BY_TOKEN), (["--pooling", "sample"], BY_SEQUENCE)):
        found = shell("compute", *table, "--group", "text", *more, *options)
        assert json.loads(found.out)["results"][0]["value"] == pytest.approx(value, rel=1e-13)
    config = {
        "version": 1,
        "data": {"predictions": files[0], "targets": files[1]},
        "supervised": {"loss": "perplexity", "reading": {"shift": True, "pooling": "sample"}},
    }
    assert lossctl.run(config)[0].total == wanted
