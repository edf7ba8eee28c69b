"""Every malformed input is refused: right exit code, one message that names it, no number."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import Outcome, inside, listing, process
from tests.exhaustive import rest
from tests.io._case import USAGE, Case
from tests.io.corpus import CASES, NONFINITE

AS_PROCESSES = tuple(CASES[:: len(CASES) // 10])[:10]
LEAST_CASES = 120


def ids(cases: tuple[Case, ...]) -> list[str]:
    return [case.name.encode("unicode_escape").decode()[:70] for case in cases]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give an empty current directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plain(text: str) -> str:
    """Make ``--class-axis``, ``class_axis`` and ``Class-Axis`` alike."""
    return text.lower().replace("_", "-")


def complaints(case: Case, outcome: Outcome) -> list[str]:
    """Return what is wrong with the answer to a malformed input."""
    lines = outcome.err.splitlines()
    checks = {
        f"exit code {outcome.code}, wanted {case.code}": outcome.code != case.code,
        "something on standard output": bool(outcome.out),
        "a traceback": "Traceback" in outcome.err or 'File "' in outcome.err,
        f"{len(lines)} lines of message": not 1 <= len(lines) <= 2,
        "not one error": [line.startswith("error: ") for line in lines].count(True) != 1,
        "the first line is no error": not outcome.err.startswith("error: "),
        "control characters": any(ord(letter) < 32 and letter != "\n" for letter in outcome.err),
    }
    checks |= {f"no {word!r}": plain(word) not in plain(outcome.err) for word in case.words}
    return [what for what, wrong in checks.items() if wrong]


def require_refusal(case: Case, outcome: Outcome, before: Any, folder: Path) -> None:
    found = complaints(case, outcome)
    assert not found, f"{'; '.join(found)}\n{outcome}"
    assert listing(folder) == before, "files were left behind or changed"


def test_the_corpus_is_large() -> None:
    assert len(CASES) >= LEAST_CASES
    assert all(case.words for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_refused(
    case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case.write(folder)
    before = listing(folder)
    outcome = inside(case.args, monkeypatch, capsys, case.stdin or b"")
    require_refusal(case, outcome, before, folder)


@pytest.mark.parametrize(
    "case",
    [
        (rest if at > 2 else pytest.param)(case, id=ids((case,))[0])
        for at, case in enumerate(AS_PROCESSES)
    ],
)
def test_refused_as_a_process(case: Case, folder: Path) -> None:
    case.write(folder)
    before = listing(folder)
    require_refusal(case, process(*case.args, stdin=case.stdin), before, folder)


@pytest.mark.parametrize("case", NONFINITE, ids=ids(NONFINITE))
def test_not_finite(
    case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case.write(folder)
    args = (*case.args, "--format", "json", "--fail-over", "1e300")
    outcome = inside(args, monkeypatch, capsys)
    assert outcome.code == case.code, outcome
    assert "Traceback" not in outcome.err
    (result,) = json.loads(outcome.out, parse_constant=pytest.fail)["results"]
    assert (result["value"], result["status"]) == (None, "nonfinite")
    assert "gate failed" in outcome.err


OUTPUTS = {"--output": "old.json", "--per-item": "old.npy", "--gradient": "old.npy"}


@pytest.mark.parametrize("option", OUTPUTS)
@pytest.mark.parametrize(
    "case", [case for case in CASES if "-l" in case.args][::12], ids=lambda c: c.name
)
def test_what_was_there_survives(
    option: str,
    case: Case,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case.write(folder)
    (folder / OUTPUTS[option]).write_bytes(b"an earlier result")
    before = listing(folder)
    outcome = inside((*case.args, option, OUTPUTS[option]), monkeypatch, capsys, case.stdin or b"")
    assert outcome.code in {case.code, USAGE}, outcome
    assert not outcome.out
    assert listing(folder) == before
