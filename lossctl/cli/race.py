"""`lossctl race`: candidates judged on rows they were not trained on."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from lossctl.cli import shell_options as cli
from lossctl.cli.data_options import read_pairs
from lossctl.cli.help import COMPARISON, INPUTS, OUTPUT
from lossctl.core.errors import UsageError
from lossctl.core.options import READING, WHAT
from lossctl.core.spec import finite_number, parse_whole

if TYPE_CHECKING:  # `--help` reads this module: it must not wait for NumPy
    from lossctl.core.outcome import Summary
    from lossctl.racing.race_result import Race

EXAMPLES = """\b
  lossctl race --candidate ce=p_ce.npy --candidate focal=p_focal.npy \\
      --targets y.npy --metric balanced_accuracy
  lossctl race --features X.csv --targets y.npy --metric mae
  lossctl race --targets y.npy --metric f1 --train "python train.py \\
      --loss {loss} --params {params} --fold {fold} --out {out}"

Candidates are judged with steps after training too; a tie goes to the simplest, which is the first
of those named. --train runs what you typed and nothing else, without a shell, once for each
candidate and fold; called again it goes on where it stopped.
"""

Candidates = Annotated[
    list[str] | None,
    cli.option(
        WHAT,
        "Out-of-fold predictions of a candidate, the simplest first; repeat for each.",
        "--candidate",
        metavar="NAME=FILE",
    ),
]
Features = Annotated[
    str | None,
    cli.option(
        WHAT,
        "Table, or npy file, of features: a linear model or a small network is trained on them, "
        "here, with each loss.",
        metavar="FILE",
    ),
]
Train = Annotated[
    str | None,
    cli.option(
        WHAT,
        "Command to run for each loss and fold; {loss}, {params}, {spec}, {fold}, {folds}, "
        "{train_rows}, {test_rows} and {out} are filled in.",
        metavar="COMMAND",
    ),
]
Losses = Annotated[
    list[str] | None,
    cli.option(
        WHAT,
        "Loss to train, the simplest first; repeat for each. Those of recommend when not given.",
        "--loss",
        "-l",
        metavar="SPEC",
        autocompletion=cli.completed("specs"),
    ),
]
Metric = Annotated[
    str | None,
    cli.option(
        WHAT,
        "Metric that decides: balanced_accuracy, log_loss, mae, pinball:q=0.9, ….",
        metavar="NAME",
        autocompletion=cli.completed("metrics"),
    ),
]
Model = Annotated[
    str | None,
    cli.one_of(WHAT, "linear|network", "Model to train on --features; linear when not given."),
]
Targets = Annotated[
    str | None, cli.option(INPUTS, "Targets of all rows: classes or values.", metavar="FILE")
]
Folds = Annotated[
    str,
    cli.option(
        COMPARISON,
        "How many folds to draw, or a file of the fold of each row (−1: only trained on).",
        metavar="N|FILE",
    ),
]
GroupBy = Annotated[
    str | None,
    cli.option(COMPARISON, "Group of each row, which folds keep together.", metavar="FILE"),
]
Serial = Annotated[
    bool,
    cli.option(
        COMPARISON,
        "Rows are in the order of time: each fold is trained on the rows before it.",
        "--serial",
    ),
]
Steps = Annotated[
    bool,
    cli.option(
        COMPARISON,
        "Whether to judge candidates with steps after training too: threshold, temperature, "
        "Platt's scaling, prior correction, shift.",
        "--steps/--no-steps",
    ),
]
Input = Annotated[
    str,
    cli.one_of(
        READING,
        "auto|logits|probabilities|labels",
        "What scores of classes are; auto looks at them.",
        "--input",
        metavar="KIND",
    ),
]
Confidence = Annotated[
    str, cli.option(COMPARISON, "Of intervals and verdicts.", "--confidence", metavar="P")
]
Seed = Annotated[str, cli.option(COMPARISON, "Seed of folds and training.", metavar="N")]
Runs = Annotated[
    Path,
    cli.option(OUTPUT, "Folder for what runs of --train make.", "--runs", metavar="FOLDER"),
]
Budget = Annotated[
    str | None,
    cli.option(COMPARISON, "Seconds that all runs of --train may take.", metavar="SECONDS"),
]


def race(
    *,
    candidate: Candidates = None,
    features: Features = None,
    train: Train = None,
    loss: Losses = None,
    model: Model = None,
    metric: Metric = None,
    targets: Targets = None,
    folds: Folds = "5",
    group_by: GroupBy = None,
    serial: Serial = False,
    steps: Steps = True,
    input: Input = "auto",  # noqa: A002 - its name everywhere
    confidence: Confidence = "0.95",
    seed: Seed = "0",
    budget: Budget = None,
    runs: Runs = Path("race-runs"),
    decimal: cli.Decimal = None,
    plugin: cli.Plugin = None,
    form: cli.Format = None,
    digits: cli.Digits = None,
    output: cli.Output = None,
    report: cli.Reports = None,
) -> None:
    """Race candidates on rows they were not trained on; a tie goes to the simplest."""
    from lossctl.cli.output import (
        choose_format,
        deliver,
        display_of,
        files_of,
        note,
        publish,
        read_digits,
        read_reports,
        reported,
    )

    for name, value in {"--targets": targets, "--metric": metric}.items():
        if value is None:
            raise UsageError(f"{name} is needed")
    reports = read_reports(report)
    if features is not None:
        spare_threads()
    from lossctl.racing.race import race as run_race
    from lossctl.report.race import TITLE, render

    cli.load_plugins(plugin)
    form = choose_format(form, output)
    shown = display_of(output, read_digits(digits, form))
    with reported(reports, TITLE):
        answer = run_race(
            read_pairs("--candidate", candidate, "NAME=FILE") if candidate else None,
            targets=targets,
            metric=str(metric),
            features=features,
            train=train,
            loss=loss or (),
            model=model,
            folds=parse_whole("--folds", folds) if folds.lstrip("-").isdecimal() else folds,
            group_by=group_by,
            serial=serial,
            steps=steps,
            input=input,
            confidence=finite_number(confidence, "--confidence"),
            seed=parse_whole("--seed", seed) or 0,
            runs=runs,
            budget=None if budget is None else finite_number(budget, "--budget"),
            decimal=decimal,
            say=note,
            written={"output": [output] if output else [], "report": files_of(reports)},
        )
        deliver(render(answer, form, shown), output)
    if form not in {"json", "jsonl"}:
        for line in notes_of(answer):
            note(line)
    publish(reports, partial(_summary, answer))


def _summary(answer: "Race") -> "Summary":
    """Return what reports say: who won, what could not be judged, and everything for a page."""
    from lossctl.report.html.contents import of_race
    from lossctl.report.race import summary_of

    return summary_of(answer)._replace(sections=partial(of_race, answer))


def notes_of(answer: "Race") -> list[str]:
    """Return what there is to say beside the result."""
    failed = [f"left out {name}: {why}" for name, why in answer.failures.items()]
    return [*failed, *answer.notes]


def spare_threads() -> None:
    """Let matrices be multiplied by one thread: they are small, and threads wait for each other.

    It is read when NumPy is loaded, which has not happened yet.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
