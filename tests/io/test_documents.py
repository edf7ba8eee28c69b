"""Documents that are no data (configurations, answers, earlier results): bounded, and only text."""

import resource
from pathlib import Path
from typing import Any

import pytest

import lossctl
from lossctl.core.errors import DataError, UsageError
from lossctl.io.streams import parse_json
from tests.cli.expected import CANCER
from tests.cli.run import lossctl as run_lossctl

BINARY = ("compute", str(CANCER / "preds.npy"), str(CANCER / "targets.npy"), "-l", "focal")
DOORS = {
    "run": ("run",),
    "answers": ("recommend", "--no-input", "--answers"),
    "baseline": (*BINARY, "--baseline"),
    "extends": ("run",),
}
ALIASES = "\n".join(
    ["task: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    + [f"k{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
)
BOMBS: dict[str, str] = {
    "aliases": ALIASES,
    "merged aliases": "a: &a {task: x}\nb: {<<: *a}\n",
    "brackets": "[" * 200_000,
    "braces": '{"a":' * 200_000,
    "brackets of a key": '{"results":' + "[" * 200_000,
    "dashes": "- " * 200_000,
    "entries": '{"results": [' + "1," * 5_000_000 + "1]}",
    "empty entries": '{"results": [' + "[]," * 3_000_000 + "[]]}",
    "lines": "{}\n" * 3_000_000,
    "short lines": "[]\n" * 300_000,
    "empty lines": "\n" * 17_000_000,
    "a long number": '{"results": [{"value": ' + "9" * 100_000 + "}]}",
    "a long text": '"' + "x" * 17_000_000 + '"',
    "tags": "task: !!python/object/apply:os.system [id]\n",
    "a date": "task: 2024-13-45\n",
    "a key twice": '{"results": [], "task": "regression", "results": [], "task": "ranking"}',
    "documents": "---\n" * 200_000,
    "nothing": "",
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs(bomb: str, door: str, tmp_path: Path) -> None:
    """One error, within the memory that `tests.cli.run` allows: a gigabyte more."""
    (tmp_path / "bomb.json").write_text(BOMBS[bomb], "utf-8")
    (tmp_path / "extends.yaml").write_text("extends: bomb.json\n", "utf-8")
    file = "extends.yaml" if door == "extends" else "bomb.json"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = run_lossctl(*DOORS[door], file, cwd=tmp_path)
    assert (done.code, done.out) in {(2, ""), (3, "")}, done
    assert done.err.startswith("error: ")
    assert max(map(len, done.err.splitlines())) < 1300
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 << 10


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
def test_files_without_an_end(device: str, door: str, tmp_path: Path) -> None:
    (tmp_path / "extends.yaml").write_text(f"extends: {device}\n", "utf-8")
    file = "extends.yaml" if door == "extends" else device
    done = run_lossctl(*DOORS[door], file, cwd=tmp_path)
    assert (done.code, done.out) == (3 if door == "baseline" else 2, "")
    assert f"{device}: over " in done.err


@pytest.mark.parametrize("door", ["run", "answers", "baseline"])
def test_what_is_no_text(door: str, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"a: 1\nb: \xff\n")
    done = run_lossctl(*DOORS[door], "binary", cwd=tmp_path)
    assert (done.code, done.err) == (
        3 if door == "baseline" else 2,
        "error: binary:2: not UTF-8 text; save the file as UTF-8\n",
    )
    done = run_lossctl(*DOORS[door], ".", cwd=tmp_path)
    assert (done.code, done.err) == (2, "error: cannot read .: Is a directory\n")


def nested(times: int, entry: Any) -> Any:
    """Return ten times ten times … an entry, in lists that hold the same list."""
    for _ in range(times):
        entry = [entry] * 10
    return entry


def test_bombs_of_python() -> None:
    endless: list[Any] = []
    endless.append(endless)
    for value in (nested(10, "x"), endless, {"a": nested(10, {})}):
        with pytest.raises(UsageError, match=r"nested more than|entries"):
            lossctl.run({"version": 1, "data": {"p": "p.npy"}, "losses": value})
        with pytest.raises(UsageError, match="task must be one answer, got a"):
            lossctl.recommend(answers={"task": value})


def test_json_is_one_document_or_lines() -> None:
    assert parse_json('{"a": [1, 2.5, null]}') == [{"a": [1, 2.5, None]}]
    assert parse_json('{"a": 1}\n\n{"b": "x\\u2028"}\n') == [{"a": 1}, {"b": "x\u2028"}]
    for text in ('{"a": 1, "a": 2}', '{"a": 1} {"b": 2}', "[" * 100_000, "a"):
        with pytest.raises(ValueError, match=r"twice|Extra data|nested|Expecting"):
            parse_json(text)
    assert parse_json("") == []


def test_answers_are_of_one_document(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("task: regression\n---\ntask: ranking\n", "utf-8")
    done = run_lossctl(*DOORS["answers"], "a.yaml", cwd=tmp_path)
    assert (done.code, done.err) == (2, "error: a.yaml: holds 2 documents, not one\n")


def test_a_baseline_with_a_mark_of_its_encoding(tmp_path: Path) -> None:
    """As editors of Windows write it."""
    result = run_lossctl(*BINARY, "-f", "json").out
    (tmp_path / "old.json").write_bytes(b"\xef\xbb\xbf" + result.encode())
    assert run_lossctl(*BINARY, "--baseline", tmp_path / "old.json").code == 0
    with pytest.raises(DataError, match="not a JSON result"):
        lossctl.judge(
            lossctl.evaluate(["focal"], CANCER / "preds.npy", CANCER / "targets.npy"),
            baseline=Path(__file__),
        )
