"""Streams and signals: colour only where wanted, harmless text, quiet ends."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossctl.cli.commands import COMMANDS
from tests.cli.expected import CANCER
from tests.cli.run import (
    SAMPLES,
    SCRIPT,
    environment,
    in_bash,
    lossctl,
    on_terminal,
    process,
    start,
)
from tests.exhaustive import rest

BINARY = ("compute", str(CANCER / "preds.npy"), str(CANCER / "targets.npy"), "-l", "focal")
ESCAPE = "\x1b"
GREEN, RED = "\x1b[1;32m", "\x1b[1;31m"


def on_a_terminal(*args: str, env: Mapping[str, str] | None = None) -> str:
    """Run lossctl with standard output on a terminal; return what it wrote there."""
    done = on_terminal([SCRIPT, *args], "stdout", env)
    assert done.code == 0, done
    assert all(line.startswith("note: ") for line in done.err.splitlines()), done
    return done.out.replace("\r\n", "\n")


def bare(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(BINARY, id="compute"),
        rest(("list",), id="list"),
        rest(("show", "huber"), id="show"),
    ],
)
def test_colour_on_a_terminal_only(command: tuple[str, ...]) -> None:
    coloured = on_a_terminal(*command)
    assert ESCAPE in coloured
    plain = lossctl(*command).out
    assert ESCAPE not in plain
    assert re.findall(r"[\w.]+", bare(coloured)) == re.findall(r"[\w.]+", plain)
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        bare_terminal = on_a_terminal(*command, env=env)
        assert ESCAPE not in bare_terminal
        assert bare_terminal.split() == lossctl(*command, env=env).out.split()


@pytest.mark.parametrize("form", ["json", *(rest(form) for form in ("plain", "csv", "markdown"))])
def test_only_the_table_is_coloured(form: str) -> None:
    assert ESCAPE not in on_a_terminal(*BINARY, "-f", form)


def words(text: str) -> set[str]:
    return set(re.findall(r"[\w.]+", text))


@pytest.mark.parametrize("columns", ["120", "80", "60", "30"])
def test_a_narrow_terminal_cuts_nothing(columns: str) -> None:
    narrow = bare(on_a_terminal(*BINARY, env={"COLUMNS": columns}))
    assert words(narrow) == words(lossctl(*BINARY).out)
    assert max(map(len, narrow.splitlines())) <= int(columns)


def test_the_colour_says_what_words_say_too() -> None:
    """Green where nothing that a value is compared with is better, red where something is."""
    value = "0.00848579"
    for gates, colour, said in (
        ((), GREEN, "better than the best constant prediction 0.0661322"),
        (("--fail-over", "1"), GREEN, f"focal is {value}, within the limit 1"),
        (("--fail-over", "0.008"), RED, f"focal is {value}, over the limit 0.008"),
    ):
        done = on_terminal([SCRIPT, *BINARY, *gates], "stdout", {"COLUMNS": "200"})
        assert f"{colour}{value}\x1b[0m" in done.out
        assert said in bare(done.out)


def test_a_value_worse_than_a_constant_is_red(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", [0.0, 1.0, 2.0])
    np.save(tmp_path / "t.npy", [2.0, 1.0, 0.0])
    files = (str(tmp_path / "p.npy"), str(tmp_path / "t.npy"))
    drawn = on_a_terminal("compute", *files, "-l", "mae")  # 4/3; 2/3 of the median
    assert f"{RED}1.33333\x1b[0m" in drawn
    assert "mae: worse than the best constant prediction 0.666667" in bare(drawn)


HOSTILE = "\x1b]0;owned\x07\x1b[31mred[/b][bold]x\u202e"


def test_column_names_are_harmless(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(f'"{HOSTILE}",t\nx,1\n0.5,0\n', encoding="utf-8")
    for args in (("s.csv::zzz", "s.csv::t"), ("s.csv::*", "s.csv::t"), ("s.csv", "s.csv::t")):
        done = lossctl("compute", *args, "-l", "mse", cwd=tmp_path)
        assert done.code in {2, 3}
        assert "[bold]x" in done.err, "markup is shown, not interpreted"
        assert not {"\x1b", "\x07", "\u202e"} & set(done.err)


def test_cells_are_harmless(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(f'p,t\n"{HOSTILE}",1\n', encoding="utf-8")
    done = lossctl("compute", "s.csv::p", "s.csv::t", "-l", "mse", cwd=tmp_path)
    assert done.code == 3
    assert "[bold]x" in done.err
    assert not {"\x1b", "\x07", "\u202e"} & set(done.err)


def test_line_breaks_in_names_do_not_add_lines(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text('"a\nerror: fake\nb\nc",t\n1,2\n', encoding="utf-8")
    done = lossctl("compute", "s.csv::zzz", "s.csv::t", "-l", "mse", cwd=tmp_path)
    assert done.code == 2
    assert len(done.err.splitlines()) <= 2
    done = lossctl("compute", "no\nsuch\nerror: file.npy", "s.csv::t", "-l", "mse", cwd=tmp_path)
    assert len(done.err.splitlines()) <= 2


def test_ids_in_notes_are_harmless(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'"{HOSTILE}",p\na,1\nb,2\n', encoding="utf-8")
    (tmp_path / "b.csv").write_text(f'"{HOSTILE}",t\nb,2\na,1\n', encoding="utf-8")
    args = ("compute", "a.csv::p", "b.csv::t", "--id", HOSTILE, "-l", "mse")
    done = lossctl(*args, cwd=tmp_path)
    assert done.code == 0, done
    assert done.err.startswith("note: ")
    assert not {"\x1b", "\x07", "\u202e"} & set(done.err)


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    for args in (("--debug", "show", "focall"), ("show", "focall", "--debug")):
        done = lossctl(*args)
        assert "Traceback" in done.err
        assert "UsageError" in done.err
        assert done.code == 2, "the exit code is what it is without --debug"
    assert "Traceback" in lossctl("show", "focall", env={"LOSSCTL_DEBUG": "1"}).err


PRINTS = (
    (*BINARY, "-f", "plain"),
    (*BINARY, "--reduction", "none", "-f", "json"),
    ("show", "focal"),
    ("compute", "--help"),
)


@pytest.mark.parametrize("buffered", [pytest.param("", id="buffered"), rest("1", id="unbuffered")])
@pytest.mark.parametrize("args", PRINTS, ids=lambda args: " ".join(args)[-30:])
def test_a_closed_pipe_is_quiet(args: tuple[str, ...], buffered: str) -> None:
    """Exit 0 and say nothing: 1 would read as a failed gate."""
    ours, theirs = os.pipe()
    os.close(ours)
    process = start(*args, stdout=theirs, env=environment({"PYTHONUNBUFFERED": buffered}))
    os.close(theirs)
    err = process.communicate(timeout=20)[1]
    assert (process.returncode, err) == (0, b"")


RACE = (
    *("--candidate", f"mse={SAMPLES / 'diabetes' / 'preds.npy'}"),
    *("--candidate", f"huber={SAMPLES / 'diabetes' / 'preds_huber.npy'}"),
    *("--targets", str(SAMPLES / "diabetes" / "targets.npy"), "--metric", "mae"),
)
EVERY_COMMAND = (
    ("compute", *BINARY[1:]),
    ("merge", "totals.json"),
    ("compare", *BINARY[1:2], *BINARY[1:2], "--names", "a,b", "--targets", *BINARY[2:]),
    ("slices", *BINARY[1:], "--by-class"),
    ("calibrate", *BINARY[1:3]),
    ("check", *BINARY[1:3]),
    ("explain", "LC101"),
    ("run", str(SAMPLES.parent / "configs" / "segmentation.yaml")),
    ("recommend", "--task", "regression", "--no-input"),
    ("race", *RACE),
    ("plot", "curve", "mse"),
    ("list",),
    ("show", "focal"),
    ("schema", "result"),
    ("init", "first.yaml", "--force"),
    ("--help",),
)


def test_every_command_is_listed_above() -> None:
    assert {args[0] for args in EVERY_COMMAND} == {*COMMANDS, "--help"}


READ, FULL = ("<&- 2>&-", "2>/dev/full"), (">&-", ">/dev/full")
MORE_READ, MORE_FULL = ("<&-", "2>&-", "0>/dev/null", "2</dev/null"), ("1</dev/null",)
SOME = [  # of every command one way, turn and turn about
    pytest.param(args, READ[at % 2 :][:1], FULL[at % 2 :][:1], id=f"{args[0]}-some")
    for at, args in enumerate(EVERY_COMMAND)
]
OTHERS = [
    rest(args, (*READ, *MORE_READ), (*FULL, *MORE_FULL), id=f"{args[0]}-every")
    for args in EVERY_COMMAND
]


@pytest.mark.parametrize(("args", "harmless", "harmful"), [*SOME, *OTHERS])
def test_streams_that_the_caller_closed(
    args: tuple[str, ...], harmless: tuple[str, ...], harmful: tuple[str, ...], tmp_path: Path
) -> None:
    """Standard output that cannot be written is an error; of the others nothing depends."""
    if args[0] == "merge":  # of files of this very version
        assert lossctl(*BINARY, "--save-totals", args[1], cwd=tmp_path).code == 0
    wanted = lossctl(*args, cwd=tmp_path)
    assert wanted.code == 0, wanted
    line = f"cd {tmp_path} && {SCRIPT} {' '.join(args)}"
    for closed in harmless:
        done = in_bash(f"{line} {closed}")
        assert (done.code, done.out) == (0, wanted.out), closed
        assert done.err in {wanted.err, ""}
    for closed in harmful:
        done = in_bash(f"{line} {closed}")
        assert done.code == 2, (closed, done)
        assert re.fullmatch(r"error: cannot (write standard output|read or write): .*\n", done.err)
        assert in_bash(f"{line} {closed} <&- 2>&-").code == 2


def test_exit_codes_with_closed_streams(tmp_path: Path) -> None:
    wrong = f"{SCRIPT} compute {' '.join(BINARY[1:3])} -l focall"
    for closed in ("2>&-", "2</dev/null", "2>/dev/full", "2> >(:)", "<&- >&- 2>&-"):
        assert in_bash(f"{wrong} {closed}").code == 2, closed
        gate = f"{SCRIPT} {' '.join(BINARY)} --fail-over 1e-9 -o {tmp_path / 'r.json'}"
        assert in_bash(f"{gate} {closed}").code == 1, closed
    for closed in ("<&-", "</dev/null"):
        done = in_bash(f"{SCRIPT} compute - {BINARY[2]} -l focal {closed}")
        assert (done.code, done.err) == (3, "error: stdin: is empty\n")
    assert in_bash(f"{SCRIPT} compute - {BINARY[2]} -l focal 0>/dev/null").code == 3


@pytest.mark.parametrize("words", ["lossctl sh", "lossctl compute a b -l focal :"])
@pytest.mark.parametrize("closed", [">&-", "1</dev/null", ">/dev/full"])
def test_completion_into_a_stream_that_cannot_be_written(words: str, closed: str) -> None:
    at = len(words.split()) - 1
    asked = f"_LOSSCTL_COMPLETE=complete_bash COMP_WORDS='{words}' COMP_CWORD={at}"
    done = in_bash(f"{asked} {SCRIPT} {closed}")
    assert done.code == 2
    assert done.err.startswith("error: cannot read or write: ")


def test_a_closed_pipe_beside_the_result_is_quiet() -> None:
    """An error that nobody reads is still an error: 1 would read as a failed gate."""
    for args, code in ((BINARY, 0), ((*BINARY, "--debug", "-l", "focall"), 2)):
        ours, theirs = os.pipe()
        os.close(ours)
        process = start(*args, stderr=theirs)
        os.close(theirs)
        process.communicate(timeout=20)
        assert process.returncode == code


def test_files_are_right_when_streams_are_closed(tmp_path: Path) -> None:
    """No file of the data takes the number of a stream, into which a note would be written."""
    for name, closed in (("open.npy", ""), ("closed.npy", "<&- >&- 2>&-")):
        args = f"--nan omit --per-item {tmp_path / name} {closed}"
        assert in_bash(f"{SCRIPT} {' '.join(BINARY)} {args}").code == (2 if closed else 0)
    assert (tmp_path / "open.npy").read_bytes() == (tmp_path / "closed.npy").read_bytes()


def test_head(tmp_path: Path) -> None:
    line = f"set -o pipefail; {SCRIPT} {' '.join(BINARY)} --reduction none --value-only | head -1"
    done = in_bash(line)
    assert done.err == ""
    assert len(done.out.splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_error() -> None:
    with Path("/dev/full").open("wb") as full:
        process = start(*BINARY, stdout=full)
        err = process.communicate(timeout=20)[1].decode()
    assert process.returncode not in {0, 1}
    assert err.startswith("error: ")
    assert len(err.splitlines()) == 1
    assert "internal" not in err


@pytest.mark.parametrize(
    "inherited", [signal.default_int_handler, signal.SIG_IGN], ids=["default", "ignored"]
)
def test_interrupt_while_reading(inherited: Any) -> None:
    """Whether or not the tests themselves were started with interrupts ignored."""
    before = signal.signal(signal.SIGINT, inherited)
    try:
        process = start("compute", "-", str(CANCER / "targets.npy"), "-l", "focal")
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.stdin is not None
    process.stdin.write(b"x" * 70_000)  # more than a pipe holds: returns once the other side reads
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err
    assert b"error" not in err


@pytest.mark.parametrize("encoding", ["ascii", rest("cp1252")])
def test_streams_that_cannot_hold_every_letter(encoding: str) -> None:
    for args in (("show", "focal"), ("list",), BINARY, ("show", "größe")):
        process = subprocess.run(
            [SCRIPT, *args], capture_output=True, env=environment({"PYTHONIOENCODING": encoding}),
            timeout=20, check=False,
        )  # fmt: skip
        assert b"Traceback" not in process.stderr
        assert b"internal error" not in process.stderr, args
        assert process.returncode == (2 if "größe" in args else 0)


def test_output_into_a_pipe_keeps_the_pipe(tmp_path: Path) -> None:
    """-o /dev/stdout or a named pipe is written to or refused, never replaced by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        done = lossctl(*BINARY, "-o", pipe)
        assert pipe.is_fifo(), done
        assert done.code in {0, 2}
    finally:
        os.close(reader)


@pytest.mark.parametrize(
    "args",
    [
        (*BINARY, "-f", "json", "-o"),
        (*BINARY, "--per-item"),
        (*BINARY, "--gradient"),
        ("recommend", "--task", "regression", "--no-input", "--write"),
        ("init", "--force"),
        ("run",),
    ],
    ids=lambda args: args[-1],
)
def test_links_in_a_circle_are_one_error(args: tuple[str, ...], tmp_path: Path) -> None:
    for name in ("a.npy", "b.npy"):
        (tmp_path / name).symlink_to("b.npy" if name == "a.npy" else "a.npy")
    done = lossctl(*args, "a.npy", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert re.match("error: cannot (read|write) a.npy: ", done.err)


def test_a_file_that_is_overwritten_keeps_its_mode(tmp_path: Path) -> None:
    """A new one has that of any new file."""
    files = ("r.json", "i.npy", "g.csv")
    for mode in (0o600, 0o640, 0o604, 0o777):
        for name in files:
            (tmp_path / name).write_bytes(b"old")
            (tmp_path / name).chmod(mode)
        args = ("-o", "r.json", "--per-item", "i.npy", "--gradient", "g.csv")
        assert lossctl(*BINARY, *args, cwd=tmp_path).code == 0
        for name in files:
            assert (tmp_path / name).read_bytes() != b"old"
            assert (tmp_path / name).stat().st_mode & 0o7777 == mode, name
    before = os.umask(0o027)
    try:
        assert lossctl(*BINARY, "-o", "new.json", cwd=tmp_path).code == 0
    finally:
        os.umask(before)
    assert (tmp_path / "new.json").stat().st_mode & 0o7777 == 0o640


def test_output_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old", encoding="utf-8")
    (tmp_path / "real.json").chmod(0o600)
    (tmp_path / "link.json").symlink_to("real.json")
    done = lossctl(*BINARY, "-o", tmp_path / "link.json")
    assert done.code == 0
    assert (tmp_path / "link.json").is_symlink()
    assert "focal" in (tmp_path / "real.json").read_text(encoding="utf-8")
    assert (tmp_path / "real.json").stat().st_mode & 0o7777 == 0o600


def test_warnings_are_not_shown(tmp_path: Path) -> None:
    """Nothing but notes reaches standard error, even where Python is asked to show warnings."""
    np.save(tmp_path / "p.npy", [0.0, 1e308])
    args = (
        "compute",
        tmp_path / "p.npy",
        CANCER.parent / "diabetes/predictions.csv::id",
        "-l",
        "mse",
    )
    done = process(*args, env={"PYTHONWARNINGS": "always"})
    assert "Warning" not in done.err
    table = (f"{CANCER}/scores.csv::probability", f"{CANCER}/scores.csv::target", "-l", "bce")
    done = process("compute", *table, env={"PYTHONWARNINGS": "always"})
    assert done.err == "note: bce: read as probabilities: every prediction lies in [0, 1]\n"


LONG = "x" * 100_000
MANY = 5_000


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files with very many names, and with very long ones."""
    folder = tmp_path_factory.mktemp("many")
    names = [f"name{number}" for number in range(MANY)]
    (folder / "wide.csv").write_text(f"{','.join(names)}\n{','.join('1' * MANY)}\n", "utf-8")
    (folder / "wide.jsonl").write_text(json.dumps(dict.fromkeys(names, 1)) + "\n", "utf-8")
    (folder / "long.csv").write_text(f"{LONG},{LONG}y,t\n1,{LONG},1\n", "utf-8")
    np.savez(folder / "many.npz", **{name: np.zeros(1) for name in names[: MANY // 10]})
    terms = "".join(f"  - {{loss: {name}, predictions: p, targets: t}}\n" for name in names)
    (folder / "many.yaml").write_text(f"version: 1\ndata: {{p: p.npy, t: p.npy}}\nlosses:\n{terms}")
    data = "".join(f"  {name}: {name}.npy\n" for name in names)
    (folder / "data.yaml").write_text(
        f"version: 1\ndata:\n{data}losses:\n  - {{loss: mse, predictions: q, targets: name1}}\n"
    )
    (folder / "long.yaml").write_text(f"version: 1\n{LONG}: 1\n")
    np.save(folder / "p.npy", np.zeros(1))
    return folder


@pytest.mark.parametrize(
    "args",
    [
        ("compute", "wide.csv", "p.npy", "-l", "mse"),
        ("compute", "wide.csv::other", "p.npy", "-l", "mse"),
        ("compute", "wide.csv::name1", "wide.csv::name2", "--id", "name*", "-l", "mse"),
        ("compute", "wide.jsonl::other", "p.npy", "-l", "mse"),
        ("compute", "long.csv", "p.npy", "-l", "mse"),
        ("compute", "long.csv::other", "p.npy", "-l", "mse"),
        ("compute", f"long.csv::{LONG}y", "p.npy", "-l", "mse"),
        ("compute", f"long.csv::{LONG}z", "p.npy", "-l", "mse"),
        ("compute", "many.npz::other", "p.npy", "-l", "mse"),
        ("compute", "many.npz", "p.npy", "-l", "mse"),
        ("compute", "p.npy", LONG, "-l", "mse"),
        ("compute", "p.npy", "p.npy", "-l", LONG),
        ("compute", "p.npy", "p.npy", "-l", f"huber:{LONG}=1"),
        ("compute", "p.npy", "p.npy", "-l", f"huber:delta={LONG}"),
        ("compute", "p.npy", "p.npy", "-l", f"custom:formula={LONG}+p"),
        ("compute", "p.npy", "p.npy", "-l", "mse", f"--{LONG}"),
        ("compute", "p.npy", "p.npy", "-l", "mse", "--nan", LONG),
        ("compute", "p.npy", "p.npy", "-l", "mse", "--fail-over", f"{LONG}=1"),
        ("compute", "p.npy", "p.npy", "-l", "mse", "--baseline", LONG),
        ("run", "many.yaml"),
        ("run", "data.yaml"),
        ("run", "long.yaml"),
        ("run", "data.yaml", "--set", f"{LONG}=1"),
        ("run", "data.yaml", "--data", f"{LONG}=1"),
        ("recommend", "--task", LONG, "--no-input"),
        ("recommend", "--answers", LONG, "--no-input"),
        (LONG,),
        ("show", LONG),
    ],
    ids=lambda args: " ".join(args)[:40],
)
def test_messages_are_bounded(args: tuple[str, ...], many: Path) -> None:
    done = lossctl(*args, cwd=many)
    assert done.code in {2, 3}
    lines = done.err.splitlines()
    assert lines[0].startswith("error: ")
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 1300
