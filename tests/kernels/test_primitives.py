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
    "class_hinge_sum",
    "class_hinge_slope",
]
OTHERS = ["huber", "sigmoid_pair", "focal_nll", "vector_sum", "squared_deviations", "slice_sums"]
WHOLE = ["extent", "are_two", "overlap_sums", "overlap_sums_of_logits", "hash_in_places"]
TOTALS = [
    "squared_error",
    "absolute_error",
    "huber",
    "expected_nll",
    "logistic_nll",
    *POSITIVE,
    "focal_nll",
    "true_class_nll",
    "true_class_score",
]
MOST_ULP = dict.fromkeys(ONE, 2.5)
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
    if name in OF_ROWS:
        rows = scores[: size - size % 17].reshape(-1, 17)
        of_classes = (rows, random.integers(0, 17, size // 17))
        return of_rows(name, rows, random.dirichlet(np.full(17, 0.3), len(rows)), of_classes)
    if name in ROWS:
        return scores[: size - size % 17].reshape(-1, 17), random.integers(0, 17, size // 17)
    if name == "slice_sums":
        codes = random.integers(0, 31, size).astype(np.uint8)
        return scores, t, codes, 0.5, 0.25, np.zeros((31, 3))
    return special.get(name, (scores,))


def of_rows(name: str, rows: Array, targets: Array, of_classes: tuple[Array, Array]) -> Any:
    if name == "true_class_score":
        return of_classes
    if name.startswith("class_hinge"):
        return *of_classes, 1.0, 2.0
    return rows, targets.astype(rows.dtype)


@needs_loops
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("name", [*ONE, *TWO, *ROWS, *OF_ROWS, *OTHERS, *WHOLE])
def test_a_loop_computes_what_numpy_defines(name: str, dtype: Any) -> None:
    definition = primitives.DEFINITIONS[name]
    given = arguments(name, dtype)
    found = getattr(primitives.NATIVE, name)(*given)
    wanted = definition(*[np.copy(each) if np.ndim(each) else each for each in given])
    tolerance = 2e-6 if np.asarray(found).dtype == np.float32 else 2e-14
    for one, other in zip(np.atleast_2d(found), np.atleast_2d(wanted), strict=True):
        # The slope of a soft label is a difference, whose error is that of its parts.
        differs = {"sigmoid_residual", "weighted_nll_vjp"}
        faint = tolerance if name in differs else tolerance * 1e-3
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=faint)


def test_every_loop_has_a_definition() -> None:
    totals = [f"{name}_total{ends}" for name in TOTALS for ends in ("", "_and_ends")]
    tested = {*ONE, *TWO, *ROWS, *OF_ROWS, *OTHERS, *WHOLE, *totals}
    assert set(primitives.DEFINITIONS) == tested
    if primitives.NATIVE is not None:
        others = {"LEVEL", "number_lines"}  # lines that are not read are left to other readers
        loops = {name for name in vars(primitives.NATIVE) if name[0] != "_"} - others
        assert loops == tested


@needs_loops
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("name", [*ONE, *TWO, "huber", "sigmoid_pair", "focal_nll"])
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
    if name not in {"sigmoid_pair", "focal_nll"}:
        place = np.copy(given[-1] if name != "huber" else given[1])
        changed = [place if each is given[-1 if name != "huber" else 1] else each for each in given]
        np.testing.assert_array_equal(loop(*changed, out=place), whole)


@needs_loops
@pytest.mark.parametrize(
    "name", ["vector_sum", "slice_sums", *ROWS, *WHOLE, *[f"{name}_total" for name in TOTALS]]
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
        "class_hinge_sum": ((z, truth, 0.5, 1.5), (hinges**1.5).sum(axis=1)),
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
    are_rows = name in {*ROWS, *OF_ROWS}
    loops, given = primitives.NATIVE, arguments(name, dtype, size * (17 if are_rows else 1))
    total = getattr(loops, f"{name}_total")
    assert total(*given) == loops.vector_sum(getattr(loops, name)(*given))
    spread = [np.repeat(each, 3, axis=0)[::3] if np.ndim(each) else each for each in given]
    assert total(*spread) == total(*given)
    wide = getattr(loops, f"{name}_total_and_ends")
    arrays = [each for each in given if np.ndim(each)]
    numbers = [each.astype(np.float64) for each in arrays]
    ends = [end for x in numbers for end in (x.min(initial=np.inf), x.max(initial=-np.inf))]
    assert wide(*given).tolist() == wide(*spread).tolist() == [total(*given), *ends]
    assert total(*given) == pytest.approx(primitives.DEFINITIONS[f"{name}_total"](*given), rel=1e-6)
    if size:
        defined = primitives.DEFINITIONS[f"{name}_total_and_ends"](*given)
        np.testing.assert_allclose(wide(*given), defined, rtol=1e-6)
        scores = [each for each in arrays if each.dtype.kind == "f"][-1]
        scores[-1] = np.nan
        spoilt = [True, True, True, False, False] if are_rows else [True, False, False, True, True]
        assert np.isnan(wide(*given)).tolist() == spoilt


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
        np.testing.assert_array_equal(primitives.NATIVE.extent(np.repeat(x, 2)[::2]), wanted)
        assert not primitives.NATIVE.are_two(x, 1.0, -1.0)
    assert primitives.NATIVE.extent(x[:0]).tolist() == [np.inf, -np.inf]


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
from tests.kernels.test_primitives import arguments, ONE, TWO, ROWS, OF_ROWS, OTHERS, WHOLE
digest = hashlib.sha256()
for name in [*ONE, *TWO, *ROWS, *OF_ROWS, *OTHERS, *WHOLE]:
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
