"""The first random command lines of each door; `.ci/long` tries others for half an hour."""

import pytest

from tests.exhaustive import rest
from tests.fuzz.check import complaints
from tests.fuzz.doors import DOORS

EACH = 25


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "first", [0, 25, 50, 75, *(rest(first) for first in range(100, 500, EACH))]
)
def test_every_answer_is_one_of_the_contract(door: str, first: int) -> None:
    wrong = [line for number in range(first, first + EACH) for line in complaints(door, number)]
    assert not wrong, "\n".join(wrong)


def test_a_wrong_answer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr("lossctl.recommender.recommend.recommend_from", broken)
    assert "exit 70" in "".join(complaints("answers", 0))
