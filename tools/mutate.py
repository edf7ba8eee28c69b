"""Make lines of the mathematics wrong, and see whether a test fails: mutation testing.

    python tools/mutate.py --sample 200 --seed 15 --write docs/reliability.json

draws mutants of the kernels, the losses and the engine, makes each of them in a copy of the tree
and runs the tests of its module there, the nearest first. A mutant is killed when a test fails or
takes too long; the others are listed. ``--again`` runs those that survived before, after new tests.
The record holds the samples of several seeds, each with how many survived at first.
"""

import argparse
import ast
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from queue import Queue
from typing import Any
from zlib import crc32

import coverage
import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("engine", "kernels", "losses")
NO_MATHS = (
    "__init__",
    "catalogue",
    "framework_names",
    "function_source",
    "own",
    "plugins",
    "trial",
)
"""Modules that find and name losses; the tests of the command line and of plugins hold them."""

PROSE = {"Page", "Reference", "Example", "Curve", "Example.of", "Input", "DataError", "UsageError"}
"""Calls that are documentation or messages: what stands in them is no mathematics."""

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
    ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip

FORMS = ("mse", "focal", "dice-", "cross_entropy", "listnet", "triplet", "info_nce", "ssim", "ctc")
"""Losses of every layout, whose laws the engine is held to."""
FRESH = get_context("forkserver")
"""Starts processes in which what every test imports is there, and nothing of lossctl."""
FRESH.set_forkserver_preload(["numpy", "scipy.special", "mpmath", "pandas", "pytest"])

NEAREST = tuple(f"tests/conformance/test_{name}.py" for name in ("pages", "values", "gradients"))


MOST = 80
"""Tests of one line that are run, at most."""


@dataclass(frozen=True)
class Way:
    """How mutants are judged."""

    seconds: float
    depth: int
    contexts: Path | None
    left_out: tuple[str, ...]
    tests: list[str] | None = None


@dataclass(frozen=True)
class Mutant:
    """A place in a file and what is written there instead."""

    path: str
    line: int
    start: int  # bytes
    stop: int
    new: str
    name: str
    """What is changed in which function, and not in which line, so that it outlives other edits."""


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    source = path.read_bytes()
    module = str(path.relative_to(ROOT / "lossctl"))
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    times: Counter[str] = Counter()
    for node, new in changes(tree):
        start = starts[node.lineno - 1] + node.col_offset
        stop = starts[node.end_lineno - 1] + node.end_col_offset
        around = [f.name for f in functions if f.lineno <= node.lineno <= (f.end_lineno or 0)]
        shown = " → ".join(" ".join(text.split()) for text in (source[start:stop].decode(), new))
        name = f"{module} {'.'.join(around) or 'module'}: {shown}"
        times[name] += 1
        yield Mutant(module, node.lineno, start, stop, new, f"{name} ({times[name]})")


def changes(node: ast.AST) -> Iterator[tuple[Any, str]]:
    """Yield every expression or statement of the mathematics, and its text made wrong."""
    for child in ast.iter_child_nodes(node):
        if is_prose(child):
            continue
        yield from ((child, text) for text in wrong(child))
        yield from changes(child)


def is_prose(node: ast.AST) -> bool:
    """Whether a node is documentation, a message, a type, or an import."""
    if isinstance(node, ast.Raise | ast.Assert | ast.Import | ast.ImportFrom | ast.JoinedStr):
        return True
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in PROSE
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.arg) or (isinstance(node, ast.Assign) and "Alias" in ast.dump(node)):
        return True
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def wrong(node: ast.AST) -> Iterator[str]:
    """Yield wrong texts for one node."""
    match node:
        case ast.Constant(value=bool(value)):
            yield repr(not value)
        case ast.Constant(value=int(value) | float(value)) if value + 1 != value:
            yield f"({value!r} + 1)"
        case ast.BinOp(op=op) if type(op) in SWAPS and not is_type(node):
            yield changed(node, op=SWAPS[type(op)]())
        case ast.Compare(ops=[op]) if type(op) in SWAPS:
            yield changed(node, ops=[SWAPS[type(op)]()])
        case ast.BoolOp(op=op):
            yield changed(node, op=SWAPS[type(op)]())
        case ast.UnaryOp(operand=operand):
            yield f"({ast.unparse(operand)})"
        case ast.IfExp(test=test):
            yield changed(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.AugAssign() | ast.Expr(value=ast.Call()):
            yield "pass"


def changed(node: Any, **fields: Any) -> str:
    """Write a node with other fields."""
    given = {name: getattr(node, name) for name in node._fields} | fields
    return f"({ast.unparse(ast.fix_missing_locations(type(node)(**given)))})"


def is_type(node: ast.BinOp) -> bool:
    """Whether an operator joins types, such as ``int | None``."""
    words = {word.id for word in ast.walk(node) if isinstance(word, ast.Name)}
    return isinstance(node.op, ast.BitOr) and bool(words & {"float", "int", "str", "Array", "dict"}
                                                   or "None" in ast.unparse(node))  # fmt: skip


def modules() -> list[Path]:
    """Return the modules that are mutated."""
    every = (path for room in ROOMS for path in sorted((ROOT / "lossctl" / room).rglob("*.py")))
    return [path for path in every if path.stem not in NO_MATHS]


@cache
def imports() -> dict[str, set[str]]:
    """Return what each module of kernels and losses imports of them, by dotted names."""
    found: dict[str, set[str]] = {}
    for path in (
        *(ROOT / "lossctl/kernels").rglob("*.py"),
        *(ROOT / "lossctl/losses").rglob("*.py"),
    ):
        nodes = ast.walk(ast.parse(path.read_bytes()))
        found[dotted(path)] = {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}
    return found


def dotted(path: Path) -> str:
    """Name a module as an import does."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def losses_that_use(path: Path) -> list[str]:
    """Return the losses that import a module, directly first, then through others."""
    reached, users = {dotted(path)}, []
    while True:
        more = [name for name, read in imports().items() if name not in reached and read & reached]
        if not more:
            return users
        reached |= set(more)
        users += [name.rpartition(".")[2] for name in sorted(more) if is_loss(name)]


def is_loss(name: str) -> bool:
    """Whether a module is one of a loss: lossctl.losses.FAMILY.LOSS."""
    parts = name.split(".")
    return len(parts) == 4 and parts[1] == "losses" and parts[2] != "builders"


def tests_of(name: str) -> list[list[str]]:
    """Return arguments of pytest for the tests of a module, the nearest first."""
    path = ROOT / "lossctl" / name
    if name.startswith("engine/"):
        some = " or ".join(FORMS)
        return [
            [*NEAREST, "tests/conformance/test_reductions.py", "-k", some],
            ["tests/engine"],
            ["tests/conformance", "-k", some],
            ["tests/losses", "tests/testing", "tests/peers", "tests/cli/test_inputs.py"],
        ]
    users = [path.stem] if is_loss(dotted(path)) else losses_that_use(path)
    first, every = " or ".join(users[:8]), " or ".join(users)
    kernels = [["tests/kernels"]] if name.startswith("kernels/") else []
    return [
        *kernels,
        [*NEAREST, "-k", first],
        ["tests/conformance", "-k", every],
        ["tests/losses", "tests/engine", "tests/kernels", "tests/testing", "tests/objective"],
    ]


def tests_at(mutant: Mutant, contexts: Path) -> list[str] | None:
    """Return tests that ran the line of a mutant, those of many functions first.

    None where that is not known: of modules that were not measured, and of lines run by an import.
    """
    data = coverage.CoverageData(str(contexts))
    data.read()
    files = [name for name in data.measured_files() if name.endswith(f"lossctl/{mutant.path}")]
    if not files or "" in (ran := data.contexts_by_lineno(files[0]).get(mutant.line, [])):
        return None
    tests = sorted({name.partition("|")[0] for name in ran if "::" in name})
    turns: Counter[str] = Counter()
    ranked = []
    for test in sorted(tests, key=lambda name: crc32(name.encode())):
        function = test.partition("[")[0]
        ranked.append((turns[function], test))
        turns[function] += 1
    return [test for _, test in sorted(ranked)[:MOST]]


class Trees:
    """Copies of the tree, one for each job."""

    def __init__(self, jobs: int, folder: Path) -> None:
        self._free: Queue[Path] = Queue()
        listing = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"]
        names = subprocess.check_output(listing, text=True).splitlines()  # noqa: S603
        for job in range(jobs):
            tree = folder / str(job)
            for name in names:
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, tree / name)
            self._free.put(tree)

    def judge(self, mutant: Mutant, way: Way) -> dict[str, Any]:
        """Run the tests of a mutant; say what killed it, if anything did."""
        tree = self._free.get()
        path = tree / "lossctl" / mutant.path
        before = path.read_bytes()
        began = time.monotonic()
        try:
            path.write_bytes(before[: mutant.start] + mutant.new.encode() + before[mutant.stop :])
            forget_compiled(path)
            verdicts = verdicts_on(mutant, tree, way)
            killed = next((test for test in verdicts if test), None)
        finally:
            path.write_bytes(before)
            forget_compiled(path)
            self._free.put(tree)
        took = round(time.monotonic() - began, 1)
        return {"mutant": mutant.name, "killed_by": killed, "seconds": took}


def forget_compiled(path: Path) -> None:
    """Remove the compiled module: a change within a second would not be seen."""
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
        compiled.unlink()


def verdicts_on(mutant: Mutant, tree: Path, way: Way) -> Iterator[str | None]:
    """Yield, for each group of tests, the test that failed, or None."""
    groups = tests_of(mutant.path)[: way.depth]
    if way.contexts is not None and (near := tests_at(mutant, way.contexts)) is not None:
        groups = [near] if near else []
    if way.tests:
        groups = [way.tests]
    for arguments in groups:
        words = [*arguments, *(word for name in way.left_out for word in ("--deselect", name))]
        said = tree.parent / f"{tree.name}.txt"
        process = FRESH.Process(target=run_tests, args=(tree, words, said))
        process.start()
        process.join(way.seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            yield "time"
            return
        if process.exitcode not in {0, 5}:  # 5: no test of that name
            lines = said.read_text(errors="replace").splitlines()
            failed = [line.split()[1] for line in lines if line.startswith(("FAILED ", "ERROR "))]
            if not failed:
                raise RuntimeError(f"pytest ended with {process.exitcode}: {lines[-3:]}")
            yield failed[0]
            return
        yield None


def run_tests(tree: Path, words: Sequence[str], said: Path) -> None:
    """Run tests in a copy of the tree and exit with their code; a process of its own does."""
    os.chdir(tree)
    os.environ |= {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(tree))
    with said.open("w") as out, redirect_stdout(out), redirect_stderr(out):
        code = pytest.main(["-x", "-q", "-n", "0", "-p", "no:cacheprovider", *words])
    os._exit(int(code))


def fail_anyway(tests: set[str]) -> set[str]:
    """Return those of the tests that fail without any mutant: they prove nothing."""
    found = [name for name in tests if "::" in name]
    if not found:
        return set()
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *found]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return {name for name in found if f"FAILED {name}" in done.stdout}


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
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(asked.jobs) as pool:
        trees, left_out = Trees(asked.jobs, Path(folder)), list(asked.deselect)
        while waiting:
            way = Way(asked.seconds, asked.depth, asked.contexts, tuple(left_out), asked.tests)
            for done in as_completed([pool.submit(trees.judge, one, way) for one in waiting]):
                answer = done.result()
                answers[answer["mutant"]] = answer
                print(json.dumps(answer, ensure_ascii=False), flush=True)
                kept = known | answers if renewed else answers
                earlier.followed_by(len(every), kept, again=bool(renewed)).write(asked.write)
            broken = fail_anyway({str(entry["killed_by"]) for entry in answers.values()})
            left_out += sorted(broken)
            waiting = [one for one in waiting if answers[one.name]["killed_by"] in broken]
    alive = survivors(answers.values())
    print(f"{len(alive)} of {len(answers)} survive")
    return int(len(alive) > len(answers) / 20)


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
        return Sample(self.seed, places, alive, [answers[name] for name in sorted(answers)])

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
    found.add_argument("--contexts", type=Path, help="coverage by test: those of the line are run")
    found.add_argument("--tests", type=shlex.split, help="what pytest is to run instead")
    found.add_argument("--only", default="", help="no sample, but all whose names hold this text")
    found.add_argument("--again", action="store_true", help="only those that survived before")
    found.add_argument("--deselect", action="append", default=[], help="tests to leave out")
    found.add_argument("--write", type=Path, help="JSON that holds the record")
    return found


if __name__ == "__main__":
    sys.exit(main())
