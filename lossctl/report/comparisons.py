"""Render comparisons of models: table, plain, json, jsonl, csv, markdown."""

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lossctl.core.spelling import DIGITS, markdown_text, number, visible
from lossctl.report.details import p_shown, signed
from lossctl.report.formats import (
    BAD,
    BOLD,
    GOOD,
    PLAIN,
    Display,
    Styled,
    Table,
    all_folded,
    csv_table,
    exact,
    finite_cell,
    fitted,
    json_document,
    json_lines,
    markdown_table,
    tabbed,
)

if TYPE_CHECKING:
    from lossctl.model_comparison import Comparisons, SliceComparison
    from lossctl.uncertainty.comparison import Comparison

HEADER = (
    "loss",
    "model",
    "value",
    "difference",
    "interval",
    "p",
    "better / same / worse",
    "verdict",
)
CSV_HEADER = (
    "loss",
    "baseline",
    "model",
    "baseline_value",
    "value",
    "difference",
    "relative",
    "low",
    "high",
    "confidence",
    "p_value",
    "p_adjusted",
    "method",
    "n",
    "wins",
    "ties",
    "losses",
    "detectable",
    "rows_needed",
    "verdict",
    "higher_is_better",
    "by",
    "slice",
)
RIGHT = ("value", "difference", "p", "better / same / worse")
SPARED = ("better / same / worse", "p", "interval")  # what a narrow terminal does without
STYLES = {"better": GOOD, "worse": BAD}
METHODS = {
    "t": "paired t test",
    "delta": "delta method",
    "delong": "DeLong's test",
    "welch": "Welch's t test, unpaired",
    "cluster": "cluster-robust",
    "serial": "Newey–West, serially correlated rows",
    "bootstrap": "Poisson bootstrap",
    "permutation": "permutation test",
    "mcnemar": "McNemar's exact test",
}


def render(answer: "Comparisons", form: str, display: Display = PLAIN) -> str:
    """Render comparisons in one of the formats of results."""
    if form in ROUNDED_RENDERERS:
        return ROUNDED_RENDERERS[form](answer, display)
    return EXACT_RENDERERS[form](answer)


def as_json(answer: "Comparisons") -> str:
    """One strict JSON document (see ``lossctl schema comparison``)."""
    return json_document(answer.to_dict())


def as_jsonl(answer: "Comparisons") -> str:
    """One JSON object a comparison."""
    data = answer.to_dict()
    version = data["schema_version"]
    return json_lines({"schema_version": version} | each for each in data["comparisons"])


def as_plain(answer: "Comparisons") -> str:
    """Loss, model, difference, limits and verdict, a tab between, with all digits."""
    return tabbed(
        (
            each.loss + (f".{by}={name}" if by else ""),
            each.model,
            exact(each.difference),
            *map(exact, each.interval),
            each.verdict,
        )
        for by, name, each in _with_slices(answer)
    )


def as_csv(answer: "Comparisons") -> str:
    """One row a comparison; what is not known is empty."""
    rows = []
    for by, name, each in _with_slices(answer):
        data = {"by": by, "slice": name, **each.to_dict()}
        data["low"], data["high"] = data.pop("interval")
        rows.append(
            [
                finite_cell(data[name]) if isinstance(data[name], float) else _cell(data[name])
                for name in CSV_HEADER
            ]
        )
    return csv_table(CSV_HEADER, rows)


def _with_slices(answer: "Comparisons") -> Iterator[tuple[str, str, "Comparison"]]:
    """Yield every comparison, each followed by those of its slices, with what they are of."""
    for each, slices in zip(answer.comparisons, answer.slices, strict=True):
        yield "", "", each
        for one in slices:
            yield one.by, one.name, one.comparison


def _cell(value: object) -> object:
    return "" if value is None else value


def as_table(answer: "Comparisons", display: Display) -> str:
    """A table with the baseline first, then a sentence for each comparison."""
    lines = fitted(_table(answer, display), display.width, colour=display.colour)
    words = [visible(sentence(each, display.digits)) for each in answer.comparisons]
    lines += ["", *all_folded(words, display.width)]
    for table in _slice_tables(answer, display):
        lines += ["", *fitted(table, display.width, colour=display.colour)]
    return "\n".join(lines)


def as_markdown(answer: "Comparisons", display: Display) -> str:
    """A table and sentences for a pull request."""
    header, rows, right, _ = _table(answer, display)
    words = [markdown_text(sentence(each, display.digits)) for each in answer.comparisons]
    lines = [*markdown_table(header, rows, right), "", *(f"- {line}" for line in words)]
    for header, rows, right, _ in _slice_tables(answer, display):
        lines += ["", *markdown_table(header, rows, right)]
    return "\n".join(lines)


def _table(answer: "Comparisons", display: Display) -> Table:
    rows: list[tuple[str, ...]] = []
    said: set[str] = set()
    for each in answer.comparisons:
        if each.loss not in said:
            said.add(each.loss)
            first = number(each.baseline_value, display.digits)
            rows.append((each.loss, each.baseline, first, "baseline", "", "", "", ""))
        rows.append(_row(each, display.digits))
    return Table(HEADER, rows, RIGHT, SPARED)


def _slice_tables(answer: "Comparisons", display: Display) -> list[Table]:
    """Return one table of each comparison and each way to slice, the worst slices first."""
    tables: list[Table] = []
    for each, slices in zip(answer.comparisons, answer.slices, strict=True):
        for by in dict.fromkeys(one.by for one in slices):
            models = (each.baseline, each.model)
            header = (by, "rows", *models, "difference", "interval", "p", "verdict")
            rows = [_slice_row(one, display.digits) for one in slices if one.by == by]
            right = ("rows", *models, "difference", "p")
            tables.append(Table(header, rows, right, ("p", "interval")))
    return tables


def _slice_row(one: "SliceComparison", digits: int) -> tuple[str, ...]:
    each = one.comparison
    _, _, value, difference, interval, p, _, verdict = _row(each, digits)
    first = number(each.baseline_value, digits)
    return (Styled(one.name, BOLD), str(each.n), first, value, difference, interval, p, verdict)


def _row(each: "Comparison", digits: int) -> tuple[str, ...]:
    counts = ""
    if each.wins is not None:
        counts = f"{each.wins} / {each.ties} / {each.losses}"
    low, high = (_change(each, limit) for limit in each.interval)
    return (
        each.loss,
        each.model,
        number(each.value, digits),
        _change(each, each.difference),
        f"{low} to {high}",
        p_shown(each.p_adjusted),
        counts,
        Styled(_verdict(each), STYLES.get(each.verdict, "")),
    )


def _verdict(each: "Comparison") -> str:
    return each.verdict.upper() if each.verdict == "worse" else each.verdict


def _change(each: "Comparison", difference: float) -> str:
    """Write a difference as a share of the baseline, or as it is where that is 0."""
    if not math.isfinite(difference):
        return "unknown"
    if each.baseline_value == 0.0:
        return signed(number(difference, 4))
    return percent(difference / abs(each.baseline_value))


def percent(share: float) -> str:
    """Write a share with its sign and three significant digits at most."""
    amount = 100.0 * share
    digits = 2 if abs(amount) < 10.0 else 1 if abs(amount) < 100.0 else 0
    return signed(f"{amount:.{digits}f} %")


def sentence(each: "Comparison", digits: int = DIGITS) -> str:
    """Say a comparison in words: the verdict, the numbers it is from, and what would decide it."""
    share = f"{each.confidence:.12g}"
    level = f"{float(share) * 100:g} %"
    low, high = (_change(each, limit) for limit in each.interval)
    values = (
        f"{each.loss} {number(each.value, digits)} against {number(each.baseline_value, digits)} "
        f"({_change(each, each.difference)}; {level} interval {low} to {high}; "
        f"{METHODS[each.method]}, {each.n} rows)"
    )
    if each.verdict == "undecided":
        return f"{each.model}: undecided against {each.baseline}: {values}. {_advice(each)}"
    relation = {
        "better": f"better than {each.baseline}",
        "worse": f"WORSE than {each.baseline}",
        "equivalent": f"equivalent to {each.baseline}",
    }[each.verdict]
    return f"{each.model}: {relation}: {values}."


def _advice(each: "Comparison") -> str:
    """Say what would decide an undecided comparison."""
    parts = ["Too few rows to tell"]
    if each.detectable is not None:
        parts.append(f"{each.n} rows find differences from about {_change(each, each.detectable)}")
    if each.rows_needed is not None:
        parts.append(f"about {_rounded(each.rows_needed)} would decide one of this size")
    return "; ".join(parts) + "."


def _rounded(rows: int) -> str:
    """Write a number of rows with two significant digits."""
    return f"{int(float(f'{rows:.2g}')):,} rows"


EXACT_RENDERERS: dict[str, Callable[["Comparisons"], str]] = {
    "plain": as_plain,
    "json": as_json,
    "jsonl": as_jsonl,
    "csv": as_csv,
}
ROUNDED_RENDERERS: dict[str, Callable[["Comparisons", Display], str]] = {
    "table": as_table,
    "markdown": as_markdown,
}
