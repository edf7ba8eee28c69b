"""Render advice: one screen for people, markdown with everything, JSON for programs."""

import math
from collections.abc import Sequence
from shutil import get_terminal_size
from textwrap import fill, wrap
from typing import TYPE_CHECKING

from lossctl.calibration.nll_fits import BEYOND
from lossctl.core.outcome import Outcome, Summary
from lossctl.core.spelling import in_shell, markdown_text, number, option, visible
from lossctl.losses.catalogue import RECIPES
from lossctl.recommender.data_summary import Improvement
from lossctl.recommender.post_hoc import SURE
from lossctl.recommender.question import Keyword
from lossctl.recommender.recommendation import GRADES, Recommendation
from lossctl.report.formats import (
    BAD,
    BOLD,
    DIM,
    GOOD,
    continued,
    fenced,
    json_document,
    painted,
)
from lossctl.report.race import summary_lines

if TYPE_CHECKING:  # most advice is given without a race
    from lossctl.racing.race_result import Race

TITLE = "lossctl recommend"
NONE = "No loss is recommended for these predictions: mend them first."
ADVICE_FORMATS = ("table", "plain", "json", "markdown")
WIDEST = 92  # longer lines are hard to read, however wide the terminal is
LABEL = 11
WORDS = {"learning_rate": "learning rate", "batch_size": "batch", "optimizer": "optimizer"}
METRICS = {
    "f1": "F1",
    "f1_macro": "macro F1",
    "mcc": "MCC",
    "log_loss": "log loss",
    "brier": "Brier score",
    "rmse": "RMSE",
    "mae": "MAE",
    "medae": "median absolute error",
    "pinball": "pinball loss",
    "dice": "Dice",
    "iou": "IoU",
}
STEPS = {
    "threshold": "Tuning the threshold",
    "prior_correction": "Correcting for the class priors",
    "class_weights": "Weighting the classes",
    "temperature": "Temperature scaling",
    "recalibration": "Recalibrating the scores",
    "bias": "Adding the mean residual",
    "quantile_shift": "Adding the quantile of the residuals",
}

Section = tuple[str, list[str], int]
"""A label, its paragraphs, and how readily it is dropped to fit a screen (0: never)."""


def render_advice(
    advice: Recommendation,
    form: str,
    *,
    colour: bool = False,
    screen: bool = False,
    digits: int | None = None,
    race: "Race | None" = None,
) -> str:
    """Render advice.

    Parameters
    ----------
    form
        table, plain, json or markdown. ``plain`` has no columns: one label and text a line, as
        a screen reader reads best.
    colour
        Whether the terminal understands it.
    screen
        Whether to leave out the least important sections so that it fits the terminal.
    digits
        Significant digits of measured numbers; None rounds them to their error.
    race
        The race of the losses that it names, if there was one.
    """
    if form == "json":
        return json_document(advice.to_dict() | ({"race": race.to_dict()} if race else {}))
    raced: list[Section] = [("race", summary_lines(race), 0)] if race else []
    if form == "markdown":
        return _markdown(advice, digits, raced)
    size = get_terminal_size()
    if form == "plain":
        lines = _plain(advice, digits, raced)
        return "\n".join(fill(line, size.columns) for line in lines) if screen else "\n".join(lines)
    width = min(size.columns, WIDEST) if screen else WIDEST
    faults = [painted(line, BAD, colour=colour) for line in _faults(advice, width)]
    head = [*faults, *_headline(advice, width, colour=colour)]
    sections = [*raced, *sections_of(advice, digits)]
    lines = [*head, *_laid_out(sections, width, colour=colour)]
    if screen:
        room = max(size.lines - 1, 10)  # the prompt takes a row
        hint = ("", ["-f markdown shows the rest"], 0)
        while len(lines) > room and (worst := max(section[2] for section in sections)) > 0:
            # of sections that are worth the same the last goes first: it stands farthest down
            at = max(i for i, section in enumerate(sections) if section[2] == worst)
            sections.pop(at)
            shown = [*sections[:-1], hint, sections[-1]]
            lines = [*head, *_laid_out(shown, width, colour=colour)]
    return "\n".join(lines)


def _faults(advice: Recommendation, width: int) -> list[str]:
    """Return what is wrong with the predictions, which is said before any advice."""
    lines: list[str] = []
    for fault in advice.measured.faults:
        lines += [*wrap(visible(fault), width, break_on_hyphens=False), ""]
    return lines


def _headline(advice: Recommendation, width: int, *, colour: bool) -> list[str]:
    if advice.measured.findings:
        return [painted(NONE, BOLD, colour=colour), ""]
    leaf, spec = advice.leaf, advice.headline
    grade = f"{leaf.evidence}: {GRADES[leaf.evidence]}"
    gap = width - len(spec) - len(grade)
    first = painted(spec, GOOD, colour=colour)
    head = (
        [f"{first}{' ' * gap}{_dim(grade, colour=colour)}"]
        if gap >= 2
        else [first, _dim(grade, colour=colour)]
    )
    return [*head, *wrap(leaf.because, width), ""]


def sections_of(advice: Recommendation, digits: int | None) -> list[Section]:
    """Return what there is to say, in order."""
    leaf, tree = advice.leaf, advice.tree
    answers, evidence = advice.path.answers, advice.measured.evidence
    data = [f"{name} {answers[name]}: {text}" for name, text in evidence.items() if name in answers]
    if advice.measured.findings:
        remedies = list(dict.fromkeys(each.remedy for each in advice.measured.findings))
        without = f"leave {option('predictions')} out for a loss by task and metric alone"
        said: list[Section] = [
            ("your data", data, 0),
            ("notes", list(advice.measured.notes), 0),
            ("remedy", [*remedies, without], 0),
            ("again", [advice.recommend_command], 0),
        ]
        return [(label, list(map(visible, texts)), rank) for label, texts, rank in said if texts]
    tuning = advice.tuning
    others = [step for step in advice.improvements if step is not advice.then]
    expected = ", ".join(f"{name} {value}" for name, value in advice.expected.items())
    sections: list[Section] = [
        ("your data", data, 0),
        ("notes", list(advice.measured.notes), 0),
        ("then", [improvement_text(advice.then, digits)] if advice.then else [], 0),
        ("first try", [improvement_text(step, digits) for step in others], 0),
        ("together", _together(advice), 0),
        ("guides say", [] if advice.agrees else [_guide(advice)], 0),
        ("against", list(leaf.against), 1),
        ("instead", [f"{c.spec}: {when}" for c, when in advice.alternatives], 2),
        ("afterwards", _afterwards(advice, digits), 3),
        ("combine", [leaf.combine] if leaf.combine else [], 3),
        ("train with", ["; ".join(f"{WORDS[k]} {v}" for k, v in tuning.items())], 4),
        ("expect", [expected] if expected else [], 4),
        ("pitfalls", [tree.pitfalls[name] for name in leaf.pitfalls], 6),
        ("warnings", ["; ".join(tree.warning_signs)], 7),
        ("source", [leaf.source], 5),
        ("not said", _not_said(advice), 2),
        ("again", [advice.recommend_command], 1),
        ("compute", [advice.command], 0),
    ]
    return [(label, list(map(visible, texts)), rank) for label, texts, rank in sections if texts]


def _guide(advice: Recommendation) -> str:
    guide = advice.path.guide
    return f"{advice.guide} ({guide.source}); the {advice.leaf.evidence} above overrules it"


def _not_said(advice: Recommendation) -> list[str]:
    names = [
        Keyword(name).option + (f" ({usual} is taken)" if usual else "")
        for name in advice.path.unanswered
        for usual in [advice.tree.usual(name)]
    ]
    return [", ".join(names) + (" could refine this" if names else "")] if names else []


def _written() -> str:
    return "--write config.yaml" if in_shell() else 'write("config.yaml")'


def _together(advice: Recommendation) -> list[str]:
    if advice.extra is None or advice.addition is None:
        composed = advice.choice.loss in RECIPES
        return [f"a sum of losses: {_written()} writes it, run evaluates it"] * composed
    weights = ", ".join(f"{name} {value:g}" for name, value in advice.addition.weights.items())
    because = advice.tree.leaves[advice.addition.leaf].because
    return [
        f"with {advice.extra.spec}, weights {weights}. {because}",
        f"{_written()} writes the sum, run evaluates it",
    ]


def _afterwards(advice: Recommendation, digits: int | None) -> list[str]:
    if advice.measured.faults:
        return []
    measured = {improvement.step: improvement for improvement in advice.measured.improvements}
    rest = [name for name in advice.leaf.post_hoc if name not in measured]
    without = [improvement_text(step, digits) for step in measured.values() if not step.better]
    return without + [advice.tree.post_hoc[name] for name in rest]


def improvement_text(step: Improvement, digits: int | None = None) -> str:
    """Say what a step gained, with the numbers before and after."""
    name = step.step.replace("_", " ")
    if not step.fitted:
        why = BEYOND if step.step == "temperature" else "it does not converge on these scores"
        return f"{name} was not fitted: {why}"
    before, after, error = measured_numbers(step, digits)
    metric = METRICS.get(step.metric, step.metric.replace("_", " "))
    change = f"{metric} {before} → {after}"
    if step.better:
        return f"{step.setting or name}, no training: {change} (±{error}, held out)"
    is_noise = abs(step.after - step.before) <= SURE * step.error
    gain = "within noise" if is_noise else "no relevant gain"
    return f"{STEPS[step.step]}: {change}, {gain} (±{error}, held out)"


def measured_numbers(step: Improvement, digits: int | None) -> tuple[str, str, str]:
    """Write the metric before and after a step and the error of the difference.

    Where no digits are asked for they are rounded to the second digit of the error.
    """
    values = (step.before, step.after, step.error)
    if digits is not None or not (math.isfinite(step.error) and step.error > 0.0):
        before, after, error = (number(value, digits or 4) for value in values)
    else:
        decimals = max(1 - math.floor(math.log10(step.error)), 0)
        before, after, error = (f"{value:.{decimals}f}" for value in values)
    return before, after, error


def _laid_out(sections: Sequence[Section], width: int, *, colour: bool) -> list[str]:
    lines: list[str] = []
    for label, texts, _ in sections:
        if label in {"compute", "again"}:
            lines += _command(label, texts[0], width, colour=colour)
            continue
        name = label.ljust(LABEL)
        for at, text in enumerate(texts):
            bullet = "· " if len(texts) > 1 else ""
            parts = wrap(text, width - LABEL - len(bullet), break_on_hyphens=False)
            for row, part in enumerate(parts):
                left = name if at == row == 0 else " " * LABEL
                mark = bullet if row == 0 else " " * len(bullet)
                lines.append(_dim(left, colour=colour) + mark + part)
    return lines


def _command(label: str, text: str, width: int, *, colour: bool) -> list[str]:
    """A command stays on one line where it fits; else it continues with a backslash."""
    name = label.ljust(LABEL)
    rows = continued(text, width - LABEL)
    shown = [painted(row, BOLD, colour=colour) for row in rows]
    return [
        _dim(name if at == 0 else " " * LABEL, colour=colour) + row for at, row in enumerate(shown)
    ]


def _plain(advice: Recommendation, digits: int | None, raced: Sequence[Section]) -> list[str]:
    """One statement a line, each with its label in words; nothing depends on columns."""
    leaf = advice.leaf
    lines = [
        *(f"Fault: {visible(fault)}" for fault in advice.measured.faults),
    ]
    if advice.measured.findings:
        lines.append(NONE)
    else:
        lines += [
            f"Recommended: {advice.headline}",
            f"Evidence: {leaf.evidence}, {GRADES[leaf.evidence]}",
            f"Because: {leaf.because}",
        ]
    for label, texts, _ in (*raced, *sections_of(advice, digits)):
        lines += [f"{label.capitalize()}: {text}" for text in texts]
    return lines


def _markdown(advice: Recommendation, digits: int | None, raced: Sequence[Section]) -> str:
    leaf = advice.leaf
    lines = [
        *(f"**{markdown_text(fault)}**\n" for fault in advice.measured.faults),
    ]
    if advice.measured.findings:
        lines.append(f"# {NONE}")
    else:
        lines += [
            f"# `{advice.choice!s}`" + (f", then {advice.then.setting}" if advice.then else ""),
            "",
            leaf.because,
            "",
            f"Evidence: {leaf.evidence} ({GRADES[leaf.evidence]}). Source: {leaf.source}.",
        ]
    for label, texts, _ in (*raced, *sections_of(advice, digits)):
        if label in {"source", "compute", "again"}:
            continue
        lines += [
            "",
            f"## {label.capitalize()}",
            "",
            *(f"- {markdown_text(text)}" for text in texts),
        ]
    answers = [f"- {name}: {value}" for name, value in advice.path.answers.items()]
    asked = () if advice.measured.findings else (advice.command,)
    commands = "\n".join(map(visible, (*asked, advice.recommend_command)))
    lines += ["", "## Answers", "", *answers, "", *fenced(commands, "sh")]
    return "\n".join(lines)


def summary_of(advice: Recommendation) -> Summary:
    """Return the advice as outcomes for CI systems; what is wrong with the data is a warning."""
    outcomes = []
    if not advice.measured.findings:
        headline = f"{advice.headline}: {advice.leaf.because}"
        outcomes.append(Outcome("a loss is recommended", "passed", headline, TITLE))
    outcomes += [
        Outcome(f"{each.code} {each.name}", "warning", each.message, TITLE)
        for each in advice.measured.findings
    ]
    return Summary(TITLE, outcomes, _markdown(advice, None, ()))


def _dim(text: str, *, colour: bool) -> str:
    return painted(text, DIM, colour=colour)
