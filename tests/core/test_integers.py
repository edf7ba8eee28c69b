"""Whole numbers as a domain, with and without an upper end."""

import pytest

from lossctl.core.domain import IntegerRange


@pytest.mark.parametrize(
    "domain", [IntegerRange(), IntegerRange(2), IntegerRange(0, 1), IntegerRange(1, 4)]
)
def test_takes_its_inside_and_refuses_its_outside(domain: IntegerRange) -> None:
    for value in domain.inside():
        assert domain.accept(value) == value
    for value in domain.outside():
        with pytest.raises(ValueError, match="must be a whole number"):
            domain.accept(value)


def test_says_where_it_ends() -> None:
    assert IntegerRange(0, 1).describe() == "0, 1"
    assert IntegerRange(0, 1).inside() == [0, 1]
    assert 2 in IntegerRange(0, 1).outside()
    with pytest.raises(ValueError, match="a whole number from 0 to 1, got 2"):
        IntegerRange(0, 1).accept(2)
    assert IntegerRange(3).accept(99) == 99
