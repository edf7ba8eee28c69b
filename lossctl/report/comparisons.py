"""Render comparisons of models: table, plain, json, jsonl, csv, markdown."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lossctl.core.inner_values import slice_title
from lossctl.core.spec import labels
from lossctl.core.spelling import markdown_text, number, visible
from lossctl.report.comparison import gates_data, said_of
from lossctl.report.details import p_shown
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
    provenance,
    tabbed,
)
from lossctl.report.verdict_words import change, footnote, sentence

if TYPE_CHECKING:
    from lossctl.comparison_result import Comparisons, SliceComparison
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


def render(answer: "Comparisons", form: str, display: Display = PLAIN) -> str:
    """Render comparisons in one of the formats of results."""
    return RENDERERS[form](answer, display)


def as_json(answer: "Comparisons", display: Display = PLAIN) -> str:
    """One strict JSON document (see ``lossctl schema comparison``)."""
    gates = gates_data([gate for gates in display.gates for gate in gates])
    return json_document(answer.to_dict() | gates | provenance())


def as_jsonl(answer: "Comparisons", display: Display = PLAIN) -> str:
    """One JSON object per comparison, with its gates."""
    data = answer.to_dict()
    version, comparisons = data["schema_version"], data["comparisons"]
    return json_lines(
        {"schema_version": version} | each | gates_data(gates)
        for each, gates in zip(comparisons, display.gates_of(len(comparisons)), strict=True)
    )


def as_plain(answer: "Comparisons", display: Display = PLAIN) -> str:
    """Loss, model, difference, limits and verdict, a tab between, with all digits.

    What gates say stands after another tab.
    """
    return tabbed(
        (
            each.loss + (f".{by}={name}" if by else ""),
            each.model,
            exact(each.difference),
            *map(exact, each.interval),
            each.verdict,
            *([said] if said else []),
        )
        for by, name, each, said in _with_slices(answer, display)
    )


def as_csv(answer: "Comparisons", display: Display = PLAIN) -> str:
    """One row per comparison; what is not known is empty.

    Where there are gates, the last column has what they say.
    """
    rows = []
    for by, slice_name, each, said in _with_slices(answer, display):
        data = {"by": by, "slice": slice_name, **each.to_dict(), "gates": said}
        data["low"], data["high"] = data.pop("interval")
        rows.append(
            [
                finite_cell(data[name]) if isinstance(data[name], float) else _cell(data[name])
                for name in (*CSV_HEADER, "gates")
            ]
        )
    if any(display.gates):
        return csv_table((*CSV_HEADER, "gates"), rows)
    return csv_table(CSV_HEADER, [row[:-1] for row in rows])


def _with_slices(
    answer: "Comparisons", display: Display
) -> "Iterator[tuple[str, str, Comparison, str]]":
    """Yield every comparison, each followed by those of its slices, with what gates say."""
    every = display.gates_of(len(answer.comparisons))
    for each, slices, gates in zip(answer.comparisons, answer.slices, every, strict=True):
        yield "", "", each, said_of(gates)
        for one in slices:
            said = said_of(gates, slice_title(one.by, one.name))
            yield one.by, one.name, one.comparison, said


def _cell(value: object) -> object:
    return "" if value is None else value


def as_table(answer: "Comparisons", display: Display) -> str:
    """A table with the baseline first, a sentence for each comparison, and how they were made."""
    lines = fitted(comparison_table(answer, display), display.width, colour=display.colour)
    words = [visible(line) for line in sentences_of(answer, display)]
    lines += ["", *all_folded(words, display.width)]
    for table in slice_tables(answer, display):
        lines += ["", *fitted(table, display.width, colour=display.colour)]
    return "\n".join(lines)


def as_markdown(answer: "Comparisons", display: Display) -> str:
    """A table and sentences for a pull request."""
    header, rows, right, _ = comparison_table(answer, display)
    words = [markdown_text(line) for line in sentences_of(answer, display)]
    lines = [*markdown_table(header, rows, right), "", *(f"- {line}" for line in words)]
    for header, rows, right, _ in slice_tables(answer, display):
        lines += ["", *markdown_table(header, rows, right)]
    return "\n".join(lines)


def sentences_of(answer: "Comparisons", display: Display) -> list[str]:
    """Say every comparison in words, what the gates come to, and how it was compared."""
    words = [sentence(each) for each in answer.comparisons]
    words += [gate.sentence(display.digits) for gates in display.gates for gate in gates]
    return [*words, footnote(answer)]


def comparison_table(answer: "Comparisons", display: Display) -> Table:
    """Return the table of comparisons, the baseline first."""
    rows: list[tuple[str, ...]] = []
    said: set[str] = set()
    for each in answer.comparisons:
        letters = answer.letters.get(each.loss, {})
        if each.loss not in said:
            said.add(each.loss)
            first = number(each.baseline_value, display.digits)
            own = letters.get(each.baseline, "")
            rows.append((each.loss, each.baseline, first, "baseline", "", "", "", "", own))
        rows.append((*_row(each, display.digits), letters.get(each.model, "")))
    level = f"{100.0 * answer.comparisons[0].confidence:.12g} % interval"
    header = tuple(level if name == "interval" else name for name in HEADER)
    spared = tuple(level if name == "interval" else name for name in SPARED)
    if answer.letters:
        return Table((*header, "letters"), rows, RIGHT, spared)
    return Table(header, [row[:-1] for row in rows], RIGHT, spared)


def slice_tables(answer: "Comparisons", display: Display) -> list[Table]:
    """Return one table of each comparison and each way to slice, the worst slices first.

    Of several losses each table says which one it is of.
    """
    tables: list[Table] = []
    several = len({each.loss for each in answer.comparisons}) > 1
    for each, slices in zip(answer.comparisons, answer.slices, strict=True):
        for by in dict.fromkeys(one.by for one in slices):
            of = f"{each.loss} of " if several else ""
            models = (f"{of}{each.baseline}", f"{of}{each.model}")
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
    low, high = (change(each, limit) for limit in each.interval)
    return (
        each.loss,
        each.model,
        number(each.value, digits),
        change(each, each.difference),
        f"{low} to {high}",
        p_shown(each.p_adjusted),
        counts,
        Styled(_verdict(each), STYLES.get(each.verdict, "")),
    )


def _verdict(each: "Comparison") -> str:
    return each.verdict.upper() if each.verdict == "worse" else each.verdict


def notes_of(answer: "Comparisons") -> list[str]:
    """Return what results note of their inputs and how they were read; what is of all models once.

    Each line begins with the models it is of, and with the loss where there are several.
    """
    models: dict[tuple[str, str], list[str]] = {}
    several = len(next(iter(answer.results.values()))) > 1
    for model, results in answer.results.items():
        for label, result in zip(labels(results), results, strict=True):
            lines = [f"read as {result.input.kind}: {result.input.evidence}"]
            lines = lines if result.input.decided_by == "data" else []
            for line in [*lines, *result.notes]:
                models.setdefault((label if several else "", line), []).append(model)
    by_line: dict[tuple[str, str], list[str]] = {}
    for (label, line), of in models.items():
        who = "" if len(of) == len(answer.results) else ", ".join(of)
        by_line.setdefault((who, line), []).append(label)
    return [
        ": ".join(part for part in (who, ", ".join(filter(None, of_losses)), line) if part)
        for (who, line), of_losses in by_line.items()
    ]


RENDERERS: dict[str, Callable[["Comparisons", Display], str]] = {
    "plain": as_plain,
    "json": as_json,
    "jsonl": as_jsonl,
    "csv": as_csv,
    "table": as_table,
    "markdown": as_markdown,
}
