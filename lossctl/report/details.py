"""Tables of slices and of the worst rows, under the results they belong to."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lossctl.core.inner_values import slice_title
from lossctl.core.result import Result, SliceValue, ValueInterval, WorstUnit
from lossctl.core.spec import labels
from lossctl.core.spelling import number
from lossctl.report.comparison import distinct_digits, style_of_value, with_gates
from lossctl.report.formats import BOLD, Styled, Table

if TYPE_CHECKING:  # most results have no gates
    from lossctl.core.gate import Gate

FIGURES_OF_GRADIENT = (
    "norm", "greatest", "vanishing", "saturated", "zero", "nan", "infinite"
)  # fmt: skip
FEWER = 4  # digits of limits, which say how sure a value is


def interval_shown(interval: ValueInterval, digits: int) -> str:
    """Write an interval with as many digits as tell its limits apart from the value."""
    return interval_of((interval.low, interval.high), digits)


def p_shown(p: float | None) -> str:
    """Write a p-value."""
    if p is None:
        return ""
    return "< 0.0001" if p < 1e-4 else f"{p:.4f}"


def signed(text: str) -> str:
    """Write a number with its sign."""
    return text.replace("-", "−") if text.startswith("-") else f"+{text}"


def detail_rows(result: Result) -> list[tuple[str, float, str]]:
    """Return the worst rows and the figures of gradients as rows: name, value, what else is known.

    They are called ``worst.1``, the worst first, and ``gradient.INPUT.norm``.
    """
    rows = []
    for rank, unit in enumerate(result.worst, 1):
        facts = {"id": unit.id, "where": unit.where}
        facts |= {"prediction": unit.prediction, "target": unit.target}
        rows.append((f"worst.{rank}", unit.value, _spelled(facts)))
    for one in result.gradients:
        for name in FIGURES_OF_GRADIENT:
            where = _spelled({"where": one.where}) if name == "greatest" else ""
            rows.append((f"gradient.{one.input}.{name}", float(getattr(one, name)), where))
    return rows


def _spelled(facts: Mapping[str, Any]) -> str:
    """Write what is known as ``name=value`` with commas between."""
    return ",".join(f"{name}={value}" for name, value in facts.items() if value is not None)


def detail_tables(
    result: Result, label: str, digits: int, gates: "Sequence[Gate]" = ()
) -> list[Table]:
    """Return the tables of a result beside its value: one of each way to slice, and the worst."""
    tables: list[Table] = []
    for by in dict.fromkeys(one.by for one in result.slices):
        slices = [one for one in result.slices if one.by == by]
        tables.append(slice_table(slices, label, digits, gates))
    if result.worst:
        tables.append(worst_table(result.worst, label, digits))
    return tables


def slice_table(
    slices: Sequence[SliceValue], label: str, digits: int, gates: "Sequence[Gate]" = ()
) -> Table:
    """Return slices, the worst first: size, value and interval, difference from the rest.

    A value is styled by its gates, and differs from their limits in the digits that are shown.
    """
    has_share = any(one.share is not None for one in slices)
    share = ["share"] if has_share else []
    header = [slices[0].by, "rows", label, "interval", *share, "less the rest", "p"]
    rows = []
    for one in slices:
        interval = "" if one.interval is None else interval_of(one.interval, digits)
        own = [f"{one.share:.1%}" if one.share is not None else ""] if has_share else []
        difference = ""
        if one.difference is not None:
            difference = signed(number(one.difference, FEWER))
        held = [gate for gate in gates if gate.part == slice_title(one.by, one.name)]
        enough = distinct_digits(one.value, [gate.limit for gate in held], digits)
        style = style_of_value(with_gates(held, enough))
        value = Styled(number(one.value, enough), style)
        cells = [Styled(one.name, BOLD), str(one.n), value, interval, *own, difference]
        rows.append([*cells, p_shown(one.p_adjusted)])
    right = ("rows", label, "share", "less the rest", "p")
    return Table(header, rows, right, ("share", "interval"))


def interval_of(limits: tuple[float, float], digits: int) -> str:
    """Write two limits."""
    low, high = (number(limit, min(digits, FEWER)) for limit in limits)
    return f"{low} to {high}"


def worst_table(worst: Sequence[WorstUnit], label: str, digits: int) -> Table:
    """Return the rows with the highest losses, the highest first."""
    has_ids = any(one.id is not None for one in worst)
    header = [*(["id"] if has_ids else []), "where", label, "prediction", "target"]
    rows = [
        [
            *([Styled(one.id or "", BOLD)] if has_ids else []),
            one.where,
            number(one.value, digits),
            numbers_shown(one.prediction),
            numbers_shown(one.target),
        ]
        for one in worst
    ]
    return Table(header, rows, (label, "prediction", "target"), ("prediction", "target"))


def gradient_tables(results: Sequence[Result], digits: int) -> list[Table]:
    """Return one table of the gradients of all results, if there are any."""
    found = [
        (label, one)
        for label, result in zip(labels(results), results, strict=True)
        for one in result.gradients
    ]
    if not found:
        return []
    inputs = ["by"] if any(one.input != "predictions" for _, one in found) else []
    broken = ["NaN", "infinite"] if any(one.nan or one.infinite for _, one in found) else []
    numbers = ("norm", "greatest", "vanishing", "saturated", *broken)
    header = ["gradient", *inputs, *numbers[:2], "where", *numbers[2:]]
    rows = []
    for label, one in found:
        shares = [f"{100.0 * share:.3g} %" for share in (one.vanishing, one.saturated)]
        counts = [str(one.nan), str(one.infinite)] if broken else []
        cells = [Styled(label, BOLD), *([one.input] if inputs else [])]
        cells += [number(one.norm, digits), number(one.greatest, digits), one.where or ""]
        rows.append([*cells, *shares, *counts])
    return [Table(header, rows, numbers, ("where",))]


def numbers_shown(value: Any) -> str:
    """Write a number, or a few, with four significant digits; a class by its name."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " ".join(numbers_shown(one) for one in value)
    return number(float(value), FEWER)
