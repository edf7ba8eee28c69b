"""Judge mutants in forks of a process that has imported lossctl and collected its tests.

The code of the functions that a mutant changes is replaced in the fork, so nothing is imported
again. What stands outside of functions cannot be made wrong so, and what was computed while tests
were collected stays right: mutants that live here are judged again in a copy of the tree.
"""

import gc
import importlib
import json
import math
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from mutant_tests import in_turn, tests_at
from mutant_trees import Way
from mutants import ROOT, Mutant, dotted, modules

Keep = Callable[[dict[str, Any]], None]
"""What is done with the answer on a mutant."""

BUDGETS = (4.0, 20.0)
"""Seconds of processor time after which no further test is begun; the second for what lives."""
LIMIT = 60
"""Seconds of processor time that a mutant may take; its tests take a budget and one test more."""
SLOWER = 5.0
"""A mutant that meets the limit is killed only if its tests are faster without it by this."""
WAIT = 900.0
"""Seconds after which a mutant that uses no processor is stopped."""
MEMORY = 8 << 30
"""Bytes that a mutant may take."""


@dataclass
class Outcome:
    """What a run of tests came to."""

    ran: list[str] = field(default_factory=list)
    failed: str | None = None
    stopped: bool = False
    seconds: float = 0.0


class Forks:
    """A plugin of pytest: instead of the tests, it runs those of each mutant."""

    def __init__(self, mutants: Sequence[Mutant], way: Way, keep: Keep) -> None:
        self._mutants, self._way, self._keep = list(mutants), way, keep
        self._functions: dict[str, list[FunctionType]] = {}
        self._items: dict[str, pytest.Item] = {}
        self._seconds: dict[str, float] = {}
        self._killed: set[str] = set()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge every mutant."""
        self._items = {item.nodeid: item for item in session.items}
        for path in modules():
            importlib.import_module(dotted(path).removesuffix(".__init__"))
        for one in gc.get_objects():
            if type(one) is FunctionType:
                self._functions.setdefault(one.__code__.co_filename, []).append(one)
        gc.collect()
        gc.freeze()
        with tempfile.TemporaryDirectory() as folder:
            for budget in BUDGETS:
                self._judge_all(Path(folder), budget)
        return True

    def _judge_all(self, folder: Path, budget: float) -> None:
        """Keep as many processes as there are jobs, each with one mutant that lives."""
        running: dict[int, tuple[Path, Path]] = {}
        for number, mutant in enumerate(self._mutants):
            if mutant.name in self._killed:
                continue
            if len(running) == self._way.jobs:
                self._next_answer(running)
            said, ran = folder / str(number), folder / f"{number}.run"
            if not (process := os.fork()):
                with suppress(BaseException):
                    quiet()
                    said.write_text(json.dumps(self._judge(mutant, ran, budget)))
                os._exit(0)
            running[process] = said, ran
        while running:
            self._next_answer(running)

    def _next_answer(self, running: dict[int, tuple[Path, Path]]) -> None:
        """Wait for one process, and keep what it found, and how long its tests took."""
        process, _ = os.wait()
        said, ran = running.pop(process)
        for line in ran.read_text().splitlines() if ran.exists() else ():
            if "took" in (told := json.loads(line)):
                function = told["test"].partition("[")[0]
                self._seconds[function] = max(told["took"], self._seconds.get(function, 0.0))
        if said.exists():
            answer = json.loads(said.read_text())
            said.unlink()
            self._killed |= {answer["mutant"]} if answer["killed_by"] else set()
            self._keep(answer)

    def _judge(self, mutant: Mutant, said: Path, budget: float) -> dict[str, Any]:
        """Run the tests of a mutant; say what killed it, if anything did."""
        began = time.monotonic()
        planted = self._planted(mutant)
        killed, left_out = None, set[str]()
        while planted:
            tests = [name for name in self._tests(mutant) if name not in left_out]
            outcome = self._run(tests, planted, said, budget)
            if outcome.failed is None:
                break
            right = self._run(outcome.ran, [], said, math.inf)
            blamed = outcome.failed
            if outcome.stopped:
                if outcome.seconds > SLOWER * right.seconds and right.failed is None:
                    killed = "time"
                    break
            elif right.failed is None:
                killed = blamed
                break
            left_out.add(blamed)
        took = round(time.monotonic() - began, 1)
        return {"mutant": mutant.name, "killed_by": killed, "seconds": took}

    def _tests(self, mutant: Mutant) -> list[str]:
        """Return the tests of a mutant, of those that were collected."""
        if self._way.contexts is None:
            return in_turn(self._items, self._seconds)
        near = tests_at(mutant, self._way.contexts) or []
        return in_turn([name for name in near if name in self._items], self._seconds)

    def _planted(self, mutant: Mutant) -> list[tuple[FunctionType, CodeType]]:
        """Return functions and the code they get; none where a mutant is not in a function."""
        path = ROOT / "lossctl" / mutant.path
        source = path.read_bytes()
        wrong = source[: mutant.start] + mutant.new.encode() + source[mutant.stop :]
        before, after = (codes_of(compile(text, path, "exec")) for text in (source, wrong))
        changed = {}
        for place, old in before.items():
            new = after.get(place, [])
            if len(old) != len(new):
                if place[0].rpartition(".")[2] == "<lambda>":
                    return []
                continue  # a comprehension, which is part of the function around it
            for one, other in zip(old, new, strict=True):
                if not one.co_flags & OPTIMIZED and own(one) != own(other):
                    return []
                if one != other:
                    changed[place, one] = other
        found = []
        for function in self._functions.get(str(path), []):
            old = function.__code__
            if new := changed.get(((old.co_qualname, old.co_firstlineno), old)):
                if new.co_freevars != old.co_freevars:
                    return []
                found.append((function, new))
        return found

    def _run(
        self,
        tests: Sequence[str],
        planted: Sequence[tuple[FunctionType, CodeType]],
        said: Path,
        budget: float,
    ) -> Outcome:
        """Run tests until one fails, in a process of its own."""
        said.write_text("")
        if not (process := os.fork()):
            with suppress(BaseException):
                resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT + 5))
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
                for function, code in planted:
                    function.__code__ = code
                run_items([self._items[name] for name in tests], said, budget)
            os._exit(0)
        status, usage = wait_for(process)
        lines = [json.loads(line) for line in said.read_text().splitlines()]
        outcome = Outcome([line["run"] for line in lines if "run" in line])
        outcome.seconds = WAIT if status == signal.SIGKILL else usage
        if outcome.ran and "end" not in lines[-1]:  # ended by a signal, or by itself
            outcome.failed, outcome.stopped = outcome.ran[-1], status in TOO_LONG
        outcome.failed = next(
            (line["failed"] for line in lines if "failed" in line), outcome.failed
        )
        return outcome


OPTIMIZED = 1
"""The flag of code that is of a function, and not of a module or class."""
TOO_LONG = {signal.SIGXCPU, signal.SIGKILL}


def codes_of(code: CodeType) -> dict[tuple[str, int], list[CodeType]]:
    """Return a code and all that it holds, by name and first line."""
    found = {(code.co_qualname, code.co_firstlineno): [code]}
    for inner in code.co_consts:
        for place, codes in codes_of(inner).items() if isinstance(inner, CodeType) else ():
            found.setdefault(place, []).extend(codes)
    return found


def own(code: CodeType) -> tuple[Any, ...]:
    """Return what a code does besides the functions that it makes."""
    constants = [(type(one), repr(one)) for one in code.co_consts if not isinstance(one, CodeType)]
    return code.co_code, constants, code.co_names


def wait_for(process: int) -> tuple[int, float]:
    """Wait for a process; return the signal that ended it, and its seconds of processor time."""
    ends = time.monotonic() + WAIT
    while True:
        done, status, used = os.wait4(process, os.WNOHANG)
        if done:
            return status & 127, used.ru_utime + used.ru_stime
        if time.monotonic() > ends:
            os.kill(process, signal.SIGKILL)
            ends += WAIT
        time.sleep(0.02)


def run_items(items: Sequence[pytest.Item], said: Path, budget: float) -> None:
    """Run tests until one fails or the budget is spent, and write what happens."""
    with said.open("a") as out:

        class Watch:
            def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
                if report.failed:
                    print(json.dumps({"failed": report.nodeid}), file=out, flush=True)
                    print(json.dumps({"end": 1}), file=out, flush=True)
                    os._exit(0)

        config = items[0].config
        config.pluginmanager.unregister(name="terminalreporter")
        config.pluginmanager.register(Watch())
        config._tmp_path_factory._basetemp = Path(tempfile.mkdtemp(dir=said.parent))
        for item, following in pairs_of(items, budget):
            print(json.dumps({"run": item.nodeid}), file=out, flush=True)
            began = time.process_time()
            config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            took = round(time.process_time() - began, 3)
            print(json.dumps({"test": item.nodeid, "took": took}), file=out, flush=True)
            if following is None:
                print(json.dumps({"end": 1}), file=out, flush=True)


def pairs_of(
    items: Sequence[pytest.Item], budget: float
) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    """Yield each test and the one after it, none when the budget is spent."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        spent = time.process_time() > budget
        yield item, None if spent else following
        if spent:
            return


def quiet() -> None:
    """Let what tests print go nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)


def judge_in_forks(mutants: Sequence[Mutant], way: Way, keep: Keep) -> None:
    """Judge mutants in forks, and hand on each answer."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    words = [word for name in way.left_out for word in ("--deselect", name)]
    options = ["-q", "-s", "-n", "0", "-p", "no:cacheprovider", "-p", "no:cov"]
    pytest.main([*options, *words, *(way.tests or ["tests"])], plugins=[Forks(mutants, way, keep)])
