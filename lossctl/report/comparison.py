"""What a value is compared with: a limit, an earlier run, the best constant prediction, chance."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from lossctl.core.spelling import EVERY_DIGIT, number
from lossctl.report.formats import BAD, GOOD

REFERENCES = {
    "constant": "the best constant prediction {}",
    "target_variance": "the variance of the targets {} (the mse of their mean)",
    "chance": "chance {}",
}
"""What a value can be better or worse than, the most telling first."""
FIGURES = {
    "constant": "best constant prediction {}",
    "target_variance": "variance of the targets {}",
    "chance": "chance {}",
    "shares": "shares of the classes {} (not a proper score)",
    "perplexity": "perplexity {}",
    "bits": "bits per item {}",
    "by_token": "by token {}",
    "by_sequence": "by sequence {}",
}
"""Numbers that stand beside a value without a verdict."""
BASELINE = {
    "better": "better than the baseline {}",
    "same": "equal to the baseline {}",
    "equivalent": "within the tolerance of the baseline {}",
    "worse": "worse than the baseline {}",
}


class Comparison(NamedTuple):
    """A value beside another: whether it is no worse, and both in words."""

    passed: bool
    words: str


def with_limit(
    value: float, limit: float | None, digits: int, *, higher: bool = False
) -> list[Comparison]:
    """Compare a value with the greatest that passes, if there is one; NaN is over every limit.

    Where `higher` values are better it is the least that passes.
    """
    if limit is None:
        return []
    passed = value >= limit if higher else value <= limit
    beyond = "under" if higher else "over"
    return [
        Comparison(passed, f"{'within' if passed else beyond} the limit {number(limit, digits)}")
    ]


def with_baseline(baseline: Mapping[str, Any], digits: int) -> list[Comparison]:
    """Say how a value compares with that of an earlier run, if there is one."""
    if not baseline:
        return []
    verdict = "same" if baseline["difference"] == 0.0 else baseline["verdict"]
    words = BASELINE[verdict].format(number(baseline["value"], digits))
    return [Comparison(baseline["verdict"] != "worse", words)]


def reference_in(context: Mapping[str, float]) -> str | None:
    """Return the name of the most telling reference that is known."""
    return next((name for name in REFERENCES if name in context), None)


def with_references(
    context: Mapping[str, float], value: float, digits: int
) -> tuple[list[Comparison], list[str]]:
    """Compare a value with the most telling reference; return the other figures in words."""
    reference = reference_in(context)
    compared = []
    if reference is not None:
        other = context[reference]
        verdict = "better than" if value < other else "worse than"
        verdict = "as good as" if value == other else verdict
        words = REFERENCES[reference].format(number(other, digits))
        compared = [Comparison(value <= other, f"{verdict} {words}")]
    figures = [
        FIGURES[name].format(number(figure, digits))
        for name, figure in context.items()
        if name != reference
    ]
    return compared, figures


def style_of_value(comparisons: Iterable[Comparison]) -> str:
    """Return how a terminal draws a value: green where nothing it is compared with is better."""
    verdicts = [each.passed for each in comparisons]
    if not verdicts:
        return ""
    return GOOD if all(verdicts) else BAD


def distinct_digits(value: float, others: Iterable[float], digits: int) -> int:
    """Return how many digits show that a value is none of the others; at least those asked for."""
    different = [other for other in others if other != value]
    while digits < EVERY_DIGIT and number(value, digits) in {number(o, digits) for o in different}:
        digits += 1
    return digits
