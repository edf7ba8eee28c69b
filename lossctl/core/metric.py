"""What a metric is: a measure of predictions that nobody descends on, with a direction.

A metric is declared as a loss is (see ``core.loss``), so that it is read, weighted, sliced and
compared by the same code; it has no gradient, and may be better when it is higher.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, TypeAlias

from lossctl.core.errors import UsageError
from lossctl.core.lazy import record
from lossctl.core.loss import Array, Curve, Example, Loss, Page, Reference

Needs: TypeAlias = Literal["labels", "scores", "ranks", "values"]


def always_defined(**_: Any) -> str:
    """Say nothing: there is a value whatever the sums are."""
    return ""


def no_share(**_: Any) -> float | None:
    """Return None: the value is no share of observations."""
    return None


def share_of_items(*, weight: Any, **_: Any) -> float | None:
    """Return how many items there are, each right or wrong."""
    return float(weight)


@record(frozen=True)
class Metric(Loss):
    """One metric: a declaration like that of a loss, without gradients.

    Attributes
    ----------
    needs
        What it reads of the predictions: labels, scores (of each class), ranks or values.
    bounds
        The least and the greatest value it can take; −inf and inf for none.
    share
        Of a share of observations that are 0 or 1, how many there are, from the sums; None where it
        is no share, as an average over classes is not.
    averages
        Whether it is a value of each class, averaged as the parameter ``average`` says.
    per_row
        Whether a row of several labels is one item.
    of_unit
        The value of one unit (an item, a row) from its own statistics, where the function of sums
        has none of one unit: by it models win, and rows are the worst. None where it has.
    best_of_unit
        The best value of one unit, where that is another than the bound of the value.
    whole
        Whether its value needs all rows at once, as medians do; metrics of ranks do anyway.
    influence
        What each row contributes to a value that needs all rows; None where that is not known, and
        there is no interval.
    interval_method
        What intervals by it are called.
    undefined
        Why there is no value at these sums, or only one by convention; empty where there is one.
    """

    needs: Needs = "labels"
    bounds: tuple[float, float] = (0.0, 1.0)
    share: Callable[..., float | None] = no_share
    averages: bool = False
    per_row: bool = False
    of_unit: Callable[..., Array] | None = None
    best_of_unit: float | None = None
    whole: bool = False
    influence: Callable[..., Array] | None = None
    interval_method: str = "delta"
    undefined: Callable[..., str] = always_defined

    is_metric: ClassVar[bool] = True

    @property
    def needs_rows(self) -> bool:
        """Whether its value needs all rows at once."""
        return self.whole or self.needs == "ranks"

    @property
    def best_unit(self) -> float:
        """The best value that one unit can have."""
        return (
            self.bounds[self.higher_is_better] if self.best_of_unit is None else self.best_of_unit
        )

    @property
    def best_range(self) -> str:
        """The values it can take, in words: ``0 to 1``."""
        low, high = (f"{bound:g}".replace("-", "−") for bound in self.bounds)
        if self.bounds[1] == math.inf:
            return f"at least {low}"
        return f"up to {high}" if self.bounds[0] == -math.inf else f"{low} to {high}"


def no_slope(*_: Any, **__: Any) -> Mapping[str, Array]:
    """Refuse to differentiate.

    Raises
    ------
    UsageError
        Always: metrics are steps, or nobody descends on them.
    """
    raise UsageError("a metric has no gradient; `lossctl recommend` says which loss to use for it")


def metric_page(
    summary: str,
    formula: str,
    *,
    use_when: Sequence[str],
    avoid_when: Sequence[str],
    reference: Reference,
    example: Example,
    expected: Mapping[str, str],
    also_called: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Page:
    """Write the page of a metric, which has no curve."""
    nothing = Curve("", 0.0, 1.0, lambda x: ([x], [x]))
    return Page(
        summary=summary,
        formula=formula,
        use_when=use_when,
        avoid_when=avoid_when,
        expected=expected,
        references=(reference,),
        examples=(example,),
        curve=nothing,
        notes=notes,
        is_brief=True,
        also_called=also_called,
    )
