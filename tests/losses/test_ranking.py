"""Lists that say nothing, lists in any order, lists beside others."""

import math

import numpy as np
import pytest
from scipy import special

from lossctl.api import compute, gradient
from lossctl.core.errors import DataError
from lossctl.losses.builders.ranking_lists import stacks

RANKING = ("ranknet", "listnet", "listmle", "lambda_rank")
ORDERS = ("ranknet", "listmle", "lambda_rank")


def drawn(sizes: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    relevance = [np.append(rng.integers(0, 4, size=size - 1), 4) for size in sizes]
    group = np.repeat(np.arange(len(sizes)), sizes)
    return rng.normal(size=sum(sizes)), np.concatenate(relevance).astype(float), group


def test_stacks_hold_every_item_once() -> None:
    bounds = np.array([0, 3, 3, 4, 7, 9])
    found = [(chosen.tolist(), places.tolist()) for chosen, places in stacks(bounds)]
    assert found == [([2], [[3]]), ([4], [[7, 8]]), ([0, 3], [[0, 1, 2], [4, 5, 6]])]
    assert list(stacks(np.array([0]))) == []


@pytest.mark.parametrize("loss", RANKING)
def test_the_bits_of_a_list_do_not_depend_on_others(loss: str) -> None:
    scores, relevance, group = drawn([5, 2, 5, 130, 9, 5])
    together = compute(loss, scores, relevance, group=group, reduction="none").value
    slopes = gradient(loss, scores, relevance, group=group, reduction="sum")["predictions"]
    for number, value in enumerate(together):
        own = group == number
        assert compute(loss, scores[own], relevance[own]).value == value
        alone = gradient(loss, scores[own], relevance[own], reduction="sum")["predictions"]
        np.testing.assert_array_equal(alone, slopes[own])


@pytest.mark.parametrize("loss", RANKING)
def test_lists_may_lie_in_pieces(loss: str) -> None:
    scores, relevance, group = drawn([5, 7, 3])
    order = np.argsort(np.arange(15) % 4, kind="stable")
    value = compute(loss, scores, relevance, group=group).value
    mixed = compute(loss, scores[order], relevance[order], group=group[order]).value
    assert mixed == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("loss", ORDERS)
def test_lists_without_an_order_are_no_part_of_the_mean(loss: str) -> None:
    scores, relevance, group = drawn([5, 7])
    value = compute(loss, scores, relevance, group=group).value
    more = np.append(scores, [1.0, 2.0, 3.0]), np.append(relevance, [2.0, 1.0, 1.0])
    result = compute(loss, *more, group=np.append(group, [8, 9, 9]))
    assert result.value == value
    assert "2 lists have no order and are no part of the mean (weight 0)" in result.notes
    slopes = gradient(loss, *more, group=np.append(group, [8, 9, 9]))["predictions"]
    np.testing.assert_array_equal(slopes[-3:], 0.0)


@pytest.mark.parametrize("loss", ORDERS)
def test_nothing_but_such_lists_is_an_error(loss: str) -> None:
    with pytest.raises(DataError, match=f"no item of any group counts .*lossctl show {loss}"):
        compute(loss, [1.0, 2.0, 3.0], [1.0, 1.0, 0.0], group=[0, 0, 1])


def test_single_and_level_lists_count_for_listnet() -> None:
    result = compute("listnet", [5.0, 0.0, 0.0], [1.0, 2.0, 2.0], group=[0, 1, 1])
    assert result.value == pytest.approx(math.log(2.0) / 2, rel=1e-15)
    shares = compute("listnet", [5.0, 0.0, 0.0], [0.0, 1.0, 1.0], group=[0, 1, 1],
                     distribution="share")  # fmt: skip
    assert shares.value == pytest.approx(math.log(2.0), rel=1e-15)
    with pytest.raises(DataError, match=r"relevance below 0 at item 1 is no share"):
        compute("listnet", [0.0, 0.0], [1.0, -1.0], distribution="share")


@pytest.mark.parametrize("loss", RANKING)
@pytest.mark.parametrize("size", [1e4, 1e150])
def test_huge_scores_stay_finite(loss: str, size: float) -> None:
    scores, relevance = np.array([size, -size, 0.0]), np.array([0.0, 1.0, 2.0])
    assert math.isfinite(compute(loss, scores, relevance).value)
    assert np.isfinite(gradient(loss, scores, relevance)["predictions"]).all()


def test_large_grades_do_not_overflow() -> None:
    value = compute("lambda_rank", [0.0, 1.0], [2000.0, 0.0]).value  # gains 1 and 0 in proportion
    assert value == pytest.approx((1 - 1 / math.log2(3)) * math.log1p(math.e), rel=1e-14)


PADDED = [[0.5, 0.3, 0.5], [0.1, 0.9, 2.0]]
BY_HAND = {
    "ranknet": (math.log1p(math.exp(-0.2)) + math.log1p(math.exp(0.8))) / 2,
    "listmle": (math.log1p(math.exp(-0.2)) + math.log1p(math.exp(0.8))) / 2,
    "lambda_rank": (1 - 1 / math.log2(3))
    * (math.log1p(math.exp(-0.2)) + math.log1p(math.exp(0.8)))
    / 2,
    "listnet": (
        math.log1p(math.exp(-0.2))
        + 0.2 / (1 + math.e)
        + math.log1p(math.exp(0.8))
        - 0.8 / (1 + math.e)
    )
    / 2,
}
"""Of two lists of two items, of relevance 1 and 0, with scores 0.2 and −0.8 apart.

ListNet: −log q of the first item, and 1/(1 + e) times how much more −log q of the second is.
"""


@pytest.mark.parametrize("loss", RANKING)
@pytest.mark.parametrize("padding", [-100, -1, -7, 99])
def test_padding_leaves_its_list(loss: str, padding: int) -> None:
    relevance = [[1, 0, padding], [1, 0, padding]]
    options = {} if padding == -100 else {"ignore_index": padding}
    result = compute(loss, PADDED, relevance, **options)
    assert result.value == pytest.approx(BY_HAND[loss], rel=1e-13)
    assert (result.items, result.ignored) == (4, 2)
    flat = compute(loss, np.ravel(PADDED), np.ravel(relevance), group=[5, 5, 5, 2, 2, 2], **options)
    assert flat.value == pytest.approx(BY_HAND[loss], rel=1e-13)
    slopes = gradient(loss, PADDED, relevance, **options)["predictions"]
    wanted = gradient(loss, np.array(PADDED)[:, :2], [[1, 0], [1, 0]])["predictions"]
    np.testing.assert_allclose(slopes[:, :2], wanted, rtol=1e-13)
    assert not slopes[:, 2].any()


@pytest.mark.parametrize("loss", RANKING)
def test_weight_zero_and_nan_leave_their_list(loss: str) -> None:
    mask = [[1, 1, 0], [1, 1, 0]]
    found = compute(loss, PADDED, [[1, 0, 3], [1, 0, 3]], weights=mask)
    assert found.value == pytest.approx(BY_HAND[loss], rel=1e-13)
    group = [0, 1, 0, 1, 0, 1]  # lists whose items lie apart
    scores = np.transpose(PADDED).ravel()
    mixed = compute(loss, scores, [1, 1, 0, 0, 3, 3], weights=[1, 1, 1, 1, 0, 0], group=group)
    assert mixed.value == pytest.approx(BY_HAND[loss], rel=1e-13)
    holes = compute(loss, PADDED, [[1, 0, np.nan], [1, 0, np.nan]], nan="omit")
    assert holes.value == pytest.approx(BY_HAND[loss], rel=1e-13)


@pytest.mark.parametrize("loss", ["ranknet", "listnet", "listmle"])
def test_what_looks_padded_is_refused_until_it_is_said(loss: str) -> None:
    scores, relevance = [[0.5, 0.3, 0.5], [0.5, 0.3, 0.5]], [[1, 0, -1], [0, 1, 2]]
    with pytest.raises(DataError, match=r"1 item has relevance -1.*ignore_index"):
        compute(loss, scores, relevance)
    lists = [compute(loss, scores[0][:n], relevance[k][:n]).value for k, n in ((0, 2), (1, 3))]
    left_out = compute(loss, scores, relevance, ignore_index=-1)
    assert left_out.value == pytest.approx(sum(lists) / 2, rel=1e-13)
    counted = compute(loss, scores, relevance, ignore_index=None)
    moved = compute(loss, scores, np.add(relevance, 1))
    assert counted.value == pytest.approx(moved.value, rel=1e-13)
    scattered = compute(loss, scores, [[1, -1, 0], [0, 1, 2]])
    assert any("relevance -1" in note and "ignore_index=-1" in note for note in scattered.notes)
    several = compute(loss, scores, [[1, -0.5, -1.5], [0, 1, 2]])
    assert not any("relevance" in note for note in several.notes)


def test_grades_below_zero_name_what_leaves_padding_out() -> None:
    for loss, params in (("lambda_rank", {}), ("listnet", {"distribution": "share"})):
        with pytest.raises(DataError, match="ignore_index=-1") as caught:
            compute(loss, [[0.5, 0.3, 0.5]], [[1, 0, -1]], **params)
        assert "[0, 2]" in str(caught.value)
        with pytest.raises(DataError) as caught:
            compute(loss, [[0.5, 0.3, 0.5]], [[1, -0.5, -1]], **params)
        assert "ignore" not in str(caught.value)


@pytest.mark.parametrize(
    ("loss", "params"),
    [("ranknet", {}), ("ranknet", {"pairs": "sum"}), ("listnet", {}),
     ("listnet", {"distribution": "share"})],
)  # fmt: skip
def test_an_item_of_weight_w_is_w_items(loss: str, params: dict[str, str]) -> None:
    scores, relevance, group = drawn([5, 3, 8])
    weights = np.random.default_rng(1).integers(1, 4, size=16)
    rows = np.repeat(np.arange(16), weights)
    found = compute(loss, scores, relevance, group=group, weights=weights, **params)
    wanted = compute(loss, scores[rows], relevance[rows], group=group[rows], **params)
    assert found.value == pytest.approx(wanted.value, rel=1e-13)
    slopes = gradient(loss, scores, relevance, group=group, weights=weights, **params)
    each = gradient(loss, scores[rows], relevance[rows], group=group[rows], **params)
    by_hand = np.bincount(rows, each["predictions"])
    np.testing.assert_allclose(slopes["predictions"], by_hand, rtol=1e-12, atol=1e-15)


def test_a_weighted_listnet_by_hand() -> None:
    value = compute("listnet", [0.0, 0.0], [0.0, math.log(3.0)], weights=[1.0, 3.0]).value
    assert value == pytest.approx(math.log(4.0), rel=1e-14)  # P is 1 : 9, q is 1/4 of each
    value = compute("ranknet", [1.0, 0.0, 0.0], [2, 1, 0], weights=[1.0, 2.0, 3.0]).value
    near, tied = math.log1p(math.exp(-1.0)), math.log(2.0)
    assert value == pytest.approx((2 * near + 3 * near + 6 * tied) / 11, rel=1e-14)


@pytest.mark.parametrize("loss", ["listmle", "lambda_rank"])
def test_places_cannot_count_in_part(loss: str) -> None:
    with pytest.raises(DataError, match=r"must be 0 or 1.*got 0.5 at item \[0, 1\]"):
        compute(loss, [[0.5, 0.3, 0.5]], [[1, 0, 2]], weights=[[1.0, 0.5, 1.0]])


@pytest.mark.parametrize("loss", RANKING)
def test_weights_of_lists(loss: str) -> None:
    scores, relevance, _ = drawn([4, 4, 4])
    lists = scores.reshape(3, 4), relevance.reshape(3, 4)
    each = compute(loss, *lists, reduction="none").value
    found = compute(loss, *lists, weights=[1.0, 3.0, 0.5])
    assert found.value == pytest.approx(each @ [1.0, 3.0, 0.5] / 4.5, rel=1e-13)
    assert any("weights are per list" in note for note in found.notes)


def test_infinite_relevance_and_nan_are_no_label() -> None:
    """They count as they did; −inf, which no label names, comes with a note."""
    scores = [[0.5, 0.3, 0.5]]
    found = compute("listmle", scores, [[1, 0, -math.inf]])
    assert found.value == compute("listmle", scores, [[2, 1, 0]]).value
    assert any("relevance -inf" in note and "weights of 0" in note for note in found.notes)
    assert math.isnan(compute("listnet", scores, [[1, 0, math.nan]], nan="propagate").value)
    with pytest.raises(DataError, match="got inf at item") as caught:
        compute("lambda_rank", scores, [[math.inf, 0, 1]])
    assert "ignore" not in str(caught.value)


@pytest.mark.parametrize("loss", RANKING)
def test_slopes_of_weighted_items(loss: str) -> None:
    """Against finite differences of the value with the same weights."""
    rng = np.random.default_rng(6)
    scores, relevance = (
        rng.normal(size=(2, 5)),
        rng.permuted([[3.0, 2.0, 1.0, 0.0, 4.0]] * 2, axis=1),
    )
    weights = (
        np.ones((2, 5)) if loss in {"listmle", "lambda_rank"} else rng.uniform(0.5, 2.0, (2, 5))
    )
    weights[0, 1] = 0.0
    found = gradient(loss, scores, relevance, weights=weights, reduction="sum")["predictions"]
    for place in np.ndindex(scores.shape):
        moved = [scores.copy(), scores.copy()]
        moved[0][place] += 1e-6
        moved[1][place] -= 1e-6
        up, down = (
            compute(loss, one, relevance, weights=weights, reduction="sum").value for one in moved
        )
        assert found[place] == pytest.approx((up - down) / 2e-6, rel=1e-6, abs=1e-8)


def test_relevance_below_zero_is_counted_over_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """One item of each of 200 lists of five has -1, in blocks of ten lists."""
    from lossctl.engine.bind import layout

    scores = np.random.default_rng(5).normal(size=(200, 5))
    relevance = np.tile([1.0, 0.0, 2.0, 0.0, 1.0], (200, 1))
    relevance[:120, 1] = -1.0
    relevance[120:, 3] = -1.0
    monkeypatch.setattr(layout, "LIST_ITEMS", 50)
    result = compute("listnet", scores, relevance)
    wanted = special.softmax(relevance, 1) * special.log_softmax(scores, 1)
    assert result.value == pytest.approx(-wanted.sum() / 200, rel=1e-13)
    assert any("200 items have relevance -1, which count" in note for note in result.notes)


def test_relevance_that_is_nan_is_not_below_zero() -> None:
    relevance = [[1.0, np.nan, 0.0], [0.0, 1.0, 1.0]]
    result = compute("listnet", [[2.0, 0.2, 0.1]] * 2, relevance, nan="propagate")
    assert np.isnan(result.value)
    assert not any("relevance" in note for note in result.notes)


@pytest.mark.parametrize("unit", [1e-200, 1.0, 1e200])
def test_linear_gains_have_no_unit(unit: float) -> None:
    """The ideal sum of gains divides them, also where their squares leave the range."""
    scores = [[0.5, -1.0, 0.2, 0.0], [1.0, 2.0, 0.5, 0.1]]
    grades = np.array([[3.0, 1.0, 0.0, 2.0], [0.0, 1.0, 5.0, 2.0]])
    plain = compute("lambda_rank:gain=linear", scores, grades).value
    assert compute("lambda_rank:gain=linear", scores, grades * unit).value == pytest.approx(
        plain, rel=1e-12
    )
    assert plain > 0.1
