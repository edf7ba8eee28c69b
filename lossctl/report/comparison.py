"""What a value is compared with: its gates, the best constant prediction, chance."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from lossctl.core.spelling import EVERY_DIGIT, number
from lossctl.report.formats import BAD, GOOD

if TYPE_CHECKING:  # most values have no gates
    from lossctl.core.gate import Gate

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


class Comparison(NamedTuple):
    """A value beside another: whether it is no worse, and both in words."""

    passed: bool
    words: str


def with_gates(gates: "Iterable[Gate]", digits: int) -> list[Comparison]:
    """Compare a value with its gates; being undecided is no worse."""
    return [Comparison(gate.verdict != "failed", gate.sentence(digits)) for gate in gates]


def said_of(gates: "Iterable[Gate]", part: str = "") -> str:
    """Return what the gates of a value say, for a cell."""
    return "; ".join(gate.sentence() for gate in gates if gate.part == part)


def gates_data(gates: "Iterable[Gate]") -> dict[str, Any]:
    """Return gates as an entry of JSON data; nothing where there are none."""
    data = [gate.to_dict() for gate in gates]
    return {"gates": data} if data else {}


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
