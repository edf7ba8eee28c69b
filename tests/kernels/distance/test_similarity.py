"""Blocks of similarities: products, bits, memory, and the digits of confident pairs."""

import hashlib
import os
import subprocess
import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist

import lossctl
from lossctl.kernels.distance.contrastive import unit_rows, unit_rows_vjp
from lossctl.kernels.distance.pairwise import add_distance_gradient, distance_block, squares
from lossctl.kernels.numeric.matmul import columns_by_columns, rows_by_columns, rows_by_rows
from tests.oracles.similarity import cosine_distance, info_nce

Array = np.ndarray

SHAPES = [(1, 1, 1), (64, 300, 129), (7, 1000, 600), (64, 65, 1300), (3, 4099, 5), (63, 2, 40)]
BATCHES = ["info_nce", "nt_xent", "clip", "multiple_negatives_ranking", "n_pairs", "barlow_twins"]
LABELLED = ["supervised_contrastive", "circle", "multi_similarity", "triplet"]

SCRIPT = """
import hashlib
import numpy as np, lossctl
rng = np.random.default_rng(5)
found = hashlib.sha256()
for shape in ((300, 129), (130, 700), (1000, 16)):
    a, b = (rng.normal(size=shape).astype("float32") for _ in range(2))
    found.update(lossctl.compute("info_nce", a, b, reduction="none").value.tobytes())
    for slope in lossctl.gradient("info_nce", a, b).values():
        found.update(slope.tobytes())
print(found.hexdigest())
"""


@pytest.mark.parametrize(("few", "many", "width"), SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_products_are_the_products(few: int, many: int, width: int, dtype: str) -> None:
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(few, width)), rng.normal(size=(many, width))
    scores = rng.normal(size=(few, many))
    tolerance = 1e-4 if dtype == "float32" else 1e-12
    pairs = [
        (rows_by_rows, left, right, "ik,jk->ij"),
        (rows_by_columns, scores, right, "ij,jk->ik"),
        (columns_by_columns, scores, left, "ij,ik->jk"),
    ]
    for function, first, second, way in pairs:
        found = function(first.astype(dtype), second.astype(dtype))
        assert found.dtype == dtype
        exact = np.einsum(way, first, second)
        np.testing.assert_allclose(found, exact, atol=tolerance * np.sqrt(many + width), rtol=0)


def test_threads_of_blas_change_no_bit() -> None:
    digests = set()
    for threads in ("1", "2", "5"):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout)
    assert len(digests) == 1


@pytest.mark.parametrize("loss", [*BATCHES, *LABELLED])
def test_threads_of_the_engine_change_no_bit(loss: str) -> None:
    rng = np.random.default_rng(1)
    first = rng.normal(size=(600, 33)).astype(np.float32)
    second: Array = rng.normal(size=(600, 33)).astype(np.float32)
    if loss in LABELLED:
        second = rng.integers(0, 40, size=600)
    for grouping in ({}, {"batch_size": 120}):
        found = {_digest(loss, first, second, threads=n, **grouping) for n in (1, 5, 2)}
        assert len(found) == 1


def _digest(loss: str, *arrays: Array, **options: Any) -> str:
    found = hashlib.sha256(repr(lossctl.compute(loss, *arrays, **options).value).encode())
    for slope in lossctl.gradient(loss, *arrays, **options).values():
        found.update(slope.tobytes())
    return found.hexdigest()


@pytest.mark.parametrize("loss", ["info_nce", "supervised_contrastive", "circle"])
def test_the_matrix_is_never_whole(loss: str) -> None:
    rng = np.random.default_rng(2)
    first = rng.normal(size=(6000, 8)).astype(np.float32)
    second: Array = rng.normal(size=(6000, 8)).astype(np.float32)
    if loss in LABELLED:
        second = rng.integers(0, 50, size=6000)
    tracemalloc.start()
    try:
        lossctl.compute(loss, first, second)
        lossctl.gradient(loss, first, second)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6000 * 6000 * 4 / 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_confident_pairs_keep_their_digits(dtype: str) -> None:
    first = np.eye(3, dtype=dtype)
    turned = np.roll(first, 1, axis=0) * 0.5 + first * np.sqrt(0.75).astype(dtype)
    for temperature in (0.01, 0.02, 0.07):
        found = lossctl.compute("info_nce", first, turned, temperature=temperature).value
        rows = [tuple(map(tuple, side.tolist())) for side in (first, turned)]
        exact = float(sum(info_nce.value(*rows, temperature=temperature)) / 3)
        assert 0 < exact < 1e-2
        assert found == pytest.approx(exact, rel=1e-4 if dtype == "float32" else 1e-12)


def test_a_gap_of_fifty_is_not_nothing() -> None:
    for dtype in ("float32", "float64"):
        first = np.array([[1, 0], [0, 1]], dtype=dtype)
        found = lossctl.compute("info_nce", first, first, temperature=0.02).value
        assert found == pytest.approx(1.9287498479639178e-22, rel=1e-5)  # log(1 + e^−50)
        slope = lossctl.gradient("info_nce", first, first, temperature=0.02)["queries"]
        assert slope[0, 1] == pytest.approx(25 * 1.9287498479639178e-22, rel=1e-5)


def test_scores_far_apart_stay_finite() -> None:
    first = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    found = lossctl.compute("info_nce", first, -first, temperature=0.001).value
    assert found == pytest.approx(1000.0)
    large = lossctl.compute("info_nce", 40 * first, 40 * first[::-1], similarity="dot").value
    assert large == pytest.approx(1600 / 0.07)


def test_a_small_angle_keeps_its_digits() -> None:
    for angle in (1e-3, 1e-6, 1e-8):
        pair = ([[1.0, 0.0]], [[np.cos(angle), np.sin(angle)]])
        found = lossctl.compute("cosine_distance", *pair).value
        exact = float(cosine_distance.value(pair[0][0], pair[1][0]))
        assert exact == pytest.approx(angle**2 / 2, rel=1e-6)
        assert found == pytest.approx(exact, rel=1e-7)


@pytest.mark.parametrize("size", [1e-305, 1e-200, 1.0, 1e200, 1e307])
def test_lengths_neither_overflow_nor_vanish(size: float) -> None:
    found = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]) * size)
    np.testing.assert_allclose(found.rows, [[0.6, 0.8], [0.0, 0.0]], rtol=1e-15)
    assert found.lengths[0, 0] == pytest.approx(5 * size, rel=1e-15)
    back = unit_rows_vjp(found, np.ones((2, 2)))
    np.testing.assert_allclose(back, [[0.032 / size, -0.024 / size], [0.0, 0.0]], rtol=1e-14)


def test_coinciding_points_have_no_slope() -> None:
    point = np.ones((2, 3))
    for loss, inputs in {
        "triplet": (point, point, point + 0.1),
        "contrastive": (point, point, np.zeros(2)),
    }.items():
        for slope in lossctl.gradient(loss, *inputs).values():
            assert np.isfinite(slope).all()


def test_three_rows_are_a_triplet() -> None:
    rows = [[1.0, 0.0, 0.0], [0.9, 0.1, 0.0], [0.0, 0.0, 1.0]]
    assert lossctl.compute("triplet", rows, margin=1.0).value == 0.0
    found = lossctl.compute("triplet", rows, margin=2.0)
    assert found.value == pytest.approx(2 + 0.02**0.5 - 2**0.5, rel=1e-14)
    assert found.items == 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("spread", [1.0, 1e-3, 0.0])
def test_near_pairs_keep_their_distance(dtype: str, spread: float) -> None:
    rng = np.random.default_rng(4)
    vectors = (1.0 + spread * rng.normal(size=(70, 5))).astype(dtype)
    vectors[::7] *= -3
    measured = distance_block(vectors, squares(vectors), slice(0, 64), 2.0)
    wide = vectors.astype(np.longdouble)
    exact = np.sqrt(((wide[:64, None] - wide) ** 2).sum(axis=-1))
    tolerance = 2e-6 if dtype == "float32" else 4e-15
    np.testing.assert_allclose(measured.distances, exact.astype(float), rtol=tolerance, atol=0)
    assert measured.far.any()
    assert not measured.far.all()


def test_forces_of_many_changes_are_those_of_each() -> None:
    rng = np.random.default_rng(6)
    vectors = rng.normal(size=(80, 6))
    vectors[40:] = vectors[:40] + 1e-6 * rng.normal(size=(40, 6))
    measured = distance_block(vectors, squares(vectors), slice(0, 64), 2.0)
    changes = rng.normal(size=(64, 80))
    found, exact = np.zeros_like(vectors), np.zeros_like(vectors)
    add_distance_gradient(vectors, measured, changes, 2.0, found)
    for i in range(64):
        for j in range(80):
            if i != j:
                difference = vectors[i] - vectors[j]
                share = changes[i, j] * difference / np.sqrt((difference**2).sum())
                exact[i] += share
                exact[j] -= share
    np.testing.assert_allclose(found, exact, atol=1e-12)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.5])
@pytest.mark.parametrize("rows", [slice(0, 3), slice(3, 5), slice(7, 8)])
def test_a_block_of_distances_has_its_rows(p: float, rows: slice) -> None:
    vectors = np.random.default_rng(6).normal(size=(8, 4))
    block = distance_block(vectors, squares(vectors), rows, p)
    wanted = cdist(vectors[rows], vectors, "minkowski", p=p)
    assert block.distances.shape == block.far.shape == wanted.shape
    np.testing.assert_allclose(block.distances, wanted, rtol=1e-12, atol=1e-15)
