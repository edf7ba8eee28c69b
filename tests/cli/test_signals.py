"""Signals: the exit code says which one ended a run, and nothing of the run is left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from tests.cli.expected import CANCER
from tests.cli.run import environment, ordinary_signals, start

CODES = {
    signal.SIGINT: 130,
    signal.SIGTERM: 143,
    signal.SIGHUP: 129,
    signal.SIGKILL: -signal.SIGKILL,  # which no process can answer
}
ANSWERED = tuple(CODES)[:3]
MAIN = "import sys; from lossctl.cli.main import main; main()"
UNNAMED = hasattr(os, "O_TMPFILE")


@pytest.fixture(autouse=True)
def answered() -> Iterator[None]:
    with ordinary_signals():
        yield


def name(number: signal.Signals) -> str:
    return number.name


def sparse(path: Path, count: int) -> None:
    """Write an npy file of zeros that takes no room on the disk."""
    with path.open("wb") as stream:
        header = {"descr": "<f8", "fortran_order": False, "shape": (count,)}
        np.lib.format.write_array_header_1_0(stream, header)
        stream.truncate(stream.tell() + 8 * count)


def wait_until_written(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Return when the process has a file open that is neither of `folder` nor a stream."""
    known = {str(path) for path in folder.iterdir()}
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(FileNotFoundError):  # one that was closed meanwhile
            open_files = [
                str(link.readlink()) for link in Path(f"/proc/{process.pid}/fd").iterdir()
            ]
            if any(file.startswith(str(folder)) and file not in known for file in open_files):
                return
        time.sleep(0.002)
    pytest.fail("nothing is written")


def run_python(code: str, *args: str | Path, cwd: Path | None = None) -> "subprocess.Popen[bytes]":
    """Start a Python program with the arguments of lossctl."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, args)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(), cwd=cwd,
    )  # fmt: skip


@pytest.mark.parametrize("number", CODES, ids=name)
@pytest.mark.parametrize("option", ["--per-item", "--gradient"])
def test_a_signal_while_writing(option: str, number: signal.Signals, tmp_path: Path) -> None:
    if number == signal.SIGKILL and not UNNAMED:
        pytest.skip("the system has no files without a name")
    sparse(tmp_path / "p.npy", 1 << 27)
    sparse(tmp_path / "t.npy", 1 << 27)
    (tmp_path / "i.npy").write_bytes(b"old")
    process = start("compute", "p.npy", "t.npy", "-l", "mse", option, "i.npy", cwd=tmp_path)
    try:
        wait_until_written(process, tmp_path)
        time.sleep(0.05)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, out, err) == (CODES[number], b"", b"")
    assert (tmp_path / "i.npy").read_bytes() == b"old"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["i.npy", "p.npy", "t.npy"]


@pytest.mark.parametrize("number", ANSWERED, ids=name)
def test_a_signal_where_every_file_has_a_name(number: signal.Signals, tmp_path: Path) -> None:
    """As on systems that have no others: the file goes when the run does."""
    sparse(tmp_path / "p.npy", 1 << 27)
    sparse(tmp_path / "t.npy", 1 << 27)
    without = (
        "from pathlib import Path; from lossctl.io import write; write.OPEN_FILES = Path('/-')"
    )
    code = f"{without}; {MAIN}"
    process = run_python(
        code, "compute", "p.npy", "t.npy", "-l", "mse", "--per-item", "i.npy", cwd=tmp_path
    )
    wait_until_written(process, tmp_path)
    assert len(listing_names := [entry.name for entry in tmp_path.iterdir()]) == 3, listing_names
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (CODES[number], b"", b"")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["p.npy", "t.npy"]


DURING_IMPORT = """
import os, signal, sys

class Sender:
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), {number})

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore it
sys.meta_path.insert(0, Sender())
from lossctl.cli.main import main
main()
"""


@pytest.mark.parametrize("number", ANSWERED, ids=name)
@pytest.mark.parametrize(
    "module",
    ["lossctl.cli.output", "typer", "lossctl.cli.compute", "numpy", "numpy.linalg", "lossctl.api"],
)
def test_a_signal_during_start_up(module: str, number: signal.Signals) -> None:
    code = DURING_IMPORT.format(module=module, number=int(number))
    args = ("compute", CANCER / "preds.npy", CANCER / "targets.npy", "-l", "focal")
    out, err = (process := run_python(code, *args)).communicate(timeout=20)
    wanted = CODES[number] if module != "lossctl.api" else 0  # which the shell does not import
    assert (process.returncode, err.startswith(b"note: focal")) == (wanted, wanted == 0)
    assert bool(out) == (wanted == 0)


LOST = """
import os, time

class Sends:
    def __del__(self):
        os.kill(os.getpid(), {number})
        for _ in range(1000):  # the signal is answered here, where its error is dropped
            pass

Sends()

def own(predictions, targets):
    time.sleep(20)
    return abs(predictions - targets)
"""


@pytest.mark.parametrize("number", ANSWERED, ids=name)
def test_a_signal_whose_error_python_drops(number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(LOST.format(number=int(number)), encoding="utf-8")
    np.save(tmp_path / "p.npy", np.zeros(3))
    process = start("compute", "p.npy", "p.npy", "--plugin", "own.py", "-l", "own", cwd=tmp_path)
    out, err = process.communicate(timeout=15)
    assert (process.returncode, out, err) == (CODES[number], b"", b"")


@pytest.mark.parametrize("number", ANSWERED, ids=name)
def test_a_signal_that_the_caller_ignores(number: signal.Signals) -> None:
    """As of `nohup`, and of what a script starts in the background."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        process = run_python(
            f"import os; {MAIN.replace('main()', f'os.kill(os.getpid(), {int(number)}); main()')}",
            "compute", CANCER / "preds.npy", "-", "-l", "focal",
        )  # fmt: skip
        time.sleep(0.1)
        process.send_signal(number)
    finally:
        signal.signal(number, before)
    err = process.communicate(timeout=20)[1]
    assert (process.returncode, err) == (3, b"error: stdin: is empty\n")


def test_every_code_stands_in_the_help_and_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    from lossctl.cli.commands import HELP

    for code in (0, 1, 2, 3, 70, *(CODES[number] for number in ANSWERED)):
        assert f" {code}" in HELP
        assert f"| {code} |" in readme
