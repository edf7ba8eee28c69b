"""Lists that say nothing, lists in any order, lists beside others."""

import math

import numpy as np
import pytest

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
    assert "2 lists say nothing and are no part of the mean (weight 0)" in result.notes
    slopes = gradient(loss, *more, group=np.append(group, [8, 9, 9]))["predictions"]
    np.testing.assert_array_equal(slopes[-3:], 0.0)


@pytest.mark.parametrize("loss", ORDERS)
def test_nothing_but_such_lists_is_an_error(loss: str) -> None:
    with pytest.raises(DataError, match=f"nothing in any group counts .*lossctl show {loss}"):
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
