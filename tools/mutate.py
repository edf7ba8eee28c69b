"""Make lines of the mathematics wrong, and see whether a test fails: mutation testing.

    pytest -q --cov=lossctl --cov-branch --cov-context=test tests && mv .coverage ran
    python tools/mutate.py --sample 200 --seed 15 --contexts ran --write docs/reliability.json

draws mutants of the kernels, losses, engine and uncertainty. With ``--contexts`` each is first made
in a fork of a process that has read all tests, and the tests that ran its line run there
(mutant_forks). The others, and those that no test noticed so, are made in a copy of the tree, and
the tests of their line or module run there, the nearest first (mutant_trees). A mutant is killed
when a test fails or takes too long; the others are listed. ``--again`` runs those that survived
before, after new tests. The record holds the samples of several seeds, each with how many survived
at first.
"""

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from mutant_forks import judge_in_forks
from mutant_trees import Trees, Way, failed_test
from mutants import ROOT, Mutant, modules, mutants_of


def fail_anyway(tests: set[str]) -> set[str]:
    """Return those of the tests that fail without any mutant: they prove nothing."""
    found = [name for name in tests if "::" in name]
    if not found:
        return set()
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *found]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return {name for name in map(failed_test, done.stdout.splitlines()) if name in found}


def main(argv: Sequence[str] | None = None) -> int:
    """Draw, judge and report."""
    asked = parser().parse_args(argv)
    every = [mutant for path in modules() for mutant in mutants_of(path)]
    earlier = Sample.read(asked.write, asked.seed)
    known = {entry["mutant"]: entry for entry in earlier.mutants}
    drawn = draw(every, asked, known)
    answers = {name: known[name] for name in (one.name for one in drawn) if name in known}
    renewed = asked.again or asked.only
    waiting = [one for one in drawn if renewed or one.name not in answers]

    def keep(answer: dict[str, Any]) -> None:
        answers[answer["mutant"]] = answer
        print(json.dumps(answer, ensure_ascii=False), flush=True)
        kept = known | answers if renewed else answers
        earlier.followed_by(len(every), kept, again=bool(renewed)).write(asked.write)

    left_out = list(asked.deselect)
    if asked.contexts or asked.tests:
        judge_in_forks(waiting, way_of(asked, left_out), keep)
        waiting = [one for one in waiting if not answers.get(one.name, {}).get("killed_by")]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(asked.jobs) as pool:
        trees = Trees(asked.jobs, Path(folder))
        while waiting:
            way = way_of(asked, left_out)
            for done in as_completed([pool.submit(trees.judge, one, way) for one in waiting]):
                keep(done.result())
            broken = fail_anyway({str(entry["killed_by"]) for entry in answers.values()})
            left_out += sorted(broken)
            waiting = [one for one in waiting if answers[one.name]["killed_by"] in broken]
    alive = survivors(answers.values())
    print(f"{len(alive)} of {len(answers)} survive")
    return int(len(alive) > len(answers) / 20)


def way_of(asked: argparse.Namespace, left_out: Sequence[str]) -> Way:
    """Return how mutants are judged, as the command line says."""
    return Way(asked.jobs, asked.seconds, asked.depth, asked.contexts, tuple(left_out), asked.tests)


def draw(
    every: Sequence[Mutant], asked: argparse.Namespace, known: dict[str, dict[str, Any]]
) -> list[Mutant]:
    """Choose mutants: a sample that stays nearly the same when some of them come or go."""
    if asked.only:
        return [one for one in every if asked.only in one.name]
    if asked.again:
        return [one for one in every if one.name in known and not known[one.name]["killed_by"]]
    return sorted(every, key=lambda one: sha256(f"{asked.seed} {one.name}".encode()).digest())[
        : asked.sample
    ]


def survivors(answers: Iterable[dict[str, Any]]) -> list[str]:
    """Return the names of the mutants that no test noticed."""
    return [entry["mutant"] for entry in answers if not entry["killed_by"]]


@dataclass(frozen=True)
class Sample:
    """What is recorded of the mutants of one seed."""

    seed: int
    places: int = 0
    first_survivors: int = 0
    """How many survived before tests were written for them."""
    mutants: Sequence[dict[str, Any]] = ()
    how: str = ""
    """What is to be told of how the sample was judged."""

    @classmethod
    def read(cls, path: Path | None, seed: int) -> "Sample":
        """Return what an earlier run wrote, nothing where there was none."""
        found = (entry for entry in samples_in(path) if entry["seed"] == seed)
        return cls(**next(found, {"seed": seed}))

    def followed_by(
        self, places: int, answers: Mapping[str, dict[str, Any]], *, again: bool
    ) -> "Sample":
        """Return the sample with other answers; those of a second look change no first count."""
        alive = self.first_survivors if again else len(survivors(answers.values()))
        ordered = [answers[name] for name in sorted(answers)]
        return replace(self, places=places, first_survivors=alive, mutants=ordered)

    def write(self, path: Path | None) -> None:
        """Write it beside those of other seeds; a run that is begun again goes on from there."""
        if path is None:
            return
        whole = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        others = [entry for entry in samples_in(path) if entry["seed"] != self.seed]
        samples = sorted([*others, asdict(self)], key=lambda entry: entry["seed"])
        text = json.dumps(whole | {"mutation": samples}, indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")


def samples_in(path: Path | None) -> list[dict[str, Any]]:
    """Return the samples of every seed that a file holds."""
    if path is None or not path.exists():
        return []
    return json.loads(path.read_text(encoding="utf-8")).get("mutation", [])


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    found = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    found.add_argument("--sample", type=int, default=200, help="how many mutants")
    found.add_argument("--seed", type=int, default=15, help="which mutants")
    found.add_argument("--jobs", type=int, default=2, help="how many at once")
    found.add_argument("--seconds", type=float, default=600.0, help="limit of each group of tests")
    found.add_argument("--depth", type=int, default=9, help="how many groups of tests, at most")
    found.add_argument("--contexts", type=Path, help="data of coverage.py by test")
    found.add_argument("--tests", type=shlex.split, help="what pytest is to run instead")
    found.add_argument("--only", default="", help="no sample, but all whose names hold this text")
    found.add_argument("--again", action="store_true", help="only those that survived before")
    found.add_argument("--deselect", action="append", default=[], help="tests to leave out")
    found.add_argument("--write", type=Path, help="JSON that holds the record")
    return found


if __name__ == "__main__":
    sys.exit(main())
