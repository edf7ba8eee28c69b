"""A comparison of two models in plain sentences."""

import math
from typing import TYPE_CHECKING

from lossctl.core.spelling import number
from lossctl.report.details import p_shown, signed

if TYPE_CHECKING:
    from lossctl.comparison_result import Comparisons
    from lossctl.uncertainty.comparison import Comparison

FEWER = 4  # digits of differences
METHODS = {
    "t": "paired t test",
    "delta": "delta method",
    "delong": "DeLong's test",
    "welch": "Welch's t test, unpaired",
    "cluster": "cluster-robust t test",
    "serial": "Newey–West, serially correlated rows",
    "bootstrap": "Poisson bootstrap",
    "permutation": "permutation test",
    "mcnemar": "McNemar's exact test",
}


def sentence(each: "Comparison") -> str:
    """Say which model is better by how much, or what would decide it."""
    by_how_much = f"{each.loss} is {_in_words(each, each.difference)} {_interval(each)}"
    if each.verdict == "better":
        return f"{each.model} is better than {each.baseline}: {by_how_much}."
    if each.verdict == "worse":
        return f"{each.model} is WORSE than {each.baseline}: {by_how_much}."
    if each.verdict == "equivalent":
        if each.difference == 0.0 and each.p_value is None:
            return f"{each.model} and {each.baseline} are identical: {each.loss} is the same."
        margin = change(each, each.margin).removeprefix("+")
        return f"{each.model} is equivalent to {each.baseline}: {by_how_much}, within {margin}."
    return f"{each.model} or {each.baseline}? {_reason(each)}: {by_how_much}.{_advice(each)}"


def footnote(answer: "Comparisons") -> str:
    """Say by which methods, on how many rows, and after which corrections."""
    comparisons = answer.comparisons
    methods = dict.fromkeys(METHODS[each.method] for each in comparisons)
    rows = dict.fromkeys(f"{each.n:,} rows" for each in comparisons)
    text = f"{_first_upper(', '.join(methods))}, {' and '.join(rows)}"
    if len(comparisons) > 1:
        text += f"; p is corrected for {len(comparisons)} comparisons (Holm)"
    if any(len(slices) > 1 for slices in answer.slices):
        text += "; p of slices is corrected for all of a comparison (Holm), their intervals are not"
    if answer.letters:
        models = len(next(iter(answer.letters.values())))
        pairs = len(answer.letters) * models * (models - 1) // 2
        text += f"; models that share a letter do not differ significantly ({pairs} pairs, Holm)"
    return f"{text}."


def change(each: "Comparison", difference: float) -> str:
    """Write a difference as a share of the baseline, or as it is where that is 0."""
    if not math.isfinite(difference):
        return "unknown"
    if each.baseline_value == 0.0:
        return signed(number(difference, FEWER))
    return percent(difference / abs(each.baseline_value))


def percent(share: float) -> str:
    """Write a share with its sign and three significant digits at most."""
    amount = 100.0 * share
    if 0.0 < abs(amount) < 0.005:
        return signed(f"{amount:.2g} %")
    digits = 2 if abs(amount) < 10.0 else 1 if abs(amount) < 100.0 else 0
    return signed(f"{amount:.{digits}f} %")


def _in_words(each: "Comparison", difference: float) -> str:
    text = change(each, difference)
    if text[0] not in "+−":
        return text
    return f"{text[1:]} {'higher' if text[0] == '+' else 'lower'}"


def _interval(each: "Comparison") -> str:
    """Write the interval, the limit of the same direction as the difference alone first."""
    level = f"{100.0 * each.confidence:.12g} % interval"
    low, high = each.interval
    if low <= high < 0.0:
        low, high = high, low
    first, last = _in_words(each, low), _in_words(each, high)
    if first.rpartition(" ")[2] == last.rpartition(" ")[2]:
        first = first.rpartition(" ")[0] or first
    return f"({level}: {first} to {last})"


def _reason(each: "Comparison") -> str:
    """Say why a comparison is undecided."""
    low, high = each.interval
    beyond = low > each.margin or high < -each.margin
    if beyond and each.p_value is not None and each.p_adjusted != each.p_value:
        return f"Not sure after correction (p {p_shown(each.p_value)} alone)"
    if beyond:
        return "The interval and the test disagree"
    return "Too few rows to tell"


def _advice(each: "Comparison") -> str:
    """Say what would decide an undecided comparison."""
    parts = []
    if each.detectable is not None:
        amount = change(each, each.detectable).removeprefix("+")
        parts.append(f"{each.n:,} rows find differences from about {amount}")
    if each.rows_needed is not None and each.rows_needed > each.n:
        parts.append(f"a difference of this size takes about {_rounded(each.rows_needed)}")
    return f" {'; '.join(parts)}." if parts else ""


def _rounded(rows: int) -> str:
    """Write a number of rows with two significant digits."""
    return f"{int(float(f'{rows:.2g}')):,} rows"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
