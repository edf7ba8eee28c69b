"""The Python function :func:`lossctl.race`: candidates by name, how they are judged, the answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.options import Options
from lossctl.core.spec import spec as written_spec
from lossctl.core.spelling import listed, option, plural
from lossctl.loss_specs import given_parts
from lossctl.racing.candidates import Candidate, candidate_of
from lossctl.racing.drawings import FOLDS, Drawing, HeldOut
from lossctl.racing.feature_table import Columns
from lossctl.racing.judging import READ, Judge, judge_all
from lossctl.racing.race_result import Race, placed
from lossctl.racing.raced_rows import NameRow, Rows, one_score, read_places

if TYPE_CHECKING:  # most races run no command
    from lossctl.racing.train_commands import TrainCommand

REPEATS = 3
TRAINED = 2  # drawings that a model is trained in
MODELS = ("linear", "network")
KINDS = ("auto", *READ)
Say = Callable[[str], None]


def race(
    candidates: Mapping[str, Any] | None = None,
    *,
    targets: Any,
    metric: str,
    features: Any = None,
    train: str | None = None,
    loss: Any = (),
    model: str | None = None,
    folds: Any = FOLDS,
    group_by: Any = None,
    serial: bool = False,
    steps: bool = True,
    input: str = "auto",  # noqa: A002 - its name everywhere
    confidence: float = 0.95,
    seed: int = 0,
    runs: str | Path = "race-runs",
    budget: float | None = None,
    decimal: str | None = None,
    say: Say | None = None,
    written: Mapping[str, Sequence[Path]] | None = None,
) -> Race:
    """Judge candidates on rows they were not trained on; a tie goes to the simplest.

    One of `candidates`, `features` and `train` says what is raced.

    Parameters
    ----------
    candidates
        Out-of-fold predictions of each candidate by its name, the simplest first: (n,), or (n, C)
        scores of classes.
    targets
        (n,) classes or values. A str or a Path is always a place, as for :func:`lossctl.compute`.
    metric
        As :func:`lossctl.metric` takes it, such as ``"balanced_accuracy"``; or ``"log_loss"``.
    features
        A table, or an array (n, p): a linear model or a small network is trained on them, here.
    train
        A command to run for each candidate and fold, without a shell, such as ``"python train.py
        --loss {loss} --params {params} --fold {fold} --out {out}"``.
    loss
        Losses to train, the simplest first. If there are none, the default and those that
        :func:`lossctl.recommend` names for the metric; of `features` some that often win, too.
    model
        Of `features`: ``linear`` (the default) or ``network``.
    folds
        How many, or the fold of each row; −1 of rows that are trained on alone.
    group_by
        The group (n,) of each row, which folds keep together.
    serial
        Whether rows are in the order of time: folds are trained on earlier rows.
    steps
        Whether candidates are judged with steps after training too: threshold, temperature or
        Platt's scaling, prior correction, shift; fitted on the rows of other folds.
    input
        What scores of classes are: ``logits``, ``probabilities`` or ``labels``; ``auto`` looks at
        them.
    confidence
        Of intervals and verdicts.
    seed
        Of folds and training.
    runs, budget
        Of `train`: the folder for what runs make, by which they are not run again, and the seconds
        they may take together.
    decimal
        What stands before decimals in csv files.
    say
        Takes a line about what is run, before it is.
    written
        Files that the caller is going to write, by the name of an option: none may be an input.

    Returns
    -------
    Race
        ``.winner``, ``.tied``, ``.candidates``, ``.sentence``, ``.to_dict()``, ``.to_frame()``.

    Raises
    ------
    UsageError, DataError
        For what cannot be raced: unknown names, rows that do not fit, too few candidates or folds.

    Examples
    --------
    >>> targets = [0, 1] * 20
    >>> sure, unsure = [0.2, 0.8] * 20, [0.4, 0.6] * 20
    >>> answer = race({"a": unsure, "b": sure}, targets=targets, metric="brier", steps=False)
    >>> answer.winner.name
    'b'
    """
    if not (isinstance(seed, int) and seed >= 0):
        raise UsageError(f"{option('seed')}: must be a whole number from 0, got {seed!r}")
    confidence = Options(confidence=confidence).confidence  # checked as that of any interval
    _require_one(candidates, features, train, model)
    judge = Judge(metric)
    _require_readable(input, judge, features)
    asked = _Request(folds, serial, steps, confidence, seed, say or (lambda _: None), input)
    places = {"targets": targets, "group_by": group_by}
    if not isinstance(folds, int):
        places["folds"] = folds
    named = {f"candidate {name}": place for name, place in (candidates or {}).items()}
    read = read_places({**places, **named}, features, decimal, written)
    rows = Rows.of(read, judge)
    if train is not None:
        from lossctl.racing.train_commands import TrainCommand  # noqa: PLC0415 - processes

        return _of_command(TrainCommand.read(train, Path(runs), budget), rows, judge, asked, loss)
    if features is not None:
        return _of_features(model or "linear", rows, judge, asked, loss)
    predictions = {
        name.removeprefix("candidate "): array
        for name, array in read.arrays.items()
        if name.startswith("candidate ")
    }
    where = {name.removeprefix("candidate "): place for name, place in read.where.items()}
    return _of_predictions(predictions, rows, judge, replace(asked, where=where))


@dataclass(frozen=True)
class _Request:
    """How candidates are to be judged."""

    folds: Any
    serial: bool
    steps: bool
    confidence: float
    seed: int
    say: Say
    read_as: str
    where: Mapping[str, NameRow] = field(default_factory=dict)

    def drawings(self, rows: Rows, repeats: int) -> list[Drawing]:
        """Return the folds that were given, or draw them."""
        count = self.folds if isinstance(self.folds, int) else FOLDS
        return rows.drawings(repeats, folds=count, serial=self.serial, seed=self.seed)


def _require_one(candidates: Any, features: Any, train: Any, model: Any) -> None:
    """Refuse more than one kind of race, and none."""
    given_ones = {"candidate": candidates, "features": features, "train": train}
    named = [name for name, value in given_ones.items() if value is not None]
    if len(named) != 1:
        raise UsageError(
            f"say what is raced, by one of {listed(map(option, given_ones), 'or')}"
            + (f"; got {listed(map(option, named))}" if named else "")
        )
    if candidates is not None and len(candidates) < 2:
        raise UsageError(f"{option('candidate')}: a race needs two candidates at least")
    if model is not None and features is None:
        raise UsageError(f"{option('model')}: is of {option('features')}")
    if model is not None and model not in MODELS:
        raise UsageError(f"{option('model')}: must be {listed(MODELS, 'or')}, got {model!r}")


def _require_readable(read_as: str, judge: Judge, features: Any) -> None:
    """Refuse a reading that is none, and one of what is not read from files."""
    if read_as not in KINDS:
        raise UsageError(f"{option('input')}: must be {listed(KINDS, 'or')}, got {read_as!r}")
    if read_as == "auto":
        return
    if features is not None:
        raise UsageError(
            f"{option('input')}: is of {option('candidate')} and {option('train')}; models that "
            "are trained here give logits"
        )
    if not judge.of_classes:
        raise UsageError(f"{option('input')}: {judge.name} takes none; it is of scores of classes")


def _of_predictions(
    predictions: Mapping[str, Array], rows: Rows, judge: Judge, asked: _Request
) -> Race:
    """Race out-of-fold predictions; where folds are not given they are drawn to judge by."""
    for name, array in predictions.items():
        if array.dtype.kind not in "biuf":
            raise DataError(f"{name}: holds text, not predictions")
    scores = {
        name: one_score(array, asked.read_as) if rows.classes == 2 else array
        for name, array in predictions.items()
    }
    held = [HeldOut(drawing, scores) for drawing in asked.drawings(rows, REPEATS)]
    broken = _broken(held[0], rows, asked)
    good = [name for name in scores if name not in broken]
    return _raced(
        good, held, rows, judge, asked, trained="predictions", failures=broken,
        read_as=asked.read_as,
    )  # fmt: skip


def _broken(held: HeldOut, rows: Rows, asked: _Request) -> dict[str, str]:
    """Return the candidates whose predictions cannot belong to the targets, with the fault."""
    from lossctl.racing.candidate_faults import JudgedRows, broken_candidates  # noqa: PLC0415 - loads rules

    judged = held.drawing.judged
    places = np.arange(len(rows.targets))[judged]
    sources = {
        name: JudgedRows(array[judged], places, asked.where.get(name))
        for name, array in held.predictions.items()
    }
    return broken_candidates(
        sources, rows.targets[judged], of_classes=rows.classes > 0, read_as=asked.read_as
    )


def _of_features(model: str, rows: Rows, judge: Judge, asked: _Request, loss: Any) -> Race:
    """Train every candidate on features, fold by fold."""
    from lossctl.racing.feature_race import Trainer  # noqa: PLC0415 - loads what computes
    from lossctl.racing.training import one_thread  # noqa: PLC0415

    if rows.targets.ndim > 1:
        raise DataError(f"targets: have shape {rows.targets.shape}; training takes one per row")
    columns = Columns(rows.columns)
    candidates, left_out = _candidates(loss, rows, judge, model)
    drawings = asked.drawings(rows, TRAINED)
    count = plural(len(candidates), "candidate")
    asked.say(f"training {count} in {plural(len(drawings) * len(drawings[0].folds), 'fold')}")
    trainer = Trainer(model, rows, columns, candidates, dict(left_out))
    with one_thread():
        held = [
            trainer.held_out(drawing, asked.seed + 100 * at) for at, drawing in enumerate(drawings)
        ]
    failures = trainer.failures
    good = [name for name in candidates if name not in failures]
    if not good:
        name, why = next(iter(failures.items()))
        raise DataError(f"no candidate can be trained; {name}, {why}")
    if not rows.classes:
        held = [replace(one, predictions=_in_domain(one.predictions, rows, judge)) for one in held]
    losses = {name: candidates[name].spec for name in good}
    return _raced(
        good, held, rows, judge, asked, trained=model, losses=losses, failures=failures,
        notes=columns.notes, read_as="logits" if judge.of_classes else "auto",
    )  # fmt: skip


LEAST = 1e-6  # of the mean target: a mean that is predicted as less, or below 0, is read as this


def _in_domain(predictions: Mapping[str, Array], rows: Rows, judge: Judge) -> dict[str, Array]:
    """Return predictions that a metric of positive means reads; a linear model may go below 0."""
    if not judge.needs_positive:
        return dict(predictions)
    least = LEAST * max(float(np.mean(rows.targets)), 1e-12)
    return {name: np.maximum(array, least) for name, array in predictions.items()}


def _of_command(
    command: "TrainCommand", rows: Rows, judge: Judge, asked: _Request, loss: Any
) -> Race:
    """Run the user's command for every candidate and fold."""
    from lossctl.racing.train_commands import run_all  # noqa: PLC0415 - processes

    candidates, left_out = _candidates(loss, rows, judge, "unknown", trained_here=False)
    (drawing,) = asked.drawings(rows, 1)
    done = run_all(command, candidates, rows.given, drawing, asked.say)
    predictions = {
        name: one_score(array, asked.read_as) if rows.classes == 2 else array
        for name, array in done.held.predictions.items()
    }
    held = replace(done.held, predictions=predictions)
    broken = _broken(held, rows, asked)
    good = [name for name in predictions if name not in broken]
    return _raced(
        good, [held], rows, judge, asked, trained="command", notes=done.notes,
        losses={name: candidates[name].spec for name in good},
        failures={**left_out, **done.failures, **broken}, read_as=asked.read_as,
    )  # fmt: skip


def _candidates(
    loss: Any, rows: Rows, judge: Judge, model: str, *, trained_here: bool = True
) -> tuple[dict[str, Candidate], dict[str, str]]:
    """Return the losses to train by name, and why others are left out."""
    from lossctl.racing.recommended import (  # noqa: PLC0415 - reads the tree
        recommended_losses,
        usual_losses,
    )

    asked = [loss] if isinstance(loss, str) or not isinstance(loss, Sequence) else list(loss)
    chosen = asked or recommended_losses(rows.given, judge, model)
    if not asked and trained_here:
        chosen += usual_losses(rows.targets, judge)
    found: dict[str, Candidate] = {}
    left_out: dict[str, str] = {}
    for one in chosen:
        try:
            candidate = candidate_of(one, rows.classes, trained_here=trained_here)
        except ValueError as error:
            left_out[written_spec(*given_parts(one))] = str(error)
            continue
        found.setdefault(candidate.spec, candidate)
    if len(found) < 2:
        why = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        more = f" ({why})" if why else ""
        raise UsageError(f"{option('loss')}: a race needs two losses at least{more}")
    return found, left_out


def _raced(
    names: Sequence[str],
    held: list[HeldOut],
    rows: Rows,
    judge: Judge,
    asked: _Request,
    *,
    trained: str,
    losses: Mapping[str, str] | None = None,
    failures: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    read_as: str = "auto",
) -> Race:
    """Judge what was held out, and compare."""
    judged = judge_all(judge, rows.targets, held, names, steps=asked.steps, read_as=read_as)
    first = held[0].drawing
    share = float(np.mean([each.drawing.share for each in held]))
    return Race(
        judge.name,
        judge.higher_is_better,
        placed(judge, judged, share, asked.confidence, names),
        trained,
        int(first.judged.sum()),
        len(first.folds),
        len(held),
        asked.confidence,
        losses or {},
        {**(failures or {}), **judged.failures},
        (*rows.notes, *notes, *judged.notes),
        judged.unchanged,
    )
