"""`lossctl recommend`: which loss, why, and what speaks against it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from inspect import Parameter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from lossctl.cli import shell_options as cli
from lossctl.cli.help import INPUTS, OUTPUT
from lossctl.cli.help import QUESTIONS as ASKED
from lossctl.core.errors import LossctlError, UsageError
from lossctl.recommender.question import UNKNOWN, Keyword, Question
from lossctl.recommender.questions import FRAMEWORKS, QUESTIONS

if TYPE_CHECKING:  # `--help` reads this module: it must not wait for NumPy
    from lossctl.core.outcome import Summary
    from lossctl.racing.race_result import Race
    from lossctl.recommender.recommendation import Recommendation

TITLE = "lossctl recommend"
EXAMPLES = """\b
  lossctl recommend                              # asks, on a terminal
  lossctl recommend --task classification --metric balanced_accuracy
  lossctl recommend --targets y.npy --predictions p.npy --metric f1
  lossctl recommend --explain-tree

Every question is an option, and "unknown" answers any of them. Without a metric the answer is that
of the published guides, their dead ends repaired.
"""


def _option(question: Question) -> Parameter:
    option = cli.option(
        ASKED,
        question.help,
        question.option,
        metavar=question.metavar,
        autocompletion=cli.completes(*question.answers, UNKNOWN),
    )
    annotation = Annotated[str | None, option]
    return Parameter(question.id, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


@cli.with_parameters([_option(question) for question in QUESTIONS.values()])
def recommend(
    *,
    answers: Annotated[
        Path | None,
        cli.option(ASKED, "YAML file of answers, QUESTION: ANSWER.", metavar="FILE"),
    ] = None,
    no_input: Annotated[
        bool, cli.option(ASKED, "Never ask; what is not said is unknown.", "--no-input")
    ] = False,
    plain: Annotated[
        bool,
        cli.option(
            ASKED, "Ask and answer in numbered, plain lines, for screen readers.", "--plain"
        ),
    ] = False,
    targets: Annotated[
        str | None,
        cli.option(INPUTS, "Targets to measure (npy, npz, csv; FILE::COLUMN).", metavar="FILE"),
    ] = None,
    predictions: Annotated[
        str | None,
        cli.option(INPUTS, "Predictions for them, held out if possible.", metavar="FILE"),
    ] = None,
    groups: Annotated[
        str | None,
        cli.option(
            INPUTS, "Group of each item, which cross-validation keeps together.", metavar="FILE"
        ),
    ] = None,
    race: Annotated[
        str | None,
        cli.option(
            INPUTS,
            "Features (a table, or npy): as the last step train the losses of the answer on them, "
            "and compare.",
            metavar="FILE",
        ),
    ] = None,
    decimal: cli.Decimal = None,
    form: Annotated[
        str,
        cli.one_of(
            OUTPUT,
            "table|plain|json|markdown|mermaid",
            "table, plain, json or markdown; also mermaid for --explain-tree.",
            "--format",
            "-f",
            metavar="FORMAT",
        ),
    ] = "table",
    digits: Annotated[
        str | None,
        cli.option(
            OUTPUT,
            "Significant digits of measured numbers; as many as their error allows when not given.",
            "--digits",
            metavar="N",
        ),
    ] = None,
    explain_tree: Annotated[
        bool,
        cli.option(
            OUTPUT, "Print the decision tree; with --task, one branch of it.", "--explain-tree"
        ),
    ] = False,
    snippet: Annotated[
        str | None,
        cli.one_of(
            OUTPUT,
            "|".join(FRAMEWORKS),
            f"Print code for {', '.join(FRAMEWORKS[:-1])} or {FRAMEWORKS[-1]}.",
            metavar="FRAMEWORK",
        ),
    ] = None,
    write: Annotated[
        Path | None,
        cli.option(OUTPUT, "Write a configuration for lossctl run.", metavar="FILE"),
    ] = None,
    force: Annotated[
        bool, cli.option(OUTPUT, "Let --write overwrite a file that exists.", "--force")
    ] = False,
    output: Annotated[
        Path | None,
        cli.option(OUTPUT, "Write the answer to a file.", "--output", "-o", metavar="FILE"),
    ] = None,
    report: cli.Reports = None,
    **questions: str | None,
) -> None:
    """Recommend a loss: by questions, by options, or from the data."""
    answered = {name: value for name, value in questions.items() if value is not None}
    named = {"targets": targets, "predictions": predictions, "groups": groups}
    data = {name: file for name, file in named.items() if file}
    if explain_tree:
        task = answered.pop("task", None)
        others: dict[str, object] = {**answered, **data, "answers": answers, "snippet": snippet}
        others |= {"write": write, "digits": digits, "race": race, "report": report}
        _explain(form, task, output, others)
        return
    wishes = Wishes(
        form, digits, snippet, write, output, plain=plain, no_input=no_input, force=force
    )
    beside = {"answers": answers, "race": race}
    wishes.check({**data, **{name: str(file) for name, file in beside.items() if file}})
    if race is not None:
        _require_race(data)
    from lossctl.cli.output import publish, read_reports, reported

    reports = read_reports(report)
    with reported(reports, TITLE):
        recommendation = _recommend(data, answers, answered, wishes, decimal)
        raced, error = _raced(recommendation, race) if race is not None else (None, None)
        _print(recommendation, wishes, raced)
        if error is not None:
            raise error
    publish(reports, partial(_summary, recommendation))


def _summary(recommendation: "Recommendation") -> "Summary":
    """Return what reports say: what is recommended, what is wrong, and everything for a page."""
    from lossctl.report.advice import summary_of
    from lossctl.report.html.contents import of_advice

    return summary_of(recommendation)._replace(sections=partial(of_advice, recommendation))


@dataclass(frozen=True)
class Wishes:
    """How the recommendation is to be asked for, printed and written."""

    form: str
    digits: str | None
    snippet: str | None
    write: Path | None
    output: Path | None
    plain: bool
    no_input: bool
    force: bool

    def check(self, read: Mapping[str, str]) -> None:
        """Refuse unknown formats and files that must not be written, before anything is asked."""
        from lossctl.cli.output import read_digits
        from lossctl.report.advice import ADVICE_FORMATS
        from lossctl.report.formats import require_format

        require_format(self.form, ADVICE_FORMATS)
        read_digits(self.digits, self.form)
        if self.snippet is not None:
            require_format(self.snippet, FRAMEWORKS, "snippet")
        self._check_files(read)

    def _check_files(self, read: Mapping[str, str]) -> None:
        from lossctl.io.write import check_folder, real_path

        named = {"--write": self.write, "--output": self.output}
        written = {option: check_folder(path) for option, path in named.items() if path}
        if written and read:
            from lossctl.io.output_places import input_places  # it loads what evaluates

            inputs = input_places(read)
            for option, path in written.items():
                if (name := inputs.get(real_path(path))) is not None:
                    raise UsageError(f"{option} {path} would overwrite the {name}")
        if len(written) == 2 and len({real_path(path) for path in written.values()}) == 1:
            raise UsageError(f"--write and --output would both write {self.write}")
        if self.write is not None and self.write.exists() and not self.force:
            raise UsageError(f"--write {self.write} exists already; --force overwrites it")

    @property
    def may_ask(self) -> bool:
        """Whether there is somebody to ask."""
        return not self.no_input and sys.stdin.isatty() and sys.stderr.isatty()


def _explain(
    form: str, task: str | None, output: Path | None, others: Mapping[str, object]
) -> None:
    """Print the tree, or the branch of one task; `others` are options it has no use for."""
    from lossctl.cli.output import deliver, is_terminal
    from lossctl.recommender.decision_tree import load_tree
    from lossctl.recommender.traverse import check_answers
    from lossctl.report.formats import require_format
    from lossctl.report.tree_view import TREE_FORMATS, render_tree

    for name, value in others.items():
        if value:
            option = Keyword(name).option
            raise UsageError(f"--explain-tree prints the tree; {option} has no place beside it")
    require_format(form, TREE_FORMATS)
    tree = load_tree()
    task = None if task is None else check_answers(tree, {"task": task})["task"]
    screen = output is None and sys.stdout.isatty()
    colour = screen and is_terminal(sys.stdout)
    deliver(render_tree(tree, form, task, colour=colour, screen=screen), output)


def _recommend(
    data: Mapping[str, str],
    answers: Path | None,
    answered: Mapping[str, str],
    wishes: Wishes,
    decimal: str | None,
) -> "Recommendation":
    """Recommend a loss; on a terminal what is still open is asked."""
    from lossctl.recommender.recommend import recommend_from

    ask = None
    if wishes.may_ask:
        from lossctl.cli.wizard import ask_all, ask_in_lines, lines_only

        ask_one = ask_in_lines
        if not lines_only(plain=wishes.plain):
            from lossctl.cli.menu import ask_in_a_menu as ask_one

        ask = partial(ask_all, data=data, ask_one=ask_one)
    return recommend_from(
        data, answers, answered, no_input=wishes.no_input, ask=ask, decimal=decimal
    )


def _require_race(data: Mapping[str, str]) -> None:
    """Refuse a race without targets, before anything is asked, and prepare for small matrices."""
    from lossctl.cli.race import spare_threads

    if "targets" not in data:
        raise UsageError("--race needs --targets")
    spare_threads()


def _raced(
    recommendation: "Recommendation", features: str
) -> "tuple[Race | None, LossctlError | None]":
    """Race the losses of a recommendation; an error comes after the answer, which stands."""
    from lossctl.racing.race import race
    from lossctl.racing.recommended import losses_of, race_metric

    metric = race_metric(recommendation)
    if not metric:
        return None, UsageError("--race needs a metric to judge by: say --metric")
    model = recommendation.path.answers.get("model")
    data = recommendation.data
    try:
        found = race(
            targets=data["targets"],
            features=features,
            metric=metric,
            loss=losses_of(recommendation),
            model="network" if model == "network" else "linear",
            group_by=data.get("groups"),
            decimal=recommendation.decimal,
        )
    except LossctlError as error:
        return None, error
    return found, None


def _print(recommendation: "Recommendation", wishes: Wishes, race: "Race | None" = None) -> None:
    """Print the recommendation, or its code; write the configuration that is wanted."""
    from lossctl.cli.output import deliver, is_terminal, note, read_digits
    from lossctl.report.advice import render_advice

    code = recommendation.snippet(wishes.snippet) if wishes.snippet is not None else None
    # the file comes before the answer: if it cannot be written nothing else is printed
    if wishes.write is not None:
        _, *prepared = recommendation.write(wishes.write, force=wishes.force)
        for file in prepared:
            note(f"wrote {file}")
        awaited = ", ".join(recommendation.placeholders.values())
        before = f"save {awaited}, then " if awaited else ""
        note(f"wrote {wishes.write}; {before}run it with lossctl run {wishes.write}")
    if code is not None:
        deliver(code.rstrip("\n"), wishes.output)
        return
    form = "plain" if wishes.plain and wishes.form == "table" else wishes.form
    screen = wishes.output is None and sys.stdout.isatty()
    colour = screen and is_terminal(sys.stdout)
    digits = read_digits(wishes.digits, form)
    text = render_advice(
        recommendation, form, colour=colour, screen=screen, digits=digits, race=race
    )
    deliver(text.rstrip("\n"), wishes.output)
