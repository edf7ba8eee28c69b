"""`lossctl recommend`: which loss, why, and what speaks against it."""

from inspect import Parameter
from pathlib import Path
from typing import Annotated

import typer

from lossctl.cli import completion
from lossctl.cli import options as cli
from lossctl.recommender.question import UNKNOWN, KeywordError, Question
from lossctl.recommender.questions import FRAMEWORKS, QUESTIONS

EXAMPLES = """\b
  lossctl recommend                              # asks, on a terminal
  lossctl recommend --task classification --classes multiclass --metric balanced_accuracy
  lossctl recommend --targets y.npy --predictions p.npy --metric f1
  lossctl recommend --explain-tree

Every question is an option, and "unknown" answers any of them. Without a metric the answer is that
of the published guides, their dead ends repaired.
"""


def _option(question: Question) -> Parameter:
    option = typer.Option(
        question.option,
        metavar=question.metavar,
        help=question.help,
        autocompletion=completion.choices(*question.answers, UNKNOWN),
    )
    annotation = Annotated[str | None, option]
    return Parameter(question.id, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


@cli.with_parameters([_option(question) for question in QUESTIONS.values()])
def recommend(
    *,
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML file of answers: question: answer.")
    ] = None,
    targets: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Measure these targets (npy, npz, csv; FILE::COLUMN)."),
    ] = None,
    predictions: Annotated[
        str | None, typer.Option(metavar="FILE", help="Predictions for them, held out if possible.")
    ] = None,
    groups: Annotated[
        str | None, typer.Option(metavar="FILE", help="Group of each item; folds keep them whole.")
    ] = None,
    no_input: Annotated[
        bool, typer.Option("--no-input", help="Never ask; what is not said is unknown.")
    ] = False,
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Numbered questions and plain lines: for screen readers."),
    ] = False,
    explain_tree: Annotated[
        bool,
        typer.Option("--explain-tree", help="Print the decision tree (with --task, a branch)."),
    ] = False,
    form: Annotated[
        str,
        cli.one_of(
            "table|plain|json|markdown|mermaid",
            "table, plain, json or markdown; also mermaid for --explain-tree.",
            "--format",
            "-f",
            metavar="FORMAT",
        ),
    ] = "table",
    snippet: Annotated[
        str | None,
        cli.one_of(
            "|".join(FRAMEWORKS),
            f"Print code: {', '.join(FRAMEWORKS[:-1])} or {FRAMEWORKS[-1]}.",
            metavar="FRAMEWORK",
        ),
    ] = None,
    write: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a configuration for lossctl run.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Let --write overwrite a file that exists.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the answer.")
    ] = None,
    **questions: str | None,
) -> None:
    """Recommend a loss: by questions, by options, or from the data."""
    from lossctl.cli import recommending as steps

    said = {name: value for name, value in questions.items() if value is not None}
    named = {"targets": targets, "predictions": predictions, "groups": groups}
    data = {name: file for name, file in named.items() if file}
    try:
        if explain_tree:
            task = said.pop("task", None)
            others = {**said, **data, "answers": answers, "snippet": snippet, "write": write}
            steps.explain(form, task, output, others)
            return
        wanted = steps.Wanted(
            form, snippet, write, output, plain=plain, no_input=no_input, force=force
        )
        wanted.check({**data, **({"answers": str(answers)} if answers else {})})
        steps.give(steps.recommend(data, answers, said, wanted), wanted)
    except KeywordError as error:
        raise error.for_shell() from None
