"""Slices of data of several blocks, of clusters and of very many categories, beside NumPy."""

import numpy as np
import pytest
from scipy import stats

import lossctl
from lossctl.engine.bind import layout
from lossctl.engine.categories import Categories, categories_of
from lossctl.engine.sources import ArraySource
from lossctl.uncertainty.slices import Sorted, block_slices, block_slices_counted

RNG = np.random.default_rng(23)
LONG = 600_000  # three blocks
REGION = RNG.integers(0, 7, size=LONG)
TRUE = RNG.normal(size=LONG)
OLD = TRUE + RNG.normal(size=LONG) * (1.0 + 0.1 * REGION)
NEW = TRUE + RNG.normal(size=LONG)
WEIGHT = RNG.random(LONG) + 0.5


def test_slices_of_several_blocks() -> None:
    answers = [
        lossctl.compute("mse", OLD, TRUE, by={"region": REGION}, threads=threads).slices
        for threads in (1, 2, 5)
    ]
    assert answers[0] == answers[1] == answers[2], "the same bits from any number of threads"
    losses = (OLD - TRUE) ** 2
    assert [one.name for one in answers[0]] == ["6", "5", "4", "3", "2", "1", "0"]
    for one in answers[0]:
        own, rest = losses[int(one.name) == REGION], losses[int(one.name) != REGION]
        assert one.n == len(own)
        assert one.value == pytest.approx(own.mean(), rel=1e-13)
        assert one.share == pytest.approx(own.sum() / losses.sum(), rel=1e-12)
        half = stats.t.ppf(0.975, len(own) - 1) * own.std(ddof=1) / np.sqrt(len(own))
        assert one.interval == pytest.approx((own.mean() - half, own.mean() + half), rel=1e-10)
        wanted = stats.ttest_ind(own, rest, equal_var=False).pvalue
        assert one.p_value == pytest.approx(wanted, rel=1e-7)


def test_weighted_slices_of_several_blocks() -> None:
    found = lossctl.compute("mse", OLD, TRUE, weights=WEIGHT, by={"region": REGION}).slices
    losses = (OLD - TRUE) ** 2
    for one in found:
        own = int(one.name) == REGION
        assert one.value == pytest.approx(np.average(losses[own], weights=WEIGHT[own]), rel=1e-12)


@pytest.mark.parametrize("place", [slice(0, 1_000), slice(-1_000, None)])
def test_slices_of_blocks_of_which_one_leaves_items_out(place: slice) -> None:
    """That block alone has weights, whether it comes first or last."""
    holes = OLD.copy()
    holes[place] = np.nan
    answers = [
        lossctl.compute("mse", holes, TRUE, by={"region": REGION}, nan="omit", threads=threads)
        for threads in (1, 2)
    ]
    assert answers[0].slices == answers[1].slices
    losses = (holes - TRUE) ** 2
    for one in answers[0].slices:
        own = losses[(int(one.name) == REGION) & ~np.isnan(losses)]
        assert one.n == len(own)
        assert one.value == pytest.approx(own.mean(), rel=1e-13)
        half = stats.t.ppf(0.975, len(own) - 1) * own.std(ddof=1) / np.sqrt(len(own))
        assert one.interval == pytest.approx((own.mean() - half, own.mean() + half), rel=1e-7)


def test_slices_of_lists_in_several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "LIST_ITEMS", 300)
    scores, grades = RNG.normal(size=(250, 8)), RNG.integers(0, 3, (250, 8))
    kind = np.arange(250) % 3
    each = lossctl.compute("listnet", scores, grades, reduction="none").value
    found = lossctl.compute("listnet", scores, grades, by={"kind": kind}).slices
    assert len(found) == 3
    for one in found:
        own = np.asarray(each)[int(one.name) == kind]
        assert (one.n, one.value) == (len(own), pytest.approx(own.mean(), rel=1e-12))


def test_functions_of_sums_in_slices_of_several_blocks() -> None:
    """The root of the mean square, as a loss that is a function of sums: here of Poisson counts."""
    p, t = RNG.random(LONG) + 0.1, RNG.poisson(1.0, LONG).astype(float)
    found = lossctl.compute("perplexity", -p, by={"region": REGION}).slices
    assert t.size == LONG
    for one in found:
        own = p[int(one.name) == REGION]
        assert one.value == pytest.approx(np.exp(own.mean()), rel=1e-12)


def test_comparisons_in_slices_of_several_blocks() -> None:
    answer = lossctl.compare(OLD, NEW, targets=TRUE, loss="mse", by={"region": REGION})
    old, new = (OLD - TRUE) ** 2, (NEW - TRUE) ** 2
    assert len(answer.slices[0]) == 7
    for one in answer.slices[0]:
        own = int(one.name) == REGION
        wanted = stats.ttest_rel(new[own], old[own])
        assert one.comparison.p_value == pytest.approx(wanted.pvalue, rel=1e-8, abs=1e-300)
        assert one.comparison.difference == pytest.approx((new - old)[own].mean(), rel=1e-9)


USERS = RNG.integers(0, 40, size=4000)
SIDE = np.where(RNG.random(4000) < 0.4, "left", "right")
BY_USER = RNG.normal(size=40)[USERS]


@pytest.mark.parametrize("loss", ["mse", "mae"])
@pytest.mark.parametrize("weighted", [False, True])
def test_clusters_in_slices(loss: str, weighted: bool) -> None:
    """In each slice as by itself, with the clusters that it has rows of."""
    true = np.zeros(4000)
    old = BY_USER + RNG.normal(size=4000)
    new = 0.9 * BY_USER + RNG.normal(size=4000)
    more = {"weights": WEIGHT[:4000]} if weighted else {}
    answer = lossctl.compare(
        old, new, targets=true, loss=loss, by={"side": SIDE}, cluster_by=USERS, **more
    )
    assert {one.name for one in answer.slices[0]} == {"left", "right"}
    for one in answer.slices[0]:
        own = one.name == SIDE
        some = {"weights": WEIGHT[:4000][own]} if weighted else {}
        alone = lossctl.compare(
            old[own], new[own], targets=true[own], loss=loss, cluster_by=USERS[own], **some
        ).comparisons[0]
        assert one.comparison.method == "cluster"
        assert one.comparison.n == alone.n == own.sum()
        assert one.comparison.difference == pytest.approx(alone.difference, rel=1e-11)
        assert one.comparison.p_value == pytest.approx(alone.p_value, rel=1e-9)
        assert one.comparison.interval == pytest.approx(alone.interval, rel=1e-9)


def test_clusters_in_slices_of_functions_of_sums() -> None:
    masks = RNG.random((60, 1, 6, 6))
    truth = (RNG.random((60, 1, 6, 6)) > 0.5).astype(float)
    patients, sites = np.arange(60) // 4, np.where(np.arange(60) < 32, "a", "b")
    other = np.clip(masks + 0.2 * (truth - 0.5), 0, 1)
    shared = {"loss": "dice", "min_size": 5}
    answer = lossctl.compare(
        masks, other, targets=truth, by={"site": sites}, cluster_by=patients, **shared
    )
    for one in answer.slices[0]:
        own = one.name == sites
        alone = lossctl.compare(
            masks[own], other[own], targets=truth[own], loss="dice", cluster_by=patients[own]
        ).comparisons[0]
        assert one.comparison.difference == pytest.approx(alone.difference, rel=1e-9)
        assert one.comparison.p_value == pytest.approx(alone.p_value, rel=1e-5)


def test_a_hundred_and_fifty_thousand_users() -> None:
    """As many clusters as a product has users; beside CR1 written out."""
    users = RNG.integers(0, 150_000, size=LONG) * 1_000_003  # ids, far from each other
    found = lossctl.compare(OLD, NEW, targets=TRUE, loss="mse", cluster_by=users).comparisons[0]
    gap = (NEW - TRUE) ** 2 - (OLD - TRUE) ** 2
    _, places = np.unique(users, return_inverse=True)
    sums = np.bincount(places, gap - gap.mean())
    groups = len(sums)
    error = np.sqrt(groups / (groups - 1) * (sums**2).sum()) / LONG
    half = stats.t.ppf(0.975, groups - 1) * error
    assert found.interval == pytest.approx((gap.mean() - half, gap.mean() + half), rel=1e-9)


def test_slices_of_very_many_categories() -> None:
    users = np.r_[np.repeat(np.arange(30_000), 3), np.full(1500, 7)]
    p = RNG.normal(size=len(users))
    found = lossctl.compute("mse", p, np.zeros_like(p), by={"user": users}).slices
    assert [(one.name, one.n) for one in found] == [("7", 1503)]
    own, rest = p[users == 7] ** 2, p[users != 7] ** 2
    assert found[0].value == pytest.approx(own.mean(), rel=1e-13)
    wanted = stats.ttest_ind(own, rest, equal_var=False).pvalue
    assert found[0].p_value == pytest.approx(wanted, rel=1e-6)


def test_counted_slices_are_those_that_are_sorted() -> None:
    codes = RNG.integers(0, 30, size=100_000).astype(np.intp)
    columns = [RNG.normal(size=100_000) + 50.0 * codes, RNG.random(100_000)]
    columns[0][codes == 3] = 1e9  # equal items, far from the others
    columns[0][codes == 4] = 1e6 + 1e-3 * RNG.normal(size=(codes == 4).sum())
    fast = block_slices_counted(columns, codes, 31)
    slow = block_slices(columns, Sorted(codes))
    assert fast.codes.tolist() == slow.codes.tolist()
    assert fast.counts.tolist() == slow.counts.tolist()
    np.testing.assert_allclose(fast.means, slow.means, rtol=1e-13, atol=1e-12)
    np.testing.assert_allclose(fast.products, slow.products, rtol=1e-7, atol=1e-9)
    assert fast.products[3, 0, 0] == 0.0, "equal items have no spread at all"


@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_bytes_are_sliced_as_other_numbers(dtype: type) -> None:
    """Of bytes, numbers that no row has are named too; they are no slices."""
    wide = lossctl.compute("mse", OLD, TRUE, by={"region": REGION * 9 + 2})
    narrow = lossctl.compute("mse", OLD, TRUE, by={"region": (REGION * 9 + 2).astype(dtype)})
    assert narrow.slices == wide.slices
    assert len(narrow.slices) == 7


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, 1e200, 1e-170])
def test_counts_hold_whatever_the_squares_are(value: float) -> None:
    codes = RNG.integers(0, 5, size=70_000)
    losses = np.where(codes == 1, value, RNG.random(70_000) if value else 0.0)
    found = block_slices_counted([losses], codes, 5)
    assert found.counts.tolist() == np.bincount(codes).tolist()
    others = found.codes != 1
    for code, mean in zip(found.codes[others], found.means[others, 0], strict=True):
        if np.isfinite(value) and value < 1e200:
            assert mean == pytest.approx(losses[codes == code].mean(), rel=1e-12)


CASES = {
    "small integers": RNG.integers(-3, 9, size=700_000).astype(np.int8),
    "the whole range": RNG.integers(-128, 128, size=700_000).astype(np.int8),
    "truth": RNG.random(700_000) < 0.5,
    "far": RNG.choice(np.array([-(2**62), 5, 2**62]), size=700_000),
    "unsigned": RNG.choice(np.array([0, 2**64 - 1], np.uint64), size=700_000),
    "floats": RNG.choice(np.array([0.5, -1.25, 3e300]), size=700_000),
    "whole floats": RNG.choice(np.array([10.0, -4.0]), size=700_000).astype(np.float32),
    "missing": RNG.choice(np.array([1.0, np.nan]), size=700_000),
}


@pytest.mark.parametrize("name", CASES)
def test_categories_are_those_of_unique(name: str) -> None:
    column = CASES[name]
    found = categories_of(ArraySource(column, "c"), len(column), "c")
    distinct, places = np.unique(column, return_inverse=True)
    assert isinstance(found, Categories)
    assert found.array().tolist() == places.tolist()
    assert len(found.names) == len(distinct)
    assert found.codes[262_000:263_000].tolist() == places[262_000:263_000].tolist()


def test_whole_numbers_are_named_with_all_digits() -> None:
    column = np.array([12_345_678, 12_345_679])
    assert list(categories_of(ArraySource(column, "c"), 2, "c").names) == ["12345678", "12345679"]
    column = np.array([0.25, 1.0, np.nan])
    assert list(categories_of(ArraySource(column, "c"), 3, "c").names) == ["0.25", "1", "nan"]
