"""Run the command line: inside this process, or as one of its own where that is the point."""

import io
import os
import pty
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from lossctl.cli.main import main, run

SCRIPT = Path(sysconfig.get_path("scripts")) / "lossctl"
SAMPLES = Path(__file__).parents[2] / "sample_data"
ROOM = 1 << 30  # how much more address space a run may take: a lying header wants 16 GiB
PATIENCE = 30  # seconds
PAGES = Path("/proc/self/statm")
QUOTED_OR_COMMENT = re.compile(r"'[^']*'|\"[^\"]*\"|(?<!\S)#.*")
SHELL_SYNTAX = re.compile(r"[|&;<>$`*?(){}\\]")
UNWANTED = {"NO_COLOR", "FORCE_COLOR", "LOSSCTL_DEBUG", "PYTHONUNBUFFERED", "PYTHONWARNINGS"}


@dataclass(frozen=True)
class Outcome:
    """What a run left: its exit code and what it wrote."""

    code: int
    out: str
    err: str


Answer = Callable[..., Outcome]
"""Runs lossctl with the arguments it is given."""


def tool(name: str) -> str:
    """Return the path of a program; skip the test that needs it where there is none."""
    found = shutil.which(name)
    return found or pytest.skip(f"needs {name}")


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment that does not depend on who runs the tests."""
    kept = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    usual = {"COLUMNS": "100", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PAGER": "cat"}
    return kept | usual | dict(changes or {})


def process(
    *args: str | Path,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    patience: float = PATIENCE,
) -> Outcome:
    """Run lossctl as a process and wait for it."""
    done = subprocess.run(
        [SCRIPT, *map(str, args)],
        input=stdin or b"",
        capture_output=True,
        env=environment(env),
        cwd=cwd,
        timeout=patience,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


class Screen(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def lossctl(
    *args: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stream: type[io.TextIOWrapper] = io.TextIOWrapper,
) -> Outcome:
    """Run lossctl inside this process, in a tenth of the time, with bounds on memory and time."""
    out, err = (stream(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, bounded():
        patch.chdir(cwd or Path.cwd())
        patch.setattr("os.environ", environment(env))
        patch.setattr("sys.argv", ["lossctl", *map(str, args)])
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
        patch.setattr("sys.stdout", out)
        patch.setattr("sys.stderr", err)
        patch.setattr("lossctl.losses.plugins._from_files", {})  # a process forgets its plugins
        patch.setattr("lossctl.checks.registry._from_files", {})
        patch.setattr("lossctl.cli.main.signals.answer", lambda: None)  # those of the tests stay
        patch.setattr("lossctl.cli.main.signals.ignore", lambda: None)
        code = _exit_code(main)
    return Outcome(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


def run_line(line: str, cwd: Path, *, bash: bool = False) -> Outcome:
    """Run a line of shell: in bash, where it is not made of lossctl and ``python -c`` alone."""
    path = {"PATH": f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}"}  # this Python first
    words = shlex.split(line, comments=True)
    parts = [[*part] for is_and, part in groupby(words, lambda word: word == "&&") if not is_and]
    plain = not SHELL_SYNTAX.search(QUOTED_OR_COMMENT.sub("", line).replace(" && ", " "))
    if bash or not plain or not _is_ours(parts):
        done = subprocess.run(
            [tool("bash"), "-c", line], cwd=cwd, env=environment(path),
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return Outcome(done.returncode, done.stdout, done.stderr)
    for part in parts[:-1]:
        with chdir(cwd):
            exec(part[2], {})  # noqa: S102 - what messages and documents say
    return lossctl(*parts[-1][1:], cwd=cwd, env=path)


def _is_ours(parts: Sequence[Sequence[str]]) -> bool:
    """Whether the last part is lossctl, and those before it are Python that prints nothing."""
    *first, last = parts
    code = all(part[:2] == ["python", "-c"] and len(part) == 3 for part in first)
    return last[0] == "lossctl" and code and not any("print(" in part[2] for part in first)


def _exit_code(program: Callable[[], None]) -> int:
    try:
        program()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def start(*args: str | Path, **given: Any) -> subprocess.Popen[bytes]:
    """Start lossctl as a process; streams and environment are as `given`, or pipes and ours.

    It can be interrupted and hung up.
    """
    options = (
        dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        | {"env": environment()}
        | given
    )
    with ordinary_signals():
        return subprocess.Popen([SCRIPT, *map(str, args)], **options)


@contextmanager
def ordinary_signals() -> Iterator[None]:
    """Let processes that start here answer signals as if a person had started them.

    A process inherits that a signal is ignored, as for tests that a script runs in the background
    or under nohup, and keeps ignoring it; a handler of ours becomes the default of a child.
    """
    ours = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: lambda *_: None}
    before = {number: signal.signal(number, handler) for number, handler in ours.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def on_terminal(
    command: Sequence[str | Path], stream: str, env: Mapping[str, str] | None = None
) -> Outcome:
    """Run a command with standard input and `stream` (stdout or stderr) on a terminal."""
    ours, theirs = pty.openpty()
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(
        command, stdin=theirs, env=environment(env), **(streams | {stream: theirs})
    )
    os.close(theirs)
    written = b"".join(iter(lambda: _part(ours), b""))
    os.close(ours)
    out, err = process.communicate(timeout=PATIENCE)
    texts = {"out": out, "err": err} | {stream.removeprefix("std"): written}
    return Outcome(process.returncode, **{name: text.decode() for name, text in texts.items()})


def _part(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # how Linux says that the other side is closed
        return b""


def in_bash(line: str) -> Outcome:
    """Run a line of shell and wait for it."""
    done = subprocess.run(
        [tool("bash"), "-c", line],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def inside(
    args: Sequence[str], monkeypatch: pytest.MonkeyPatch, capsys: Any, stdin: bytes = b""
) -> Outcome:
    """Run lossctl in this process, with bounds on memory and time."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    capsys.readouterr()
    with bounded():
        code = run(list(args))
    written = capsys.readouterr()
    return Outcome(code, written.out, written.err)


@contextmanager
def bounded() -> Iterator[None]:
    """Let the block take at most ``ROOM`` more memory and ``PATIENCE`` seconds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGALRM, _too_long)
    if PAGES.exists():  # Linux; elsewhere memory has no bound
        pages = int(PAGES.read_text(encoding="ascii").split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + ROOM, hard))
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _too_long(*_: object) -> None:
    pytest.fail(f"still running after {PATIENCE} seconds")


def listing(folder: Path) -> dict[str, bytes | None]:
    """Return every file below a folder with its content; folders have none."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }
