"""Run random command lines and check what every answer must be.

``python -m tests.fuzz.check --seconds 600`` tries every door in turn for ten minutes, with other
numbers each time; ``python -m tests.fuzz.check DOOR NUMBER`` runs one case and shows its answer.
"""

import json
import shlex
import sys
import tempfile
import time
import warnings
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from tests.cli.run import Outcome, listing, lossctl
from tests.fuzz.doors import DOORS

CODES = {0, 1, 2, 3}
BEGINNINGS = ("error: ", "warning: ", "note: ", "gate failed", "gate: ")
MOST_LINES = 40


class Case:
    """One command line of a door, in a folder with its files."""

    def __init__(self, door: str, number: int, folder: Path) -> None:
        """Make the files."""
        rng = Random(f"{door} {number}")  # noqa: S311 - the same command line for the same number
        self.folder = folder
        command, make = DOORS[door]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what makes the numbers
            self.arguments = [command, *make(rng, folder)]
        self.name = f"{door} {number}"

    def __str__(self) -> str:
        return f"{self.name}: lossctl {shlex.join(self.arguments)}"[:2000]

    def run(self) -> Outcome:
        """Run it; what Python warns of is an error."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return lossctl(*self.arguments, cwd=self.folder)

    @property
    def answers_json(self) -> bool:
        """Whether the answer is JSON; code is code in every format."""
        return "json" in self.arguments and "--snippet" not in self.arguments

    def complaints(self) -> list[str]:
        """Run it and return what is wrong with the answer."""
        before = listing(self.folder)
        outcome = self.run()
        if "--report" in self.arguments:  # an error is reported too: in files, and as annotations
            lines = outcome.err.splitlines(keepends=True)
            shown = "".join(line for line in lines if not line.startswith("::"))
            outcome = replace(outcome, err=shown)
        wrong = of_streams(outcome)
        if "--fail-over" not in self.arguments:  # limits are compared with what was written
            after = listing(self.folder)
            reports = {word.partition("=")[2] for word in self.arguments if "=" in word}
            reports -= before.keys()  # what is read stays as it is: by=FILE
            wrong += of_files(outcome, before, {n: v for n, v in after.items() if n not in reports})
        if self.answers_json and outcome.code in {0, 1} and outcome.out:
            wrong += of_json(outcome.out)
        return [f"{what} (exit {outcome.code}: {outcome.err[-600:]!r})" for what in wrong]


def of_streams(outcome: Outcome) -> list[str]:
    """Return what is wrong with the exit code and what was written to the streams."""
    lines = outcome.err.splitlines()
    letters = set(outcome.out) - {"\n", "\t"} | set(outcome.err) - {"\n"}
    checks = {
        "no exit code of the table": outcome.code not in CODES,
        "a traceback": "Traceback" in outcome.err,
        "a control character": any(
            ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in letters
        ),
        "an answer beside an error": outcome.code == 2 and bool(outcome.out),
        "no error": outcome.code == 2 and not outcome.err.startswith("error: "),
        "a long message": len(lines) > MOST_LINES or len(outcome.err) > 40_000,
        "no answer": outcome.code == 0 and not outcome.out,
    }
    return [what for what, is_wrong in checks.items() if is_wrong]


def of_files(outcome: Outcome, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return what is wrong with the files: changed ones, halves, any beside an error of usage."""
    changed = [name for name in before if after.get(name) != before[name]]
    new = sorted(after.keys() - before.keys())
    hidden = [name for name in new if Path(name).name.startswith(".") or "tmp" in name]
    wrong = [f"changed {name}" for name in changed] + [f"left {name}" for name in hidden]
    return wrong + ([f"wrote {new[0]}"] if outcome.code == 2 and new else [])


def of_json(text: str) -> list[str]:
    """Return what is wrong with JSON that was written."""

    def refuse(word: str) -> Any:
        raise ValueError(word)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError as error:
        return [f"no strict JSON: {error}"]
    return []


def complaints(door: str, number: int) -> list[str]:
    """Return what is wrong with the answer to a case, beginning with its command line."""
    with tempfile.TemporaryDirectory() as folder:
        case = Case(door, number, Path(folder))
        return [f"{case}\n    {what}" for what in case.complaints()]


def main() -> None:
    """Try cases until the time is over; exit 1 when one was answered wrongly."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("door", nargs="?", choices=list(DOORS))
    parser.add_argument("number", nargs="?", type=int)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--first", type=int, help="first number; the time of day by default")
    given = parser.parse_args()
    if given.number is not None:
        with tempfile.TemporaryDirectory() as folder:
            case = Case(given.door, given.number, Path(folder))
            print(case)
            print(case.run())
        return
    number = int(time.time()) * 1000 if given.first is None else given.first
    ends, tried, failed = time.monotonic() + given.seconds, 0, 0
    while time.monotonic() < ends:
        for door in [given.door] if given.door else DOORS:
            found = complaints(door, number)
            tried, failed = tried + 1, failed + bool(found)
            for line in found:
                print(line, flush=True)
        number += 1
    print(f"{tried} command lines, {failed} answered wrongly")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
