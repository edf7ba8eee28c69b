"""Train candidates by a command of the user's: one run for each candidate and fold, resumable.

The command is split into words once, without a shell; a placeholder becomes part of one word,
whatever it holds. A run that is done leaves its predictions and a record of what was run beside
them, by which it is not run again.
"""

import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import did_you_mean, option, plural, shortened
from lossctl.io.write import replacing, write_array, write_text
from lossctl.racing.candidates import Candidate
from lossctl.racing.drawings import Drawing, HeldOut

PLACEHOLDER = re.compile(r"\{(\w+)\}")
MEANINGS = {
    "loss": "id of the loss",
    "params": "its parameters as JSON",
    "spec": "the loss with its parameters in one word, as compute takes it",
    "fold": "number of the fold",
    "folds": "npy file of the fold of each row",
    "train_rows": "npy file of the rows to train on",
    "test_rows": "npy file of the rows to predict",
    "out": "npy file to write the predictions to",
}
LAST_LINES = 5
LONGEST_LINE, LONGEST_COMMAND = 300, 500
Say = Callable[[str], None]


@dataclass(frozen=True)
class TrainCommand:
    """A command with placeholders, and where its runs leave what they made.

    Attributes
    ----------
    words
        Of the command, with placeholders in them.
    folder
        Where predictions, logs and records go.
    budget
        Seconds that all runs may take together, or None.
    """

    words: tuple[str, ...]
    folder: Path
    budget: float | None = None

    @classmethod
    def read(cls, template: str, folder: Path, budget: float | None = None) -> "TrainCommand":
        """Read a command.

        Raises
        ------
        UsageError
            For one that cannot be split, has unknown placeholders or lacks required ones,
            or whose program does not exist.
        """
        try:
            words = shlex.split(template)
        except ValueError as error:
            raise UsageError(f"{option('train')}: {error} in {template!r}") from None
        if not words:
            raise UsageError(f"{option('train')}: is empty")
        used = {name for word in words for name in PLACEHOLDER.findall(word)}
        for name in sorted(used - MEANINGS.keys()):
            raise UsageError(
                f"{option('train')}: there is no placeholder {{{name}}}; there are "
                f"{', '.join(f'{{{known}}}' for known in MEANINGS)}{did_you_mean(name, MEANINGS)}"
            )
        if "out" not in used or not used & {"loss", "spec"} or not used & {"fold", "test_rows"}:
            raise UsageError(
                f"{option('train')}: needs {{out}}, {{loss}} or {{spec}}, and {{fold}} or "
                "{test_rows}: every run writes the predictions of its candidate and fold"
            )
        if PLACEHOLDER.search(words[0]) or shutil.which(words[0]) is None:
            raise UsageError(f"{option('train')}: there is no program {words[0]!r}")
        if budget is not None and not budget > 0:
            raise UsageError(f"{option('budget')}: must be above 0 seconds, got {budget:g}")
        return cls(tuple(words), folder, budget)

    def filled(self, values: Mapping[str, str]) -> list[str]:
        """Return the words with values in place of placeholders, each within its word."""
        return [PLACEHOLDER.sub(lambda found: values[found[1]], word) for word in self.words]


@dataclass(frozen=True)
class Runs:
    """What runs gave: predictions by candidate, why some have none, and what to note."""

    held: HeldOut
    failures: dict[str, str]
    notes: list[str]


def run_all(
    command: TrainCommand,
    candidates: Mapping[str, Candidate],
    targets: Array,
    drawing: Drawing,
    say: Say,
) -> Runs:
    """Run the command for every candidate and fold, fold after fold, but for what is done already.

    Parameters
    ----------
    command
        What to run.
    candidates
        By name.
    targets
        (n,…), whose rows predictions are of.
    drawing
        The folds.
    say
        Takes a line about what is run, before it is.

    Raises
    ------
    UsageError, DataError
        When the time is over before two folds are done for all, or no candidate can be trained.
    """
    command.folder.mkdir(parents=True, exist_ok=True)
    runner = _Runner(command, targets, drawing, say)
    runner.announce(candidates)
    made: dict[str, dict[int, Array]] = {name: {} for name in candidates}
    failures: dict[str, str] = {}
    notes, done = list[str](), list[int]()
    for fold in drawing.folds:
        for name, candidate in candidates.items():
            if name in failures:
                continue
            try:
                made[name][fold] = runner.predictions(name, candidate, fold)
            except DataError as error:
                failures[name] = f"fold {fold}: {error}"
                say(f"{name} is out of the race: {failures[name]}")
            except TimeoutError:
                notes.append(
                    f"the time of {option('budget', command.budget)} was over in fold {fold}; "
                    "the same command goes on from there"
                )
                break
        if notes:
            break
        done.append(fold)
    good = [name for name in candidates if name not in failures]
    if not good:
        name, why = next(iter(failures.items()))
        raise DataError(f"no candidate could be trained; {name}, {why}")
    if len(done) < 2:
        raise UsageError(f"{notes[0]}: {plural(len(done), 'fold')} of two at least")
    return Runs(_held(drawing, targets, {name: made[name] for name in good}, done), failures, notes)


def _held(
    drawing: Drawing, targets: Array, made: Mapping[str, Mapping[int, Array]], done: Sequence[int]
) -> HeldOut:
    """Put the predictions of folds into the rows that they are of."""
    numbers = np.where(np.isin(drawing.numbers, done), drawing.numbers, -1)
    predictions = {}
    for name, folds in made.items():
        first = folds[done[0]]
        whole = np.zeros((len(targets), *first.shape[1:]), dtype=np.float64)
        for fold in done:
            if folds[fold].shape[1:] != first.shape[1:]:
                raise DataError(
                    f"{name}: predictions of fold {fold} have rows of shape {folds[fold].shape[1:]}"
                    f", those of fold {done[0]} {first.shape[1:]}"
                )
            whole[drawing.judges(fold)] = folds[fold]
        predictions[name] = whole
    return HeldOut(Drawing(numbers, drawing.serial), predictions)


class _Runner:
    """Runs the command of one race; files are named for what they hold."""

    def __init__(self, command: TrainCommand, targets: Array, drawing: Drawing, say: Say) -> None:
        self._command, self._drawing, self._say = command, drawing, say
        self._ends = None if command.budget is None else time.monotonic() + command.budget
        digest = hashlib.sha256(np.ascontiguousarray(targets).tobytes())
        digest.update(drawing.numbers.tobytes() + bytes([drawing.serial]))
        self._data = digest.hexdigest()

    def announce(self, candidates: Mapping[str, Candidate]) -> None:
        """Say what is going to be run, before anything is."""
        folds = self._drawing.folds
        waiting = [
            (name, fold)
            for fold in folds
            for name, candidate in candidates.items()
            if self._recorded(name, candidate, fold) is None
        ]
        total = len(folds) * len(candidates)
        known = f" ({total - len(waiting)} are done already)" if len(waiting) < total else ""
        self._say(f"{plural(len(waiting), 'run')}{known}, in {self._command.folder}")
        if waiting:
            name, fold = waiting[0]
            self._say(f"the first: {shlex.join(self._words(name, candidates[name], fold))}")

    def predictions(self, name: str, candidate: Candidate, fold: int) -> Array:
        """Return the predictions of one fold, running the command unless it was run.

        Raises
        ------
        DataError
            When the command fails, with its last lines, or writes no predictions of the rows.
        TimeoutError
            When the time is over.
        """
        found = self._recorded(name, candidate, fold)
        if found is not None:
            return found
        rows = self._drawing.judges(fold)
        self._write_rows(fold)
        out = self._place(name, fold, "part.npy")
        out.unlink(missing_ok=True)
        words = self._words(name, candidate, fold)
        self._run(words, self._place(name, fold, "log"))
        predictions = _read_predictions(out, rows, len(self._drawing.numbers), words)
        write_array(self._place(name, fold, "npy"), predictions)
        out.unlink()
        record = json.dumps({"command": words, "data": self._data}, ensure_ascii=False)
        write_text(self._place(name, fold, "json"), record + "\n")
        return predictions

    def _recorded(self, name: str, candidate: Candidate, fold: int) -> Array | None:
        """Return the predictions of a run that is done: of this command, on this data."""
        try:
            record = json.loads(self._place(name, fold, "json").read_text(encoding="utf-8"))
            wanted = {"command": self._words(name, candidate, fold), "data": self._data}
            if record != wanted:
                return None
            found = np.load(self._place(name, fold, "npy"), allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        return np.asarray(found)

    def _words(self, name: str, candidate: Candidate, fold: int) -> list[str]:
        folder = self._command.folder
        return self._command.filled(
            {
                "loss": candidate.loss,
                "params": json.dumps(dict(candidate.params), ensure_ascii=False),
                "spec": candidate.spec,
                "fold": str(fold),
                "folds": str(folder / "folds.npy"),
                "train_rows": str(folder / f"fold{fold}.train.npy"),
                "test_rows": str(folder / f"fold{fold}.test.npy"),
                "out": str(self._place(name, fold, "part.npy")),
            }
        )

    def _place(self, name: str, fold: int, suffix: str) -> Path:
        readable = re.sub(r"[^\w.-]+", "_", name)[:60]
        digest = hashlib.sha256(name.encode()).hexdigest()[:6]
        return self._command.folder / f"{readable}-{digest}.fold{fold}.{suffix}"

    def _write_rows(self, fold: int) -> None:
        folder, drawing = self._command.folder, self._drawing
        write_array(folder / "folds.npy", drawing.numbers)
        write_array(folder / f"fold{fold}.train.npy", drawing.trains(fold))
        write_array(folder / f"fold{fold}.test.npy", drawing.judges(fold))

    def _run(self, words: list[str], log: Path) -> None:
        """Run a command to its end; on any other end its processes are ended with it."""
        left = None if self._ends is None else self._ends - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError
        with replacing(log) as stream:
            process = subprocess.Popen(  # noqa: S603 - what the user typed, without a shell
                words,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=os.environ,
            )
            try:
                code = process.wait(left)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                if process.poll() is None:
                    _end(process)
        if code is None:
            raise TimeoutError
        if code:
            ended = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            raise DataError(f"{_shown(words)} {ended}: {_last_lines(log)}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a command and the processes that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
            return


def _shown(words: Sequence[str]) -> str:
    return shortened(shlex.join(words), LONGEST_COMMAND)


def _last_lines(log: Path) -> str:
    text = log.read_bytes()[-100_000:].decode("utf-8", "replace")
    lines = [line.strip()[:LONGEST_LINE] for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-LAST_LINES:]) or "it printed nothing"


def _read_predictions(out: Path, rows: Array, count: int, words: Sequence[str]) -> Array:
    """Read what a run wrote: predictions of the rows of its fold, or of all rows."""
    try:
        found: Any = np.load(out, allow_pickle=False)
    except FileNotFoundError:
        raise DataError(f"{_shown(words)} ended well, and wrote no {out}") from None
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{out}: is no npy file of numbers ({error})") from None
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "biuf":
        raise DataError(f"{out}: is no array of numbers")
    if found.ndim and len(found) == count != len(rows):
        found = found[rows]
    if not found.ndim or len(found) != len(rows):
        raise DataError(
            f"{out}: has shape {found.shape}, but the fold has {len(rows)} rows of {count}"
        )
    if not np.isfinite(found).all():
        raise DataError(f"{out}: holds numbers that are not finite")
    return np.asarray(found, dtype=np.float64)
