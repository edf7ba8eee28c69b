"""Values that are worked out when first asked for."""

from threading import Barrier, Thread

from lossctl.core.lazy import lazy


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
