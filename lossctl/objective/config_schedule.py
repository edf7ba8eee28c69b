"""Schedules of a configuration: a weight or a parameter that moves over the checkpoints."""

import math
from collections.abc import Iterator
from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from lossctl.core.domain import NONNEGATIVE, REAL, Choice, IntegerRange
from lossctl.core.errors import UsageError
from lossctl.objective.config_record import Mistake, Record, entry, in_domain

MOST_STEPS = 1_000_000
KINDS = ("constant", "linear", "cosine", "exponential", "step", "warm_up")

Steps: TypeAlias = Annotated[int | None, in_domain(IntegerRange(1, MOST_STEPS))]
Factor: TypeAlias = Annotated[float, in_domain(NONNEGATIVE)]
Value: TypeAlias = Annotated[float, in_domain(REAL)]


class AnySchedule(Record):
    """How a number moves from its start to its end."""

    short_key: ClassVar[str] = "kind"
    kind: Annotated[str, in_domain(Choice(KINDS))] = Field(description=" | ".join(KINDS))
    start: float
    end: float
    steps: Steps = entry("number of checkpoints of the schedule; all when not given", None)

    def mistakes(self) -> Iterator[Mistake]:
        """Yield an end of an exponential that is not above 0."""
        for name in ("start", "end"):
            if self.kind == "exponential" and not getattr(self, name) > 0.0:
                problem = f"{name} of an exponential schedule must be above 0"
                yield UsageError(problem), (), name

    def at(self, number: int, count: int) -> float:
        """Return the value at a checkpoint of `count`, the first being number 0.

        It moves from start to end over the steps (all checkpoints when not given) and stays there:
        ``linear``; ``cosine``, along half a wave; ``warm_up``, along 3x² − 2x³; ``exponential``, by
        one factor a checkpoint; ``step``, all at once at the last of the steps. ``constant`` is the
        end throughout.
        """
        if self.kind == "constant":
            return self.end
        steps = count - 1 if self.steps is None else self.steps
        share = 1.0 if steps <= 0 else min(number / steps, 1.0)
        if share == 1.0:
            return self.end
        if self.kind == "step":
            return self.start
        if self.kind == "exponential":
            return self.start * (self.end / self.start) ** share
        if self.kind == "warm_up":
            share = share * share * (3.0 - 2.0 * share)
        if self.kind == "cosine":
            share = math.sin(0.5 * math.pi * share) ** 2
        return self.start + (self.end - self.start) * share


class Schedule(AnySchedule):
    """How a weight moves over the checkpoints."""

    start: Factor = entry("factor of the weight at the first checkpoint", 0.0)
    end: Factor = entry("factor of the weight after the last step", 1.0)


class ParameterSchedule(AnySchedule):
    """How a parameter of a loss moves over the checkpoints."""

    start: Value = entry("value at the first checkpoint")
    end: Value = entry("value after the last step")

    def values(self) -> list[float]:
        """Return values that a parameter must take: both ends, and one between where it is met."""
        at_once = self.kind in {"constant", "step"}
        return [self.start, self.end] if at_once else [self.start, self.end, self.at(1, 4)]
