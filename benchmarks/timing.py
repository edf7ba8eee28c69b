"""Times of calls taken in turn, so that what else the machine does touches all of them alike."""

import resource
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SLOW = 0.1  # seconds from which a call needs no second warm-up
COMPILING = ("compile", "jax")  # but these do: their first call compiles


@dataclass(frozen=True)
class Times:
    """Median seconds of one call on the clock, and the least processor seconds it took."""

    wall: float
    processor: float
    runs: int


def processor_seconds() -> float:
    """Return user and system seconds of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a call answers and the seconds it took."""
    start = time.perf_counter()
    answer = call()
    return answer, time.perf_counter() - start


def interleaved(
    calls: Mapping[str, Callable[[], Any]], runs: int, seconds: float
) -> tuple[dict[str, Times], dict[str, Any]]:
    """Time every call in turn after one or two warm-ups; also return the answers.

    At most `runs` rounds are made, and after three none is begun once `seconds` have passed.
    """
    answers = {}
    for name, call in calls.items():
        answers[name], first = timed(call)
        if first < SLOW or name in COMPILING:
            call()
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    began = time.perf_counter()
    for number in range(runs):
        if number >= 3 and time.perf_counter() - began > seconds:
            break
        for name, call in calls.items():
            used, start = processor_seconds(), time.perf_counter()
            call()
            wall = time.perf_counter() - start
            taken[name].append((wall, processor_seconds() - used))
    times = {
        name: Times(
            statistics.median(wall for wall, _ in found),
            min(used for _, used in found),
            len(found),
        )
        for name, found in taken.items()
    }
    return times, answers


def in_turn(ours: Callable[[], Any], theirs: Callable[[], Any], runs: int) -> tuple[float, float]:
    """Return the median seconds of two calls taken in turn."""
    times, _ = interleaved({"ours": ours, "theirs": theirs}, runs, float("inf"))
    return times["ours"].wall, times["theirs"].wall
