"""Write docs/reliability.md: what was tried to break lossctl, how often, and what happened.

Run ``python docs/reliability.py`` to write the page from reliability.json, with ``--check`` to exit
1 when it is not what would be written. ``--measure`` runs the trials of reliability.yaml and the
coverage of branches first (``--measure signals`` one of them), ``--fuzz SECONDS`` random command
lines for so long; ``python tools/mutate.py --write docs/reliability.json`` the mutants.
"""

import argparse
import json
import platform
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import yaml

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGE, RECORD, TRIALS = (DOCS / f"reliability.{suffix}" for suffix in ("md", "json", "yaml"))
ROOMS = ("core", "kernels", "losses", "engine", "uncertainty")
MUTATED = ("engine", "kernels", "losses", "uncertainty")
FOLDERS = "core kernels losses engine uncertainty conformance formulas testing io objective fuzz"
FILES = (
    "test_compare test_gates test_front_door test_python_mistakes cli/test_plugins cli/test_arrays"
)
"""What is run for the branches: the quick suite but for documents, peers and most command lines."""

FUZZED = re.compile(r"(\d+) command lines, (\d+) answered wrongly")

HEAD = """\
# Reliability

What was tried to break lossctl, how often, and what happened. The numbers are of runs, in
[reliability.json](reliability.json); what was run stands in [reliability.yaml](reliability.yaml).
`python docs/reliability.py --measure` runs it again and writes this page. What lossctl
promises of hostile input is in [SECURITY.md](../SECURITY.md).
"""


def measured(trial: dict[str, str]) -> dict[str, Any]:
    """Run the tests of a trial, exhaustive ones left out; count what happened."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        words = ["-q", "-n", "auto", "-p", "no:cacheprovider", f"--junit-xml={report}"]
        pytest(*words, *trial["run"].split())
        suite = next(ET.parse(report).iter("testsuite")).attrib  # noqa: S314 - our own file
    wrong = int(suite["failures"]) + int(suite["errors"])
    tried = int(suite["tests"]) - int(suite["skipped"])
    return {"tried": tried, "failed": wrong, "seconds": round(float(suite["time"])), **here()}


def coverage() -> dict[str, Any]:
    """Count the branches of each room that tests take."""
    run = [f"tests/{folder}" for folder in FOLDERS.split()]
    run += ["lossctl", *(f"tests/{file}.py" for file in FILES.split())]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coverage.json"
        rooms = [f"--cov=lossctl.{room}" for room in ROOMS]
        pytest("-q", "-n", "auto", *rooms, "--cov-branch", f"--cov-report=json:{path}", *run)
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
    return {"rooms": by_room(files), "run": " ".join(run), **here()}


def fuzzed(seconds: int) -> dict[str, Any]:
    """Try random command lines for some time; say how many there were, and how many went wrong."""
    command = [sys.executable, "-m", "tests.fuzz.check", "--seconds", str(seconds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    print(done.stdout)
    if not (said := FUZZED.search(done.stdout)):
        raise SystemExit(done.stderr)
    return {"tried": int(said[1]), "failed": int(said[2]), "seconds": seconds, **here()}


def by_room(files: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Add up the statements and branches of each room, from the JSON of coverage.py."""
    totals: dict[str, Counter[str]] = {room: Counter() for room in ROOMS}
    for name, file in files.items():
        room = Path(name).parts[Path(name).parts.index("lossctl") + 1]
        taken = file["summary"]
        totals[room] += Counter(
            lines=taken["num_statements"],
            lines_run=taken["covered_lines"],
            branches=taken["num_branches"],
            branches_taken=taken["covered_branches"],
        )
    return {room: dict(counts) for room, counts in totals.items()}


def pytest(*words: str) -> None:
    """Run tests; that some fail is a result."""
    done = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, check=False)  # noqa: S603
    if done.returncode not in {0, 1}:
        raise SystemExit(f"pytest ended with {done.returncode}")


def here() -> dict[str, str]:
    """Say when and where something is measured."""
    packages = " ".join(f"{name} {version(name)}" for name in ("numpy", "scipy"))
    return {
        "on": datetime.now(UTC).strftime("%Y-%m-%d"),
        "with": f"Python {platform.python_version()} {packages}",
    }


def page(record: dict[str, Any], told: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the page."""
    yield HEAD.rstrip()
    yield "\n## Trials\n"
    yield "| what is tried | cases | failed | when | with |"
    yield "|---|---:|---:|---|---|"
    for trial in told["trials"]:
        if one := record.get("trials", {}).get(trial["name"]):
            where = f"{one['on']} | {one['with']}"
            what = f"{trial['tries']} (`{trial['run']}`)"
            yield f"| {what} | {one['tried']} | {one['failed']} | {where} |"
    yield from of_fuzz(record.get("fuzz", []), told["repaired"], told["not_repaired"])
    yield from of_versions(record.get("versions", []))
    yield from of_mutants(record.get("mutation", []), told["explained"])
    yield from of_coverage(record.get("coverage", {}), told["unreached"])


def of_fuzz(runs: list[dict[str, Any]], repaired: list[str], waiting: list[str]) -> Iterator[str]:
    """Yield the section on random command lines."""
    if not runs:
        return
    yield "\n## Random command lines\n"
    yield (
        "Others than those of the tests, and others in every run: `python -m tests.fuzz.check`. "
        "Each run is of the tree of its time.\n"
    )
    yield "| command lines | answered wrongly | seconds | when | with |"
    yield "|---:|---:|---:|---|---|"
    for run in runs:
        cells = (run[name] for name in ("tried", "failed", "seconds", "on", "with"))
        yield f"| {' | '.join(map(str, cells))} |"
    if repaired:
        yield "\nFound by such runs and since then repaired, each with a test:\n"
        yield from (f"- {what}." for what in repaired)
    if waiting:
        yield "\nFound, and not repaired yet:\n"
        yield from (f"- {what}." for what in waiting)


def of_versions(runs: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the section on versions of dependencies."""
    if not runs:
        return
    yield "\n## Versions\n"
    yield "The lowest versions that `pyproject.toml` allows, and the latest: `.ci/long`.\n"
    yield "| Python | versions | of which | tests | passed | failed |"
    yield "|---|---|---|---|---:|---:|"
    for run in runs:
        cells = (run[name] for name in ("python", "which", "with", "run", "passed", "failed"))
        yield f"| {' | '.join(map(str, cells))} |"


def of_mutants(samples: list[dict[str, Any]], explained: dict[str, str]) -> Iterator[str]:
    """Yield the section on mutants."""
    if not samples:
        return
    yield "\n## Mutants\n"
    yield (
        f"There are {samples[-1]['places']} places in kernels, losses, engine and uncertainty "
        "where an operator, comparison or constant can be made wrong. `tools/mutate.py` draws by a "
        "seed. With coverage by test it runs the tests that ran the line, one of each function "
        "first, for 4 s of processor time and for 20 s more where none of them failed; else those "
        "of the module. For the mutants that no test noticed at first, tests were written, or it "
        "is explained below why none can or need notice them. So the first count of the latest "
        "seed says how many of other mutants would be noticed; the count of now does not. One that "
        "was stopped for its time counts as noticed where its tests take less than a fifth of that "
        "without it.\n"
    )
    yield from (f"Seed {one['seed']}: {one['how']}.\n" for one in samples if one.get("how"))
    heads = (
        "seed", "drawn", f"of {', '.join(MUTATED)}", "survived at first", "now", "explained",
        "not explained", "stopped for time",
    )  # fmt: skip
    yield f"| {' | '.join(heads)} |"
    yield "|---:|---:|---|---:|---:|---:|---:|---:|"
    reasons: dict[str, str] = {}
    for sample in samples:
        mutants = sample["mutants"]
        alive = [entry["mutant"] for entry in mutants if not entry["killed_by"]]
        whys = {name: reason_of(name, explained) for name in alive}
        rooms = Counter(entry["mutant"].partition("/")[0] for entry in mutants)
        counts = ", ".join(str(rooms[room]) for room in MUTATED)
        first, told = sample["first_survivors"], sum(map(bool, whys.values()))
        share = f"{first} ({first / len(mutants):.1%})"
        unclear = f"{len(alive) - told} ({(len(alive) - told) / len(mutants):.1%})"
        late = sum(entry["killed_by"] == "time" for entry in mutants)
        cells = (sample["seed"], len(mutants), counts, share, len(alive), told, unclear, late)
        yield f"| {' | '.join(map(str, cells))} |"
        reasons |= whys
    yield "\n| survivor | why |\n|---|---|"
    yield from (
        f"| {cell(name)} | {reasons[name] or 'not explained'} |" for name in sorted(reasons)
    )


def reason_of(name: str, explained: dict[str, str]) -> str:
    """Return why a mutant may live, empty where nothing says so."""
    return next((why for text, why in explained.items() if text in name), "")


def cell(name: str) -> str:
    """Write the name of a mutant as code in a cell of a table."""
    return f"`{name}`".replace("|", "\\|")


def of_coverage(found: dict[str, Any], unreached: list[dict[str, str]]) -> Iterator[str]:
    """Yield the section on branches."""
    yield "\n## Branches\n"
    if found:
        yield f"What `pytest {found['run']}` takes ({found['on']}, {found['with']}).\n"
        if how := found.get("how"):
            yield f"{how}.\n"
        yield "| room | lines | run | branches | taken |"
        yield "|---|---:|---:|---:|---:|"
        for room, n in found["rooms"].items():
            run, taken = n["lines_run"] / n["lines"], n["branches_taken"] / n["branches"]
            yield f"| {room} | {n['lines']} | {run:.1%} | {n['branches']} | {taken:.1%} |"
        yield ""
    yield "Those that are not taken:\n"
    yield from (f"- {entry['where']}: {entry['why']}." for entry in unreached)


def main() -> int:
    """Measure what is asked for, then write the page, or compare it with what is there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit 1 if the page is not up to date")
    parser.add_argument("--measure", nargs="*", metavar="TRIAL", help="run trials, by default all")
    parser.add_argument("--fuzz", type=int, metavar="SECONDS", help="try random command lines")
    asked = parser.parse_args()
    told = yaml.safe_load(TRIALS.read_text(encoding="utf-8"))
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    if asked.measure is not None:
        for trial in told["trials"]:
            if not asked.measure or trial["name"] in asked.measure:
                record.setdefault("trials", {})[trial["name"]] = measured(trial)
        if not asked.measure or "coverage" in asked.measure:
            record["coverage"] = coverage()
    if asked.fuzz:
        record.setdefault("fuzz", []).append(fuzzed(asked.fuzz))
    if asked.fuzz or asked.measure is not None:
        text = json.dumps(record, indent=1, ensure_ascii=False)
        RECORD.write_text(text + "\n", encoding="utf-8")
    text = "\n".join(page(record, told)) + "\n"
    if asked.check:
        return int(PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
