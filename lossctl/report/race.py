"""Render a race: table, plain, json, jsonl, csv, markdown."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lossctl.core.outcome import Outcome, Summary
from lossctl.core.spelling import markdown_text, number, option, plural, visible
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
    from lossctl.racing.race_result import Placed, Race

TITLE = "lossctl race"
MOST_SHOWN = 12  # rows, so that a race fits a screen
FEWER = 3  # digits of differences
STYLES = {"winner": GOOD, "worse": BAD}
TRAINED = {
    "predictions": "out-of-fold predictions",
    "linear": "a linear model, trained here",
    "network": "a network of 32 units, trained here",
    "command": "models trained by the command",
}
CSV_HEADER = (
    "name",
    "candidate",
    "loss",
    "step",
    "setting",
    "value",
    "difference",
    "low",
    "high",
    "p_value",
    "p_adjusted",
    "verdict",
)


def render(answer: "Race", form: str, display: Display = PLAIN) -> str:
    """Render a race in one of the formats of results."""
    if form in ROUNDED_RENDERERS:
        return ROUNDED_RENDERERS[form](answer, display)
    return EXACT_RENDERERS[form](answer)


def as_json(answer: "Race") -> str:
    """One strict JSON document (see ``lossctl schema race``)."""
    return json_document(answer.to_dict())


def as_jsonl(answer: "Race") -> str:
    """One JSON object per entry."""
    data = answer.to_dict()
    shared = {"schema_version": data["schema_version"], "metric": data["metric"]}
    return json_lines(shared | each for each in data["candidates"])


def as_plain(answer: "Race") -> str:
    """Name, value, difference, limits and verdict, a tab between, with all digits."""
    return tabbed(
        (each.name, exact(each.value), exact(each.difference), *map(exact, each.interval),
         each.verdict)
        for each in answer.candidates
    )  # fmt: skip


def as_csv(answer: "Race") -> str:
    """One row per entry; what is not known is empty."""
    rows = []
    for each in answer.candidates:
        low, high = each.interval
        loss = answer.losses.get(each.candidate, "")
        numbers = (each.value, each.difference, low, high, each.p_value, each.p_adjusted)
        said = (each.name, each.candidate, loss, each.step, each.setting)
        rows.append((*said, *map(finite_cell, numbers), each.verdict))
    return csv_table(CSV_HEADER, rows)


def as_table(answer: "Race", display: Display) -> str:
    """The entries, the best first, then the verdict and how it was found."""
    lines = fitted(_table(answer, display, _shown(answer)), display.width, colour=display.colour)
    words = map(visible, sentences(answer))
    return "\n".join([*lines, "", *all_folded(words, display.width)])


def as_markdown(answer: "Race", display: Display) -> str:
    """A table and sentences for a pull request."""
    header, rows, right, _ = _table(answer, display, _shown(answer))
    words = [f"- {markdown_text(line)}" for line in sentences(answer)]
    return "\n".join([*markdown_table(header, rows, right), "", *words])


def _table(answer: "Race", display: Display, entries: "Sequence[Placed]") -> Table:
    level = f"{100.0 * answer.confidence:.12g} % interval"
    header = ("candidate", answer.metric, "difference", level, "p", "verdict")
    rows = [_row(each, display.digits) for each in entries]
    return Table(header, rows, (answer.metric, "difference", "p"), ("p", level))


def every_entry(answer: "Race") -> Table:
    """Return all entries as a table, however many there are."""
    return _table(answer, PLAIN, answer.candidates)


def _shown(answer: "Race") -> "list[Placed]":
    """Return the best entries, the winner and the candidate that is the simplest always there."""
    most = list(answer.candidates[:MOST_SHOWN])
    return most if answer.winner in most else [*most[:-1], answer.winner]


def _row(each: "Placed", digits: int) -> tuple[str, ...]:
    won = each.verdict == "winner"
    low, high = (signed(number(limit, FEWER)) for limit in each.interval)
    return (
        Styled(each.name, BOLD if won else ""),
        number(each.value, digits),
        "" if won else signed(number(each.difference, FEWER)),
        "" if won else f"{low} to {high}",
        "" if each.p_adjusted is None else p_shown(each.p_adjusted),
        Styled(each.verdict, STYLES.get(each.verdict, "")),
    )


def sentences(answer: "Race", most: int | None = MOST_SHOWN) -> list[str]:
    """Say who won, against whom, and how that was found, and how many are not shown."""
    direction = "higher" if answer.higher_is_better else "lower"
    drawn = f", drawn {answer.drawings} times" if answer.drawings > 1 else ""
    lines = [f"{answer.sentence}."]
    lines.append(
        f"{answer.metric}, of which {direction} is better, on {answer.rows:,} held-out rows in "
        f"{plural(answer.folds, 'fold')}{drawn}: {TRAINED[answer.trained]}."
    )
    if compared := len(answer.candidates) - 1:
        lines.append(
            "Differences are from the winner, by the t test corrected for folds that share rows; p "
            f"is corrected for {plural(compared, 'comparison')} (Holm)."
        )
    hidden = 0 if most is None else len(answer.candidates) - most
    if hidden > 0:
        are = "is" if hidden == 1 else "are"
        lines.append(f"{hidden} more below {are} not shown; JSON and csv have all.")
    if count := len(answer.unchanged):
        verb, own = ("changes", "has") if count == 1 else ("change", "have")
        lines.append(f"{plural(count, 'step')} after training {verb} nothing and {own} no row.")
    if answer.trained == "linear":
        lines.append(f"A linear race says little of other models: race those by {option('train')}.")
    return lines


def summary_lines(answer: "Race") -> list[str]:
    """Say in a few sentences who won, against the default or, where that won, the next best."""
    winner, default = answer.winner, next(iter(answer.losses), "")
    others = [each for each in answer.candidates if each is not winner]
    plain = [each for each in others if each.candidate == default and not each.step]
    lines = [f"{answer.sentence}."]
    if against := next(iter([*plain, *others]), None):
        low, high = (signed(number(limit, FEWER)) for limit in against.interval)
        values = [number(each.value, FEWER) for each in (winner, against)]
        lines.append(
            f"{answer.metric} {values[0]}; of {against.name} {values[1]}, a difference of "
            f"{signed(number(against.difference, FEWER))} ({100 * answer.confidence:g} % interval "
            f"{low} to {high})"
        )
    what = TRAINED[answer.trained]
    lines.append(f"{what}, on {answer.rows:,} held-out rows; lossctl race shows all candidates")
    return lines


def summary_of(answer: "Race") -> Summary:
    """Return the race as outcomes for CI systems; a candidate that was left out is a warning."""
    title = f"a winner by {answer.metric}"
    won = Outcome(title, "passed", f"{answer.sentence}.", TITLE)
    left_out = [
        Outcome(f"{name} is judged", "warning", why, TITLE) for name, why in answer.failures.items()
    ]
    return Summary(TITLE, [won, *left_out], as_markdown(answer, PLAIN))


EXACT_RENDERERS: dict[str, Callable[["Race"], str]] = {
    "plain": as_plain,
    "json": as_json,
    "jsonl": as_jsonl,
    "csv": as_csv,
}
ROUNDED_RENDERERS: dict[str, Callable[["Race", Display], str]] = {
    "table": as_table,
    "markdown": as_markdown,
}
