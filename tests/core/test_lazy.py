"""Values that are worked out when first asked for, and dataclasses without generated code."""

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest

from lossctl.core.lazy import copied, lazy, record


def test_a_value_is_worked_out_once() -> None:
    asked: list[str] = []

    class Holder:
        @lazy
        def value(self) -> float:
            """Say so."""
            asked.append("value")
            return 0.5

    holder = Holder()
    assert (holder.value, holder.value) == (0.5, 0.5)
    assert asked == ["value"]
    assert Holder.value.__doc__ == "Say so."


def test_threads_do_not_wait_for_the_values_of_others() -> None:
    meeting = Barrier(2, timeout=20.0)  # broken, if one waits for the other to leave

    class Holder:
        @lazy
        def value(self) -> int:
            return meeting.wait()

    holders = Holder(), Holder()
    found: list[int] = []
    threads = [Thread(target=lambda one=one: found.append(one.value)) for one in holders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 1]


@record(frozen=True)
class Point:
    """A record."""

    x: float
    y: float = 2.0
    marks: list[int] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        if self.y < 0.0:
            raise ValueError("y")


@record(frozen=True)
class Labelled(Point):
    """A record of more fields."""

    label: str = ""


@dataclasses.dataclass(frozen=True)
class Twin:
    """The same by Python."""

    x: float
    y: float = 2.0
    marks: list[int] = dataclasses.field(default_factory=list)


def shown(text: object) -> str:
    return str(text).replace("Twin", "Point")


@pytest.mark.parametrize(
    "make",
    [
        lambda kind: kind(1.0),
        lambda kind: kind(1.0, 3.0),
        lambda kind: kind(y=3.0, x=1.0, marks=[1]),
        lambda kind: dataclasses.replace(kind(1.0), x=5.0),
        lambda kind: copy.deepcopy(kind(1.0, marks=[2])),
        lambda kind: pickle.loads(pickle.dumps(kind(1.0))),  # noqa: S301 - our own
    ],
)
def test_a_record_is_a_dataclass(make: Callable[[Any], Any]) -> None:
    ours, theirs = make(Point), make(Twin)
    assert repr(ours) == shown(theirs)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert list(vars(ours)) == list(vars(theirs))
    assert ours == make(Point)
    assert ours != theirs
    assert ours != dataclasses.replace(ours, x=-1.0)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda kind: kind(),
        lambda kind: kind(y=1.0),
        lambda kind: kind(1.0, x=1.0),
        lambda kind: kind(1.0, z=1.0),
        lambda kind: kind(y=1.0, z=1.0),
        lambda kind: kind(1.0, 2.0, [], 4),
        lambda kind: setattr(kind(1.0), "x", 2.0),
        lambda kind: setattr(kind(1.0), "z", 2.0),
        lambda kind: delattr(kind(1.0), "x"),
        lambda kind: hash(kind(1.0)),  # a list has none
    ],
)
def test_a_record_refuses_what_a_dataclass_does(wrong: Callable[[Any], Any]) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - whatever Python's raises
        wrong(Twin)
    with pytest.raises(type(theirs.value)):
        wrong(Point)


def test_fields_of_records() -> None:
    first, second = Point(1.0), Point(1.0)
    assert first.marks is not second.marks
    assert list(inspect.signature(Point).parameters) == ["x", "y", "marks"]
    assert Labelled(1.0, label="a") == Labelled(1.0, 2.0, [], "a") != Point(1.0)
    with pytest.raises(ValueError, match="y"):
        Labelled(1.0, -1.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Labelled(1.0).label = "b"  # type: ignore[misc]
    assert hash(dataclasses.replace(first, marks=())) == hash(Point(1.0, marks=()))  # type: ignore[arg-type]


def test_a_copy_has_other_values_and_what_was_worked_out() -> None:
    @record(frozen=True)
    class Point:
        x: float
        y: float = 2.0

        @lazy
        def product(self) -> float:
            """x·y."""
            return self.x * self.y

    one = Point(1.0)
    assert one.product == 2.0
    other = copied(one, x=3.0)
    assert (other.x, other.y, other.product) == (3.0, 2.0, 2.0)
    assert (type(other), one.x) == (Point, 1.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        other.x = 4.0  # type: ignore[misc]
