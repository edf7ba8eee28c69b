"""Compiled loops against exact values, their NumPy definitions, and each other at every level."""

import math
import os
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from lossctl.engine import digests
from lossctl.kernels.numeric import primitives
from lossctl.kernels.probability import logistic
from lossctl.losses import catalogue
from lossctl.uncertainty import slices
from tests.exhaustive import rest

Array = np.ndarray[Any, Any]
KINDS = [np.float32, np.float64]
ONE = [
    "exp",
    "expm1",
    "log",
    "log1p",
    "tanh",
    "softplus",
    "softplus_tail",
    "sigmoid",
    "log_square",
    "log_cosh",
]
TWO = [
    "expected_nll",
    "sigmoid_residual",
    "squared_error",
    "absolute_error",
    "logistic_nll",
    "squared_log_error",
    "poisson_deviance",
    "gamma_deviance",
]
POSITIVE = ["squared_log_error", "poisson_deviance", "gamma_deviance"]
ROWS = ["true_class_nll", "true_class_slope"]
OF_ROWS = [
    "true_class_score",
    "kl_of_logits",
    "weighted_nll_vjp",
    "class_hinge_mean",
    "class_hinge_slope",
]
ITEMS = [
    "hinge_loss",
    "squared_hinge_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "pinball_loss",
    "relative_error",
    "poisson_nll",
    "gaussian_nll",
    "root_deviance",
    "binary_nll",
    "log_cosh_error",
]
SLOPES = ["binary_nll_slope", "overlap_slope"]
OTHERS = [
    "huber",
    "sigmoid_pair",
    "focal_nll",
    "focal_slope",
    "vector_sum",
    "squared_deviations",
    "slice_sums",
]
OF_PAIRS = ["inner_products", "row_products", "squared_distances", "perpendicular_parts"]
WHOLE = ["extent", "are_two", "overlap_sums", "overlap_sums_of_logits", "hash_in_places"]
SIGNED = ["hinge_loss", "squared_hinge_loss", "hinge_embedding_loss", "margin_ranking_loss"]
TOTALS = [
    "squared_error",
    "absolute_error",
    "huber",
    "expected_nll",
    "logistic_nll",
    *POSITIVE,
    "focal_nll",
    *ITEMS,
    "true_class_nll",
    "true_class_score",
    "true_class_clipped_nll",
    "class_hinge_mean",
    "kl_of_logits",
]
ITEMS_IN_NUMPY = ["true_class_clipped_nll"]  # which have a total, and no loop of their own
SUMS = {"true_class_clipped_nll": [np.array], "kl_of_logits": [np.exp, np.array]}
"""What totals find sums of rows of, beside the numbers."""
SLOPED = [
    name for name in TOTALS if name not in {"true_class_score", *ITEMS, *OF_ROWS, *ITEMS_IN_NUMPY}
]
"""Totals that have slopes of their items."""
MOST_ULP = dict.fromkeys(ONE, 2.5)
MOST_ULP_OF_ITEMS = dict.fromkeys([*ITEMS, *SLOPES], 2.5) | {
    "root_deviance": 5.0,
    "overlap_slope": 4.0,  # a product of two probabilities
}
MOST_ULP_IN_NUMPY = dict.fromkeys(ONE, 3.0) | {"log": 3.9, "sigmoid": 3.75}
WITHOUT_VECTORS = {
    "log1p": primitives.log1p_without_vectors,
    "expm1": primitives.expm1_without_vectors,
    "softplus": logistic.softplus_without_vectors,
    "softplus_tail": logistic.softplus_tail_without_vectors,
}

DECLARING = [*catalogue.every_loss(), digests, slices]  # with these all primitives are declared

needs_loops = pytest.mark.skipif(primitives.NATIVE is None, reason="no loops are compiled, or used")


def exact(name: str, x: Array) -> Array:
    """Evaluate in the precision of `x`, wider than what is tested, by formulas of their own."""
    decay = np.exp(-np.abs(x))
    formulas: dict[str, Callable[[], Array]] = {
        "softplus": lambda: np.maximum(x, 0) + np.log1p(decay),
        "softplus_tail": lambda: np.log1p(decay),
        "sigmoid": lambda: np.where(x >= 0, 1, decay) / (1 + decay),
        "log_square": lambda: np.where(np.abs(x) > 1e9, 2 * np.log(np.abs(x)), np.log1p(x * x)),
        "log_cosh": lambda: np.where(
            np.abs(x) < 1,
            np.log1p(np.sinh(x) ** 2) / 2,
            np.abs(x) + np.log1p(decay * decay) - np.log(x.dtype.type(2)),
        ),
    }
    with np.errstate(all="ignore"):
        return formulas[name]() if name in formulas else getattr(np, name)(x)


def ulp(found: Array, wanted: Array) -> Array:
    """Return errors in units of the last place; ends of the range must be equal."""
    with np.errstate(over="ignore"):
        rounded = wanted.astype(found.dtype)
    ends = ~np.isfinite(rounded) | ~np.isfinite(found)
    same = (np.isnan(found) & np.isnan(rounded)) | (found == rounded)
    assert same[ends].all()
    with np.errstate(all="ignore"):
        errors = np.abs(found.astype(wanted.dtype) - wanted) / np.spacing(np.abs(rounded)).astype(
            wanted.dtype
        )
    errors[ends] = 0.0
    return errors


AT_ONCE = 1 << 14  # numbers that stay in the cache with what is made of them


def worst(function: Callable[[Array], Array], name: str, step: int) -> tuple[float, float]:
    """Return the greatest error in ulp on every so many of all float32 numbers, and where it is.

    The exact value is in float64, whose own error is below 2^-24 ulp of float32.
    """
    most, where = 0.0, 0.0
    for start in range(0, 2**32, AT_ONCE * step):
        stop = min(start + AT_ONCE * step, 2**32)
        x = np.arange(start, stop, step, dtype=np.uint64).astype(np.uint32).view(np.float32)
        with np.errstate(all="ignore"):  # of signalling NaN, too
            wanted = exact(name, x.astype(np.float64))
            found = np.asarray(function(x.copy()))
            errors = found - wanted
            np.abs(errors, out=errors)
            errors /= units(wanted)
        if not errors.max() < np.inf:  # ends of the range, which must be equal
            errors = ulp(found, wanted)
        at = int(errors.argmax())
        if errors[at] > most:
            most, where = float(errors[at]), float(x[at])
    return most, where


def units(wanted: Array) -> Array:
    """Return the distance of float32 numbers around each of float64."""
    bits = wanted.view(np.int64) & 0x7FF0_0000_0000_0000
    powers: Array = bits.view(np.float64)
    powers *= 2.0**-23
    return np.maximum(powers, 2.0**-149)


ALL = [65521, rest(1, id="all")]
"""Every so many of all float32 numbers: some here, each in the long suite."""


@needs_loops
@pytest.mark.parametrize("step", ALL)
@pytest.mark.parametrize("name", ONE)
def test_float32_is_near_the_exact_value(name: str, step: int) -> None:
    assert worst(getattr(primitives.NATIVE, name), name, step)[0] <= MOST_ULP[name]


@pytest.mark.parametrize("step", ALL)
@pytest.mark.parametrize("name", ONE)
def test_float32_in_numpy_is_near_the_exact_value(name: str, step: int) -> None:
    assert worst(primitives.DEFINITIONS[name], name, step)[0] <= MOST_ULP_IN_NUMPY[name]


@pytest.mark.parametrize("step", ALL)
@pytest.mark.parametrize("name", WITHOUT_VECTORS)
def test_float32_without_vectors_is_near_the_exact_value(name: str, step: int) -> None:
    """NumPy of processors that have no vectors for `log1p`, whatever this one has."""
    assert worst(WITHOUT_VECTORS[name], name, step)[0] <= MOST_ULP_IN_NUMPY[name]


@needs_loops
@pytest.mark.parametrize("size", [300, rest(100_000, id="many")])
@pytest.mark.parametrize("name", ONE)
def test_float64_is_near_the_exact_value(name: str, size: int) -> None:
    random = np.random.default_rng(7)
    scales = random.choice([1e-9, 1e-3, 0.4, 3.0, 40.0, 600.0], size)
    x = random.normal(0.0, scales)
    if name == "log":
        x = np.abs(np.where(random.random(size) < 0.5, x, 1.0 + 0.3 * np.tanh(x)))
    if name == "log1p":
        x = np.where(x > -1.0, x, -1.0 + 0.5 * np.exp(-np.abs(x)))
    x = np.where(np.abs(x) < 700.0, x, 1.0)
    functions: dict[str, Callable[[Any], Any]] = {
        "softplus": lambda v: mpmath.log1p(mpmath.exp(v)),
        "softplus_tail": lambda v: mpmath.log1p(mpmath.exp(-abs(v))),
        "sigmoid": lambda v: 1 / (1 + mpmath.exp(-v)),
        "log_square": lambda v: mpmath.log1p(v * v),
        "log_cosh": lambda v: mpmath.log(mpmath.cosh(v)),
    }
    function = functions.get(name) or getattr(mpmath, name)
    found = getattr(primitives.NATIVE, name)(x)
    worst = 0.0
    with mpmath.workprec(400):
        for argument, value in zip(x.tolist(), found.tolist(), strict=True):
            error = abs(function(mpmath.mpf(argument)) - mpmath.mpf(value))
            worst = max(worst, float(error / mpmath.mpf(float(np.spacing(abs(value))))))
    assert worst <= MOST_ULP[name]


def arguments(name: str, dtype: Any, size: int = 1003) -> tuple[Any, ...]:
    random = np.random.default_rng(3)
    scores = random.normal(0.0, random.choice([0.1, 3.0, 30.0], size)).astype(dtype)
    labels = np.where(random.random(size) < 0.3, random.random(size), random.random(size) < 0.4)
    t = labels.astype(dtype)
    special: dict[str, tuple[Any, ...]] = {
        "are_two": (t, 0.0, 1.0),
        "hash_in_places": (scores, random.integers(0, 2**64, size, np.uint64)),
        "squared_deviations": (scores, 0.3),
        "focal_nll": (t, scores, 2.5, dtype(0.25), dtype(0.75)),
        "focal_slope": (t, scores, 2.5, dtype(0.25), dtype(0.75)),
        "huber": (t, scores, 0.7),
        "log": (np.abs(scores),),
        "log1p": (np.maximum(scores, dtype(-0.9)),),
        "overlap_sums": (np.abs(np.sin(scores)), t),
        "overlap_sums_of_logits": (scores, t),
    } | dict.fromkeys(TWO, (t, scores))
    if name in POSITIVE:
        near = np.where(random.random(size) < 0.5, 1.01, random.gamma(1.0, 3.0, size) + 1e-3)
        means = np.exp(random.normal(0.0, 2.0, size)).astype(dtype)
        return (means * near).astype(dtype), means
    if name in {*ITEMS, *SLOPES}:
        return of_items(name, scores, t, np.where(t > 0.5, dtype(1), dtype(-1)))
    if name in {*OF_ROWS, *ITEMS_IN_NUMPY}:
        rows = scores[: size - size % 17].reshape(-1, 17)
        of_classes = (rows, random.integers(0, 17, size // 17))
        return of_rows(name, rows, random.dirichlet(np.full(17, 0.3), len(rows)), of_classes)
    if name in ROWS:
        return scores[: size - size % 17].reshape(-1, 17), random.integers(0, 17, size // 17)
    if name == "slice_sums":
        codes = random.integers(0, 31, size).astype(np.uint8)
        return scores, t, codes, 0.5, 0.25, np.zeros((31, 3))
    return of_pairs(name, dtype, size) if name in OF_PAIRS else special.get(name, (scores,))


def of_pairs(name: str, dtype: Any, size: int, width: int = 70) -> tuple[Any, ...]:
    """Draw pairs of rows of features, and what else a primitive takes of each."""
    random = np.random.default_rng(width)
    u, v = random.normal(0.1, 1.0, (2, size // width, width)).astype(dtype)
    numbers = random.normal(0.0, 1.0, (5, size // width)).astype(dtype)
    more = {"squared_distances": (dtype(1e-3),), "perpendicular_parts": tuple(numbers)}
    return u, v, *more.get(name, ())


def of_items(name: str, scores: Array, t: Array, signs: Array) -> tuple[Any, ...]:
    sizes, means = np.abs(scores), np.abs(scores[::-1]) + t
    given: dict[str, tuple[Any, ...]] = {
        "hinge_loss": (scores, signs, 0.7),
        "squared_hinge_loss": (scores, signs, 0.7),
        "hinge_embedding_loss": (sizes, signs, 1.3),
        "margin_ranking_loss": (scores, t, signs, 0.3),
        "pinball_loss": (t, scores, 0.1, 0.9),
        "relative_error": (t, scores, 1e-3, 0.01),
        "poisson_nll": (scores, np.floor(sizes)),
        "gaussian_nll": (scores, means, t, 1e-2, 0.9),
        "root_deviance": (sizes, means + scores.dtype.type(1e-3)),
        "log_cosh_error": (t, scores),
        "binary_nll": (t, (np.abs(np.sin(scores)) ** 9).astype(scores.dtype), 14.0),
        "binary_nll_slope": (t, (np.abs(np.sin(scores)) ** 9).astype(scores.dtype), 1e-6),
        "overlap_slope": (scores, t, 0.75, -1.5),
    }
    return given[name]


EXACT_ITEMS: dict[str, Callable[..., Any]] = {
    "hinge_loss": lambda z, t, m: (max(0, m - t * z), m + abs(z)),
    "squared_hinge_loss": lambda z, t, m: (max(0, m - t * z) ** 2, (m + abs(z)) ** 2),
    "hinge_embedding_loss": lambda d, t, m: (d if t == 1 else max(0, m - d), m + d),
    "margin_ranking_loss": lambda a, b, t, m: (max(0, t * (b - a) + m), abs(a) + abs(b) + m),
    "pinball_loss": lambda p, t, low, high: (max(high * (p - t), low * (t - p)), 0),
    "relative_error": lambda p, t, e, share: (abs(t - p) / max(abs(t), e) / share, 0),
    "poisson_nll": lambda z, t: (mpmath.exp(z) - t * z, mpmath.exp(z) + abs(t * z)),
    "gaussian_nll": lambda p, v, t, e, c: (
        (mpmath.log(max(v, e)) + (p - t) ** 2 / max(v, e)) / 2 + c,
        abs(mpmath.log(max(v, e))) + (p - t) ** 2 / max(v, e) + c,
    ),
    "root_deviance": lambda y, m: (4 * (mpmath.sqrt(y) - mpmath.sqrt(m)) ** 2 / mpmath.sqrt(m), 0),
    "log_cosh_error": lambda p, t: (mpmath.log(mpmath.cosh(p - t)), (p - t) * mpmath.tanh(p - t)),
    "binary_nll": lambda t, p, most: (
        t * min(-mpmath.log(p), most) + (1 - t) * min(-mpmath.log(1 - p), most),
        0,
    ),
    "binary_nll_slope": lambda t, p, e: (
        (1 - t) * (1 / (1 - p) if 1 - p >= e else 0) - t * (1 / p if p >= e else 0),
        1 / min(p, 1 - p) if e <= p <= 1 - e else 0,
    ),
    "overlap_slope": lambda z, t, a, b: (
        ((1 - t) * a + t * b) / (2 + mpmath.exp(z) + mpmath.exp(-z)),
        (abs((1 - t) * a) + abs(t * b)) / (2 + mpmath.exp(z) + mpmath.exp(-z)),
    ),
}
"""The exact item, and the size of what cancels in it; of 0, nothing does."""


@needs_loops
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("name", [*ITEMS, *SLOPES])
def test_an_item_is_near_the_exact_value(name: str, dtype: Any) -> None:
    given = arguments(name, dtype, 600)
    found = getattr(primitives.NATIVE, name)(*given)
    with mpmath.workprec(400):
        for at, value in enumerate(found.tolist()):
            of = [mpmath.mpf(float(each[at] if np.ndim(each) else dtype(each))) for each in given]
            wanted, cancels = EXACT_ITEMS[name](*of)
            unit = np.spacing(dtype(max(abs(wanted), cancels)))
            assert abs(mpmath.mpf(value) - wanted) <= MOST_ULP_OF_ITEMS[name] * float(unit), of


@needs_loops
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("name", [*ITEMS, *SLOPES])
def test_items_at_the_ends_of_the_range(name: str, dtype: Any) -> None:
    tiny, inf = float(np.finfo(dtype).tiny), np.inf
    unit = [0.0, tiny / 1024, tiny, 1e-30, 0.3, 1.0 - 2.0**-23, 1.0, np.nan]
    any_number = [*unit, -1.0, 1e30, -inf, inf, -0.0]
    signs, sizes = [-1.0, 1.0, np.nan], [*unit, 1e30, inf]
    ends: dict[str, list[list[float]]] = {
        "hinge_loss": [any_number, signs],
        "squared_hinge_loss": [any_number, signs],
        "hinge_embedding_loss": [any_number, signs],
        "margin_ranking_loss": [any_number, any_number, signs],
        "poisson_nll": [any_number, sizes],
        "gaussian_nll": [any_number, sizes, any_number],
        "root_deviance": [sizes, sizes[1:]],
        "binary_nll": [unit, unit],
        "binary_nll_slope": [unit, unit],
    }
    axes = ends.get(name, [any_number, any_number])
    arrays = [each.ravel().astype(dtype) for each in np.meshgrid(*axes, indexing="ij")]
    constants = [each for each in arguments(name, dtype) if not np.ndim(each)]
    for most in (constants, [inf] if name == "binary_nll" else constants):
        with np.errstate(all="ignore"):
            wanted = primitives.DEFINITIONS[name](*[np.copy(each) for each in arrays], *most)
        found = getattr(primitives.NATIVE, name)(*arrays, *most)
        np.testing.assert_allclose(found, wanted, rtol=1e-6 if dtype is np.float32 else 1e-14)
        for each in arrays:
            assert np.isnan(found[np.isnan(each)]).all()


def of_rows(name: str, rows: Array, targets: Array, of_classes: tuple[Array, Array]) -> Any:
    if name == "true_class_score":
        return of_classes
    if name == "true_class_clipped_nll":
        return np.exp(-np.abs(rows)), of_classes[1], -3.0
    if name.startswith("class_hinge"):
        return *of_classes, 1.0, 2.0
    return rows, targets.astype(rows.dtype)


@needs_loops
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize(
    "name", [*ONE, *TWO, *ITEMS, *SLOPES, *ROWS, *OF_ROWS, *OF_PAIRS, *OTHERS, *WHOLE]
)
def test_a_loop_computes_what_numpy_defines(name: str, dtype: Any) -> None:
    definition = primitives.DEFINITIONS[name]
    given = arguments(name, dtype)
    found = getattr(primitives.NATIVE, name)(*given)
    wanted = definition(*[np.copy(each) if np.ndim(each) else each for each in given])
    tolerance = 2e-6 if np.asarray(found).dtype == np.float32 else 2e-14
    if name in OF_PAIRS:  # sums of 70 products that NumPy makes in the precision of the numbers
        tolerance *= 10
    for one, other in zip(np.atleast_2d(found), np.atleast_2d(wanted), strict=True):
        # The slope of a soft label is a difference, whose error is that of its parts.
        differs = {"sigmoid_residual", "weighted_nll_vjp", "focal_slope", *OF_PAIRS}
        faint = tolerance if name in differs else tolerance * 1e-3
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=faint)


def test_every_loop_has_a_definition() -> None:
    totals = [f"{name}_total{ends}" for name in TOTALS for ends in ("", "_and_ends")]
    totals += [f"{name}_total_and_slope" for name in SLOPED]
    tested = {*ONE, *TWO, *ITEMS, *SLOPES, *ROWS, *OF_ROWS, *OF_PAIRS, *OTHERS, *WHOLE, *totals}
    assert set(primitives.DEFINITIONS) == tested
    if primitives.NATIVE is not None:
        others = {"LEVEL", "number_lines"}  # lines that are not read are left to other readers
        loops = {name for name in vars(primitives.NATIVE) if name[0] != "_"} - others
        assert loops == tested


@needs_loops
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize(
    "name", [*ONE, *TWO, *ITEMS, *SLOPES, "huber", "sigmoid_pair", "focal_nll", "focal_slope"]
)
def test_where_numbers_lie_changes_no_bit(name: str, dtype: Any) -> None:
    loop, given = getattr(primitives.NATIVE, name), arguments(name, dtype)
    whole = np.asarray(loop(*given))
    spread = [np.repeat(each, 3)[::3] if np.ndim(each) else each for each in given]
    np.testing.assert_array_equal(np.asarray(loop(*spread)), whole)
    backwards = [each[::-1] if np.ndim(each) else each for each in given]
    np.testing.assert_array_equal(np.asarray(loop(*backwards))[..., ::-1], whole)
    parts = [
        np.asarray(loop(*[each[at : at + 7] if np.ndim(each) else each for each in given]))
        for at in range(0, 1003, 7)
    ]
    np.testing.assert_array_equal(np.concatenate(parts, axis=-1), whole)
    if name not in {"sigmoid_pair", "focal_nll", "focal_slope"}:
        last = [each for each in given if np.ndim(each)][-1]
        place = np.copy(last)
        changed = [place if each is last else each for each in given]
        np.testing.assert_array_equal(loop(*changed, out=place), whole)


@needs_loops
@pytest.mark.parametrize(
    "name",
    ["vector_sum", "slice_sums", *OF_PAIRS, *ROWS, *WHOLE, *[f"{name}_total" for name in TOTALS]],
)
def test_other_threads_run_beside_a_loop_over_a_whole_array(name: str) -> None:
    loop = getattr(primitives.NATIVE, name)
    given = arguments(name.removesuffix("_total"), np.float32, 300_000)
    if name == "are_two":  # it ends at the first other number
        given = (np.zeros(300_000), 0.0, 1.0)
    turns, ended, before = 0, False, sys.getswitchinterval()

    def take_turns() -> None:
        nonlocal turns
        while not ended:
            turns += 1
            time.sleep(1e-5)

    other = threading.Thread(target=take_turns)
    other.start()
    sys.setswitchinterval(100.0)  # a thread gives up the lock of its own accord alone
    try:
        for _ in range(1000):
            start = turns
            loop(*given)
            if turns > start:
                return
        raise AssertionError(f"{name} keeps the lock of the interpreter")
    finally:
        sys.setswitchinterval(before)
        ended = True
        other.join()


@needs_loops
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("classes", [1, 2, 3, 17, 600, 5000])
def test_rows_of_any_length(name: str, classes: int, dtype: Any) -> None:
    random = np.random.default_rng(classes)
    scores = random.normal(0.0, 4.0, (29, classes)).astype(dtype)
    scores[3] *= 200.0 / 4.0  # beyond what an exponential of float32 holds
    truth = random.integers(0, classes, 29)
    loop = getattr(primitives.NATIVE, name)
    found = loop(scores, truth)
    np.testing.assert_array_equal(loop(np.asfortranarray(scores), truth), found)
    np.testing.assert_array_equal(loop(scores[5:6], truth[5:6]), found[5:6])  # whatever lies beside
    with mpmath.workprec(200):
        for row in (0, 3, 28):
            values = [mpmath.mpf(float(score)) for score in scores[row]]
            top, own = max(values), values[truth[row]]
            total = sum(mpmath.exp(value - top) for value in values)
            if name == "true_class_nll":
                others = [mpmath.exp(v - own) for at, v in enumerate(values) if at != truth[row]]
                wanted = [mpmath.log1p(mpmath.fsum(others))]
                got = [found[row]]
            else:
                wanted = [mpmath.exp(value - top) / total for value in values]
                others = [mpmath.exp(v - top) for at, v in enumerate(values) if at != truth[row]]
                wanted[truth[row]] = -mpmath.fsum(others) / total
                got = list(found[row])
            tolerance = 1e-6 if dtype is np.float32 else 2e-13  # of scores near 1000
            tiny = float(np.finfo(dtype).tiny) * 1e8
            for one, other in zip(got, wanted, strict=True):
                assert abs(mpmath.mpf(float(one)) - other) <= tolerance * abs(other) + tiny


@needs_loops
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("classes", [1, 2, 10, 32, 33, 700])
def test_divergences_and_margins_of_rows_of_any_length(classes: int, dtype: Any) -> None:
    random = np.random.default_rng(classes)
    z = random.normal(0.0, random.choice([0.5, 30.0], (67, 1)), (67, classes)).astype(dtype)
    t = random.dirichlet(np.full(classes, 0.3), 67).astype(dtype)
    t[::4] = 0.0
    t[::4, classes // 2] = 1.0
    truth, loops = random.integers(0, classes, 67), primitives.NATIVE
    wide, targets = z.astype(np.longdouble), t.astype(np.longdouble)
    gaps = wide - wide.max(axis=1, keepdims=True)
    log_p = gaps - np.log(np.exp(gaps).sum(axis=1, keepdims=True))
    log_t = np.log(np.where(targets > 0, targets, 1.0))
    hinges = np.maximum(0.0, 0.5 + wide - wide[np.arange(67), truth][:, None])
    hinges[np.arange(67), truth] = 0.0
    slopes = (hinges > 0) * hinges**0.5 * np.longdouble(1.5) / classes
    slopes[np.arange(67), truth] = -slopes.sum(axis=1)
    checks = {
        "kl_of_logits": ((z, t), (targets * (log_t - log_p)).sum(axis=1)),
        "weighted_nll_vjp": ((z, t), targets.sum(axis=1)[:, None] * np.exp(log_p) - targets),
        "class_hinge_mean": ((z, truth, 0.5, 1.5), (hinges**1.5).mean(axis=1)),
        "class_hinge_slope": ((z, truth, 0.5, 1.5), slopes),
    }
    for name, (given, wanted) in checks.items():
        found = getattr(loops, name)(*given)
        # Scores of 100 are rounded before the differences: 4e-6 of float32.
        np.testing.assert_allclose(
            found, wanted.astype(float), *((1e-5, 4e-6) if dtype is np.float32 else (1e-13, 2e-14))
        )
        by_class = [np.asfortranarray(each) if np.ndim(each) == 2 else each for each in given]
        np.testing.assert_array_equal(getattr(loops, name)(*by_class), found)
        some = [each[5:8] if np.ndim(each) else each for each in given]
        np.testing.assert_array_equal(getattr(loops, name)(*some), found[5:8])


@needs_loops
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("width", [1, 15, 16, 17, 64, 700])
def test_pairs_of_rows_of_any_length(width: int, dtype: Any) -> None:
    u, v, *numbers = of_pairs("perpendicular_parts", dtype, 29 * width, width)
    a, b, ratio, *rest = (each.astype(np.longdouble) for each in (u, v, *numbers))
    of_u, of_v, inverse_u, inverse_v = (each[:, None] for each in rest)
    between = a - ratio[:, None] * b
    parts = [
        factor * (between - (between * of).sum(axis=1)[:, None] * inverse * of)
        for factor, of, inverse in ((of_u, a, inverse_u), (of_v, b, inverse_v))
    ]
    added = dtype(0.25)
    wanted = {
        "inner_products": ((u, v), (a * b).sum(axis=1)),
        "row_products": ((u, v), [(x * y).sum(axis=1) for x, y in ((a, a), (b, b), (a, b))]),
        "squared_distances": ((u, v, added), ((a - b + added) ** 2).sum(axis=1)),
        "perpendicular_parts": ((u, v, *numbers), parts),
    }
    for name, (given, exact_values) in wanted.items():
        loop = getattr(primitives.NATIVE, name)
        found, tolerance = loop(*given), 8 * float(np.finfo(dtype).eps)
        size = np.abs(a).max() * np.abs(b).max() * width
        if name == "perpendicular_parts":
            size *= np.abs([of_u * inverse_u, of_v * inverse_v]).max() * (1 + np.abs(ratio).max())
            size *= max(float(np.abs(a).max()), float(np.abs(b).max()), 1.0)
        np.testing.assert_allclose(
            found, np.array(exact_values, float), rtol=tolerance, atol=float(size) * tolerance
        )
        spread = [
            np.repeat(each, 3, axis=-1)[..., ::3] if np.ndim(each) else each for each in given
        ]
        np.testing.assert_array_equal(loop(*spread), found)
        some = [each[5:8] if np.ndim(each) else each for each in given]
        few = found[..., 5:8, :] if name == "perpendicular_parts" else found[..., 5:8]
        np.testing.assert_array_equal(loop(*some), few)


@needs_loops
@pytest.mark.parametrize("dtype", KINDS)
def test_deviances_at_the_ends_of_the_range(dtype: Any) -> None:
    ends = [float(np.finfo(dtype).smallest_subnormal), float(np.finfo(dtype).tiny), 1.0]
    ends += [float(np.finfo(dtype).max) / 4, float(np.finfo(dtype).max)]
    tolerance = 8 * float(np.finfo(dtype).eps)
    with mpmath.workprec(300):
        for y in (0.0, *ends):
            for m in ends:
                of = np.array([y], dtype), np.array([m], dtype)
                exact_y, exact_m = mpmath.mpf(y), mpmath.mpf(m)
                log_ratio = mpmath.log(exact_y / exact_m) if y else mpmath.mpf(0)
                wanted = {"poisson": 2 * (exact_y * log_ratio - exact_y + exact_m)}
                if y:
                    wanted["gamma"] = 2 * ((exact_y - exact_m) / exact_m - log_ratio)
                for name, value in wanted.items():
                    (found,) = getattr(primitives.NATIVE, f"{name}_deviance")(*of)
                    with np.errstate(over="ignore"):
                        nearest = dtype(value)
                    assert found == pytest.approx(nearest, rel=tolerance), (name, y, m)


@needs_loops
def test_a_class_that_is_none_gives_nan_and_reads_nothing_else() -> None:
    scores = np.zeros((3, 4))
    for name in ROWS:
        found = getattr(primitives.NATIVE, name)(scores, np.array([-1, 4, 2]))
        assert np.isnan(found[:2]).all()
        assert not np.isnan(found[2]).any()


@needs_loops
def test_infinite_scores() -> None:
    inf = np.inf
    scores = np.array(
        [[-inf, 0.0, 1.0], [0.0, -inf, 1.0], [inf, 0.0, 1.0], [-inf, -inf, -inf], [np.nan, 0, 0]]
    )
    nll = primitives.NATIVE.true_class_nll(scores, np.zeros(5, int))
    np.testing.assert_allclose(nll, [inf, np.log1p(np.e), np.nan, np.nan, np.nan], rtol=1e-15)
    labels, logits = np.array([0.0, 1.0, 0.0, 1.0, 0.5]), np.array([inf, inf, -inf, -inf, inf])
    np.testing.assert_array_equal(
        primitives.NATIVE.expected_nll(labels, logits), [inf, 0, 0, inf, inf]
    )


@needs_loops
def test_nothing_warns() -> None:
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        for dtype in KINDS:
            x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e30, -1e30, -2.0, 1e-40], dtype)
            for name in ONE:
                getattr(primitives.NATIVE, name)(x)
            for name in TWO:
                getattr(primitives.NATIVE, name)(x, x)


@needs_loops
def test_sums_are_exact_to_the_last_bits() -> None:
    random = np.random.default_rng(0)
    for size in (0, 1, 15, 16, 17, 511, 512, 513, 16_384, 100_003):
        for dtype in KINDS:
            x = random.exponential(1.0, size).astype(dtype)
            wanted = float(np.sum(x.astype(np.longdouble)))
            assert primitives.NATIVE.vector_sum(x) == pytest.approx(wanted, rel=3e-16)
            assert primitives.NATIVE.vector_sum(
                np.repeat(x, 2)[::2]
            ) == primitives.NATIVE.vector_sum(x)


@pytest.mark.parametrize("columns", [1, 2, 15, 16, 40])
def test_sums_of_columns(columns: int) -> None:
    rows = np.random.default_rng(2).normal(1.0, 1e3, (1001, columns)).astype(np.float32)
    wanted = [math.fsum(column) for column in rows.T.tolist()]
    np.testing.assert_allclose(primitives.sum_of_items(rows), wanted, rtol=1e-13)
    assert primitives.sum_of_items(rows[:, 0]) == pytest.approx(wanted[0], rel=1e-13)


@needs_loops
@pytest.mark.parametrize("size", [0, 1, 15, 511, 512, 513, 40_003])
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("name", TOTALS)
def test_a_total_has_the_bits_of_the_sum_of_items(name: str, dtype: Any, size: int) -> None:
    are_rows = name in {*ROWS, *OF_ROWS, *ITEMS_IN_NUMPY}
    loops, given = primitives.NATIVE, arguments(name, dtype, size * (17 if are_rows else 1))
    total = getattr(loops, f"{name}_total")
    items = logistic.true_class_clipped_nll if name in ITEMS_IN_NUMPY else getattr(loops, name)
    assert total(*given) == loops.vector_sum(items(*given))
    spread = [np.repeat(each, 3, axis=0)[::3] if np.ndim(each) else each for each in given]
    assert total(*spread) == total(*given)
    wide = getattr(loops, f"{name}_total_and_ends")
    arrays = [each for each in given if np.ndim(each)]
    numbers = [each.astype(np.float64) for each in arrays]
    ends = [end for x in numbers for end in (x.min(initial=np.inf), x.max(initial=-np.inf))]
    if name in SIGNED:
        ends.append(np.abs(numbers[-1]).min(initial=np.inf))
    found = wide(*given)
    assert found[: 1 + len(ends)].tolist() == [total(*given), *ends]
    np.testing.assert_array_equal(wide(*spread), found)
    with np.errstate(over="ignore"):
        sums = [of(x).sum(axis=1) for of, x in zip(SUMS.get(name, []), numbers, strict=False)]
        of_sums = [end for x in sums for end in (x.min(initial=np.inf), x.max(initial=-np.inf))]
        wanted = np.array(of_sums).astype(dtype)  # beyond its range they are infinite
    np.testing.assert_allclose(
        found[1 + len(ends) :], wanted, 1e-5 if dtype is np.float32 else 1e-12
    )
    assert total(*given) == pytest.approx(primitives.DEFINITIONS[f"{name}_total"](*given), rel=1e-6)
    if size:
        with np.errstate(over="ignore"):
            defined = primitives.DEFINITIONS[f"{name}_total_and_ends"](*given)
        np.testing.assert_allclose(found, defined, rtol=1e-5 if dtype is np.float32 else 1e-12)
        scores = [each for each in arrays if each.dtype.kind == "f"][-1]
        scores[-1] = np.nan
        measured = [*arrays, *arrays[: len(SUMS.get(name, []))]]
        spoilt = [each is scores for each in measured for _ in ("low", "high")]
        spoilt += [False] if name in SIGNED else []
        assert np.isnan(wide(*given)).tolist() == [True, *spoilt]


@needs_loops
@pytest.mark.parametrize("size", [0, 1, 15, 511, 512, 513, 40_003])
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("name", SLOPED)
def test_a_total_with_slopes_has_the_bits_of_both_alone(name: str, dtype: Any, size: int) -> None:
    are_rows, factor = name in ROWS, 1.0 / 3.0
    loops, given = primitives.NATIVE, arguments(name, dtype, size * (17 if are_rows else 1))
    loop = getattr(loops, f"{name}_total_and_slope")
    wide = getattr(loops, f"{name}_total_and_ends")
    out, apart = np.full_like(given[0], 7.0), np.repeat(np.full_like(given[0], 7.0), 3, axis=0)[::3]
    assert loop(*given, factor, out).tolist() == wide(*given).tolist()
    spread = [np.repeat(each, 3, axis=0)[::3] if np.ndim(each) else each for each in given]
    assert loop(*spread, factor, apart).tolist() == wide(*given).tolist()
    np.testing.assert_array_equal(apart, out)
    wanted = np.empty_like(out)
    defined = primitives.DEFINITIONS[f"{name}_total_and_slope"]
    if size:
        np.testing.assert_allclose(defined(*given, factor, wanted), wide(*given), rtol=1e-6)
    tolerance = 4e-6 if dtype is np.float32 else 2e-13
    np.testing.assert_allclose(out, wanted, rtol=tolerance, atol=tolerance * 1e-1)


@needs_loops
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("classes", [1, 3, 600, 2048, 2049, 5000])
def test_rows_with_slopes_have_the_bits_of_both_alone(classes: int, dtype: Any) -> None:
    random = np.random.default_rng(classes)
    scores = random.normal(0.0, 4.0, (29, classes)).astype(dtype)
    scores[3] *= 50.0  # beyond what an exponential of float32 holds
    truth = random.integers(0, classes, 29)
    truth[7], truth[9] = -1, classes
    out, loops = np.empty_like(scores), primitives.NATIVE
    found = loops.true_class_nll_total_and_slope(scores, truth, 0.3, out)
    wide = loops.true_class_nll_total_and_ends(scores, truth)
    np.testing.assert_array_equal(found, wide)
    np.testing.assert_array_equal(out, dtype(0.3) * loops.true_class_slope(scores, truth))


@needs_loops
@pytest.mark.parametrize("place", [0, 17, 600, 1001])
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize(
    "name", [each for each in TOTALS if each not in {*ROWS, *OF_ROWS, *ITEMS_IN_NUMPY}]
)
def test_the_ends_of_an_argument_with_nan_are_nan(name: str, dtype: Any, place: int) -> None:
    given = arguments(name, dtype)
    for spoilt in [each for each in given if np.ndim(each)]:
        kept, spoilt[place] = spoilt[place], np.nan
        total, *ends = getattr(primitives.NATIVE, f"{name}_total_and_ends")(*given)
        spoilt[place] = kept
        wanted = [each is spoilt for each in given if np.ndim(each) for _ in ("low", "high")]
        assert np.isnan(total)
        assert np.isnan(ends[: len(wanted)]).tolist() == wanted


@needs_loops
@pytest.mark.parametrize("place", [0, 17, 600, 1001])
@pytest.mark.parametrize("dtype", KINDS)
def test_what_is_found_of_all_numbers(dtype: Any, place: int) -> None:
    x = np.where(np.random.default_rng(1).random(1002) < 0.5, 1.0, -1.0).astype(dtype)
    assert primitives.NATIVE.are_two(x, 1.0, -1.0)
    assert not primitives.NATIVE.are_two(x, 1.0, 0.0)
    for other in (-7.5, 8.5, np.inf, -np.inf, np.nan):
        x[place] = other
        wanted = [x.min(), x.max()]
        np.testing.assert_array_equal(primitives.NATIVE.extent(x), wanted)
        np.testing.assert_array_equal(primitives.NATIVE.extent(x.reshape(2, 3, -1)), wanted)
        assert not primitives.NATIVE.are_two(x, 1.0, -1.0)
    assert primitives.NATIVE.extent(x[:0]) == (np.inf, -np.inf)


@pytest.mark.parametrize("dtype", [*KINDS, np.int64, np.int8, np.bool_, ">f8"])
def test_what_is_found_of_numbers_of_any_type_and_order(dtype: Any) -> None:
    """Also where no loop reads them, and of more integers than a loop reads."""
    for size in (1, 12, 6000):
        x = (np.random.default_rng(size).random(size) < 0.5).astype(dtype)
        for some in (x, np.repeat(x, 2)[::2], x[::-1], x[:, None], np.stack([x, x]).T):
            ends = primitives.least_and_greatest(some)
            assert ends == (float(x.min()), float(x.max()))
            assert {type(end) for end in ends} == {float}
            assert primitives.are_either(some, 0.0, 1.0) is True
            assert primitives.are_either(some, 0.0, 2.0) is bool(x.max() == 0)


@needs_loops
@pytest.mark.parametrize("code", [np.uint8, np.int8, np.int32, np.int64])
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("slices", [31, 300])
def test_sums_by_slice_wherever_numbers_lie(slices: int, dtype: Any, code: type) -> None:
    loop, random = primitives.NATIVE.slice_sums, np.random.default_rng(8)
    x, y = random.normal(3.0, 1.0, (2, 20_011)).astype(dtype)
    codes = random.integers(0, min(slices, 127), x.size).astype(code)
    found = loop(x, y, codes, 2.5, 1.5, np.empty((slices, 3)))
    spread = [np.repeat(each, 2)[::2] for each in (x, y, codes)]
    np.testing.assert_array_equal(loop(*spread, 2.5, 1.5, np.empty((3, slices)).T), found)
    dx, dy = x.astype(np.longdouble) - 2.5, y.astype(np.longdouble) - 1.5
    for slice_, (count, deviations, products) in enumerate(found):
        own = codes == slice_
        assert count == own.sum()
        size = float(np.abs(dx[own]).sum())
        assert deviations == pytest.approx(float(dx[own].sum()), rel=0, abs=1e-14 * size)
        assert products == pytest.approx(float((dx * dy)[own].sum()), rel=1e-13)


@needs_loops
def test_a_slice_that_is_none_is_not_written() -> None:
    codes = np.array([-1, 2, 1, 1 << 40])
    found = primitives.NATIVE.slice_sums(np.ones(4), np.ones(4), codes, 0.0, 0.0, np.empty((2, 3)))
    assert found.tolist() == [[0, 0, 0], [1, 1, 1]]


DIGEST = """
import hashlib, sys, numpy as np
from lossctl.kernels.numeric import primitives
from lossctl.kernels.probability import logistic
from tests.kernels.test_primitives import arguments, ONE, TWO, ITEMS, SLOPES
from tests.kernels.test_primitives import ROWS, OF_ROWS, OF_PAIRS, OTHERS, WHOLE
digest = hashlib.sha256()
for name in [*ONE, *TWO, *ITEMS, *SLOPES, *ROWS, *OF_ROWS, *OF_PAIRS, *OTHERS, *WHOLE]:
    for dtype in (np.float32, np.float64):
        found = getattr(primitives.NATIVE, name)(*arguments(name, dtype, 20_000))
        digest.update(np.ascontiguousarray(found).tobytes())
print(primitives.NATIVE.LEVEL, digest.hexdigest())
"""


def answer(code: str, level: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, primitives.SWITCH: level},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@needs_loops
def test_every_level_has_the_same_bits() -> None:
    found = dict(answer(DIGEST, level).split() for level in ("v2", "v3", "v4"))
    assert len(set(found.values())) == 1
    assert primitives.NATIVE.LEVEL in found
    assert "v2" in found or "neon" in found


def test_loops_can_be_switched_off() -> None:
    code = "from lossctl.kernels.numeric import primitives; print(primitives.versions()['loops'])"
    assert answer(code, "0") == "NumPy"
    missing = "import sys; sys.modules['lossctl.kernels._native'] = None\n" + code
    assert answer(missing, "") == "NumPy"


@needs_loops
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 7.0])
def test_focal_of_any_power_and_weights(gamma: float) -> None:
    labels, logits, *_ = arguments("focal_nll", np.float64, 1200)
    rows = labels.reshape(-1, 3), logits.reshape(-1, 3)
    weights = np.array([0.25, 1.0, 0.0]), np.array([0.75, 2.0, 1.0])
    found = primitives.NATIVE.focal_nll(*rows, gamma, *weights)
    p = 1.0 / (1.0 + np.exp(-rows[1].astype(np.longdouble)))
    q = 1.0 / (1.0 + np.exp(rows[1].astype(np.longdouble)))
    wide = rows[1].astype(np.longdouble)
    wanted = rows[0] * weights[0] * q**gamma * np.logaddexp(0.0, -wide)
    wanted += (1.0 - rows[0]) * weights[1] * p**gamma * np.logaddexp(0.0, wide)
    np.testing.assert_allclose(found, wanted.astype(float), rtol=1e-13, atol=1e-300)
    slope = primitives.NATIVE.focal_slope(*rows, gamma, *weights)
    rising = rows[0] * weights[0] * q**gamma * (q + gamma * p * np.logaddexp(0.0, -wide))
    falling = (1.0 - rows[0]) * weights[1] * p**gamma * (p + gamma * q * np.logaddexp(0.0, wide))
    difference = (falling - rising).astype(float)
    np.testing.assert_allclose(slope, difference, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("backend", ["definition", pytest.param("loop", marks=needs_loops)])
def test_the_slope_of_focal_at_infinite_logits(backend: str) -> None:
    """An infinite loss times a probability of 0 is 0: the limit of p·log p."""
    by_loop = primitives.NATIVE if backend == "loop" else None
    slope = primitives.DEFINITIONS["focal_slope"] if by_loop is None else by_loop.focal_slope
    labels, logits = np.array([1.0, 0.0, 1.0, 0.0]), np.array([-np.inf, np.inf, np.inf, -np.inf])
    with np.errstate(all="ignore"):
        found = slope(labels, logits, 2.0, np.array(0.25), np.array(0.75))
    np.testing.assert_array_equal(found, [-0.25, 0.75, 0.0, 0.0])
