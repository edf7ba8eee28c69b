"""What the HTML reports of the commands hold: values, pictures, slices, worst rows, notes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lossctl.core.result import Result
from lossctl.core.spec import labels
from lossctl.core.spelling import number
from lossctl.report.details import gradient_tables, slice_table, worst_table
from lossctl.report.formats import PLAIN, Display, Styled, Table
from lossctl.report.html.section import Interval, Section
from lossctl.report.results import value_table

if TYPE_CHECKING:  # each command needs its own
    from lossctl.calibrating import Calibration
    from lossctl.checks.finding import Report
    from lossctl.comparison_result import Comparisons
    from lossctl.core.gate import Gate
    from lossctl.forecasts import ForecastCalibration
    from lossctl.objective.objective_result import ObjectiveResult
    from lossctl.racing.race_result import Race
    from lossctl.recommender.recommendation import Recommendation
    from lossctl.slice_search import WorstSlices

REPRODUCE = "Reproduce"


def of_results(results: Sequence[Result], gates: "Sequence[Sequence[Gate]]" = ()) -> list[Section]:
    """Return the sections of results: values, slices, worst rows, gradients, reading, notes."""
    display = PLAIN._replace(gates=gates)
    table, lines = value_table(results, display)
    named = list(zip(labels(results), results, strict=True))
    sections = [Section("Values", [table], lines, intervals=_by_unit(named))]
    for label, one in named:
        for by in dict.fromkeys(each.by for each in one.slices):
            slices = [each for each in one.slices if each.by == by]
            rows = [
                Interval(each.name, each.interval[0], each.value, each.interval[1])
                for each in slices
                if each.interval is not None
            ]
            shown = slice_table(slices, label, display.digits)
            sections.append(Section(f"{label} by {by}", [shown], intervals=[(label, rows)]))
        if one.worst:
            worst = worst_table(one.worst, label, display.digits)
            sections.append(Section(f"Worst rows by {label}", [worst]))
    gradients = gradient_tables(results, display.digits)
    return [
        *sections,
        Section("Gradients", gradients),
        Section("How the data was read", [_readings(named)]),
        notes_of([(label, one.notes) for label, one in named]),
        Section(REPRODUCE, code=_signatures(named)),
    ]


def _by_unit(named: Sequence[tuple[str, Result]]) -> list[tuple[str, list[Interval]]]:
    """Return the intervals of values, those of the same loss or metric on one axis."""
    groups: dict[str, list[Interval]] = {}
    for label, one in named:
        if one.interval is not None:
            groups.setdefault(one.loss, []).append(_interval(label, one))
    return list(groups.items())


def _interval(label: str, one: Result) -> Interval:
    assert one.interval is not None  # noqa: S101 - of these alone
    return Interval(label, one.interval.low, float(one.value), one.interval.high)


def _readings(named: Sequence[tuple[str, Result]]) -> Table:
    rows = [
        [
            label,
            one.input.kind,
            one.input.evidence,
            one.input.task,
            str(one.items),
            str(one.ignored),
            str(one.omitted),
        ]
        for label, one in named
    ]
    counts = ("items", "ignored", "omitted")
    return Table(("loss", "predictions", "why", "task", *counts), rows, counts)


def notes_of(noted: Sequence[tuple[str, Sequence[str]]]) -> Section:
    """Return the notes, each with what it is of; a note of all stands once."""
    shared = [line for line in noted[0][1] if all(line in lines for _, lines in noted)]
    own = [f"{label}: {line}" for label, lines in noted for line in lines if line not in shared]
    return Section("Notes", lines=list(dict.fromkeys([*shared, *own])))


def _signatures(named: Sequence[tuple[str, Result]]) -> list[tuple[str, str]]:
    """Return the line that, with the data, gives each number, and the fingerprints of the data."""
    code = [(f"Signature of {label}:", one.signature) for label, one in named]
    return [*code, *fingerprints([one.data for _, one in named])]


def fingerprints(data: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return the fingerprints of data, equal ones once."""
    texts = dict.fromkeys(
        "\n".join(f"{name}: {value}" for name, value in one.items() if value is not None)
        for one in data
    )
    return [("Fingerprint of the data:", text) for text in texts if text]


def of_comparisons(answer: "Comparisons", gates: "Sequence[Sequence[Gate]]" = ()) -> list[Section]:
    """Return the sections of comparisons: differences with intervals, slices, signatures."""
    from lossctl.report.comparisons import comparison_table, notes_of, sentences_of, slice_tables

    display = PLAIN._replace(gates=gates)
    by_loss: dict[str, list[Interval]] = {}
    for each in answer.comparisons:
        low, high = each.interval
        row = Interval(f"{each.model} less {each.baseline}", low, each.difference, high)
        by_loss.setdefault(each.loss, []).append(row)
    sections = [
        Section("Comparison", [comparison_table(answer, display)], sentences_of(answer, display))
    ]
    sections += [
        Section(f"Differences in {loss}", intervals=[(f"difference in {loss}", rows)])
        for loss, rows in by_loss.items()
    ]
    sections.append(Section("Slices", slice_tables(answer, display)))
    sections.append(Section("Notes", lines=[*notes_of(answer), *answer.notes]))
    results = [one for models in answer.results.values() for one in models]
    signatures = list(dict.fromkeys(one.signature for one in results))
    code = [("Signature:", text) for text in signatures]
    return [*sections, Section(REPRODUCE, code=[*code, *fingerprints([r.data for r in results])])]


def of_findings(report: "Report") -> list[Section]:
    """Return the sections of a check: each finding with its remedy and command, and the data."""
    from lossctl.report.findings import STYLES, described, rows_said

    header = ("code", "name", "severity", "what was seen", "what to do")
    rows = [
        [
            Styled(each.code, STYLES[each.severity]),
            each.name,
            each.severity,
            each.message + rows_said(each),
            each.remedy,
        ]
        for each in report.findings
    ]
    commands = [
        (f"{each.code}: a command that repairs it", each.command)
        for each in report.findings
        if each.command
    ]
    evidence = [
        [each.code, name, _shown(value)]
        for each in report.findings
        for name, value in each.evidence.items()
    ]
    nothing = ["nothing was found"] if not report.findings else []
    return [
        Section("Findings", [Table(header, rows)], nothing, commands),
        Section("Evidence", [Table(("code", "number", "value"), evidence, ("value",))]),
        Section("Data", lines=described(report)),
    ]


def _shown(value: Any) -> str:
    return number(value) if isinstance(value, float) else str(value)


def of_objectives(
    results: "Sequence[ObjectiveResult]", gates: "Sequence[Sequence[Gate]]" = ()
) -> list[Section]:
    """Return the sections of a run: components and totals, worst rows, notes, signatures."""
    from lossctl.report.objective import facts_of, tables_of

    sections, noted, code = [], [], []
    every = Display(gates=gates).gates_of(len(results))
    for result, own in zip(results, every, strict=True):
        title = result.name if len(results) > 1 else "Components"
        facts = facts_of(result, own, PLAIN.digits)
        sections.append(Section(title, tables_of(result, own, PLAIN.digits), facts))
        worst = [
            [each.name, one.where, number(one.value), number(one.loss)]
            for each in result.components
            for one in each.worst
        ]
        table = Table(("component", "where", "value", "loss"), worst, ("value", "loss"))
        sections.append(Section(f"Worst rows of {result.name}", [table]))
        noted.append((result.name, [*result.notes, *_of_components(result)]))
        code += [
            (f"Signature of {each.name}:", each.signature)
            for each in result.components
            if each.signature
        ]
        code += fingerprints([each.data for each in result.components])
    return [*sections, notes_of(noted), Section(REPRODUCE, code=list(dict.fromkeys(code)))]


def _of_components(result: "ObjectiveResult") -> list[str]:
    return [f"{each.name}: {line}" for each in result.components for line in each.notes]


def of_forecasts(found: "ForecastCalibration") -> list[Section]:
    """Return the sections of a calibration of forecasts: score, coverage, PIT histogram, notes."""
    from lossctl.pictures.pit_histogram import pit_histogram
    from lossctl.report.coverage import tables_of

    score, coverage = tables_of(found, PLAIN.digits)
    picture = pit_histogram(found)
    read = [f"read as {found.forecast}", f"items: {found.items}"]
    read += [f"omitted: {found.omitted}"] if found.omitted else []
    return [
        Section("Score", [score], picture.sentences),
        Section("Coverage", [coverage], panels=picture.panels),
        Section("How the data was read", lines=read),
        Section("Notes", lines=found.notes),
    ]


def of_calibration(found: "Calibration") -> list[Section]:
    """Return the sections of a calibration: scores and parts, reliability, notes."""
    from lossctl.pictures.reliability import reliability
    from lossctl.report.calibration import tables_of

    scores, lines = tables_of(found, PLAIN.digits)
    picture = reliability(found)
    read = [f"read as {found.kind}: {found.evidence}", f"items: {found.items}"]
    counts = {"ignored": found.ignored, "omitted": found.omitted}
    read += [f"{name}: {count}" for name, count in counts.items() if count]
    kept = []
    if found.recalibrator is not None:
        kept.append(f"{'applied' if found.applied else 'fitted'}: {found.recalibrator.setting}")
    return [
        Section("Scores", [scores], picture.sentences),
        Section("Reliability", [lines], panels=picture.panels),
        Section("Map", lines=kept),
        Section("How the data was read", lines=read),
        Section("Notes", lines=found.notes),
    ]


def of_advice(advice: "Recommendation") -> list[Section]:
    """Return the sections of a recommendation: the loss and why, gains, what else, commands."""
    from lossctl.recommender.recommendation import GRADES
    from lossctl.report.advice import NONE, sections_of

    leaf = advice.leaf
    head = [
        advice.headline,
        leaf.because,
        f"evidence: {leaf.evidence}, {GRADES[leaf.evidence]}",
    ]
    if advice.measured.findings:
        head = [NONE, *advice.measured.faults]
    parts = {label: texts for label, texts, _ in sections_of(advice, None)}
    asked = [label for label in ("compute", "again") if label in parts]
    commands = [(f"{label}:", parts.pop(label)[0]) for label in asked]
    answers = [[name, value] for name, value in advice.path.answers.items()]
    return [
        Section("Recommended", lines=head),
        *(Section(label.capitalize(), lines=texts) for label, texts in parts.items()),
        Section("Answers", [Table(("question", "answer"), answers)]),
        Section("Commands", code=commands),
    ]


def of_report(report: "Report") -> list[Section]:
    """Return the sections of a check with the rules that found nothing, which gates list too."""
    passed = ", ".join(report.passed)
    skipped = [f"{each.code}: {each.why}" for each in report.skipped]
    return [
        *of_findings(report),
        Section("Rules that found nothing", lines=[passed] if passed else []),
        Section("Rules not asked", lines=skipped),
    ]


def of_race(answer: "Race") -> list[Section]:
    """Return the sections of a race: entries, differences from the winner, folds, left out."""
    from lossctl.report.race import every_entry, sentences

    winner = answer.winner
    rows = [
        Interval(each.name, each.interval[0], each.difference, each.interval[1])
        for each in answer.candidates
        if each is not winner
    ]
    label = f"difference in {answer.metric} from {winner.name}"
    folds = tuple(str(at) for at in range(1, len(winner.scores) + 1))
    scores = [[each.name, *map(number, each.scores)] for each in answer.candidates]
    specs = [[name, spec] for name, spec in answer.losses.items()]
    left_out = [f"{name}: {why}" for name, why in answer.failures.items()]
    return [
        Section("Candidates", [every_entry(answer)], sentences(answer, most=None)),
        Section("Differences from the winner", intervals=[(label, rows)]),
        Section(f"{answer.metric} by fold", [Table(("candidate", *folds), scores, folds)]),
        Section("Losses", [Table(("candidate", "loss"), specs)]),
        Section("Left out", lines=left_out),
        Section("Notes", lines=answer.notes),
    ]


def of_worst_slices(found: "WorstSlices") -> list[Section]:
    """Return the sections of a search for slices: what is worse, and what was searched."""
    from lossctl.report.slice_search import sentences, slice_table_of

    result = found.result
    return [
        Section("Slices", [slice_table_of(found, PLAIN)], sentences(found, PLAIN.digits)),
        Section("Searched", lines=list(found.features)),
        Section("Notes", lines=result.notes),
        Section(REPRODUCE, code=_signatures([(labels([result])[0], result)])),
    ]
